"""The matrix of doors: for each département and basic door, what we know. It measures ourselves.

A door is known by the structures that are one there, or known not to exist by a statement with
its source, or not known to us: which says nothing of the territory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcher.catalogue.french import counted
from matcher.catalogue.model import Area, Commune, Radius, Structure
from matcher.catalogue.terms import Term
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import Territory

from .doors import Absence, Door, Doors, names_of

WHOLE = (Scale.DEPARTEMENT, Scale.REGION)
"""Levels at which a structure is the door of a whole département."""
COLUMNS = (
    *("code_departement", "departement", "porte", "nom_porte", "etat"),
    *("structures", "structures_a_verifier", "structures_d_une_partie", "source_d_absence"),
)
SHOWN = 8
"""Doors named in one line for people: a longer line is not read."""


class DoorState(Term):
    """What we know of a door in a département."""

    KNOWN = ("connue", "connue", "une structure vérifiée y répond dans tout le département")
    DOUBTFUL = (
        "a_verifier",
        "connue, à vérifier",
        "une structure y répond, notre fiche a un doute",
    )
    PARTLY = ("en_partie", "connue pour une partie", "une structure y répond dans des communes")
    ABSENT = ("absente", "n’existe pas", "une page dit que cette porte n’existe pas ici")
    UNKNOWN = ("inconnue", "pas connue de nous", "elle existe peut-être : nous ne savons pas")

    def counted(self, count: int) -> str:
        """So many doors in this state, in French."""
        many = self.label.replace("connue", "connues").replace("n’existe pas", "n’existent pas")
        return counted(count, self.label, many)


SURVEYED_FROM = 2 / 3
"""Share of the doors expected for a theme that we must know, or know not to exist, before a silence
of the directory says something of the place: below it, we have not looked enough."""

SAID = (
    ("Connues", (DoorState.KNOWN, DoorState.PARTLY)),
    ("À vérifier", (DoorState.DOUBTFUL,)),
    ("Qui n’existent pas", (DoorState.ABSENT,)),
    ("Pas connues de nous, mais qui existent peut-être", (DoorState.UNKNOWN,)),
)
"""How what we know of the doors of one commune is told, and of which states."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What we know of one door in one département.

    Parameters
    ----------
    verified, doubtful, partly : tuple of str
        Ids of the structures for the whole département, by whether there is a doubt (of its row, or
        of where in its région a body of another kind is this door too), and of those for some of
        its communes.
    absence : Absence or None
        What says that it does not exist.
    """

    door: Door
    departement: str
    verified: tuple[str, ...]
    doubtful: tuple[str, ...]
    partly: tuple[str, ...]
    absence: Absence | None

    @property
    def state(self) -> DoorState:
        """The best that can be said of it; a page outweighs the radius around a seat."""
        for found, state in (
            (self.verified, DoorState.KNOWN),
            (self.doubtful, DoorState.DOUBTFUL),
            (self.absence, DoorState.ABSENT),
            (self.partly, DoorState.PARTLY),
        ):
            if found:
                return state
        return DoorState.UNKNOWN


@dataclass(frozen=True, slots=True)
class Ground:
    """How well the ground of a theme was looked at in a commune: doors expected, and known.

    Parameters
    ----------
    expected : int
        Doors that should answer the theme: those of the theme, and those of all themes.
    known : int
        Of them, those that a verified structure is, and those known not to exist.
    doubtful, unknown : tuple of Door
        The others: our row has a doubt; we do not know.
    """

    expected: int
    known: int
    doubtful: tuple[Door, ...]
    unknown: tuple[Door, ...]

    @property
    def surveyed(self) -> bool:
        """Whether a gap there says something of the place, and not of what we have read."""
        own = any(door.themes for door in self.unknown)
        return not own and self.known >= SURVEYED_FROM * self.expected > 0

    @property
    def sentence(self) -> str:
        """Expected against known, and how sure, in French."""
        if not self.expected:
            return "aucune porte attendue n’est définie"
        said = f"{self.known} connues sur {self.expected} portes attendues"
        for doors, what in ((self.doubtful, "à vérifier"), (self.unknown, "non recensées")):
            if doors:
                said += f" ; {what} : {', '.join(door.short for door in doors)}"
        return said


class Matrix:
    """What we know of each door in each département.

    Parameters
    ----------
    structures : iterable of Structure
    territory : Territory
    doors : Doors
        What recognises a door, and where one does not exist.
    """

    def __init__(self, structures: Iterable[Structure], territory: Territory, doors: Doors) -> None:
        self._territory = territory
        self.doors = doors.doors
        self.departements = tuple(sorted(territory.names[Scale.DEPARTEMENT]))
        everyone = [(structure, names_of(structure)) for structure in structures]
        self._cells: dict[tuple[str, str], Cell] = {}
        self._communes: dict[str, set[str]] = {}
        self._grounds: dict[tuple[Any, ...], Ground] = {}
        for door in doors.doors:
            found = [both for both in everyone if door.is_one(*both)]
            self._add(door, found, doors)

    def _add(self, door: Door, found: list[tuple[Structure, list[str]]], doors: Doors) -> None:
        whole: dict[str, dict[str, bool]] = defaultdict(dict)
        partly: dict[str, set[str]] = defaultdict(set)
        communes: set[str] = set()
        for structure, names in found:
            for part in structure.coverage:
                if isinstance(part, Area) and part.scale in WHOLE:
                    codes = self._departements_of(part)
                    sure = not structure.to_verify
                    if len(codes) > 1 and door.by_the_way(structure, names):
                        sure = False  # a regional body that also is one, but where?
                    for code in codes:
                        whole[code][structure.id] = whole[code].get(structure.id, False) or sure
                else:
                    reached = set(self._reached(structure, part))
                    communes |= reached
                    for insee in reached:
                        partly[self._territory.communes[insee].departement].add(structure.id)
        self._communes[door.id] = communes
        for code in self.departements:
            here = dict(sorted(whole[code].items()))
            self._cells[door.id, code] = Cell(
                door,
                code,
                tuple(named for named, sure in here.items() if sure),
                tuple(named for named, sure in here.items() if not sure),
                tuple(sorted(partly[code] - here.keys())),
                doors.absence(door.id, code),
            )

    def cell(self, door: str, departement: str) -> Cell:
        """What we know of a door in a département, by their codes."""
        return self._cells[door, departement]

    def of(self, departement: str) -> tuple[Cell, ...]:
        """What we know of each door in a département, in the order of the doors."""
        return tuple(self._cells[door.id, departement] for door in self.doors)

    def states_at(self, commune: Commune) -> Mapping[DoorState, tuple[Door, ...]]:
        """The doors in each state for a commune: one that stops short of it is not known there."""
        found: dict[DoorState, list[Door]] = {state: [] for state in DoorState}
        for cell in self.of(commune.departement):
            short = cell.state is DoorState.PARTLY
            short = short and commune.insee not in self._communes[cell.door.id]
            found[DoorState.UNKNOWN if short else cell.state].append(cell.door)
        return {state: tuple(doors) for state, doors in found.items()}

    def unknown_at(self, commune: Commune) -> tuple[Door, ...]:
        """The doors that we do not know for a commune, nor know not to exist there."""
        return self.states_at(commune)[DoorState.UNKNOWN]

    def ground(self, theme: str, commune: Commune) -> Ground:
        """How well a theme was looked at in a commune; the same object wherever it is the same."""
        short = tuple(d for d, reached in self._communes.items() if commune.insee not in reached)
        key = theme, commune.departement, short
        if key not in self._grounds:
            states = self.states_at(commune)
            among = {
                state: tuple(d for d in doors if not d.themes or theme in d.themes)
                for state, doors in states.items()
            }
            known = sum(
                len(among[s]) for s in (DoorState.KNOWN, DoorState.PARTLY, DoorState.ABSENT)
            )
            expected = sum(map(len, among.values()))
            self._grounds[key] = Ground(
                expected, known, among[DoorState.DOUBTFUL], among[DoorState.UNKNOWN]
            )
        return self._grounds[key]

    def absent_at(self, commune: Commune) -> tuple[Absence, ...]:
        """The doors that are known not to exist where a commune is, each with what says so."""
        cells = self.of(commune.departement)
        return tuple(c.absence for c in cells if c.absence and c.state is DoorState.ABSENT)

    def totals(self, departements: Iterable[str] = ()) -> Mapping[DoorState, int]:
        """Cells in each state, over all doors and these départements; all by default."""
        within = set(departements) or set(self.departements)
        among = Counter(c.state for c in self._cells.values() if c.departement in within)
        return {state: among[state] for state in DoorState}

    def rows(self, departements: Iterable[str] = ()) -> Iterator[tuple[Any, ...]]:
        """One row a département and door (`COLUMNS`); those of all départements by default."""
        for code in departements or self.departements:
            name = self._territory.name(Area(Scale.DEPARTEMENT, code))
            for cell in self.of(code):
                yield (
                    *(code, name, cell.door.id, cell.door.label, cell.state.label),
                    *("|".join(ids) for ids in (cell.verified, cell.doubtful, cell.partly)),
                    cell.absence.source if cell.absence else "",
                )

    def _departements_of(self, area: Area) -> list[str]:
        if area.scale is Scale.DEPARTEMENT:
            return [area.code]
        return [d for d, r in self._territory.region_of.items() if r == area.code]

    def _reached(self, structure: Structure, part: Area | Radius) -> Iterable[str]:
        if isinstance(part, Area):
            return () if part.scale is Scale.NATIONAL else self._territory.members(part)
        if structure.seat is None or structure.seat not in self._territory.communes:
            return ()
        return self._territory.within(structure.seat, part.km)


def doors_line(states: Mapping[DoorState, Sequence[Door]]) -> str:
    """One French line on all doors of a commune, by what we know of each; empty without doors."""
    said = [
        f"{said} : {', '.join(names)}"
        for said, among in SAID
        if (names := [door.short for state in among for door in states[state]])
    ]
    return f"Portes d’entrée ici. {'. '.join(said)}." if said else ""


def totals_line(totals: Mapping[DoorState, int]) -> str:
    """One French line on how many doors are in each state."""
    said = " ; ".join(state.counted(count) for state, count in totals.items() if count)
    return f"Portes d’entrée de ces départements, porte par porte : {said}." if said else ""


def unknown_line(doors: Iterable[Door]) -> str:
    """One French line on the doors that we do not know; empty when we know them all."""
    names = [door.short for door in doors]
    if not names:
        return ""
    more = len(names) - SHOWN
    said = ", ".join(names[:SHOWN]) + (f" et {more} autres portes" if more > 1 else "")
    if more == 1:
        said = ", ".join(names)
    return (
        f"Ce que nous ne savons pas ici : {said}. "
        "Cela ne veut pas dire qu’il n’y en a pas : ce n’est pas connu de nous."
    )
