"""Why this one: the summary; and why below one that has fewer points."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from builders import LODEVE, NEEDS, a_structure, scored

from matcher import Matcher, Need
from matcher.catalogue import Radius
from matcher.ranking.engine import Ranking
from matcher.ranking.order import ASKED_FOR, WITHOUT_REASON
from matcher.ranking.policy import (
    BLOCK,
    FIRST_PLACES,
    LIKE_FIT,
    MOST_OF_A_BODY,
    MOST_OF_A_KIND,
    MOST_OF_A_NETWORK,
    SUMMED,
    summary,
)
from matcher.ranking.variety import SHOWN_STEPS, Below

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie dans l'ancienne gare")


def test_a_summary_names_the_strongest_contributions_first():
    found = scored(a_structure(), 0.6, faible=0.1, forte=0.4, nulle=0.0, moyenne=0.2)
    assert summary(found.contributions) == (
        "Phrase de forte ; phrase de moyenne ; phrase de faible."
    )


def test_a_summary_stays_short():
    found = scored(a_structure(), 0.5, a=0.1, b=0.1, c=0.1, d=0.1, e=0.1)
    assert summary(found.contributions).count(" ; ") == SUMMED - 1


def test_a_summary_never_praises_what_brings_nothing():
    assert summary(scored(a_structure(), 0.0, a=0.0, b=0.0).contributions) == (
        "Couvre votre commune."
    )


@pytest.mark.parametrize("text", NEEDS)
def test_the_summary_of_a_suggestion_is_one_sentence(matcher: Matcher, text: str):
    for suggestion in matcher.match(Need(LODEVE, text), top=30):
        assert suggestion.summary.endswith(".")
        assert suggestion.summary[0] == suggestion.summary[0].upper()
        assert ".." not in suggestion.summary


READ, DRAWN = 60, 40
"""Ranks that are looked at; lists of scores that are drawn: each rule happens in some."""


def holds(rule: Below | None, ranking: Ranking, order: list[int], at: int, lead: float) -> bool:
    """Whether a rule may put the one at an index below the one before, seen from their records."""
    before, one = ranking.structures(order[at - 1 : at + 1])
    above, below = ranking.tiers[order[at - 1]], ranking.tiers[order[at]]
    reached, known = (ranking.explained([order[i]])[0].candidate.reach for i in (at, at - 1))
    block = ranking.structures(order[at - BLOCK : at]) if at >= BLOCK else []
    match rule:
        case Below.NAMED:
            return bool(above == ASKED_FOR > below)
        case Below.REASON:
            return bool(above > below == WITHOUT_REASON)
        case Below.SURE:
            loose = one.approximate or isinstance(reached, Radius)
            return loose and not (before.approximate or isinstance(known, Radius))
        case Below.VERIFIED:
            return one.to_verify and not before.to_verify and lead <= LIKE_FIT and at <= 2
        case Below.BRANCH:
            return one.national_head and before.network == one.network
        case Below.HEAD:
            return one.national_head and at >= FIRST_PLACES
        case Below.BODY:
            return Counter(s.body for s in block)[one.body] == MOST_OF_A_BODY
        case Below.NETWORK:
            return Counter(s.network for s in block)[one.network] == MOST_OF_A_NETWORK
        case Below.KIND:
            return Counter(s.kind for s in block)[one.kind] == MOST_OF_A_KIND
    return False


def test_who_has_more_points_and_is_below_says_the_rule_that_put_it_there(matcher: Matcher):
    named = "Habitat et Humanisme nous aide ; il reste à réhabiliter la maison léguée."
    seen: set[Below] = set()
    for insee, text in (("71342", named), ("84123", "Une forêt à garder"), ("34142", "zzz qqq")):
        ranking = matcher.ranking(Need(insee, text))
        drawn = np.random.default_rng(7).integers(0, 300, (DRAWN, len(ranking.pool))) / 300
        for scores, listing in zip(drawn, ranking.order.listings(drawn), strict=True):
            order = [i for i, _ in zip(listing, range(READ), strict=False)]
            rules = listing.rules(order, scores)
            for at in range(1, len(order)):
                lead = scores[order[at]] - scores[order[at - 1]]
                if round(lead * SHOWN_STEPS) > 0:
                    assert holds(rules[at], ranking, order, at, lead), (rules[at], at)
                else:
                    assert rules[at] is None
            seen |= {rule for rule in rules if rule}
    assert seen == set(Below)


def test_a_suggestion_below_one_of_fewer_points_names_it_and_no_other_does(matcher: Matcher):
    told = 0
    for text in NEEDS:
        found = matcher.match(Need(LODEVE, text), top=READ)
        for before, one in pairwise(found):
            more = round(one.score * SHOWN_STEPS) > round(before.score * SHOWN_STEPS)
            assert one.lower.startswith(f"Plus de points que {before.structure.name}, ") == more
            assert bool(one.lower) == more
            told += more
        assert not found or not found[0].lower
    assert told


def test_a_part_says_by_a_fact_whether_it_cites_a_need(matcher: Matcher):
    need = Need(LODEVE, "Ouvrir une recyclerie dans l’ancienne gare")
    parts = [part for one in matcher.match(need, top=30) for part in one.contributions]
    cited = [part.sentence for part in parts if part.cites]
    assert cited and all("pour un besoin comme «" in sentence for sentence in cited)
    assert not any("pour un besoin comme «" in one.sentence for one in parts if not one.cites)
