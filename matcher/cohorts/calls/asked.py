"""What may be asked by telephone: whether a doubtful structure is there, who a missing door is.

What a call would teach is uncertain, and said so: a doubtful row is confirmed or not, a door that
we do not know exists or not. Where it exists, it is taken to be like most of those that we know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from matcher.catalogue.model import Area, Structure
from matcher.catalogue.vocabulary import Kind, Scale
from matcher.cohorts.batch.wording import Cohort
from matcher.index.columns import Index
from matcher.ranking.matcher import Matcher
from matcher.upkeep.directory.doors import Door, Doors, names_of
from matcher.upkeep.directory.matrix import Cell, DoorState, Matrix

from ..batch.run import panorama

CONFIRMED = 0.5
"""Chance that a call confirms a doubtful row: one in two says that nobody has measured it. An
operator who has kept count gives theirs."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that may be made.

    Parameters
    ----------
    id : str
        That of the structure, or of the door and its département.
    chance : float
        That the structure is confirmed, or that the door exists, in ]0, 1[.
    structure : Structure
        The doubtful one; for a door, the one that would be found, as far as it can be guessed.
    door, departement
        None and "" for a doubtful structure.
    first : Structure or None
        For a door, whom to ring: the head of its network, or the CRESS there; None when neither is
        known.
    """

    id: str
    chance: float
    structure: Structure
    door: Door | None = None
    departement: str = ""
    first: Structure | None = None


@dataclass(frozen=True)
class Calls:
    """All the calls that may be made for a cohort.

    Parameters
    ----------
    calls : tuple of Call
        Doubtful structures by id, then doors.
    matcher : Matcher
        Knows the structures that the doors would be, beside all others.
    unlike : tuple of Door
        Doors that are missing somewhere here and of which we know none, or only for a part of a
        département: what finding one would change cannot be guessed.
    """

    cohort: Cohort
    calls: tuple[Call, ...]
    matcher: Matcher
    unlike: tuple[Door, ...]

    @cached_property
    def index(self) -> Index:
        """The arrays in which all rankings of the matcher are."""
        return self.matcher.ranking(panorama(self.cohort)[0].need).pool.index


def possible(matcher: Matcher, doors: Doors, cohort: Cohort, confirmed: float = CONFIRMED) -> Calls:
    """The calls that may change a first place of a cohort."""
    territory = matcher.territory
    here = sorted({territory.communes[insee].departement for insee in cohort.members})
    doubtful = [
        Call(s.id, confirmed, s)
        for s in sorted(matcher.structures.values(), key=lambda s: s.id)
        if s.to_verify and s.accompanies and _reaches(matcher, s, cohort)
    ]
    matrix = Matrix(matcher.structures.values(), territory, doors)
    found, unlike = [], []
    for door in matrix.doors:
        missing = [d for d in here if matrix.cell(door.id, d).state is DoorState.UNKNOWN]
        cells = [matrix.cell(door.id, d) for d in matrix.departements]
        like = _like(door, cells, matcher.structures)
        if missing and like is None:
            unlike.append(door)
        elif like is not None:
            found += [
                _door_call(matcher, cell, like, _exists(cells))
                for cell in cells
                if cell.departement in missing
            ]
    guessed = [call.structure for call in found]
    catalogue = replace(matcher.catalogue, structures=(*matcher.catalogue.structures, *guessed))
    wider = Matcher(territory, catalogue, matcher.reader, matcher.knowledge)
    return Calls(cohort, (*doubtful, *found), wider, tuple(unlike))


def _reaches(matcher: Matcher, structure: Structure, cohort: Cohort) -> bool:
    return any(
        matcher.coverage.reach(structure, matcher.territory.communes[insee]) is not None
        for insee in cohort.members
    )


def _like(
    door: Door, cells: Sequence[Cell], structures: Mapping[str, Structure]
) -> Structure | None:
    """The structure that a door mostly is where we know it for a whole département."""
    whole = sorted({i for cell in cells for i in (*cell.verified, *cell.doubtful)})
    partly = sum(cell.state is DoorState.PARTLY for cell in cells)
    own = [s for s in map(structures.__getitem__, whole) if not door.by_the_way(s, names_of(s))]
    if (
        partly > sum(cell.state in (DoorState.KNOWN, DoorState.DOUBTFUL) for cell in cells)
        or not own
    ):
        return None
    sorts = Counter(map(_sort, own))
    return min(own, key=lambda s: (-sorts[_sort(s)], s.id))


def _sort(structure: Structure) -> tuple[object, ...]:
    themes = tuple(sorted(structure.themes))
    return structure.kind, structure.generalist, themes, structure.network


def _exists(cells: Sequence[Cell]) -> float:
    """Chance that a door exists where we do not know: its share where we do (rule of succession).

    It is too high if those that exist were found first.
    """
    states = Counter(cell.state for cell in cells)
    there = states[DoorState.KNOWN] + states[DoorState.DOUBTFUL] + states[DoorState.PARTLY]
    return (there + 1) / (there + states[DoorState.ABSENT] + 2)


def _door_call(matcher: Matcher, cell: Cell, like: Structure, chance: float) -> Call:
    area = Area(Scale.DEPARTEMENT, cell.departement)
    key = f"porte-{cell.door.id}-{cell.departement.lower()}"
    guessed = replace(
        like,
        id=key,
        name=f"{cell.door.label} ({matcher.territory.name(area)})",
        aliases=(),
        coverage=(area,),
        seat=None,
        body=key,
        description="",
        website="",
        source="",
        source_year=matcher.profiles.newest_source,
        to_verify=False,
        note="",
        trades=(),
        second_trades=(),
        offers=(),
        typical_needs=(),
        conditions=(),
        contacts=(),
    )
    first = _head(matcher, like.network) or _cress(matcher, cell.departement)
    return Call(key, chance, guessed, cell.door, cell.departement, first)


def _head(matcher: Matcher, network: str) -> Structure | None:
    heads = (s for s in matcher.structures.values() if s.network == network and s.national_head)
    return min(heads, key=lambda s: (s.to_verify, s.id), default=None)


def _cress(matcher: Matcher, departement: str) -> Structure | None:
    """The CRESS of a département: who knows the others of the région."""
    region = matcher.territory.region_of.get(departement, "")
    areas = {Area(Scale.DEPARTEMENT, departement), Area(Scale.REGION, region)}
    there = (
        s
        for s in matcher.structures.values()
        if s.kind is Kind.CRESS and areas.intersection(s.coverage)
    )
    return min(there, key=lambda s: (s.to_verify, s.id), default=None)
