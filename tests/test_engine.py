"""The engine ranks as the plain scorer does: same ids, same order, same scores."""

import random
from dataclasses import replace

import numpy as np
import oracle
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
    twin,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Audience, Kind, Matcher, Need, NeedError, Stage, Theme
from matcher.catalogue import Backing, Radius, Scale
from matcher.catalogue.model import Area
from matcher.catalogue.terms import MAINLAND, OVERSEAS, Condition, Limit
from matcher.index.coverage import BY_RADIUS, NARROW_TO_WIDE, Pool, pool_of
from matcher.ranking.candidates import Candidate
from matcher.ranking.engine import Engine
from matcher.ranking.policy import CRITERIA, LIKE_FIT, WEIGHT_CHANGE, Criterion
from matcher.ranking.question import Question

TEXTS = (
    *NEEDS,
    "Nous voulons un projet",  # vague
    "Réfection des trottoirs et du réseau d'eau",  # out of scope
    "Une crèche associative et un jardin partagé avec les habitants",
    "Comment financer l'achat des murs de la boulangerie ?",
    "Garage solidaire, covoiturage, vélos : la mobilité sans voiture",
    "Une coopérative d'habitants",
)
RECYCLERIE = Need(LODEVE, NEEDS[0])


def some_needs(matcher: Matcher, count: int) -> list[Need]:
    """Needs of all sorts, in communes of all regions: a fixed draw."""
    draw = random.Random(20261124)
    communes = list(matcher.territory.communes)
    special = [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()]
    needs = []
    for _ in range(count):
        themes = {
            theme: draw.choice((1.0, 0.7, 0.3))
            for theme in draw.sample(list(Theme), draw.randint(0, 3))
        }
        needs.append(
            Need(
                draw.choice(draw.choice((communes, special))),
                draw.choice((*TEXTS, "") if themes else TEXTS),
                draw.choice((themes, tuple(themes))),
                draw.choice((None, None, *Stage)),
                draw.choice((None, None, *Audience)),
            )
        )
    return needs


def plain_intervals(matcher: Matcher, need: Need, ids: list[str]) -> list[tuple[int, int]]:
    """Rank intervals by the plain scorer: each weight changed in turn, all ordered again."""
    question = matcher.question(need)
    found = list(oracle.candidates(matcher, question))
    policies = [CRITERIA] + [
        tuple(replace(c, weight=c.weight * (1 + change)) if c is changed else c for c in CRITERIA)
        for changed in CRITERIA
        for change in (-WEIGHT_CHANGE, WEIGHT_CHANGE)
    ]
    ranks: dict[str, list[int]] = {}
    for criteria in policies:
        for rank, one in enumerate(
            oracle.order((oracle.weigh(question, c, criteria) for c in found), question), 1
        ):
            ranks.setdefault(one.structure.id, []).append(rank)
    return [(min(ranks[id]), max(ranks[id])) for id in ids]


def assert_same(matcher: Matcher, need: Need, top: int = 10) -> None:
    """The answer is the beginning of the plain ranking, but for the noise of sums of floats."""
    plain = oracle.ranked(matcher, need)
    found = matcher.match(need, top, anyway=True)
    assert [s.structure.id for s in found] == [s.structure.id for s in plain[:top]]
    for ours, theirs in zip(found, plain, strict=False):
        assert ours.score == pytest.approx(theirs.score, abs=1e-12)
        assert ours.reach == theirs.candidate.reach
        assert ours.distance_km == theirs.candidate.distance_km
        assert ours.covered == theirs.candidate.covered
        for mine, plainly in zip(ours.contributions, theirs.contributions, strict=True):
            assert (mine.criterion, mine.sentence) == (plainly.criterion, plainly.sentence)
            assert mine.score == pytest.approx(plainly.score, abs=1e-12)
            assert mine.points == pytest.approx(plainly.points, abs=1e-12)


# The embedded catalogue


def test_a_hundred_and_fifty_needs_rank_as_the_plain_scorer(matcher: Matcher):
    silent = tuple(replace(c, sentence=lambda *_: "") for c in CRITERIA)
    for need in some_needs(matcher, 150):
        question = matcher.question(need)
        found = oracle.candidates(matcher, question)
        scores = (oracle.weigh(question, candidate, silent) for candidate in found)
        plain = oracle.order(scores, question)
        ranking = matcher._engine.rank(question)
        positions = ranking.first(len(plain))
        ids = [structure.id for structure in ranking.structures(positions)]
        assert ids == [s.structure.id for s in plain], need
        assert ranking.scores[positions] == pytest.approx([s.score for s in plain], abs=1e-12)


def test_what_is_shown_is_what_the_plain_scorer_says(matcher: Matcher):
    for need in some_needs(matcher, 60):
        assert_same(matcher, need)


@pytest.mark.parametrize("top", [1, 9, 10, 11, 25, 1_000])
def test_any_number_of_suggestions_may_be_asked(matcher: Matcher, top: int):
    assert_same(matcher, RECYCLERIE, top)


def test_every_petite_ville_has_the_same_candidates(matcher: Matcher):
    for insee, commune in matcher.territory.communes.items():
        if not commune.labels:
            continue
        pool = pool_of(matcher._engine.index, [commune], matcher.territory)
        plain = matcher.coverage.eligible(commune)
        listed = list(matcher.structures.values())
        assert [listed[row] for row in pool.rows] == [s for s, _ in plain], insee
        levels = [
            NARROW_TO_WIDE.index(reach.scale) if isinstance(reach, Area) else BY_RADIUS
            for _, reach in plain
        ]
        assert pool.levels.tolist() == levels, insee


# How sure


@pytest.mark.parametrize("insee", [LODEVE, CILAOS])
@pytest.mark.parametrize("text", NEEDS)
def test_the_rank_interval_is_that_of_the_ranks_under_other_weights(
    matcher: Matcher, insee: str, text: str
):
    need = Need(insee, text, stage=Stage.EMERGENCE)
    found = matcher.match(need, top=15)
    ids = [s.structure.id for s in found]
    assert [s.rank_interval for s in found] == plain_intervals(matcher, need, ids)


@pytest.mark.parametrize("text", NEEDS[:2])
def test_a_rank_lies_within_its_interval(matcher: Matcher, text: str):
    suggestions = matcher.match(Need(LODEVE, text), top=1_000)
    for suggestion in suggestions:
        assert suggestion.rank_interval is not None
        low, high = suggestion.rank_interval
        assert 1 <= low <= suggestion.rank <= high <= len(suggestions)


# Small catalogues


def test_nobody_is_ranked_in_an_empty_catalogue(matcher: Matcher):
    assert a_matcher(matcher, []).match(RECYCLERIE) == []


def test_one_structure_alone_is_sure_of_its_rank(matcher: Matcher):
    (suggestion,) = a_matcher(matcher, [a_structure()]).match(RECYCLERIE)
    assert suggestion.rank_interval == (1, 1)


def test_nobody_is_ranked_where_nobody_comes(matcher: Matcher):
    assert (
        a_matcher(matcher, [a_structure(coverage=(Area(Scale.REGION, "53"),))]).match(RECYCLERIE)
        == []
    )


def test_twins_are_ordered_by_id_wherever_they_stand(matcher: Matcher):
    """Fifty equal structures among others: their scores must not depend on their row."""
    others = [a_structure(f"m-{i:02}", themes=(Theme.HABITAT,)) for i in range(30)]
    twins = [twin(a_structure(), f"{letter}-{i:02}") for letter in "az" for i in range(25)]
    small = a_matcher(matcher, [*others, *twins])
    assert_same(small, RECYCLERIE, top=80)
    ranking = small._engine.rank(small.question(RECYCLERIE))
    assert len(set(ranking.scores.tolist())) == 2


def test_a_doubtful_twin_comes_after_the_verified(matcher: Matcher):
    """With a criterion that does not look at it, only the order tells them apart."""
    sure = a_structure("b")
    doubtful = twin(sure, "a", to_verify=True)
    small = a_matcher(matcher, [doubtful, sure])
    blind = tuple(c for c in CRITERIA if c.code != "reliability")
    engine = Engine(small.profiles, small.territory, blind)
    assert engine.rank(small.question(RECYCLERIE)).first(2) == [1, 0]


KNOWN = st.builds(
    dict,
    kind=st.sampled_from(Kind),
    other_kinds=st.lists(st.sampled_from(Kind), max_size=2).map(tuple),
    themes=st.lists(st.sampled_from(list(Theme)[:4]), max_size=3, unique=True).map(tuple),
    generalist=st.booleans(),
    stages=st.lists(st.sampled_from(Stage), max_size=2, unique=True).map(tuple),
    audiences=st.lists(st.sampled_from(Audience), max_size=2, unique=True).map(tuple),
    coverage=st.lists(
        st.sampled_from(
            [
                FRANCE,
                Area(Scale.COMMUNE, LODEVE),
                Area(Scale.DEPARTEMENT, "34"),
                Area(Scale.REGION, "76"),
                Area(Scale.REGION, "04"),
                Radius(30.0),
                Radius(200.0),
            ]
        ),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(tuple),
    seat=st.sampled_from([None, "99999", LODEVE, DIE, CILAOS]),  # 99999: of no commune
    body=st.sampled_from(["", "a", "b"]),
    network=st.sampled_from(["", "", "m", "n"]),
    description=st.sampled_from(["", *TEXTS]),
    source_year=st.sampled_from([None, 2019, 2026]),
    conditions=st.sampled_from(
        [
            (),
            (),
            (Condition(Limit.POPULATION_MOINS, "500"), Condition(Limit.STATUT, "associations")),
            (Condition(Limit.POPULATION_MOINS, "3500"),),
            (Condition(Limit.POPULATION_PLUS, "5000"),),
            (Condition(Limit.TERRITOIRE, MAINLAND),),
            (Condition(Limit.TERRITOIRE, OVERSEAS),),
            (Condition(Limit.PVD, "oui"),),
        ]
    ),
    to_verify=st.booleans(),
)


def role_of(structure: str) -> Backing:
    """Each of the roles, by the number of the structure."""
    return list(Backing)[int(structure[1:]) % len(Backing)]


SUPPORTED = st.builds(
    dict,
    commune=st.sampled_from([None, LODEVE, DIE, CILAOS]),
    themes=st.lists(st.sampled_from(list(Theme)[:4]), max_size=2, unique=True).map(tuple),
    description=st.sampled_from(TEXTS),
    structures=st.lists(st.integers(0, 11), max_size=4, unique=True).map(
        lambda rows: tuple(f"s{i:02}" for i in rows)
    ),
).map(lambda known: known | {"roles": tuple(map(role_of, known["structures"]))})
ASKED = st.builds(
    Need,
    commune=st.sampled_from([LODEVE, DIE, CILAOS]),
    text=st.sampled_from(TEXTS),
    themes=st.dictionaries(st.sampled_from(list(Theme)[:5]), st.floats(0.01, 1), max_size=3),
    stage=st.none() | st.sampled_from(Stage),
    audience=st.none() | st.sampled_from(Audience),
)


@given(st.lists(KNOWN, max_size=12), st.lists(SUPPORTED, max_size=8), ASKED)
@settings(max_examples=50)
def test_any_small_catalogue_ranks_as_the_plain_scorer(matcher: Matcher, rows, supported, need):
    structures = [a_structure(f"s{i:02}", **known) for i, known in enumerate(rows)]
    projects = [a_project(f"p{i}", **known) for i, known in enumerate(supported)]
    small = a_matcher(matcher, structures, projects)
    assert_same(small, need, top=12)
    found = small.match(need, top=12)
    ids = [s.structure.id for s in found]
    assert [s.rank_interval for s in found] == plain_intervals(small, need, ids)


# One criterion, beside its plain form


@pytest.fixture(scope="module")
def asked(matcher: Matcher) -> list[tuple[Question, list[Candidate], Pool]]:
    """Needs, each with its candidates one by one and as columns."""
    needs = [*some_needs(matcher, 60), *needs_of_several(matcher, 20)]
    questions = [matcher.question(need) for need in needs]
    index, territory = matcher._engine.index, matcher.territory
    return [
        (one, list(oracle.candidates(matcher, one)), pool_of(index, one.places, territory))
        for one in questions
    ]


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda c: c.code)
def test_a_criterion_says_what_its_plain_form_says(
    asked: list[tuple[Question, list[Candidate], Pool]], criterion: Criterion
):
    for question, candidates, pool in asked:
        plain = [oracle.SCORES[criterion.code](question, one) for one in candidates]
        column = criterion.score(question, pool)
        if column is None:
            assert set(plain) == {None}
        else:
            assert column == pytest.approx(np.array(plain, dtype=float), abs=1e-12)


def test_a_new_criterion_is_one_function_and_one_row(matcher: Matcher):
    def initial(question, pool):
        ids = [s.id for s in matcher.profiles.presentations.structures]
        return np.array([float(ids[row] < "m") for row in pool.rows])

    def never(question, pool):
        return None

    new = [
        Criterion(code, code, weight, "", score, lambda q, c, s: "")
        for code, weight, score in (("initial", 0.3, initial), ("never", 0.5, never))
    ]
    engine = Engine(matcher.profiles, matcher.territory, (*CRITERIA, *new))
    ranking = engine.rank(matcher.question(RECYCLERIE))
    first = ranking.explained(ranking.first(10))
    assert [c.score for c in first[0].contributions][-2:] == [
        float(first[0].structure.id < "m"),
        None,
    ]
    for one in first:
        assert sum(c.points for c in one.contributions) == pytest.approx(one.score)


# Several communes


def needs_of_several(matcher: Matcher, count: int) -> list[Need]:
    """Needs of the communes of an EPCI, or of some communes anywhere."""
    draw = random.Random(12)
    communes = sorted(matcher.territory.communes)
    epcis = sorted({c.epci for c in matcher.territory.communes.values() if c.epci})
    needs = []
    for turn in range(count):
        if turn % 2:
            area = Area(Scale.EPCI, draw.choice(epcis))
            places = matcher.territory.members(area)
        else:
            places = tuple(draw.sample(communes, draw.randint(2, 5)))
        need = Need(places[0], draw.choice(TEXTS), stage=draw.choice((None, *Stage)), places=places)
        needs.append(need)
    return needs


def test_needs_of_several_communes_rank_as_the_plain_scorer(matcher: Matcher):
    for need in needs_of_several(matcher, 20):
        assert_same(matcher, need)


def test_who_is_said_to_cover_all_covers_each(matcher: Matcher):
    for need in needs_of_several(matcher, 20):
        for found in matcher.match(need):
            assert found.covered
            for insee in need.places:
                covers = matcher.coverage.reach(found.structure, matcher.territory.communes[insee])
                assert (insee in found.covered) == (covers is not None)


def test_one_commune_named_twice_is_one_commune(matcher: Matcher):
    twice = replace(RECYCLERIE, places=(RECYCLERIE.commune, RECYCLERIE.commune))
    assert matcher.match(twice) == matcher.match(RECYCLERIE)


def test_distances_go_from_the_nearest_to_the_farthest_commune(matcher: Matcher):
    need = replace(RECYCLERIE, places=(LODEVE, DIE))
    for found in matcher.match(need, top=50):
        if found.distance_km is not None:
            km = [matcher.territory.distance_km(found.structure.seat, p) for p in (LODEVE, DIE)]
            assert (found.distance_km, found.farthest_km) == (min(km), max(km))


# Many needs


def test_many_needs_are_answered_as_one_by_one(matcher: Matcher):
    needs = some_needs(matcher, 30)
    assert list(matcher.match_many(needs, top=5, intervals=True)) == [
        matcher.match(need, top=5) for need in needs
    ]


def test_many_needs_go_without_intervals_unless_asked(matcher: Matcher):
    (found,) = matcher.match_many([RECYCLERIE])
    assert [s.rank_interval for s in found] == [None] * 10
    assert [replace(s, rank_interval=None) for s in matcher.match(RECYCLERIE)] == found


def test_needs_are_read_one_at_a_time(matcher: Matcher):
    """A stream of needs is never held in memory, and a bad one stops it where it stands."""

    def stream():
        yield RECYCLERIE
        yield Need("99999", "Ouvrir une recyclerie")
        raise AssertionError("asked for more than one need ahead")

    answers = matcher.match_many(stream())
    assert len(next(answers)) == 10
    with pytest.raises(NeedError):
        next(answers)


def test_what_is_kept_between_needs_does_not_leak_into_another_catalogue(matcher: Matcher):
    before = matcher.match(RECYCLERIE)
    bare = matcher.with_projects([])
    assert_same(bare, RECYCLERIE)
    assert bare.match(RECYCLERIE) != before == matcher.match(RECYCLERIE)


@pytest.mark.parametrize("insee", ["48095", "51454", "08105", "97411", "67482"])
def test_a_row_to_verify_is_first_only_where_no_verified_one_fits_as_well(
    matcher: Matcher, insee: str
):
    for theme in Theme:
        ranking = matcher.ranking(Need(insee, themes=(theme,)))
        order = ranking.first()
        first, *others = ranking.structures(order)
        if first.to_verify:
            lead = ranking.scores[order[0]] - ranking.scores[order[1:]]
            alike = ranking.tiers[order[1:]] == ranking.tiers[order[0]]
            sure = ranking.pool.levels[order[1:]] != BY_RADIUS
            fits = (lead <= LIKE_FIT) & alike & sure
            assert all(o.to_verify for o, fit in zip(others, fits, strict=True) if fit)


def test_a_theme_alone_is_answered_on_the_theme_or_by_a_generalist_of_the_place(matcher: Matcher):
    needs = [Need("48095", themes=(theme,)) for theme in Theme]
    for need, found in zip(needs, matcher.match_many(needs, 20, on_theme=True), strict=True):
        assert [one.rank for one in found] == list(range(1, len(found) + 1))
        for one in found:
            assert set(need.themes) & set(one.structure.themes) or one.structure.generalist
    text = Need("48095", "Ouvrir une recyclerie dans l’ancienne gare")
    assert [*matcher.match_many([text], 20, on_theme=True)] == [*matcher.match_many([text], 20)]
