"""Who may answer: from service areas to the structures that cover a commune, narrow or wide.

Eligibility is a fact, not a score: the coverage contains the commune, or it does not. `Coverage`
says it of structures one by one; `Pool` holds the candidates of a place as rows of the index: who
covers it, how narrowly, from how far.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Area, Commune, Radius, Structure
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import PVD, Territory

from .arrays import Flags, Floats, Rows, SpherePoints
from .columns import Index, area_key, radius_key, within

Reach = Area | Radius
"""The part of a coverage that contains the commune."""

NARROW_TO_WIDE: tuple[Scale, ...] = tuple(Scale)


class Coverage:
    """The service areas of a catalogue, ready to be asked about any commune.

    Parameters
    ----------
    structures : iterable of Structure
    territory : Territory
    """

    def __init__(self, structures: Iterable[Structure], territory: Territory) -> None:
        self.territory = territory
        self._by_area: dict[Area, list[Structure]] = defaultdict(list)
        self._by_radius: list[tuple[Structure, Radius]] = []
        every = sorted(structures, key=lambda s: s.id)
        self.known = frozenset(structure.id for structure in every)
        for structure in every:
            for part in structure.coverage:
                if isinstance(part, Radius):
                    self._by_radius.append((structure, part))
                else:
                    self._by_area[part].append(structure)

    def eligible(self, commune: Commune) -> list[tuple[Structure, Reach]]:
        """List who may accompany in `commune`, by id, each with its narrowest reach."""
        return [found for found in self._covering(commune) if found[0].accompanies]

    def operators(self, commune: Commune) -> list[tuple[Structure, Reach]]:
        """List who does something near `commune` and accompanies nobody, as `eligible` does."""
        return [found for found in self._covering(commune) if not found[0].accompanies]

    def covering(self, commune: Commune) -> list[Structure]:
        """List whoever works in `commune`, by id: who accompanies, and who does not."""
        return [structure for structure, _ in self._covering(commune)]

    def _covering(self, commune: Commune) -> list[tuple[Structure, Reach]]:
        found: dict[str, tuple[Structure, Reach]] = {}
        for area in self.territory.areas_of(commune):
            for structure in self._by_area.get(area, ()):
                found.setdefault(structure.id, (structure, area))
        for structure, radius in self._by_radius:
            if within(structure, radius, commune, self.territory):
                found.setdefault(structure.id, (structure, radius))
        return [found[key] for key in sorted(found) if found[key][0].takes(commune)]

    def reach(self, structure: Structure, commune: Commune) -> Reach | None:
        """Narrowest part of the coverage that contains `commune`; None when none does."""
        return reach_of(structure, commune, self.territory)


def reach_of(structure: Structure, commune: Commune, territory: Territory) -> Reach | None:
    """Narrowest part of the coverage of a structure that contains `commune`; None when none.

    None too when the commune is too large for it.
    """
    if not structure.takes(commune):
        return None
    areas = set(structure.coverage)
    for area in territory.areas_of(commune):
        if area in areas:
            return area
    for part in structure.coverage:
        if isinstance(part, Radius) and within(structure, part, commune, territory):
            return part
    return None


def width(reach: Reach) -> int:
    """How wide a reach is: its place from narrow to wide, a radius after all areas."""
    return len(NARROW_TO_WIDE) if isinstance(reach, Radius) else NARROW_TO_WIDE.index(reach.scale)


BY_RADIUS = len(NARROW_TO_WIDE)
"""Level of a reach by a radius, after the levels of the areas."""
NOT_COVERED = -1

Levels = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Pool:
    """Some rows of the index before a place of one commune or of several.

    Parameters
    ----------
    rows : ndarray of int, shape (candidates,)
        Rows of the index, ascending: those that cover at least one of the communes.
    levels : ndarray of int, shape (candidates,)
        The narrowest reach: its place in `NARROW_TO_WIDE`, or `BY_RADIUS`.
    covered : ndarray of bool, shape (communes, candidates)
        Which communes each covers.
    points : SpherePoints, shape (communes,)
        From where distances are measured: the nearest commune counts.
    overseas : bool
        Whether the place is overseas.
    """

    index: Index
    rows: Rows
    levels: Levels
    covered: Flags
    points: SpherePoints
    overseas: bool

    def __len__(self) -> int:
        """How many candidates."""
        return len(self.rows)

    @cached_property
    def seat_km(self) -> Floats:
        """Distances of the seats, kilometres, shape (candidates,); NaN where unknown."""
        return self.km(self.index.seats.take(self.rows))

    @cached_property
    def generalists(self) -> Flags:
        """Who works on any theme, shape (candidates,)."""
        classes = self.index.themes
        found: Flags = classes.members[classes.codes[self.rows], -1]
        return found

    def km(self, places: SpherePoints) -> Floats:
        """Distances of places to the nearest commune, kilometres, shape (places,); NaN: unknown."""
        each = places.km(*(axis[:, None] for axis in self.points))
        nearest: Floats = each.min(axis=0)
        return nearest

    @cached_property
    def share(self) -> Floats:
        """Share of the communes that each covers, in ]0, 1], shape (candidates,)."""
        found: Floats = self.covered.mean(axis=0)
        return found


def pool_of(index: Index, communes: Sequence[Commune], territory: Territory) -> Pool:
    """Find the candidates of the communes of a place, each by its narrowest reach."""
    each = np.stack([_levels(index, commune, territory) for commune in communes])
    rows = np.flatnonzero((each != NOT_COVERED).any(axis=0))
    each = each[:, rows]
    narrow = np.where(each == NOT_COVERED, BY_RADIUS + 1, each).min(axis=0, initial=BY_RADIUS)
    return Pool(
        index,
        rows,
        narrow.astype(np.int8),
        each != NOT_COVERED,
        points_of(communes),
        communes[0].overseas,
    )


def _levels(index: Index, commune: Commune, territory: Territory) -> Levels:
    """The narrowest reach of every row before one commune, `NOT_COVERED` where there is none."""
    levels = np.full(len(index), NOT_COVERED, dtype=np.int8)
    levels[index.covered_by(radius_key(commune.insee))] = BY_RADIUS
    for area in reversed(territory.areas_of(commune)):  # from wide to narrow
        levels[index.covered_by(area_key(area))] = NARROW_TO_WIDE.index(area.scale)
    levels[~index.accompanies] = NOT_COVERED
    levels[_refused(index, commune)] = NOT_COVERED
    return levels


def _refused(index: Index, commune: Commune) -> Flags:
    """Which structures ask for something that the commune has not: see `Structure.takes`."""
    refused = (index.mainland_only if commune.overseas else index.overseas_only).copy()
    if commune.population is not None:
        refused |= index.population_below <= commune.population
        refused |= index.population_from > commune.population
    if PVD not in commune.labels:
        refused |= index.pvd_only
    return refused


def points_of(communes: Sequence[Commune]) -> SpherePoints:
    """Places of communes on the unit sphere."""
    return SpherePoints.at(np.array([c.lon for c in communes]), np.array([c.lat for c in communes]))
