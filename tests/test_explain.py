"""Why this one, and how sure: the summary and the rank interval."""

from dataclasses import replace

import pytest
from builders import CILAOS, LODEVE, NEEDS, a_matcher, a_structure, scored

from matcher import Matcher, Need, Stage
from matcher.ranking.candidates import candidates
from matcher.ranking.criteria import CRITERIA
from matcher.ranking.engine import WEIGHT_CHANGE
from matcher.ranking.explain import SUMMED, summary
from matcher.ranking.policy import order, weigh

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


@pytest.mark.parametrize("insee", [LODEVE, CILAOS])
@pytest.mark.parametrize("text", NEEDS)
def test_a_rank_lies_within_its_interval(matcher: Matcher, insee: str, text: str):
    suggestions = matcher.match(Need(insee, text, stage=Stage.EMERGENCE), top=1_000)
    for suggestion in suggestions:
        low, high = suggestion.rank_interval
        assert 1 <= low <= suggestion.rank <= high <= len(suggestions)


def test_the_interval_is_that_of_the_ranks_under_other_weights(matcher: Matcher):
    """Recomputed from the criteria themselves, each weight changed in turn."""
    question = matcher.question(RECYCLERIE)
    found = list(candidates(question, matcher.coverage, matcher.profiles, matcher.territory))
    ranks: dict[str, set[int]] = {}
    variants = [CRITERIA]
    for changed in CRITERIA:
        for factor in (1 - WEIGHT_CHANGE, 1 + WEIGHT_CHANGE):
            variants.append(
                tuple(replace(c, weight=c.weight * factor) if c is changed else c for c in CRITERIA)
            )
    for criteria in variants:
        for rank, one in enumerate(order(weigh(question, c, criteria) for c in found), 1):
            ranks.setdefault(one.structure.id, set()).add(rank)
    for suggestion in matcher.match(RECYCLERIE, top=20):
        seen = ranks[suggestion.structure.id]
        assert suggestion.rank_interval == (min(seen), max(seen))


def test_one_candidate_alone_is_sure_of_its_rank(matcher: Matcher):
    (suggestion,) = a_matcher(matcher, [a_structure()]).match(RECYCLERIE)
    assert suggestion.rank_interval == (1, 1)
