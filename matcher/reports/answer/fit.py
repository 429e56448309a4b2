"""How well a suggestion fits, in words, and why in one sentence: what is read before any number."""

from __future__ import annotations

from matcher.catalogue.french import sentence
from matcher.catalogue.terms import Term
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import Contribution, Scored
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
    (0.227, 0.252, 0.272, 0.283, 0.309, 0.346, 0.383, 0.422, 0.478, 0.523),
    (0.27, 0.31, 0.38, 0.48, 0.53, 0.63, 0.76, 0.80, 0.84, 0.96),
)
"""Chance that judges would introduce a structure of the first three, by its score: isotonic
regression on the 961 that they graded, 30 November 2026. `evaluate-pertinence` says how far it lies
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
    telling = [c for c in suggestion.contributions if c.criterion in TELLING and c.points > 0]
    parts: list[Contribution] = telling or [c for c in suggestion.contributions if c.points > 0]
    if not parts:
        return "Couvre votre commune."
    strongest = max(parts, key=lambda c: (c.points, c.criterion))
    return sentence(strongest.sentence)
