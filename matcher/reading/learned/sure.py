"""How sure a reading is: what share of readings like it had the right first theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Case = tuple[float, bool]
"""The share of the first theme, and whether it was right."""

FOLDS = 5
BINS = 10
"""Parts of the scale in which what is said is held against what is."""
FEWEST = 25
"""Cases that a step of the curve stands on, at least: fewer say little."""
UNSURE = 0.5
"""Chance of being right under which a reading is doubtful: it is wrong as often as not."""
DOUBT = (
    "Nous ne sommes pas sûrs d’avoir bien compris : précisez votre besoin, ou demandez à un "
    "conseiller."
)


def doubt(chance: float | None) -> str:
    """What to say of a reading that is not sure, "" for a sure one or where nothing is known."""
    return DOUBT if chance is not None and chance < UNSURE else ""


@dataclass(frozen=True)
class Curve:
    """Chance of being right by share, never falling; straight between its points."""

    shares: tuple[float, ...]
    chances: tuple[float, ...]

    def chance(self, share: float) -> float:
        """How often a first theme of this share is right."""
        return float(np.interp(share, self.shares, self.chances))


def fitted(cases: Sequence[Case]) -> Curve:
    """The curve of some cases: isotonic regression on steps of enough cases each.

    Neighbours of which the lower one is more often right are put together until none is.
    """
    ordered = sorted(cases)
    steps: list[tuple[float, float, int]] = []  # mean share, mean right, cases
    for part in np.array_split(np.arange(len(ordered)), max(1, len(ordered) // FEWEST)):
        chosen = [ordered[n] for n in part]
        shares = sum(share for share, _ in chosen) / len(chosen)
        steps.append((shares, sum(right for _, right in chosen) / len(chosen), len(chosen)))
        while len(steps) > 1 and steps[-2][1] >= steps[-1][1]:
            (s, r, n), (t, q, m) = steps.pop(-2), steps.pop()
            steps.append(((s * n + t * m) / (n + m), (r * n + q * m) / (n + m), n + m))
    return Curve(tuple(s for s, _, _ in steps), tuple(r for _, r, _ in steps))


def error(chances: Sequence[Case]) -> float:
    """Expected calibration error: how far what is said lies from what is, by parts of the scale."""
    parts: dict[int, list[Case]] = {}
    for chance, right in chances:
        parts.setdefault(min(BINS - 1, int(chance * BINS)), []).append((chance, right))
    gaps = (abs(sum(chance - right for chance, right in part)) for part in parts.values())
    return sum(gaps) / max(1, len(chances))


def unseen_error(cases: Sequence[Case]) -> float:
    """The same on cases that the curve has not seen, by cross-validation."""
    order = np.random.default_rng(0).permutation(len(cases))
    told: list[Case] = []
    for part in np.array_split(order, FOLDS):
        out = {*part.tolist()}
        curve = fitted([case for n, case in enumerate(cases) if n not in out])
        told += [(curve.chance(cases[n][0]), cases[n][1]) for n in sorted(out)]
    return error(told)
