"""The catalogue as arrays says what the catalogue says."""

import math

import numpy as np
import pytest
from builders import (
    CILAOS,
    DIE,
    FRANCE,
    LODEVE,
    NEEDS,
    ONE_A_REGION,
    WITHOUT_EPCI,
    a_matcher,
    a_project,
    a_structure,
)
from hypothesis import given
from hypothesis import strategies as st

from matcher import Kind, Matcher, Need, Radius, Scale, Stage, Structure
from matcher.catalogue.distance import distance_km, haversine_km
from matcher.catalogue.model import Area
from matcher.ranking.arrays import Links, Places, Postings
from matcher.ranking.coverage import NARROW_TO_WIDE
from matcher.ranking.index import BY_RADIUS, Index, Pool

VECTORS = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=6)


def an_index(matcher: Matcher) -> Index:
    return Index.build(matcher.profiles, matcher.territory, matcher.knowledge.roles)


def ids(pool: Pool) -> list[str]:
    return [pool.index.structures[row].id for row in pool.rows]


# Postings, links, places


@given(st.lists(VECTORS, max_size=8), VECTORS)
def test_postings_give_the_products_of_the_rows(rows, asked):
    found = Postings(rows).dot(asked)
    plain = [sum(w * row[t] for t, w in asked.items() if t in row) for row in rows]
    assert found == pytest.approx(np.array(plain))


@given(st.lists(VECTORS, max_size=8), VECTORS, VECTORS)
def test_equal_rows_have_the_same_product_to_the_last_bit(rows, twins, asked):
    found = Postings([twins, *rows, twins]).dot(asked)
    assert found[0] == found[-1]


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=8))
def test_links_give_the_product_over_the_linked(listed):
    factors = np.array([0.5, 0.9, 1.0, 0.0, 0.3])
    found = Links(listed).product(factors)
    assert found == pytest.approx(np.array([math.prod(factors[rows]) for rows in listed]))


def test_a_place_that_is_unknown_is_at_no_distance(matcher: Matcher):
    places = Places.of([DIE, None, "99999", LODEVE], matcher.territory)
    found = places.km(matcher.territory.communes[LODEVE])
    assert found[0] == pytest.approx(matcher.territory.distance_km(DIE, LODEVE))
    assert np.isnan(found[1:3]).all()
    assert found[3] == 0.0


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_one_distance_is_that_of_many(lon, lat, other_lon, other_lat):
    many = haversine_km(lon, lat, np.array([other_lon]), np.array([other_lat]))
    assert distance_km(lon, lat, other_lon, other_lat) == pytest.approx(many[0], abs=1e-3)


# Who covers what


def test_the_rows_are_the_structures_by_id(matcher: Matcher):
    small = a_matcher(matcher, [a_structure("b"), a_structure("c"), a_structure("a")])
    index = an_index(small)
    assert [s.id for s in index.structures] == ["a", "b", "c"]
    assert ids(index.pool(matcher.territory.communes[LODEVE])) == ["a", "b", "c"]


@pytest.mark.parametrize("insee", [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()])
def test_a_pool_is_who_covers_the_commune_and_how(matcher: Matcher, insee: str):
    commune = matcher.territory.communes[insee]
    pool = an_index(matcher).pool(commune)
    plain = matcher.coverage.eligible(commune)
    assert ids(pool) == [s.id for s, _ in plain]
    for i, (structure, reach) in enumerate(plain):
        assert pool.reach(i) == (reach if isinstance(reach, Area) else None)
        if structure.seat is None:
            assert np.isnan(pool.seat_km[i])
        else:
            plain_km = matcher.territory.distance_km(structure.seat, insee)
            assert pool.seat_km[i] == pytest.approx(plain_km, abs=1e-6)


def test_the_narrowest_level_is_kept(matcher: Matcher):
    commune = matcher.territory.communes[LODEVE]
    areas = matcher.territory.areas_of(commune)
    structures = [
        a_structure(f"s{i}", coverage=(*reversed(areas[i:]), Radius(50.0)))
        for i in range(len(areas))
    ]
    around = a_structure("z", coverage=(Radius(50.0),))
    pool = an_index(a_matcher(matcher, [*structures, around])).pool(commune)
    assert pool.levels.tolist() == [*range(len(NARROW_TO_WIDE)), BY_RADIUS]
    assert [pool.reach(i) for i in range(len(areas))] == list(areas)
    assert pool.reach(len(areas)) is None


@pytest.mark.parametrize(
    "structure",
    [
        a_structure(coverage=(Radius(10_000.0),), seat=None),
        a_structure(coverage=(Radius(100.0),), seat=CILAOS),
        a_structure(coverage=(Area(Scale.REGION, "53"),)),
        a_structure(coverage=(Area(Scale.REGION, "34"), Area(Scale.COMMUNE, DIE))),
    ],
    ids=["rayon sans siège", "rayon outre-mer", "autre région", "même code, autre échelon"],
)
def test_who_does_not_cover_the_commune_is_no_candidate(matcher: Matcher, structure: Structure):
    pool = an_index(a_matcher(matcher, [structure])).pool(matcher.territory.communes[LODEVE])
    assert ids(pool) == []


def test_a_radius_ends_where_it_says(matcher: Matcher):
    km = matcher.territory.distance_km(DIE, LODEVE)
    inside = a_structure("a", seat=DIE, coverage=(Radius(km + 0.001),))
    outside = a_structure("b", seat=DIE, coverage=(Radius(km - 0.001),))
    pool = an_index(a_matcher(matcher, [inside, outside])).pool(matcher.territory.communes[LODEVE])
    assert ids(pool) == ["a"]


def test_an_empty_catalogue_has_no_candidate(matcher: Matcher):
    pool = an_index(a_matcher(matcher, [])).pool(matcher.territory.communes[LODEVE])
    assert ids(pool) == []


# What is known of a structure


def test_the_role_is_that_of_the_best_of_its_kinds(matcher: Matcher):
    roles = matcher.knowledge.roles
    index = an_index(matcher)
    for row, structure in enumerate(index.structures):
        kinds = structure.kinds
        for stage in Stage:
            known = [roles[stage, kind].score for kind in kinds if (stage, kind) in roles]
            assert index.roles[stage][row] == max(known, default=0.0)


def test_a_second_kind_never_takes_from_the_first(matcher: Matcher):
    both = a_structure("a", kind=Kind.PARC_NATUREL, other_kinds=tuple(Kind))
    one = a_structure("b", kind=Kind.PARC_NATUREL)
    index = an_index(a_matcher(matcher, [both, one]))
    assert all(scores[0] >= scores[1] for scores in index.roles.values())
    assert any(scores[0] > scores[1] for scores in index.roles.values())


def test_projects_are_linked_to_who_supported_them_and_to_their_network(matcher: Matcher):
    members = [a_structure(i, network="reseau", coverage=(FRANCE,)) for i in ("a", "b")]
    projects = [a_project("p", structures=("a",)), a_project("nul"), a_project("q", structures=())]
    index = an_index(a_matcher(matcher, [*members, a_structure("c")], projects))
    assert index.projects.own.counts.tolist() == [1, 0, 0]
    assert index.projects.network.counts.tolist() == [0, 1, 0]
    assert index.projects.places.lons.shape == (1,)


@pytest.mark.parametrize("text", NEEDS)
def test_words_and_subjects_are_those_of_the_profiles(matcher: Matcher, text: str):
    question = matcher.question(Need(LODEVE, text))
    index = an_index(matcher)
    words, subjects = index.words.dot(question.words), index.subjects.dot(question.subjects)
    for row, structure in enumerate(index.structures):
        profile = matcher.profiles.by_id[structure.id]
        for found, ours, theirs in (
            (words, question.words, profile.words),
            (subjects, question.subjects, profile.subjects),
        ):
            plain = sum(w * theirs[t] for t, w in ours.items() if t in theirs)
            assert found[row] == pytest.approx(plain, abs=1e-12)
