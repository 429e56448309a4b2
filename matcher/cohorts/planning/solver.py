"""A mixed programme, put together block by block, its solver (HiGHS, by scipy), and the lines that
bound a curve in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

TIME_LIMIT_S = 60.0
"""Seconds for one question to the solver; past them the plan says that it is not proved."""
POINTS = 40
"""Attainable points of a commune past which tangents are drawn in their place: they are nearly the
curve, and what they are above it is measured and told."""

Vector = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
Goal = tuple[Numbers, Vector]
"""Variables and what each is worth."""


class MixedProgramme:
    """Variables and rows of a mixed programme, put together block by block."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[Vector] = []
        self._blocks: list[tuple[Any, Any, Any, Vector, Vector]] = []

    def variables(self, count: int, whole: bool = True) -> Numbers:
        """New variables in [0, 1]; their positions."""
        found = self.size + np.arange(count)
        self.size += count
        self._whole.append(np.full(count, float(whole)))
        return found

    def rows(self, row: Any, column: Any, value: Any, low: float, high: Vector) -> None:
        """New rows `low <= sum of value x variable <= high`, numbered from 0."""
        self._blocks.append((row, column, value, np.full(len(high), low), high))

    def maximise(
        self, goal: Goal, kept: Sequence[tuple[Goal, float]], gap: float = 0.0
    ) -> tuple[Vector | None, float, bool]:
        """The best values of the variables, None when none was found in time; what no others can
        exceed; whether they are within `gap` of it, as a share.
        """
        from scipy import sparse
        from scipy.optimize import Bounds as Box
        from scipy.optimize import LinearConstraint, milp

        blocks = [
            sparse.csr_array((value, (row, column)), shape=(len(high), self.size))
            for row, column, value, _, high in self._blocks
        ]
        low = np.concatenate([block[3] for block in self._blocks])
        high = np.concatenate([block[4] for block in self._blocks])
        constraints = [LinearConstraint(sparse.vstack(blocks, format="csr"), low, high)]
        constraints += [LinearConstraint(self._dense(g), value, np.inf) for g, value in kept]
        result = milp(
            -self._dense(goal),
            integrality=np.concatenate(self._whole),
            bounds=Box(0.0, 1.0),
            constraints=constraints,
            options={"mip_rel_gap": gap, "time_limit": TIME_LIMIT_S},
        )
        if result.x is None and result.status != 1:
            raise RuntimeError(f"Le solveur n’a rien trouvé : {result.message}")
        bound = math.inf if result.mip_dual_bound is None else -result.mip_dual_bound
        return result.x, bound, result.status == 0

    def _dense(self, goal: Goal) -> Vector:
        found = np.zeros(self.size)
        found[goal[0]] = goal[1]
        return found


def weight(rate: float) -> float:
    """What a contact adds to the sum of its commune."""
    return -math.log1p(-rate)


@cache
def lines(
    weights: tuple[float, ...], most: int, start: float = 0.0
) -> tuple[tuple[float, float], ...]:
    """Slope and height at 0 of the lines that bound `1 - exp(-z)`, where `z` is `start` and the sum
    of at most `most` weights: through its attainable points, or tangents where these are many.
    """
    points = {round(start, 9)}
    for _ in range(most):
        points |= {round(a + w, 9) for a in points for w in weights}
        if len(points) > POINTS:
            root = np.linspace(
                np.exp(-start / 2), np.exp(-(start + most * max(weights)) / 2), POINTS
            )
            return tuple((r * r, 1.0 - r * r + 2.0 * r * r * math.log(r)) for r in root.tolist())
    z = sorted(points)
    found = []
    for a, b in pairwise(z):
        slope = (math.exp(-a) - math.exp(-b)) / (b - a)
        found.append((slope, 1.0 - math.exp(-b) - slope * b))
    return (*found, (0.0, 1.0 - math.exp(-z[-1])))
