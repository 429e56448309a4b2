"""The first of the list for many communes at once, without a look at every candidate.

Communes of one département share nearly all their candidates: those who cover it, its région or the
country. For them together, each has a bound: its points on the question, as if every project were
next door, and its points for the place, as if each were the nearest that it may be. The best by
this bound are scored exactly, with all those who cover less. Whoever is left out has no more than
the highest bound left out; if that settles the first of the policy's list (see `standing`), it is
the list. If not, more are scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.catalogue.model import Commune
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Scale

from .array_criteria import ARRAYS, OF_THE_PLACE, Asked
from .arrays import Floats, Rows
from .bounds import Bounds
from .coverage import NARROW_TO_WIDE
from .criterion import Criterion
from .index import Index, area_key, radius_key
from .pool import (
    BY_RADIUS,
    TURN,
    Pool,
    coded,
    middle_of,
    narrowest,
    overseas_of,
    points_of,
    population_of,
)

SIZES = (96, 384)
"""How many of the best by bound are scored, first and next; then all."""
NARROW = (Scale.COMMUNE, Scale.EPCI)
"""What communes that are together need not have in common."""


@dataclass(frozen=True)
class Together:
    """Communes that the same areas contain, but for those that are `NARROW`.

    Parameters
    ----------
    pool : Pool
        Who covers these areas, before a point amidst the communes.
    points : ndarray of float, shape (candidates,)
        The most that each may have for the place.
    """

    pool: Pool
    points: Floats

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
        wide = [a for a in territory.areas_of(communes[0]) if a.scale not in NARROW]
        _, rows, levels = narrowest(
            [coded(index.covered_by(area_key(a)), NARROW_TO_WIDE.index(a.scale)) for a in wide]
        )
        point, spread_km = middle_of(communes)
        overseas = overseas_of(communes[:1])
        pool = Pool(index, rows, levels, point, overseas, spread_km=spread_km)
        points = np.zeros(len(pool))
        for criterion in criteria:
            if criterion.score in OF_THE_PLACE:
                part = ARRAYS[criterion.score](asked, pool)
                assert part is not None, "a criterion of the place always applies"
                points += criterion.weight * part
        return cls(pool, points)

    def best(self, bounds: Bounds, size: int) -> tuple[Rows, float]:
        """Positions of the best by bound, and the score that nobody else passes; -1 for all."""
        points = bounds.points[self.pool.rows] + self.points
        if size >= len(points):
            return np.arange(len(points)), -1.0
        order = np.argpartition(points, len(points) - size - 1)
        return order[-size:], points.item(order[-size - 1]) / bounds.total

    def branches(self, commune: Commune, network: int) -> Pool:
        """The branches of a network that cover a commune, and those who cover less."""
        members = self.pool.index.members[network]
        places = np.searchsorted(self.pool.rows, members)
        inside = places < len(self.pool)
        inside[inside] = self.pool.rows[places[inside]] == members[inside]
        return before([commune], [(self, places[inside], 1)])


def before(communes: Sequence[Commune], shared: Sequence[tuple[Together, Rows, int]]) -> Pool:
    """Candidates before each of many communes: those of several that are together, and the others.

    Parameters
    ----------
    shared : sequence of (Together, ndarray of int, int)
        Positions in what they share, for how many of the communes, in their order.
    """
    index, first = shared[0][0].pool.index, 0
    listed: list[Rows] = []
    for together, some, count in shared:
        turns: Rows = np.arange(first, first + count) * TURN
        codes = coded(together.pool.rows[some], together.pool.levels[some])
        listed.append((turns[:, None] + codes).ravel())
        first += count
    for level, places in _narrow(index, communes):
        known = np.flatnonzero(places >= 0)
        origin, rows = index.covering.links(places[known])
        listed.append(known[origin] * TURN + coded(rows, level))
    turns, rows, levels = narrowest(listed)
    populations = np.array([population_of(commune) for commune in communes])
    taken = index.population_below[rows] > populations[turns]
    points, overseas = points_of(communes), overseas_of(communes)
    return Pool(index, rows[taken], levels[taken], points, overseas, turns[taken])


def _narrow(index: Index, communes: Sequence[Commune]) -> Iterator[tuple[int, Rows]]:
    """Where the index has what contains each commune, and not all of them; -1 for nowhere."""
    for level, names in (
        (NARROW_TO_WIDE.index(Scale.COMMUNE), (f"{Scale.COMMUNE}:{c.insee}" for c in communes)),
        (NARROW_TO_WIDE.index(Scale.EPCI), (f"{Scale.EPCI}:{c.epci}" for c in communes)),
        (BY_RADIUS, (radius_key(commune.insee) for commune in communes)),
    ):
        yield level, np.array([index.places.get(name, -1) for name in names])
