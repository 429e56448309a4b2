"""The catalogue as arrays: a row per structure, in the order of the ids, and who covers what.

It says what `profile.Profiles` and `coverage.Coverage` say, for all the structures at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Area, Commune, Radius, Structure
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Kind, Stage

from .arrays import Flags, Floats, Links, Places, Postings, Rows
from .coverage import NARROW_TO_WIDE
from .knowledge import Role
from .policy import Sort, sort_of
from .profile import Profile, Profiles

BY_RADIUS = len(NARROW_TO_WIDE)
"""Level of a reach by a radius, after the levels of the areas."""
NOT_COVERED = -1


@dataclass(frozen=True)
class Projects:
    """The projects that somebody supported, in the order of their ids."""

    themes: Postings
    theme_counts: Floats
    subjects: Postings
    places: Places
    own: Links
    network: Links

    @classmethod
    def build(cls, profiles: Sequence[Profile], territory: Territory) -> Projects:
        """Lay out the references of the profiles; the links go from the profiles, in order."""
        references = {r.project.id: r for p in profiles for r in p.references}
        listed = [references[key] for key in sorted(references)]
        row = {reference.project.id: i for i, reference in enumerate(listed)}
        return cls(
            themes=Postings.plain(r.project.themes for r in listed),
            theme_counts=np.array([len(r.project.themes) for r in listed], dtype=float),
            subjects=Postings(r.subjects for r in listed),
            places=Places.of((r.project.commune for r in listed), territory),
            own=Links([[row[r.project.id] for r in p.references] for p in profiles]),
            network=Links([[row[r.project.id] for r in p.network_references] for p in profiles]),
        )


@dataclass(frozen=True)
class Pool:
    """The candidates of a commune.

    Parameters
    ----------
    areas : mapping of int to Area
        The areas that contain the commune, by level.
    rows : ndarray of int, shape (candidates,)
        Rows of the index, ascending.
    levels : ndarray of int, shape (candidates,)
        The narrowest reach: its place in `NARROW_TO_WIDE`, or `BY_RADIUS`.
    seat_km, project_km : ndarray of float, shapes (candidates,) and (projects,)
        Distances to the commune, kilometres; NaN where the place is unknown.
    """

    index: Index
    commune: Commune
    areas: Mapping[int, Area]
    rows: Rows
    levels: npt.NDArray[np.int8]
    seat_km: Floats
    project_km: Floats

    def reach(self, i: int) -> Area | None:
        """The area through which candidate `i` covers the commune, None for a radius."""
        return self.areas.get(int(self.levels[i]))


@dataclass(frozen=True)
class Index:
    """The columns of the structures; every array has a value per structure."""

    structures: tuple[Structure, ...]
    sorts: tuple[Sort, ...]
    themes: Postings
    theme_counts: Floats
    generalist: Flags
    overseas: Flags
    heads: tuple[bool, ...]
    subjects: Postings
    words: Postings
    stages: Postings
    audiences: Postings
    roles: Mapping[Stage, Floats]
    to_verify: Flags
    source_years: Floats
    seats: Places
    projects: Projects
    covering: Mapping[Area, Rows]
    radius_rows: Rows
    radius_km: Floats
    territory: Territory

    @classmethod
    def build(
        cls, profiles: Profiles, territory: Territory, roles: Mapping[tuple[Stage, Kind], Role]
    ) -> Index:
        """Lay out the profiles of a catalogue.

        Parameters
        ----------
        roles : mapping of (Stage, Kind) to Role
            What each kind does in each situation.
        """
        listed = [profiles.by_id[key] for key in sorted(profiles.by_id)]
        structures = tuple(profile.structure for profile in listed)
        radii = [
            (row, part.km)
            for row, structure in enumerate(structures)
            for part in structure.coverage
            if isinstance(part, Radius)
        ]
        return cls(
            structures=structures,
            sorts=tuple(map(sort_of, structures)),
            themes=Postings.plain(s.themes for s in structures),
            theme_counts=np.array([len(s.themes) for s in structures], dtype=float),
            generalist=np.array([s.generalist for s in structures], dtype=bool),
            overseas=np.array([s.overseas for s in structures], dtype=bool),
            heads=tuple(s.national_head for s in structures),
            subjects=Postings(p.subjects for p in listed),
            words=Postings(p.words for p in listed),
            stages=Postings.plain(s.stages for s in structures),
            audiences=Postings.plain(s.audiences for s in structures),
            roles=_best_roles(structures, roles),
            to_verify=np.array([s.to_verify for s in structures], dtype=bool),
            source_years=np.array([s.source_year or np.nan for s in structures], dtype=float),
            seats=Places.of((s.seat for s in structures), territory),
            projects=Projects.build(listed, territory),
            covering=_covering(structures),
            radius_rows=np.array([row for row, _ in radii], dtype=np.intp),
            radius_km=np.array([km for _, km in radii], dtype=float),
            territory=territory,
        )

    def pool(self, commune: Commune) -> Pool:
        """Find the candidates of a commune, each by its narrowest reach."""
        seat_km = self.seats.km(commune)
        levels = np.full(len(self.structures), NOT_COVERED, dtype=np.int8)
        levels[self.radius_rows[seat_km[self.radius_rows] <= self.radius_km]] = BY_RADIUS
        areas = {NARROW_TO_WIDE.index(a.scale): a for a in self.territory.areas_of(commune)}
        for level in sorted(areas, reverse=True):
            if areas[level] in self.covering:
                levels[self.covering[areas[level]]] = level
        rows = np.flatnonzero(levels != NOT_COVERED)
        project_km = self.projects.places.km(commune)
        return Pool(self, commune, areas, rows, levels[rows], seat_km[rows], project_km)


def _covering(structures: Sequence[Structure]) -> dict[Area, Rows]:
    found: dict[Area, list[int]] = defaultdict(list)
    for row, structure in enumerate(structures):
        for part in structure.coverage:
            if isinstance(part, Area):
                found[part].append(row)
    return {area: np.array(rows, dtype=np.intp) for area, rows in found.items()}


def _best_roles(
    structures: Sequence[Structure], roles: Mapping[tuple[Stage, Kind], Role]
) -> dict[Stage, Floats]:
    """By stage, the role of each structure: that of the best of its kinds."""
    kinds = list(Kind)
    at = {kind: i for i, kind in enumerate(kinds)}
    by_kind = [(row, at[kind]) for row, s in enumerate(structures) for kind in s.kinds]
    best: dict[Stage, Floats] = {}
    for stage in Stage:
        scores = [roles[stage, kind].score if (stage, kind) in roles else 0.0 for kind in kinds]
        found = np.zeros(len(structures))
        for row, kind in by_kind:
            found[row] = max(found[row], scores[kind])
        best[stage] = found
    return best
