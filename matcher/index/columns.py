"""The catalogue as arrays: a row per structure, in the order of the ids, and who covers what.

It says what `profile.Profiles` and `coverage.Coverage` say, for all the structures at once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from matcher.catalogue.model import Area, Commune, Radius, Structure
from matcher.catalogue.terms import MAINLAND, OVERSEAS, Audience, Limit
from matcher.catalogue.vocabulary import GENERALIST, Kind, Stage, Theme
from matcher.territory.nest import EARTH_RADIUS_KM, Territory

from .arrays import Classes, Flags, Floats, Lists, Rows, SpherePoints, Support, network_codes
from .profile import Profiles, postings, practised
from .projects import Projects
from .texts import Postings, Texts

THEMES: Mapping[str, int] = {theme: i for i, theme in enumerate(Theme)}
STAGES: Mapping[str, int] = {stage: i for i, stage in enumerate(Stage)}
AUDIENCES: Mapping[str, int] = {audience: i for i, audience in enumerate(Audience)}
"""Place of a value in the members of its `Classes`."""
RADIUS = "rayon"
"""Level, in `Index.areas`, of the communes that a radius reaches."""
SURE_KM = 1e-6
"""A distance this near to a radius is measured again, as the plain scorer measures it."""


@dataclass(frozen=True)
class Index:
    """The columns of the structures.

    Parameters
    ----------
    bodies, kind_codes : ndarray of int, shape (structures,)
        Numbers that tell bodies, and main kinds, apart.
    areas, covering : Texts, Lists
        Sorted keys (see `area_key`) of the areas that somebody covers, and who covers each.
    """

    themes: Classes
    kinds: Classes
    stages: Classes
    audiences: Classes
    bodies: Rows
    kind_codes: Rows
    overseas: Flags
    heads: Flags
    to_verify: Flags
    approximate: Flags
    accompanies: Flags
    source_years: Floats
    population_below: Floats
    population_from: Floats
    mainland_only: Flags
    overseas_only: Flags
    pvd_only: Flags
    subjects: Postings
    practices: Postings
    words: Postings
    seats: SpherePoints
    areas: Texts
    covering: Lists
    projects: Projects
    support: Support

    @classmethod
    def build(cls, profiles: Profiles, territory: Territory) -> Index:
        """Lay out the profiles of a catalogue."""
        structures = profiles.presentations.structures
        kinds = list(Kind)
        at = {kind: i for i, kind in enumerate(kinds)}
        areas, covering = _covering(structures, territory)
        return cls(
            themes=Classes.of(
                ((*s.themes, GENERALIST) if s.generalist else s.themes for s in structures),
                [*Theme, GENERALIST],
            ),
            kinds=Classes.of((s.kinds for s in structures), kinds),
            stages=Classes.of((s.stages for s in structures), list(Stage)),
            audiences=Classes.of((s.audiences for s in structures), list(Audience)),
            bodies=network_codes(s.body for s in structures),
            kind_codes=np.array([at[s.kind] for s in structures], np.int8),
            overseas=np.array([s.overseas for s in structures], dtype=bool),
            heads=np.array([s.national_head for s in structures], dtype=bool),
            to_verify=np.array([s.to_verify for s in structures], dtype=bool),
            approximate=np.array([s.approximate for s in structures], dtype=bool),
            accompanies=np.array([s.accompanies for s in structures], dtype=bool),
            source_years=np.array([s.source_year or np.nan for s in structures], dtype=float),
            population_below=_asked(structures, Limit.POPULATION_MOINS, np.inf),
            population_from=_asked(structures, Limit.POPULATION_PLUS, -np.inf),
            mainland_only=_only(structures, Limit.TERRITOIRE, MAINLAND),
            overseas_only=_only(structures, Limit.TERRITOIRE, OVERSEAS),
            pvd_only=_only(structures, Limit.PVD),
            subjects=profiles.presentations.subjects.postings(),
            practices=postings(_practised(profiles), profiles.presentations.near),
            words=profiles.presentations.words.postings(),
            seats=SpherePoints.of((s.seat for s in structures), territory),
            areas=areas,
            covering=covering,
            projects=Projects.build(profiles.references, territory),
            support=profiles.support,
        )

    def with_projects(self, profiles: Profiles, territory: Territory) -> Index:
        """Give the columns of the same structures with the projects of `profiles`."""
        known = Projects.build(profiles.references, territory)
        return replace(self, projects=known, support=profiles.support)

    def __len__(self) -> int:
        """How many structures."""
        return len(self.to_verify)

    def covered_by(self, key: str) -> Rows:
        """Rows of those that cover an area, ascending."""
        place = self.areas.place(key)
        return self.covering[place] if place >= 0 else self.covering.values[:0]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Place of each key in `areas`: for those who look for thousands of them."""
        return {key: i for i, key in enumerate(self.areas)}

    @cached_property
    def specialisms(self) -> Floats:
        """How many themes each class of themes names, shape (classes,)."""
        return self.themes.counts - self.themes.members[:, -1]

    @cached_property
    def members(self) -> Lists:
        """By network, the rows of its members, heads aside."""
        branches = np.where(self.heads, 0, self.support.network)
        listed = Lists(np.arange(len(self) + 1), branches)
        return listed.turned(int(self.support.network.max(initial=0)) + 1)

    def roles(self, scores: Floats) -> Floats:
        """By class of kinds, the best of the scores of the kinds, shape (situations, classes).

        Parameters
        ----------
        scores : ndarray of float, shape (situations, kinds)
        """
        each = np.where(self.kinds.members, scores[:, None, :], 0.0)
        best: Floats = each.max(axis=2, initial=0.0)
        return best


def _practised(profiles: Profiles) -> Iterator[Mapping[str, float]]:
    presentations = profiles.presentations
    for row, structure in enumerate(presentations.structures):
        yield practised(structure, presentations.subjects[row])


def _asked(structures: Sequence[Structure], limit: Limit, without: float) -> Floats:
    """The strictest number that each structure asks of a population."""
    strictest = min if without > 0 else max
    asked = ([int(c.value) for c in s.conditions if c.limit is limit] for s in structures)
    return np.array([strictest(values, default=without) for values in asked], float)


def _only(structures: Sequence[Structure], limit: Limit, value: str = "") -> Flags:
    """Which structures have a condition; of this value where one is given."""
    return np.array(
        [
            any(c.limit is limit and (not value or c.value == value) for c in s.conditions)
            for s in structures
        ],
        dtype=bool,
    )


def within(structure: Structure, radius: Radius, commune: Commune, territory: Territory) -> bool:
    """Whether a commune is in a radius around the seat of a structure."""
    if structure.seat is None or structure.seat not in territory.communes:
        return False  # around an unknown place there is nobody
    if structure.seat == commune.insee:
        return True
    return territory.distance_km(structure.seat, commune.insee) <= radius.km


def area_key(area: Area) -> str:
    """Name of an area in an index."""
    return f"{area.scale}:{area.code}"


def radius_key(insee: str) -> str:
    """Name of those that reach a commune by a radius, and by no area."""
    return f"{RADIUS}:{insee}"


def _covering(structures: Sequence[Structure], territory: Territory) -> tuple[Texts, Lists]:
    """Who covers what, by area; a radius is resolved to the communes that it adds to the areas."""
    found: dict[str, list[int]] = defaultdict(list)
    around = _Around(territory)
    for row, structure in enumerate(structures):
        areas = [part for part in structure.coverage if isinstance(part, Area)]
        radii = [part for part in structure.coverage if isinstance(part, Radius)]
        for area in dict.fromkeys(areas):
            found[area_key(area)].append(row)
        if radii:
            around.add(row, structure, radii, areas)
    listed: dict[str, Sequence[int] | Rows] = {**found}
    listed.update((radius_key(insee), rows) for insee, rows in around.reached())
    keys = sorted(listed)
    return Texts.of(keys), Lists.of(listed[key] for key in keys)


class _Around:
    """Finds who reaches a commune by a radius."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._rows: list[Rows] = []
        self._communes: list[Rows] = []

    @cached_property
    def _by_latitude(self) -> tuple[Rows, SpherePoints, Floats]:
        territory = self._territory
        order = np.argsort(territory.lats)
        places = SpherePoints.at(territory.lons, territory.lats).take(order)
        return order, places, territory.lats[order]

    def add(
        self, row: int, structure: Structure, radii: Sequence[Radius], areas: Sequence[Area]
    ) -> None:
        """Add a structure; what is near a limit is measured as the plain scorer does.

        What its areas contain is left out: they come before its radius.
        """
        territory = self._territory
        if structure.seat is None or structure.seat not in territory.communes:
            return
        order, places, lats = self._by_latitude
        seat = territory.communes[structure.seat]
        km = max(radius.km for radius in radii)
        degrees = math.degrees((km + 1) / EARTH_RADIUS_KM)
        low, high = np.searchsorted(lats, (seat.lat - degrees, seat.lat + degrees)).tolist()
        (x,), (y,), (z,) = SpherePoints.at(np.array([seat.lon]), np.array([seat.lat]))
        distances = places.take(slice(low, high)).km(x, y, z)
        inside = distances <= km + SURE_KM
        for i in np.flatnonzero(inside & (distances >= km - SURE_KM)).tolist():
            commune = territory.communes[territory.codes[order[low + i]]]
            inside[i] = any(within(structure, radius, commune, territory) for radius in radii)
        reached = order[low:high][inside].astype(np.int32)
        if areas:
            codes = (territory.codes[i] for i in reached.tolist())
            beyond = [set(territory.areas_of(code)).isdisjoint(areas) for code in codes]
            reached = reached[np.array(beyond, dtype=bool)]
        self._communes.append(reached)
        self._rows.append(np.full(len(reached), row, np.int32))

    def reached(self) -> Iterator[tuple[str, Rows]]:
        """By commune, by Insee code, the rows of those that reach it, ascending."""
        if not any(map(len, self._rows)):
            return
        communes, rows = np.concatenate(self._communes), np.concatenate(self._rows)
        order = np.argsort(communes, kind="stable")
        codes, starts = np.unique(communes[order], return_index=True)
        parts = np.split(rows[order], starts[1:])
        for code, part in zip(codes.tolist(), parts, strict=True):
            yield self._territory.codes[code], part
