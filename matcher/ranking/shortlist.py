"""The first of the list for many communes at once, without a look at every candidate.

Communes of one EPCI share nearly all their candidates. For them together, each candidate has a
bound: its points on the question, as if every project were next door, and its points for the place,
as if each were the nearest that it may be. The best by this bound are scored exactly, with all
those of the commune alone. Whoever is left out has no more than the highest bound left out; if that
settles the first of the policy's list (see `standing`), it is the list. If not, more are scored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from matcher.catalogue.model import Area, Commune
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Scale

from .array_criteria import ARRAYS, OF_BOTH, OF_THE_PLACE, Asked
from .arrays import Flags, Floats, Rows
from .criterion import Criterion
from .index import area_key, radius_key
from .pool import BY_RADIUS, Pool, middle_of, point_of, pool_of

SIZES = (48, 384)
"""How many of the best by bound are scored, first and next; then all."""
NOBODY = np.empty(0, np.int32)
LEVELS = 8
"""More than the levels of a reach: a row and its level make one number."""


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
        levels = np.zeros(len(rows), np.int8)
        nowhere = (0.0, 0.0, 1.0)
        near = Pool(asked.index, asked.question.commune, {}, rows, levels, nowhere, math.inf)
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


@dataclass(frozen=True)
class Together:
    """Communes that the same areas contain, but for the commune itself.

    Parameters
    ----------
    pool : Pool
        Who covers these areas, before all these communes.
    points : ndarray of float, shape (candidates,)
        The most that each may have for the place.
    known : dict
        The best by bound, by question and number: the communes share them.
    """

    pool: Pool
    points: Floats
    known: dict[tuple[int, int], tuple[Rows, float]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        communes: Sequence[Commune],
        asked: Asked,
        criteria: Sequence[Criterion],
        territory: Territory,
    ) -> Together:
        """Bound the points for the place; `asked` is any question."""
        index = asked.index
        point, spread = middle_of(communes)
        whole = pool_of(index, communes[0], territory, shared=True)
        pool = Pool(index, communes[0], whole.areas, whole.rows, whole.levels, point, spread)
        points = np.zeros(len(pool))
        for criterion in criteria:
            if criterion.score in OF_THE_PLACE:
                part = ARRAYS[criterion.score](asked, pool)
                assert part is not None, "a criterion of the place always applies"
                points += criterion.weight * part
        return cls(pool, points)

    def shortlists(self, bounds: Bounds, commune: Commune) -> Iterator[tuple[Pool, float]]:
        """Yield pools for a commune, and the score that nobody who is left out passes."""
        for size in SIZES:
            if size >= len(self.pool):
                return
            some, highest = self._best(bounds, size)
            yield self._before(commune, some), highest / bounds.total

    def _best(self, bounds: Bounds, size: int) -> tuple[Rows, float]:
        """The best by bound, and the highest bound of the others."""
        key = (id(bounds), size)
        if key not in self.known:
            points = bounds.points[self.pool.rows] + self.points
            order = np.argpartition(points, len(points) - size - 1)
            self.known[key] = order[-size:], points.item(order[-size - 1])
        return self.known[key]

    def _before(self, commune: Commune, some: Rows) -> Pool:
        """Some of the candidates, and those of the commune alone, each by its narrowest reach."""
        return self.merged(commune, self.pool.rows[some], self.pool.levels[some])

    def merged(self, commune: Commune, rows: Rows, levels: Rows) -> Pool:
        """Rows with their levels, and those of the commune alone."""
        index = self.pool.index
        own, around = (
            index.covering[index.places[key]] if key in index.places else NOBODY
            for key in (area_key(Area(Scale.COMMUNE, commune.insee)), radius_key(commune.insee))
        )
        around = around[~self._inside(around)]  # an area comes before a radius
        keys = np.concatenate((rows * LEVELS + levels, own * LEVELS, around * LEVELS + BY_RADIUS))
        keys.sort()
        found = keys // LEVELS
        first = np.ones(len(found), dtype=bool)
        first[1:] = found[1:] != found[:-1]
        areas = {**self.pool.areas, 0: Area(Scale.COMMUNE, commune.insee)}
        narrow = (keys % LEVELS)[first].astype(np.int8)
        return Pool(index, commune, areas, found[first], narrow, point_of(commune))

    def _inside(self, rows: Rows) -> Flags:
        places = np.searchsorted(self.pool.rows, rows)
        places[places == len(self.pool)] = 0
        return self.pool.rows[places] == rows if len(self.pool) else np.zeros(len(rows), bool)

    def branches(self, commune: Commune, network: int) -> Pool:
        """The branches of a network that cover a commune, and those of the commune alone."""
        members = self.pool.index.members[network]
        inside = members[self._inside(members)]
        levels = self.pool.levels[np.searchsorted(self.pool.rows, inside)]
        return self.merged(commune, inside, levels)
