"""How well a suggestion fits, in words, and why in one sentence: what is read before any number."""

from __future__ import annotations

from matcher.catalogue.french import sentence
from matcher.catalogue.terms import Term
from matcher.ranking.explain import Contribution, Suggestion


class Fit(Term):
    """How well a suggestion fits a need."""

    STRONG = ("tres_adaptee", "Très adaptée", "elle connaît le sujet, et le montre")
    EXPLORE = ("a_explorer", "À explorer", "elle peut aider : un appel le dira")
    GENERALIST = ("generaliste", "Généraliste", "elle aide sur tous les sujets, et oriente")


TELLING = ("track_record", "subjects", "themes", "role", "likely_role")
"""Criteria that say what a structure would do for this need: the others say where it is."""
SUBJECT_SHOWN, RECORD_SHOWN = 0.4, 0.5
"""Scores from which a precise subject or the like projects show that it knows the matter."""
STRONG_SCORE = 0.38
"""Score from which a specialist is « très adaptée »: among the first five of the 30 judged needs,
judges would introduce 17 of 28 such, 19 of 80 « à explorer » and 6 of 34 « généraliste »."""


def fit(suggestion: Suggestion) -> Fit:
    """In words, from the parts of the score; a calibrated likelihood may take its place."""
    got = {c.criterion: c.score or 0.0 for c in suggestion.contributions}
    shown = got.get("subjects", 0) >= SUBJECT_SHOWN or got.get("track_record", 0) >= RECORD_SHOWN
    if suggestion.structure.generalist and not shown:
        return Fit.GENERALIST
    return Fit.STRONG if shown and suggestion.score >= STRONG_SCORE else Fit.EXPLORE


def reason(suggestion: Suggestion) -> str:
    """Why this one, in one sentence: the strongest part that tells what it would do."""
    telling = [c for c in suggestion.contributions if c.criterion in TELLING and c.points > 0]
    parts: list[Contribution] = telling or [c for c in suggestion.contributions if c.points > 0]
    if not parts:
        return "Couvre votre commune."
    strongest = max(parts, key=lambda c: (c.points, c.criterion))
    return sentence(strongest.sentence)
