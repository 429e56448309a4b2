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

from matcher import Kind, Matcher, Need, Stage, Structure
from matcher.catalogue import Radius, Scale
from matcher.catalogue.model import Area
from matcher.index.arrays import Classes, Lists, SpherePoints
from matcher.index.columns import Index
from matcher.index.coverage import BY_RADIUS, NARROW_TO_WIDE, Pool, points_of, pool_of
from matcher.index.texts import Bags, Texts, Weights
from matcher.territory.nest import distance_km, haversine_km

BAGS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9), max_size=6)
VECTORS = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=6)


def an_index(matcher: Matcher) -> Index:
    return Index.build(matcher.profiles, matcher.territory)


def a_pool(matcher: Matcher, insee: str = LODEVE) -> Pool:
    commune = matcher.territory.communes[insee]
    return pool_of(an_index(matcher), [commune], matcher.territory)


def ids(matcher: Matcher, pool: Pool) -> list[str]:
    listed = list(matcher.structures)
    return [listed[row] for row in pool.rows]


# Texts, vectors, postings, lists, classes, places


@given(st.lists(st.text(max_size=5)), st.text(max_size=5))
def test_a_text_is_found_among_sorted_ones(listed: list[str], asked: str):
    listed = sorted({text for text in listed if text.isprintable()})
    texts = Texts.of(listed)
    assert list(texts) == listed
    assert [texts.place(text) for text in listed] == list(range(len(listed)))
    assert (texts.place(asked) >= 0) == (asked in listed)


@given(st.lists(BAGS, max_size=8))
def test_vectors_are_those_of_the_weights_to_the_last_bit(bags):
    read = Bags()
    for bag in bags:
        read.add(bag)
    found, weights = read.weighed(), Weights(bags)
    assert [list(found[i].items()) for i in range(len(found))] == [
        list(weights.vector(bag).items()) for bag in bags
    ]
    assert all(found.idf.of(term) == weights.of(term) for term in "abcxyz")


@given(st.lists(BAGS, max_size=8), VECTORS)
def test_postings_give_the_products_of_the_rows(bags, asked):
    read = Bags()
    for bag in bags:
        read.add(bag)
    vectors = read.weighed()
    found = vectors.postings().dot(asked, len(vectors))
    rows = [vectors[i] for i in range(len(vectors))]
    plain = [sum(w * row[t] for t, w in asked.items() if t in row) for row in rows]
    assert found == pytest.approx(np.array(plain))


@given(st.lists(st.lists(st.integers(0, 4), max_size=4, unique=True), max_size=8))
def test_lists_turn_round_and_come_back(listed):
    lists = Lists.of(listed)
    turned = lists.turned(5)
    assert [lists[i].tolist() for i in range(len(lists))] == listed
    for value in range(5):
        assert turned[value].tolist() == [i for i, one in enumerate(listed) if value in one]
    rows = np.arange(len(listed))
    origin, values = lists.links(rows)
    pairs = [(i, value) for i, one in enumerate(listed) for value in one]
    assert list(zip(origin.tolist(), values.tolist(), strict=True)) == pairs


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=3), max_size=8))
def test_a_class_has_the_values_of_its_rows(listed):
    classes = Classes.of(listed, list("abc"))
    for code, row in zip(classes.codes.tolist(), listed, strict=True):
        assert classes.members[code].tolist() == [value in row for value in "abc"]


def test_a_place_that_is_unknown_is_at_no_distance(matcher: Matcher):
    places = SpherePoints.of([DIE, None, "99999", LODEVE], matcher.territory)
    found = places.km(*points_of([matcher.territory.communes[LODEVE]]))
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
    assert list(small.structures) == ["a", "b", "c"]
    assert ids(small, a_pool(small)) == ["a", "b", "c"]


@pytest.mark.parametrize("insee", [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()])
def test_a_pool_is_who_covers_the_commune_and_how(matcher: Matcher, insee: str):
    commune = matcher.territory.communes[insee]
    pool = a_pool(matcher, insee)
    plain = matcher.coverage.eligible(commune)
    assert ids(matcher, pool) == [s.id for s, _ in plain]
    for i, (structure, reach) in enumerate(plain):
        by_area = isinstance(reach, Area)
        assert pool.levels[i] == (NARROW_TO_WIDE.index(reach.scale) if by_area else BY_RADIUS)
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
    pool = a_pool(a_matcher(matcher, [*structures, around]))
    assert pool.levels.tolist() == [*range(len(NARROW_TO_WIDE)), BY_RADIUS]


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
    assert len(a_pool(a_matcher(matcher, [structure]))) == 0


def test_a_radius_ends_where_it_says(matcher: Matcher):
    km = matcher.territory.distance_km(DIE, LODEVE)
    inside = a_structure("a", seat=DIE, coverage=(Radius(km + 0.001),))
    outside = a_structure("b", seat=DIE, coverage=(Radius(km - 0.001),))
    small = a_matcher(matcher, [inside, outside])
    assert ids(small, a_pool(small)) == ["a"]


def test_a_radius_of_the_very_distance_holds_as_the_plain_scorer_says(matcher: Matcher):
    km = matcher.territory.distance_km(DIE, LODEVE)
    structures = [
        a_structure(f"s{i}", seat=DIE, coverage=(Radius(radius),))
        for i, radius in enumerate((km, math.nextafter(km, 0), math.nextafter(km, 1e9)))
    ]
    small = a_matcher(matcher, structures)
    plain = small.coverage.eligible(matcher.territory.communes[LODEVE])
    assert ids(small, a_pool(small)) == [s.id for s, _ in plain] == ["s0", "s2"]


def test_an_empty_catalogue_has_no_candidate(matcher: Matcher):
    assert len(a_pool(a_matcher(matcher, []))) == 0


# What is known of a structure


def test_the_role_is_that_of_the_best_of_its_kinds(matcher: Matcher):
    roles = matcher.knowledge.roles
    index = an_index(matcher)
    for stage in Stage:
        (scores,) = index.roles(matcher.knowledge.role_scores[stage][None])[:, index.kinds.codes]
        for row, structure in enumerate(matcher.structures.values()):
            known = [roles[stage, k].score for k in structure.kinds if (stage, k) in roles]
            assert scores[row] == max(known, default=0.0)


def test_a_second_kind_never_takes_from_the_first(matcher: Matcher):
    both = a_structure("a", kind=Kind.PARC_NATUREL, other_kinds=tuple(Kind))
    one = a_structure("b", kind=Kind.PARC_NATUREL)
    index = an_index(a_matcher(matcher, [both, one]))
    roles = matcher.knowledge.role_scores
    every = index.roles(np.array([roles[stage] for stage in Stage]))
    scores = every[:, index.kinds.codes].tolist()
    assert all(first >= second for first, second in scores)
    assert any(first > second for first, second in scores)


def test_projects_are_linked_to_who_supported_them_and_to_their_network(matcher: Matcher):
    members = [a_structure(i, network="reseau", coverage=(FRANCE,)) for i in ("a", "b")]
    projects = [a_project("p", structures=("a",)), a_project("nul"), a_project("q", structures=())]
    index = an_index(a_matcher(matcher, [*members, a_structure("c")], projects))
    support = index.support
    assert support.own.counts.tolist() == [1, 0, 0]
    assert support.network.tolist() == [1, 1, 0]
    assert support.shared[1].tolist() == support.own[0].tolist()
    assert len(index.projects.places) == 3


@pytest.mark.parametrize("text", NEEDS)
def test_words_and_subjects_are_those_of_the_profiles(matcher: Matcher, text: str):
    question = matcher.question(Need(LODEVE, text))
    index = an_index(matcher)
    words = index.words.dot(question.words, len(index))
    subjects = index.subjects.dot(question.subjects, len(index))
    for row, structure in enumerate(matcher.structures.values()):
        profile = matcher.profiles.by_id[structure.id]
        for found, ours, theirs in (
            (words, question.words, profile.words),
            (subjects, question.subjects, profile.subjects),
        ):
            plain = sum(w * theirs[t] for t, w in ours.items() if t in theirs)
            assert found[row] == pytest.approx(plain, abs=1e-12)
