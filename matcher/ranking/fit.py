"""The floor of the list: who has a reason to answer, however near the others are.

A structure that works on no theme of the need, speaks of none of its subjects, has no trade that
its situation calls for and has done nothing alike comes after all those that have a reason.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.catalogue.vocabulary import Kind
from matcher.index.arrays import Flags, Floats
from matcher.index.pool import Pool

from .criteria import NATIONAL
from .question import Question

ROLE_CALLED = 0.7
"""Role from which the situation calls for a kind, whatever the theme."""
PROVED = 0.2
"""References from which what was done elsewhere is a reason: about one project half alike."""
BY_THEME = frozenset(
    {Kind.RESEAU_THEMATIQUE, Kind.ACTEUR_NATIONAL, Kind.MUTUALITE, Kind.PARC_NATUREL}
)
"""Kinds whose trade is their theme: off it, no situation calls for them."""


def behind(question: Question, pool: Pool, columns: Mapping[str, Floats | None]) -> Flags:
    """Which candidates have no reason to answer, shape (candidates,); none on a vague need.

    Parameters
    ----------
    columns : mapping of str to ndarray or None
        Scores by the code of the criterion.
    """
    if question.vague or not question.themes:
        return np.zeros(len(pool), dtype=bool)
    classes = pool.index.themes
    generalist = classes.members[classes.codes[pool.rows], -1]
    reason: Flags = generalist & (pool.levels != NATIONAL)
    reason |= ~generalist & _above(columns, "themes", 0.0, pool)
    reason |= _above(columns, "subjects", 0.0, pool)
    reason |= _above(columns, "track_record", PROVED, pool)
    return ~(reason | _called(question, pool))


def _above(columns: Mapping[str, Floats | None], code: str, least: float, pool: Pool) -> Flags:
    column = columns.get(code)
    found: Flags = np.zeros(len(pool), dtype=bool) if column is None else column > least
    return found


def _called(question: Question, pool: Pool) -> Flags:
    """Whether the main situation calls for one of the kinds, themes aside."""
    kinds = pool.index.kinds
    called = np.zeros(len(kinds.members), dtype=bool)
    for place, kind in enumerate(Kind):
        if kind in BY_THEME:
            continue
        roles = [
            weight * question.roles[stage, kind].score
            for stage, weight in question.stages.items()
            if (stage, kind) in question.roles
        ]
        if sum(roles) >= ROLE_CALLED:
            called |= kinds.members[:, place]
    found: Flags = called[kinds.codes[pool.rows]]
    return found
