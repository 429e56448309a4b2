"""What structures practise: trades that somebody read, or else what their text speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from matcher.catalogue.model import Structure

from .arrays import Postings
from .texts import Texts
from .vectors import Vector

Near = Mapping[str, Mapping[str, float]]
"""By subject of a need, what practising another one is worth for it, in ]0, 1[."""

SECOND = 0.5
"""What a second trade is worth beside a first one."""
FROM_TEXT = 0.7
"""What a subject of the text is worth when nobody read which trades it tells: a word is a hint."""


def practised(structure: Structure, spoken: Vector) -> Mapping[str, float]:
    """How much each subject is a trade of a structure, in ]0, 1].

    Parameters
    ----------
    spoken : Vector
        What its text speaks of; it counts only while nobody has read its trades.
    """
    if structure.trades or structure.second_trades:
        return {
            **dict.fromkeys(structure.second_trades, SECOND),
            **dict.fromkeys(structure.trades, 1.0),
        }
    most = max(spoken.values(), default=1.0)
    return {subject: FROM_TEXT * weight / most for subject, weight in spoken.items()}


def answered(near: Near) -> Mapping[str, Mapping[str, float]]:
    """By trade, the subjects of a need that it answers, and what it is worth for each."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for subject, others in near.items():
        for other, share in others.items():
            found[other][subject] = share
    return found


def postings(everybody: Iterable[Mapping[str, float]], near: Near) -> Postings:
    """By subject of a need, the rows that practise it or one near, and what that is worth."""
    answers = answered(near)
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, practices in enumerate(everybody):
        shares = dict(practices)
        for trade, own in practices.items():
            for subject, share in answers.get(trade, {}).items():
                shares[subject] = max(shares.get(subject, 0.0), share * own)
        for subject, share in shares.items():
            found[subject].append((row, share))
    terms = sorted(found)
    entries = [entry for term in terms for entry in found[term]]
    return Postings(
        Texts.of(terms),
        np.cumsum([0, *(len(found[term]) for term in terms)]),
        np.array([row for row, _ in entries], np.int32),
        np.array([share for _, share in entries], float),
    )
