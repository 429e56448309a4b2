"""The candidates of a commune, or of several, as rows of the index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Commune
from matcher.catalogue.territory import Territory

from .arrays import Flags, Floats, Places, Rows
from .coverage import NARROW_TO_WIDE
from .index import Index, area_key, radius_key

BY_RADIUS = len(NARROW_TO_WIDE)
"""Level of a reach by a radius, after the levels of the areas."""
NOT_COVERED = -1
LEVEL_BITS, TURN_BIT = 3, 36
"""A commune, a row and its level make one number: bits of the level, first bit of the commune."""
ROUNDING_KM = 1e-6
"""More than the noise of a distance."""

TURN = 2**TURN_BIT

Levels = npt.NDArray[np.int8]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Pool:
    """Some rows of the index, each before a commune.

    Parameters
    ----------
    rows : ndarray of int, shape (candidates,)
        Rows of the index; ascending for each commune.
    levels : ndarray of int, shape (candidates,)
        The narrowest reach: its place in `NARROW_TO_WIDE`, or `BY_RADIUS`.
    points : Places, shape (communes,)
        From where distances are measured.
    overseas : ndarray of bool, shape (communes,)
    turns : ndarray of int, shape (candidates,), optional
        Which of the communes each row is before, ascending; None when there is one only.
    spread_km : float
        When a point stands for communes around it, how far they are at most: distances are then
        those to the nearest that may be, and what falls with them is never less than it is.
    """

    index: Index
    rows: Rows
    levels: Levels
    points: Places
    overseas: Flags
    turns: Rows | None = None
    spread_km: float = 0.0

    def __len__(self) -> int:
        """How many candidates."""
        return len(self.rows)

    def each(self, of_communes: npt.NDArray[T]) -> npt.NDArray[T]:
        """What is said of each commune, by candidate: shape (candidates,), or (1,) for one."""
        return of_communes if self.turns is None else of_communes[self.turns]

    @cached_property
    def seat_km(self) -> Floats:
        """Distances of the seats, kilometres, shape (candidates,); NaN where unknown."""
        return self._least(self.index.seats.take(self.rows).km(*map(self.each, self.points)))

    def km(self, places: Places) -> Floats:
        """Distances of places, kilometres, shape (communes, places); NaN where unknown."""
        return self._least(places.km(*(axis[:, None] for axis in self.points)))

    def _least(self, km: Floats) -> Floats:
        return np.maximum(0.0, km - self.spread_km) if self.spread_km else km

    def only(self, positions: Rows) -> Pool:
        """Some of the candidates of the one commune, ascending."""
        return Pool(
            self.index, self.rows[positions], self.levels[positions], self.points, self.overseas
        )


def pool_of(index: Index, commune: Commune, territory: Territory) -> Pool:
    """Find the candidates of a commune, each by its narrowest reach."""
    levels = np.full(len(index), NOT_COVERED, dtype=np.int8)
    levels[index.covered_by(radius_key(commune.insee))] = BY_RADIUS
    for area in reversed(territory.areas_of(commune)):  # from wide to narrow
        levels[index.covered_by(area_key(area))] = NARROW_TO_WIDE.index(area.scale)
    taken = index.population_below > population_of(commune)
    rows = np.flatnonzero((levels != NOT_COVERED) & taken)
    return Pool(index, rows, levels[rows], points_of([commune]), overseas_of([commune]))


def coded(rows: Rows, levels: Rows | int) -> Rows:
    """Rows with their levels as numbers that order by row, then from narrow to wide."""
    codes: Rows = (rows.astype(np.int64) << LEVEL_BITS) + levels
    return codes


def narrowest(listed: Sequence[Rows]) -> tuple[Rows, Rows, Levels]:
    """The commune, the row and the narrowest level of each candidate, from `coded` numbers.

    Where there are several communes, their number times `TURN` was added.
    """
    codes = np.concatenate(listed)
    codes.sort()
    found = codes >> LEVEL_BITS
    first = np.ones(len(found), dtype=bool)
    np.not_equal(found[1:], found[:-1], out=first[1:])
    codes = codes[first]
    rows = (codes & (TURN - 1)) >> LEVEL_BITS
    return codes >> TURN_BIT, rows, (codes & (2**LEVEL_BITS - 1)).astype(np.int8)


def population_of(commune: Commune) -> int:
    """Inhabitants that `Structure.takes` compares: none where their number is unknown."""
    return commune.population or 0


def points_of(communes: Sequence[Commune]) -> Places:
    """Places of communes on the unit sphere."""
    return Places.at(np.array([c.lon for c in communes]), np.array([c.lat for c in communes]))


def overseas_of(communes: Sequence[Commune]) -> Flags:
    """Which communes are overseas."""
    return np.array([commune.overseas for commune in communes], dtype=bool)


def middle_of(communes: Sequence[Commune]) -> tuple[Places, float]:
    """A point amidst communes, and how far from it they are at most, kilometres."""
    places = points_of(communes)
    middle = [float(axis.mean()) for axis in places]
    length = math.hypot(*middle) or 1.0
    point = Places(*(np.array([axis / length]) for axis in middle))
    return point, float(places.km(*point).max()) + ROUNDING_KM
