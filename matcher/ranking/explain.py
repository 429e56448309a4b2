"""Why this one, and how sure: the summary and the rank interval of a suggestion."""

from __future__ import annotations

from collections.abc import Sequence

from .policy import Contribution, Scored, order

SUMMED = 3
"""Contributions named in a summary: more would no longer be one."""
WEIGHT_CHANGE = 0.2
"""Relative change of one weight under which the rank interval is measured."""


def summary(contributions: Sequence[Contribution]) -> str:
    """One French sentence made of the strongest contributions."""
    strongest = sorted(contributions, key=lambda c: (-c.points, c.criterion))
    parts = [c.sentence for c in strongest[:SUMMED] if c.points > 0]
    if not parts:
        return "Couvre votre commune."
    text = " ; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def rank_intervals(scored: Sequence[Scored]) -> dict[str, tuple[int, int]]:
    """Best and worst rank by structure id, when each weight in turn changes by 20 % up and down.

    The whole policy is applied again for each change, so that the interval holds for the list
    that people see.
    """
    ranks: dict[str, list[int]] = {}
    applied = (
        [i for i, c in enumerate(scored[0].contributions) if c.score is not None] if scored else []
    )
    changes = [(i, sign * WEIGHT_CHANGE) for i in applied for sign in (-1, 1)]
    for i, change in [(0, 0.0), *changes]:
        for rank, one in enumerate(order(_reweigh(s, i, change) for s in scored), 1):
            ranks.setdefault(one.structure.id, []).append(rank)
    return {key: (min(found), max(found)) for key, found in ranks.items()}


def _reweigh(scored: Scored, i: int, change: float) -> Scored:
    """The score when the weight of contribution `i` grows by the share `change`."""
    part = scored.contributions[i]
    if not change or part.score is None:
        return scored
    total = sum(c.weight for c in scored.contributions if c.score is not None)
    more = part.weight * change
    score = (scored.score * total + more * part.score) / (total + more)
    return Scored(scored.candidate, score, scored.contributions)
