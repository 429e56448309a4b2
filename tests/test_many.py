"""Many needs are ranked as one by one, and as the plain scorer does, whatever is left out."""

import os
import random
import signal
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest
from builders import (
    CILAOS,
    DIE,
    FRANCE,
    LODEVE,
    NEEDS,
    WITHOUT_EPCI,
    a_matcher,
    a_project,
    a_structure,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import Synthesis

from matcher import Audience, Kind, Matcher, Need, NeedError, Radius, Scale, Stage, Theme
from matcher.catalogue.model import Area
from matcher.ranking import many, standing, standings, sureness
from matcher.ranking.many import SHARED, Firsts
from matcher.ranking.policy import SCORE_STEPS
from matcher.ranking.pool import middle_of

SAMPLE = 25
"""Needs of the large catalogue that the plain scorer answers too: a third of a second each."""


def plain(matcher: Matcher, need: Need, top: int = 10) -> list[tuple[str, float]]:
    scored = matcher.ranked(need)[:top]
    return [(s.structure.id, round(s.score * SCORE_STEPS) / SCORE_STEPS) for s in scored]


@pytest.fixture(scope="module")
def large(matcher: Matcher) -> Matcher:
    """Ten thousand structures, with twins, networks and their heads, empty themes, no seats."""
    return Synthesis(matcher).opened(10_000)


def test_ten_thousand_structures_rank_as_the_plain_scorer(matcher: Matcher, large: Matcher):
    for need in Synthesis(matcher).needs(SAMPLE):
        found = [(s.structure.id, s.score) for s in large.match(need)]
        assert found == [(s.structure.id, s.score) for s in large.ranked(need)[:10]], need


def test_needs_that_share_a_text_rank_as_one_by_one(matcher: Matcher, large: Matcher):
    draw = random.Random(20261124)
    communes = [
        LODEVE,
        CILAOS,
        *WITHOUT_EPCI.values(),
        *draw.sample([*matcher.territory.communes], 60),
    ]
    texts = Synthesis(matcher).needs(4)
    needs = [replace(need, commune=insee) for insee in communes for need in texts]
    found = list(large.rank_many(needs))
    for need, listed in list(zip(needs, found, strict=True))[::9]:
        assert list(listed) == plain(large, need), need
    alone = [next(iter(large.rank_many([need]))) for need in needs]
    assert found == alone


@pytest.mark.parametrize("top", [1, 10, 25, 1_000, 1_000_000])
def test_any_number_may_be_asked_of_many(matcher: Matcher, top: int):
    needs = [Need(insee, NEEDS[0]) for insee in (LODEVE, DIE, CILAOS)] * SHARED
    found = list(matcher.rank_many(needs, top))
    assert [list(listed) for listed in found] == [plain(matcher, need, top) for need in needs]


@pytest.mark.parametrize("processes", [2, 3, 100])
def test_processes_share_the_work_and_give_the_same(matcher: Matcher, processes: int):
    needs = [Need(insee, text) for insee in (LODEVE, DIE, CILAOS) for text in NEEDS]
    assert list(matcher.rank_many(needs, 5, processes)) == list(matcher.rank_many(needs, 5))


def test_processes_refuse_the_first_need_that_one_would_refuse(matcher: Matcher):
    needs = [*(Need(LODEVE, text) for text in NEEDS), Need("00000", "z"), Need(DIE, "")]
    for processes in (1, 2, 4):
        with pytest.raises(NeedError, match="Code Insee inconnu : « 00000 »"):
            matcher.rank_many(needs, processes=processes)


def test_a_process_that_is_killed_is_an_error_and_no_endless_wait(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Firsts, "of", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(BrokenProcessPool):
        matcher.rank_many([Need(LODEVE, text) for text in NEEDS], processes=2)


WAYS: tuple[dict[str, object], ...] = (
    {},
    {"stage": Stage.EMERGENCE},
    {"audience": Audience.COLLECTIVITES},
    {"themes": (Theme.HABITAT,)},
    {"themes": {Theme.HABITAT: 0.3}},
    {"excluded": (Theme.ECONOMIE_CIRCULAIRE,)},
)


def test_one_text_with_other_declarations_is_another_question(matcher: Matcher):
    communes = (LODEVE, DIE, CILAOS) * SHARED
    needs = [Need(insee, NEEDS[0], **way) for insee in communes for way in WAYS]
    found = list(matcher.rank_many(needs))
    for need, listed in zip(needs[:18], found, strict=False):
        assert list(listed) == plain(matcher, need), need


AROUND = ("34079", "34036", "34132", "34205", "34220", "34231", "34253", "34278", "34286", "34304")
"""Communes around Lodève, some of its EPCI: the nearest seats change from one to the next."""
AREAS = st.sampled_from(
    [
        FRANCE,
        Area(Scale.REGION, "76"),
        Area(Scale.REGION, "04"),
        Area(Scale.DEPARTEMENT, "34"),
        Area(Scale.EPCI, "200017341"),
        Area(Scale.COMMUNE, LODEVE),
        Radius(25.0),
    ]
)
ROWS = st.builds(
    dict,
    kind=st.sampled_from(list(Kind)[:3]),
    themes=st.lists(st.sampled_from(list(Theme)[:3]), max_size=2, unique=True).map(tuple),
    generalist=st.booleans(),
    coverage=st.lists(AREAS, min_size=1, max_size=3, unique=True).map(tuple),
    seat=st.sampled_from([None, LODEVE, DIE, CILAOS, *AROUND]),
    network=st.sampled_from(["", "", "a", "b"]),
    body=st.sampled_from([None, None, None, "w"]),
    to_verify=st.booleans(),
    source_year=st.sampled_from([None, 2019, 2026]),
    population_below=st.sampled_from([None, None, 500, 3_500]),
)
PROJECTS = st.builds(
    dict,
    commune=st.sampled_from([None, LODEVE, DIE, CILAOS]),
    structures=st.lists(st.integers(0, 30).map("s{:02}".format), max_size=3, unique=True).map(
        tuple
    ),
)


@given(
    st.lists(ROWS, min_size=20, max_size=40), st.lists(PROJECTS, max_size=5), st.sampled_from(NEEDS)
)
@settings(max_examples=30)
def test_the_shortest_lists_settle_what_they_say(matcher: Matcher, rows, projects, text):
    """With lists so short that each way out is taken: too few, a head without its branch, all."""
    small = a_matcher(
        matcher,
        [
            a_structure(f"s{i:02}", **{**row, "body": row["body"] or f"s{i:02}"})
            for i, row in enumerate(rows)
        ],
        [a_project(f"p{i}", **project) for i, project in enumerate(projects)],
    )
    needs = [Need(insee, text) for insee in (LODEVE, *AROUND, DIE, CILAOS)] * SHARED
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many, "SIZES", (2, 5, 12))
        patch.setattr(many, "LONGER", 0)
        patch.setattr(standing, "HEADS", (1, 3, 8))
        patch.setattr(standings, "HEADS", (1, 3, 8))
        patch.setattr(standing, "FEW", 4)
        patch.setattr(sureness, "LIKELY", 3)
        found = list(small.rank_many(needs, top=6))
        answers = [small.match(need, top=6) for need in needs[:13]]
    for need, listed in zip(needs[:13], found, strict=False):
        assert list(listed) == plain(small, need, top=6)
    whole = [small.match(need, top=6) for need in needs[:13]]
    assert answers == whole


def test_the_bounds_hold(matcher: Matcher, large: Matcher):
    """Nobody has more points than its bound, in any commune of the group."""
    engine = large._engine
    communes = [c for c in matcher.territory.communes.values() if c.epci == "200017341"]
    assert len(communes) > 5
    for need in Synthesis(matcher).needs(12):
        question = large.question(replace(need, commune=communes[0].insee))
        bounds, together = engine.bounds(question), engine.together(communes, question)
        assert bounds is not None
        most = bounds.points[together.pool.rows] + together.points
        for commune in communes[::7]:
            ranking = engine.rank(large.question(replace(need, commune=commune.insee)))
            known = dict(zip(ranking.pool.rows.tolist(), ranking.scores.tolist(), strict=True))
            own = {*engine.index.covered_by(f"commune:{commune.insee}").tolist()}
            for row, bound in zip(together.pool.rows.tolist(), most.tolist(), strict=True):
                assert row in own or known[row] * bounds.total <= bound + 1e-9


def test_communes_lie_within_the_spread_of_their_middle(matcher: Matcher):
    communes = [c for c in matcher.territory.communes.values() if c.departement == "34"]
    (x, y, z), spread = middle_of(communes)
    assert middle_of(communes[:1])[1] < 1e-3
    assert 20 < spread < 120
    assert x**2 + y**2 + z**2 == pytest.approx(1)


def test_nobody_is_ranked_in_an_empty_catalogue(matcher: Matcher):
    assert (
        list(a_matcher(matcher, []).rank_many([Need(LODEVE, NEEDS[0])] * SHARED)) == [()] * SHARED
    )
