"""The figures of scale are measured on synthetic catalogues: they must be what they say."""

import csv
from collections import Counter
from statistics import mean

import pytest
from synthetic import Synthesis, write

from matcher import Matcher, Structure
from matcher.catalogue import Radius, Scale
from matcher.catalogue.tables import Catalogue, read_catalogue
from matcher.tables.asked import check_need

COUNT = 4_000


@pytest.fixture(scope="module")
def synthesis(matcher: Matcher) -> Synthesis:
    return Synthesis(matcher)


@pytest.fixture(scope="module")
def catalogue(synthesis: Synthesis) -> Catalogue:
    return synthesis.catalogue(COUNT)


def likeness(structure: Structure) -> tuple[object, ...]:
    """All that the score looks at."""
    return (
        structure.name,
        structure.description,
        structure.coverage,
        structure.seat,
        structure.themes,
        structure.kinds,
        structure.to_verify,
    )


def test_the_same_size_and_seed_give_the_same_catalogue(synthesis, catalogue):
    assert synthesis.catalogue(COUNT) == catalogue
    assert synthesis.catalogue(COUNT, seed=1) != catalogue
    assert synthesis.needs(50) == synthesis.needs(50) != synthesis.needs(50, seed=1)


def test_every_id_and_name_says_that_it_is_synthetic(catalogue):
    assert len({s.id for s in catalogue.structures}) == COUNT
    assert all(s.id.startswith("synth-") for s in catalogue.structures)
    assert all(s.name.startswith("Structure d’essai ") for s in catalogue.structures)
    assert all(p.id.startswith("synth-") for p in catalogue.projects)


def test_nothing_synthetic_stands_in_the_embedded_data():
    for path in (Matcher.embedded() / "catalogue").glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            assert not any(row[0].startswith("synth-") for row in csv.reader(file))


def test_about_6_455_of_100_000_structures_cover_a_commune(synthesis, catalogue):
    """The size of the job that the figures of scale are about."""
    covering = Counter(a for s in catalogue.structures for a in set(s.coverage))
    territory = synthesis.territory
    eligible = mean(
        sum(covering[area] for area in territory.areas_of(commune))
        for commune in territory.communes.values()
    )
    by_radius = [s for s in catalogue.structures if s.seat and isinstance(s.coverage[0], Radius)]
    eligible += sum(len(territory.within(s.seat, s.coverage[0].km)) for s in by_radius) / len(
        territory.communes
    )
    assert eligible / COUNT == pytest.approx(0.06455, rel=0.1)


def test_the_rare_cases_are_there(synthesis, catalogue):
    structures = catalogue.structures
    alike = Counter(map(likeness, structures))
    assert max(alike.values()) > 1, "twins"
    assert any(not s.themes and not s.generalist for s in structures)
    assert any(s.seat is None for s in structures)
    assert any(s.seat is None and isinstance(s.coverage[0], Radius) for s in structures)
    assert any(s.to_verify for s in structures)
    assert any(s.source_year is None for s in structures)
    assert any(s.seat and s.seat.startswith("97") for s in structures)
    assert any(s.body != s.id for s in structures)
    assert any(s.network for s in structures)
    assert any(len(s.coverage) > 1 for s in structures)
    assert {s.scale for s in structures} == {*Scale, None}


def test_the_seats_follow_the_population(synthesis, catalogue):
    seats = Counter(
        synthesis.territory.communes[s.seat].region for s in catalogue.structures if s.seat
    )
    communes = synthesis.territory.communes.values()
    people = sum(c.population or 0 for c in communes)
    paris = sum(c.population or 0 for c in communes if c.region == "11") / people
    assert seats["11"] / seats.total() == pytest.approx(paris, rel=0.15)


def test_the_words_have_a_few_frequent_ones_and_many_rare_ones(catalogue):
    words = Counter(w for s in catalogue.structures for w in s.description.split())
    counts = sorted(words.values(), reverse=True)
    assert sum(counts[:20]) > 0.2 * sum(counts)
    assert len(counts) > 5_000


def test_what_is_written_is_what_is_read(tmp_path, catalogue):
    read = read_catalogue(write(tmp_path, catalogue))
    assert read.structures == catalogue.structures
    assert read.projects == catalogue.projects


def test_every_need_passes_the_door(synthesis):
    needs = synthesis.needs(300)
    for need in needs:
        check_need(need, synthesis.territory)
    assert any(need.themes and need.text for need in needs)
    assert any(not need.text for need in needs)
    assert any(need.excluded for need in needs)
    assert any(need.commune.startswith("97") for need in needs)


def test_a_matcher_of_synthetic_structures_answers(synthesis):
    matcher = synthesis.opened(1_000)
    asked = [matcher.question(need) for need in synthesis.needs(8)]
    scoped = [question for question in asked if question.status.ranked]
    assert len(scoped) > len(asked) / 2
    assert all(matcher.match(question.need, top=3) for question in scoped)
