"""What each structure has on a question, wherever it is asked, and the most that it may have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .array_criteria import ARRAYS, OF_BOTH, OF_THE_PLACE, Asked
from .arrays import Floats, Places
from .criterion import Criterion
from .pool import Pool


@dataclass(frozen=True)
class Bounds:
    """What each structure of the index has on a question, and the most that it may have.

    Parameters
    ----------
    criteria : sequence of Criterion
        Those that look at the place too, and apply.
    fixed : ndarray of float, shape (structures,)
        Points (weights x scores) on the criteria that look at the question alone.
    points : ndarray of float, shape (structures,)
        These, and the most on those `OF_BOTH`.
    total : float
        Sum of the weights that apply, all criteria.
    """

    asked: Asked
    criteria: Sequence[Criterion]
    fixed: Floats
    points: Floats
    total: float

    @classmethod
    def of(cls, asked: Asked, criteria: Sequence[Criterion]) -> Bounds:
        """Score all the structures on a question, at no distance."""
        rows = np.arange(len(asked.index))
        levels, nowhere = np.zeros(len(rows), np.int8), Places(*np.eye(3)[:, :1])
        near = Pool(asked.index, rows, levels, nowhere, np.zeros(1, bool), spread_km=math.inf)
        fixed, distant, total, placed = np.zeros(len(rows)), np.zeros(len(rows)), 0.0, []
        for criterion in criteria:
            of_place = criterion.score in OF_THE_PLACE
            part = None if of_place else ARRAYS[criterion.score](asked, near)
            if part is not None:
                points = distant if criterion.score in OF_BOTH else fixed
                points += criterion.weight * part
            if of_place or part is not None:
                total += criterion.weight
            if of_place or (part is not None and criterion.score in OF_BOTH):
                placed.append(criterion)
        return cls(asked, placed, fixed, fixed + distant, total)

    def scores(self, pool: Pool) -> Floats:
        """Scores of some candidates, shape (candidates,): exact but for the order of the sum."""
        points = self.fixed[pool.rows]
        for criterion in self.criteria:
            part = ARRAYS[criterion.score](self.asked, pool)
            assert part is not None, "whether it applies does not hang on the place"
            points += criterion.weight * part
        return points / self.total
