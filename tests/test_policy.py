"""Weigh, order, vary: what holds whatever the weights."""

import csv
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from builders import LODEVE, NEEDS, ONE_A_REGION, a_matcher, a_structure, scored, twin
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import diversify, order

from matcher import Audience, Kind, Matcher, Need, Stage, Theme
from matcher.ranking import policy
from matcher.ranking.policy import BLOCK, Scored
from matcher.ranking.variety import varied
from matcher.reports.answer.records import suggestion_record

NEED = st.builds(
    Need,
    commune=st.sampled_from(list(ONE_A_REGION.values())),
    text=st.sampled_from(NEEDS),
    themes=st.lists(st.sampled_from(Theme), max_size=3, unique=True).map(tuple),
    stage=st.none() | st.sampled_from(Stage),
    audience=st.none() | st.sampled_from(Audience),
)


# Better, worse

CASES = list(
    csv.DictReader(
        (Path(__file__).parent / "cases" / "meilleur_moins_bon.csv").open(encoding="utf-8")
    )
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['commune']}: {c['meilleur']}")
def test_an_adviser_would_name_the_first_before_the_second(matcher: Matcher, case: dict[str, str]):
    need = Need(case["insee"], case["besoin"], stage=case["etape"] or None)
    assert matcher.territory.communes[case["insee"]].name == case["commune"]
    scores = {s.structure.id: s.score for s in matcher.ranked(need)}
    for id in (case["meilleur"], case["moins_bon"]):
        assert id in scores, f"{id} ne couvre pas {case['commune']}"
    assert scores[case["meilleur"]] > scores[case["moins_bon"]], case["pourquoi"]


def test_the_cases_are_of_every_region(matcher: Matcher):
    regions = {matcher.territory.communes[case["insee"]].region for case in CASES}
    assert len(regions) == 18


# The score


@given(NEED)
@settings(max_examples=30)
def test_scores_are_in_zero_one_and_the_parts_add_up(matcher: Matcher, need: Need):
    for found in matcher.ranked(need):
        assert 0 <= found.score <= 1
        assert abs(sum(c.points for c in found.contributions) - found.score) < 1e-9
        applied = [c for c in found.contributions if c.score is not None]
        total = sum(c.weight for c in applied)
        for c in applied:
            assert c.points == pytest.approx(c.weight * c.score / total)
        assert all(c.points == 0 for c in found.contributions if c.score is None)


@given(NEED)
@settings(max_examples=15)
def test_a_suggestion_carries_the_score_of_the_ranking(matcher: Matcher, need: Need):
    """The fast way of `match` and the plain way of `ranked` answer the same, in the same order."""
    ranked = matcher.ranked(need)
    suggestions = matcher.match(need, top=1_000)
    assert len(suggestions) == len(ranked)
    for suggestion in suggestions:
        same = ranked[suggestion.rank - 1]
        assert suggestion.structure == same.structure
        assert suggestion.score == same.score
        assert suggestion.contributions == same.contributions


@given(NEED, st.integers(0, 10**6))
@settings(max_examples=2)
def test_a_permutation_of_the_catalogue_changes_nothing(matcher: Matcher, need: Need, seed: int):
    draw = random.Random(seed)

    def shuffled(items):
        return tuple(draw.sample(items, len(items)))

    catalogue = matcher.catalogue
    other = a_matcher(
        matcher,
        shuffled([replace(s, coverage=shuffled(s.coverage)) for s in catalogue.structures]),
        shuffled(catalogue.projects),
        shuffled(catalogue.resources),
    )
    assert answer(other, need) == answer(matcher, need)


def answer(matcher: Matcher, need: Need) -> bytes:
    """All that is said, as bytes."""
    found = [suggestion_record(s, matcher.territory) for s in matcher.match(need, top=1_000)]
    return json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.parametrize("text", NEEDS)
def test_the_same_need_gives_the_same_bytes(matcher: Matcher, text: str):
    assert answer(matcher, Need(LODEVE, text)) == answer(matcher, Need(LODEVE, text))


@given(NEED)
@settings(max_examples=4)
def test_fewer_suggestions_are_the_first_of_more(matcher: Matcher, need: Need):
    assert matcher.match(need, top=3) == matcher.match(need, top=15)[:3]


# Ties and evidence


def test_equal_scores_are_ordered_by_id():
    ids = ["b", "d", "a", "c"]
    kinds = list(Kind)
    found = order(scored(a_structure(id, kind=kinds[i]), 0.5) for i, id in enumerate(ids))
    assert [s.structure.id for s in found] == sorted(ids)


def test_of_two_equal_scores_the_verified_row_comes_first():
    doubtful = scored(a_structure("a", to_verify=True), 0.5)
    verified = scored(a_structure("b"), 0.5)
    assert order([doubtful, verified]) == [verified, doubtful]


@given(NEED, st.data())
@settings(max_examples=15)
def test_a_row_to_verify_never_ranks_above_a_verified_equal(matcher: Matcher, need: Need, data):
    commune = matcher.territory.communes[need.commune]
    covering = [s for s, _ in matcher.coverage.eligible(commune)]
    chosen = data.draw(
        st.lists(st.sampled_from(covering), min_size=1, max_size=25, unique_by=lambda s: s.id)
    )
    verified = [replace(s, to_verify=False) for s in chosen]
    doubtful = [twin(s, f"000-{s.id}", to_verify=True) for s in verified]
    small = a_matcher(matcher, [*verified, *doubtful])
    ranks = {s.structure.id: i for i, s in enumerate(small.ranked(need))}
    for structure in verified:
        assert ranks[structure.id] < ranks[f"000-{structure.id}"]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.data())
def test_the_noise_of_a_sum_of_floats_never_orders(scores: list[float], data):
    """Scores that differ by less than a billionth, as another order of sums would make them."""
    kinds = list(Kind)
    ids = [f"s{i}" for i in range(len(scores))]
    even = [round(score, 6) for score in scores]
    noise = st.lists(st.floats(-1e-12, 1e-12), min_size=len(ids), max_size=len(ids))

    def ranked(of: list[float]) -> list[str]:
        pool = [
            scored(a_structure(id, kind=kinds[i]), score)
            for i, (id, score) in enumerate(zip(ids, of, strict=True))
        ]
        return [s.structure.id for s in order(pool)]

    noisy = [score + n for score, n in zip(even, data.draw(noise), strict=True)]
    assert ranked(noisy) == ranked(even)


# Variety

LIMITS = (
    ("body", policy.MOST_OF_A_BODY),
    ("network", policy.MOST_OF_A_NETWORK),
    ("kind", policy.MOST_OF_A_KIND),
)
SORTS = st.tuples(
    st.sampled_from(["", "a", "b", "c", "d", "e", "f", "g"]),  # body: "" is alone
    st.sampled_from(["", "", "m", "n", "o"]),
    st.sampled_from(list(Kind)[:4]),
)


def pool(sorts) -> list[Scored]:
    """Structures of these sorts, best first."""
    return [
        scored(
            a_structure(f"s{i:03}", body=body or f"s{i:03}", network=network, kind=kind),
            1 - i / 1_000,
        )
        for i, (body, network, kind) in enumerate(sorts)
    ]


def over(first: list[Scored]) -> list[str]:
    """The limits that a list breaks."""
    broken = []
    for name, most in LIMITS:
        counts = Counter(getattr(s.structure, name) for s in first)
        broken += [f"{name} {key}" for key, n in counts.items() if key and n > most]
    return broken


@given(st.lists(SORTS, max_size=60))
def test_variety_loses_nothing(sorts):
    ordered = pool(sorts)
    varied = diversify(ordered)
    assert Counter(s.structure.id for s in varied) == Counter(s.structure.id for s in ordered)


@given(st.lists(SORTS, max_size=60))
def test_the_first_ten_are_varied_as_long_as_anything_else_is_left(sorts):
    varied = diversify(pool(sorts))
    first = varied[:BLOCK]
    while first and over(first):
        first = first[:-1]
    if len(first) < min(BLOCK, len(varied)):
        for other in varied[len(first) :]:
            assert over([*first, other])


@given(st.lists(SORTS, max_size=60))
def test_within_a_block_a_better_score_comes_first(sorts):
    varied = diversify(pool(sorts))
    first = varied[:BLOCK]
    if not over(first):
        assert [s.score for s in first] == sorted((s.score for s in first), reverse=True)


def test_a_block_is_given_as_soon_as_it_is_full():
    """The first ten need not wait for the last candidate."""
    kinds = list(Kind)
    sorts = iter([(f"s{i}", "", kinds[i % len(kinds)]) for i in range(100)])
    assert next(varied(sorts)) == list(range(BLOCK))
    assert len(list(sorts)) == 100 - BLOCK


@given(st.lists(SORTS, min_size=1, max_size=60))
def test_the_best_is_always_first(sorts):
    ordered = pool(sorts)
    assert diversify(ordered)[0] is ordered[0]


@given(SORTS, st.integers(1, 40))
def test_where_one_sort_is_left_the_order_stays(sort, count: int):
    ordered = pool([sort] * count)
    assert diversify(ordered) == ordered


@given(st.integers(1, 40))
def test_structures_that_differ_in_all_stay_in_order(count: int):
    kinds = list(Kind)
    ordered = pool([("", "", kinds[i % len(kinds)]) for i in range(count)])
    assert diversify(ordered) == ordered


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_the_first_ten_of_every_region_are_varied(matcher: Matcher, insee: str):
    for text in NEEDS:
        first = matcher.ranked(Need(insee, text))[:BLOCK]
        assert len(first) == BLOCK
        assert over(first) == []


def test_ten_branches_of_one_network_are_not_ten_answers(matcher: Matcher):
    """The national heads and the branches of a real network, and others behind them."""
    branches = [
        a_structure(f"antenne-{i}", network="reseau", body=f"antenne-{i}") for i in range(12)
    ]
    others = [
        a_structure(f"z-autre-{i}", kind=kind, themes=(Theme.SANTE,))
        for i, kind in enumerate(list(Kind)[:12])
    ]
    found = a_matcher(matcher, [*branches, *others]).match(Need(LODEVE, "Ouvrir une recyclerie"))
    networks = Counter(s.structure.network for s in found)
    assert networks["reseau"] == policy.MOST_OF_A_NETWORK


def test_one_body_is_one_answer(matcher: Matcher):
    rows = [a_structure(f"ligne-{i}", body="un-organisme") for i in range(5)]
    others = [a_structure(f"z-{k}", kind=k, themes=(Theme.SANTE,)) for k in Kind]
    first = a_matcher(matcher, [*rows, *others]).match(Need(LODEVE, "Ouvrir une recyclerie"))
    assert sum(s.structure.body == "un-organisme" for s in first) == 1
