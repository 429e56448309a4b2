"""Gaps, the « zones blanches »: who answers each theme in each commune, and how near.

A structure answers a theme when it is one of its themes and its coverage contains the commune:
exactly the structures that the matcher finds for that theme. Generalists name no theme; they are
counted beside, never as an answer, for they would hide every gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Radius, Structure
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.cohorts.batch.wording import Cohort
from matcher.reports.pack.records import COVERED, UNKNOWN, WIDE
from matcher.territory.nest import PVD, Territory

from ..planning.introductions import Capacity

SATURATED_BELOW = 0.25
"""Places per commune below which local structures are said to be saturated: fewer than one Petite
ville de demain in four could be received in the time of a plan. A working threshold, to be set with
the networks."""

Counts = npt.NDArray[np.int32]


class Level(IntEnum):
    """How near the nearest answer to a theme is."""

    NOBODY = 0
    NATIONAL = 1
    REGIONAL = 2
    LOCAL = 3
    SATURATED = 4

    @property
    def label(self) -> str:
        """French name, for tables and maps."""
        return LABELS[self]

    @property
    def state(self) -> str:
        """Which of the three `STATES` it is."""
        return STATE_OF[self]


LABELS = {
    Level.NOBODY: "non recensé",
    Level.NATIONAL: "national seulement",
    Level.REGIONAL: "régional seulement",
    Level.LOCAL: "local",
    Level.SATURATED: "local, saturé",
}
STATE_OF = {
    Level.NOBODY: UNKNOWN,
    Level.NATIONAL: WIDE,
    Level.REGIONAL: WIDE,
    Level.LOCAL: COVERED,
    Level.SATURATED: COVERED,
}
CHARGE_UNKNOWN = "charge inconnue"
"""Said of local structures when one of them never told how many communes it can take on."""
WANTING = (Level.NOBODY, Level.NATIONAL)
"""What a new structure would mend: we know nobody of the territory, not even of the région."""

NEARNESS = {
    Scale.NATIONAL: Level.NATIONAL,
    Scale.REGION: Level.REGIONAL,
    Scale.DEPARTEMENT: Level.LOCAL,
    Scale.EPCI: Level.LOCAL,
    Scale.COMMUNE: Level.LOCAL,
}
"""Overseas, where région and département are one, a régional structure is local; a radius around a
seat is local everywhere."""


@dataclass(frozen=True)
class Gaps:
    """Who answers, for each theme and each commune of a cohort.

    Parameters
    ----------
    cohort : Cohort
        Its members are the columns of the arrays.
    counts : ndarray of int, shape (4, themes, communes)
        Structures that answer, by `Level` of their reach (row `NOBODY` is zero); themes in the
        order of `Theme`.
    generalists : ndarray of int, shape (4, communes)
        Generalists that cover the commune, by level.
    places : ndarray of float, shape (themes, communes)
        Places per commune with local structures: see `survey`.
    told : ndarray of bool, shape (themes, communes)
        Whether all these local structures told their capacity: only then can they be saturated.
    reach : ndarray of int8, shape (structures, communes)
        Level of the reach of each structure.
    unsure : ndarray of bool, shape (themes, communes)
        Whether a local structure answers, and our row of each such structure is to verify.
    """

    cohort: Cohort
    counts: Counts
    generalists: Counts
    places: npt.NDArray[np.float64]
    told: npt.NDArray[np.bool_]
    reach: npt.NDArray[np.int8]
    unsure: npt.NDArray[np.bool_]

    @cached_property
    def levels(self) -> npt.NDArray[np.int8]:
        """`Level` of each theme and commune, shape (themes, communes)."""
        found = np.zeros(self.counts.shape[1:], dtype=np.int8)
        for level in (Level.NATIONAL, Level.REGIONAL, Level.LOCAL):
            found[self.counts[level] > 0] = level
        found[(found == Level.LOCAL) & self.told & (self.places < SATURATED_BELOW)] = (
            Level.SATURATED
        )
        return found

    @property
    def wanting(self) -> npt.NDArray[np.bool_]:
        """Where a new structure is wanted, shape (themes, communes)."""
        return np.isin(self.levels, WANTING)


def survey(
    structures: Sequence[Structure], territory: Territory, cohort: Cohort, capacity: Capacity
) -> Gaps:
    """Count who answers each theme in each commune of a cohort.

    The places per commune are measured in two steps (a two-step floating catchment area, as the
    DREES measures access to doctors): each structure shares its capacity between the Petites villes
    de demain, those that ask first, that it covers as a local one; each commune adds up the shares
    of its local structures. So a commune reads the same whatever the cohort it is seen in.

    Parameters
    ----------
    structures : sequence of Structure
    territory : Territory
    cohort : Cohort
    capacity : Capacity
        Introductions by structure.
    """
    everywhere = reaches(structures, territory)
    reach = everywhere[:, _positions(cohort.members, territory)]
    answers = np.array([[t in s.themes for s in structures] for t in Theme], dtype=np.float32)
    general = np.array([s.generalist for s in structures], dtype=bool)
    size = (len(Level) - 1, len(Theme), len(cohort.members))
    counts, generalists = np.zeros(size, np.int32), np.zeros((size[0], size[2]), np.int32)
    for level in (Level.NATIONAL, Level.REGIONAL, Level.LOCAL):
        near = reach == level
        counts[level] = (answers @ near.astype(np.float32)).round()
        generalists[level] = near[general].sum(axis=0)
    asking = [insee for insee, commune in territory.communes.items() if PVD in commune.labels]
    asked_by = (everywhere[:, _positions(asking, territory)] == Level.LOCAL).sum(axis=1)
    share = np.array([capacity[s.id] for s in structures]) / np.maximum(asked_by, 1)
    places = (answers * share) @ (reach == Level.LOCAL)
    supposed = np.array([capacity.is_supposed(s.id) for s in structures], dtype=np.float32)
    local = (reach == Level.LOCAL).astype(np.float32)
    told = (answers * supposed) @ local == 0
    sure = np.array([not s.to_verify for s in structures], dtype=np.float32)
    unsure = (counts[Level.LOCAL] > 0) & ((answers * sure) @ local == 0)
    return Gaps(cohort, counts, generalists, places, told, reach, unsure)


def reaches(structures: Sequence[Structure], territory: Territory) -> npt.NDArray[np.int8]:
    """Level of the reach of each structure in each commune of France.

    Returns
    -------
    ndarray of int8, shape (structures, communes)
        As `Coverage.reach` has it, from the areas rather than from the communes: the narrowest
        area that contains the commune, a radius where no area does; 0 where it does not reach,
        where the commune is too large for it, or when it accompanies nobody.
    """
    places = {insee: i for i, insee in enumerate(territory.communes)}
    overseas = np.array([commune.overseas for commune in territory.communes.values()])
    found = np.zeros((len(structures), len(places)), dtype=np.int8)
    members: dict[object, npt.NDArray[np.int64]] = {}
    for row, structure in zip(found, structures, strict=True):
        if not structure.accompanies:
            continue
        for part in structure.coverage:
            if isinstance(part, Radius):
                continue
            if part not in members:
                members[part] = np.array([places[i] for i in territory.members(part)], dtype=int)
            at = members[part]
            row[at] = np.maximum(row[at], NEARNESS[part.scale])
        if not _of_regions(structure):
            row[overseas & (row == Level.REGIONAL)] = Level.LOCAL
        for part in structure.coverage:
            if isinstance(part, Radius) and structure.seat in places:
                near = territory.distances_km(structure.seat) <= part.km
                row[near & (row == Level.NOBODY)] = Level.LOCAL
        if any(condition.decides for condition in structure.conditions):
            row[[not structure.takes(one) for one in territory.communes.values()]] = Level.NOBODY
    return found


def _of_regions(structure: Structure) -> bool:
    """Whether it works in several régions: overseas, one alone is as small as a département."""
    return sum(getattr(part, "scale", None) is Scale.REGION for part in structure.coverage) > 1


def _positions(communes: Sequence[str], territory: Territory) -> npt.NDArray[np.int64]:
    places = {insee: i for i, insee in enumerate(territory.communes)}
    return np.array([places[insee] for insee in communes], dtype=np.int64)
