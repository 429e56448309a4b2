"""Who may answer: from service areas to the structures that cover a commune.

Eligibility is a fact, not a score: the coverage contains the commune, or it does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from matcher.catalogue.model import Area, Commune, Radius, Structure
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import Territory

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
        for area in _areas(commune, self.territory):
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
    for area in _areas(commune, territory):
        if area in areas:
            return area
    for part in structure.coverage:
        if isinstance(part, Radius) and within(structure, part, commune, territory):
            return part
    return None


def width(reach: Reach) -> int:
    """How wide a reach is: its place from narrow to wide, a radius after all areas."""
    return len(NARROW_TO_WIDE) if isinstance(reach, Radius) else NARROW_TO_WIDE.index(reach.scale)


def within(structure: Structure, radius: Radius, commune: Commune, territory: Territory) -> bool:
    """Whether a commune is in a radius around the seat of a structure."""
    if structure.seat is None or structure.seat not in territory.communes:
        return False  # around an unknown place there is nobody
    if structure.seat == commune.insee:
        return True
    return territory.distance_km(structure.seat, commune.insee) <= radius.km


def _areas(commune: Commune, territory: Territory) -> list[Area]:
    areas = territory.areas_of(commune)
    return sorted(areas, key=lambda area: NARROW_TO_WIDE.index(area.scale))
