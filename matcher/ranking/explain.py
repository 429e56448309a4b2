"""Why this one: the summary of a suggestion."""

from __future__ import annotations

from collections.abc import Sequence

from .policy import Contribution

SUMMED = 3
"""Contributions named in a summary: more would no longer be one."""


def summary(contributions: Sequence[Contribution]) -> str:
    """One French sentence made of the strongest contributions."""
    strongest = sorted(contributions, key=lambda c: (-c.points, c.criterion))
    parts = [c.sentence for c in strongest[:SUMMED] if c.points > 0]
    if not parts:
        return "Couvre votre commune."
    text = " ; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
