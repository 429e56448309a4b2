"""The baselines of the bench answer as the plain scorer does, or their times would say nothing."""

import sys
from pathlib import Path

import pytest
from synthetic import Synthesis

from matcher import Matcher
from matcher.index.profile import Profiles

sys.path.append(str(Path(__file__).parent / "bench"))  # scripts, not a package

from frames import Frames, best, same
from notebook_loop import Notebook
from postgis import postgis
from vectorised import Vectorised

NEEDS = 40


@pytest.fixture(scope="module")
def synthetic(matcher: Matcher) -> Matcher:
    return Synthesis(matcher).opened(1_500)


@pytest.fixture(scope="module")
def frames(synthetic: Matcher) -> Frames:
    catalogue = synthetic.catalogue
    return Frames.of(
        synthetic,
        Profiles.build(catalogue.structures, catalogue.projects, synthetic.knowledge.subjects),
    )


def test_vectorised_pandas_gives_the_ten_best_of_the_plain_scorer(synthetic, frames):
    ways = Vectorised(synthetic, frames)
    for need in Synthesis(synthetic).needs(NEEDS):
        assert same(ways.ask(need), best(synthetic, need)), need


def test_postgis_gives_the_ten_best_of_the_plain_scorer(synthetic, frames):
    with postgis(synthetic, frames) as base:
        if base is None:
            pytest.skip("PostgreSQL with PostGIS is not installed")
        for need in Synthesis(synthetic).needs(NEEDS):
            assert same(base.ask(need), best(synthetic, need)), need


def test_two_lists_that_differ_by_a_score_or_by_their_order_are_not_the_same():
    one = [("a", 0.5), ("b", 0.4)]
    assert same(one, [("a", 0.5 + 1e-12), ("b", 0.4)])
    assert not same(one, [("b", 0.5), ("a", 0.4)])
    assert not same(one, [("a", 0.5 + 1e-6), ("b", 0.4)])
    assert not same(one, one[:1])


def test_the_notebook_loop_finds_structures_that_cover_the_commune(synthetic, frames):
    ways = Notebook(synthetic, frames)
    for need in Synthesis(synthetic).needs(5):
        covering = {s.structure.id for s in synthetic.ranked(need)}
        assert set(ways.ask(need)["id"]) <= covering
