"""How well a suggestion fits, in words, and why in one sentence: what is read before any number."""

from __future__ import annotations

from matcher.catalogue.french import sentence
from matcher.catalogue.terms import Term
from matcher.ranking.explain import Suggestion, cites_need
from matcher.ranking.policy import Scored
from matcher.reading.learned.model import Curve


class Fit(Term):
    """How well a suggestion fits a need."""

    STRONG = ("tres_adaptee", "Très adaptée", "elle connaît le sujet, et le montre")
    EXPLORE = ("a_explorer", "À explorer", "elle peut aider : un appel le dira")
    GENERALIST = ("generaliste", "Généraliste", "elle aide sur tous les sujets, et oriente")


TELLING = ("track_record", "subjects", "themes", "role", "likely_role")
"""Criteria that say what a structure would do for this need: the others say where it is."""
SUBJECT_SHOWN, RECORD_SHOWN = 0.4, 0.5
"""Scores from which a precise subject or the like projects show that it knows the matter."""
LIKELY = Curve(
    (0.241, 0.262, 0.269, 0.279, 0.303, 0.344, 0.371, 0.393, 0.426, 0.468, 0.54),
    (0.31, 0.44, 0.48, 0.50, 0.58, 0.60, 0.72, 0.77, 0.82, 0.84, 0.92),
)
"""Chance that judges would introduce a structure of the first three, by its score: isotonic
regression on the 952 that they graded, 30 November 2026. `evaluate-pertinence` says how far it lies
from what they said, and what each word is worth."""
STRONG_CHANCE = 0.65
"""Chance from which a specialist is « très adaptée »: see docs/measures-by-hand.md."""
UNSURE_CHANCE = 0.45
"""Chance of the first one under which an adviser is better asked: then one first in three was
good, else three in four; it is so of one need in seventeen."""


def chance(one: Scored | Suggestion) -> float:
    """Chance that one of the first three is a good introduction, in [0, 1], by its score."""
    return LIKELY.chance(one.score)


def unsure(first: Scored | Suggestion) -> bool:
    """Whether the first structure is seldom the right one, so that an adviser is better asked."""
    return chance(first) < UNSURE_CHANCE


def fit(one: Scored | Suggestion) -> Fit:
    """In words: what is likely to be right, of the matter; who may be; who helps with anything."""
    got = {c.criterion: c.score or 0.0 for c in one.contributions}
    shown = got.get("subjects", 0) >= SUBJECT_SHOWN or got.get("track_record", 0) >= RECORD_SHOWN
    if one.structure.generalist and not shown:
        return Fit.GENERALIST
    return Fit.STRONG if shown and chance(one) >= STRONG_CHANCE else Fit.EXPLORE


def reason(suggestion: Suggestion) -> str:
    """Why this one, in one sentence: the strongest part that tells what it would do."""
    parts = [c for c in suggestion.contributions if c.points > 0]
    parts = [c for c in parts if c.criterion in TELLING or cites_need(c)] or parts
    if not parts:
        return "Couvre votre commune."
    strongest = max(parts, key=lambda c: (c.points, c.criterion))
    return sentence(strongest.sentence)
