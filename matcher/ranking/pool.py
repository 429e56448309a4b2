"""The candidates of a commune, as rows of the index."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Area, Commune
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Scale

from .arrays import Floats, Places, Rows
from .coverage import NARROW_TO_WIDE
from .index import Index, area_key, radius_key

BY_RADIUS = len(NARROW_TO_WIDE)
"""Level of a reach by a radius, after the levels of the areas."""
NOT_COVERED = -1
ROUNDING_KM = 1e-6
"""More than the noise of a distance."""

Levels = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Pool:
    """Some rows of the index, before a commune or before communes that are together.

    Parameters
    ----------
    commune : Commune
        The commune; any of them when they are several.
    areas : mapping of int to Area
        The areas that contain it, by level.
    rows : ndarray of int, shape (candidates,)
        Rows of the index, ascending.
    levels : ndarray of int, shape (candidates,)
        The narrowest reach: its place in `NARROW_TO_WIDE`, or `BY_RADIUS`.
    point : tuple of float
        Place from which distances are measured, on the unit sphere.
    spread_km : float
        How far the communes are from it at most, 0 when there is one: distances are then those to
        the nearest that may be, and what falls with them is never less than it is.
    """

    index: Index
    commune: Commune
    areas: Mapping[int, Area]
    rows: Rows
    levels: Levels
    point: tuple[float, float, float]
    spread_km: float = 0.0

    def __len__(self) -> int:
        """How many candidates."""
        return len(self.rows)

    def reach(self, i: int) -> Area | None:
        """The area through which candidate `i` covers the commune, None for a radius."""
        return self.areas.get(int(self.levels[i]))

    @cached_property
    def seat_km(self) -> Floats:
        """Distances of the seats, kilometres, shape (candidates,); NaN where unknown."""
        return self.km(self.index.seats.take(self.rows))

    def km(self, places: Places) -> Floats:
        """Distances of places, kilometres; NaN where the place is unknown."""
        found = places.km(*self.point)
        return np.maximum(0.0, found - self.spread_km) if self.spread_km else found

    def only(self, positions: Rows) -> Pool:
        """The candidates at some positions, ascending."""
        return self.of(self.rows[positions], self.levels[positions])

    def of(self, rows: Rows, levels: Levels) -> Pool:
        """Other rows before the same commune."""
        return Pool(self.index, self.commune, self.areas, rows, levels, self.point, self.spread_km)


def pool_of(index: Index, commune: Commune, territory: Territory, shared: bool = False) -> Pool:
    """Find the candidates of a commune, each by its narrowest reach.

    Parameters
    ----------
    shared : bool
        Leave out what is of the commune alone: who covers it by name, or by a radius.
    """
    levels = np.full(len(index), NOT_COVERED, dtype=np.int8)
    areas = {NARROW_TO_WIDE.index(a.scale): a for a in territory.areas_of(commune)}
    if shared:
        del areas[NARROW_TO_WIDE.index(Scale.COMMUNE)]
    else:
        levels[index.covered_by(radius_key(commune.insee))] = BY_RADIUS
    for level in sorted(areas, reverse=True):
        levels[index.covered_by(area_key(areas[level]))] = level
    rows = np.flatnonzero(levels != NOT_COVERED)
    return Pool(index, commune, areas, rows, levels[rows], point_of(commune))


def point_of(commune: Commune) -> tuple[float, float, float]:
    """Place of a commune on the unit sphere."""
    x, y, z = Places.at(np.array([commune.lon]), np.array([commune.lat]))
    return x.item(0), y.item(0), z.item(0)


def middle_of(communes: Sequence[Commune]) -> tuple[tuple[float, float, float], float]:
    """A point amidst communes, and how far from it they are at most, kilometres."""
    places = Places.at(np.array([c.lon for c in communes]), np.array([c.lat for c in communes]))
    middle = [float(axis.mean()) for axis in places]
    length = math.hypot(*middle) or 1.0
    x, y, z = (axis / length for axis in middle)
    return (x, y, z), float(places.km(x, y, z).max()) + ROUNDING_KM
