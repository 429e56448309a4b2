"""The basic doors that every territory should have, and which structures are one of them.

Both tables are under `reference/` in a data folder: `doors.csv` says which kinds, networks and
words of a name recognise a door, `doors_absent.csv` where a door is known not to exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import items
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import place_key
from matcher.catalogue.model import Structure
from matcher.catalogue.rows import Row, read_rows, scan_rows
from matcher.catalogue.vocabulary import Kind, Theme

DOORS_FILE = "reference/doors.csv"
ABSENT_FILE = "reference/doors_absent.csv"
DOOR_COLUMNS = (
    *("door", "label", "short", "kinds", "networks", "words"),
    *("except_networks", "except_words", "themes"),
)
ABSENT_COLUMNS = ("door", "departement", "statement", "source_url", "seen")
NO_DOOR = ("acteur_national", "operateur_local")
"""Kinds that are never the door of a territory: a national head is not there, and who operates a
service does not accompany."""


@dataclass(frozen=True, slots=True)
class Door:
    """A basic door: what it is called, and what recognises it.

    Parameters
    ----------
    id, label, short : str
        Key, French name, and a shorter one for a list in a sentence.
    kinds, networks, words : frozenset of str, tuple of str
        A structure is this door by one of its kinds, its network, or whole words of its name.
    except_networks, except_words : frozenset of str, tuple of str
        What it is not, although its kind or its words would say so.
    themes : tuple of str
        Themes that it is expected to answer; none: it is a door for all of them.
    """

    id: str
    label: str
    short: str
    kinds: frozenset[str]
    networks: frozenset[str]
    words: tuple[str, ...]
    except_networks: frozenset[str] = frozenset()
    except_words: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()

    def is_one(self, structure: Structure, names: Sequence[str]) -> bool:
        """Whether a structure is this door somewhere; `names` are those of `names_of`."""
        if structure.kind in NO_DOOR:
            return False
        if structure.network in self.except_networks or _named(self.except_words, names):
            return False
        return (
            not self.kinds.isdisjoint(kind.value for kind in structure.kinds)
            or structure.network in self.networks
            or _named(self.words, names)
        )

    def by_the_way(self, structure: Structure, names: Sequence[str]) -> bool:
        """Whether it is this door by a further kind only: its main work is another one."""
        main = structure.kind.value in self.kinds or structure.network in self.networks
        return not main and not _named(self.words, names)


@dataclass(frozen=True, slots=True)
class Absence:
    """What says that a door does not exist in a département: a statement, its page, its date."""

    door: str
    departement: str
    statement: str
    source: str
    seen: str


@dataclass(frozen=True)
class Doors:
    """The doors in the order of their table, and where one is known not to exist."""

    doors: tuple[Door, ...] = ()
    absent: Mapping[tuple[str, str], Absence] | None = None

    @classmethod
    def open(cls, folder: Path) -> Doors:
        """Read the two tables of a data folder; no door where they are not there.

        Raises
        ------
        DataError
            When a table cannot be read.
        """
        if not (folder / DOORS_FILE).exists():
            return cls()
        doors = read_rows(folder / DOORS_FILE, DOOR_COLUMNS, name=DOORS_FILE)
        absences = []
        if (folder / ABSENT_FILE).exists():
            rows = read_rows(folder / ABSENT_FILE, ABSENT_COLUMNS, name=ABSENT_FILE)
            absences = [Absence(*(row[column] for column in ABSENT_COLUMNS)) for row in rows]
        return cls(tuple(map(_door, doors)), {(a.door, a.departement): a for a in absences})

    def absence(self, door: str, departement: str) -> Absence | None:
        """What says that a door does not exist in a département, None when nothing does."""
        return (self.absent or {}).get((door, departement))


def names_of(structure: Structure) -> list[str]:
    """The names of a structure as the words of a door are looked for in them."""
    return [f" {place_key(name)} " for name in (structure.name, *structure.aliases)]


def check_doors(folder: Path) -> list[Fault]:
    """Every fault of the two tables of a data folder; none where they are not there."""
    if not (folder / DOORS_FILE).exists():
        return []
    try:
        rows, faults = scan_rows(folder / DOORS_FILE, DOOR_COLUMNS, name=DOORS_FILE)
    except DataError as error:
        return list(error.faults)
    faults += _door_faults(rows)
    if (folder / ABSENT_FILE).exists():
        try:
            absences, found = scan_rows(folder / ABSENT_FILE, ABSENT_COLUMNS, name=ABSENT_FILE)
        except DataError as error:
            return [*faults, *error.faults]
        faults += [*found, *_absent_faults(absences, {row["door"] for row in rows}, folder)]
    return faults


def _named(words: tuple[str, ...], names: Sequence[str]) -> bool:
    return any(f" {word} " in name for word in words for name in names)


def _door(row: Row) -> Door:
    return Door(
        row["door"],
        row["label"],
        row["short"],
        frozenset(items(row["kinds"])),
        frozenset(items(row["networks"])),
        items(row["words"]),
        frozenset(items(row["except_networks"])),
        items(row["except_words"]),
        items(row["themes"]),
    )


def _door_faults(rows: list[Row]) -> Iterator[Fault]:
    seen: set[str] = set()
    for row in rows:
        if row["door"] in seen or not row["door"]:
            rule = "porte déjà donnée plus haut" if row["door"] else "valeur obligatoire"
            yield Fault(DOORS_FILE, row.line, "door", row["door"] or None, rule)
        seen.add(row["door"])
        for column in ("label", "short"):
            if not row[column]:
                yield Fault(DOORS_FILE, row.line, column, None, "valeur obligatoire")
        yield from _mark_faults(row)


def _mark_faults(row: Row) -> Iterator[Fault]:
    """What is wrong in what recognises a door."""
    for kind in items(row["kinds"]):
        if kind not in tuple(Kind):
            yield Fault(DOORS_FILE, row.line, "kinds", kind, "type inconnu")
    for theme in items(row["themes"]):
        if theme not in tuple(Theme):
            yield Fault(DOORS_FILE, row.line, "themes", theme, "thème inconnu")
    for column in ("words", "except_words"):
        for word in items(row[column]):
            if word != place_key(word):
                rule = f"mots attendus sans accent ni apostrophe : « {place_key(word)} »"
                yield Fault(DOORS_FILE, row.line, column, word, rule)
    if not (row["kinds"] or row["networks"] or row["words"]):
        rule = "un type, un réseau ou des mots sont attendus"
        yield Fault(DOORS_FILE, row.line, "kinds", None, rule)


def _absent_faults(rows: list[Row], doors: set[str], folder: Path) -> Iterator[Fault]:
    departements = {
        row["code"]
        for row in read_rows(folder / "reference/departements.csv", ("code", "name", "region"))
    }
    for row in rows:
        if row["door"] not in doors:
            yield Fault(ABSENT_FILE, row.line, "door", row["door"] or None, "porte inconnue")
        if row["departement"] not in departements:
            rule = "code de département attendu"
            yield Fault(ABSENT_FILE, row.line, "departement", row["departement"] or None, rule)
        if not row["source_url"].startswith(("https://", "http://")):
            rule = "une absence a la page qui la dit"
            yield Fault(ABSENT_FILE, row.line, "source_url", row["source_url"] or None, rule)
        if not row["statement"]:
            yield Fault(ABSENT_FILE, row.line, "statement", None, "valeur obligatoire")
        if not _is_day(row["seen"]):
            rule = "jour attendu, comme 2026-11-29"
            yield Fault(ABSENT_FILE, row.line, "seen", row["seen"] or None, rule)


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("2026-11-29") and bool(date.fromisoformat(text))
    except ValueError:
        return False
