"""Why this one: the summary."""

import pytest
from builders import LODEVE, NEEDS, a_structure, scored

from matcher import Matcher, Need
from matcher.ranking.explain import SUMMED, summary

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
