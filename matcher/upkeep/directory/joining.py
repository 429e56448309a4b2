"""Two rows that are one structure become one: nothing that either said is lost.

The row that stays takes what it lacks, the names, the sources and the notes of the other; every
project, resource and condition that named the other names it. The former identifier is kept in
`catalogue/joined.csv`: its page leads to the one that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR, TableSchema, items
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import alone_in
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.schemas import (
    CONDITIONS,
    CONTACTS,
    PROJECTS,
    RESOURCES,
    STRUCTURES,
    TRADES,
    YES,
)
from matcher.catalogue.tables import value_faults, write_rows
from matcher.catalogue.vocabulary import GENERALIST

from ..audit import broken_rules, gather
from ..rules import Dataset

JOINED_FILE = "catalogue/joined.csv"
JOINED_COLUMNS = ("former", "id", "joined_on")
REFERENCES, ROLES = "structure_ids", "roles"
"""Columns of a project or a resource: the structures that it names, and the role of each."""
SOURCES = "source_url"
SOURCE_SEPARATOR = " ; "
UNITED = ("other_kinds", "themes", "stages", "audiences")
"""Lists of which the row that stays has all: what each did, one structure does."""
SHORT = 4
"""Letters up to which a name is too common to be kept as another name."""


@dataclass(frozen=True)
class Joined:
    """What joining two rows changed.

    Parameters
    ----------
    row : mapping of str to str
        The row that stays.
    filled : tuple of str
        Columns that it took from the other.
    projects, resources, bodies : int
        Rows that named the other and name it now.
    """

    row: Mapping[str, str]
    filled: tuple[str, ...]
    projects: int
    resources: int
    bodies: int


def join(folder: Path, kept: str, gone: str, today: date, write: bool = True) -> Joined:
    """Make one row of two, in the tables of `folder/catalogue/`.

    Parameters
    ----------
    kept, gone : str
        Identifier that stays, and the one that goes.
    today : date
        When it was decided: the note and the table of former identifiers say so.
    write : bool
        False to say what would change.

    Raises
    ------
    DataError
        An unknown identifier, or a rule that the joined row would break: nothing is written.
    """
    with alone_in(folder / "catalogue"):
        data, faults = gather(folder)
        if data is None or faults:
            raise DataError(faults)
        rows = {row["id"]: row for row in data.structures}
        for named in (kept, gone):
            if named not in rows:
                raise DataError([_unknown(named)])
        if kept == gone:
            rule = "deux identifiants différents sont attendus"
            raise DataError([Fault(STRUCTURES.file, rows[kept].line, "id", kept, rule)])
        row = joined_row(rows[kept], rows[gone], today)
        after = _renamed(data, row, gone)
        _refuse(data, after)
        found = _told(data, after, rows[kept], row)
        if write:
            _write(folder, after, kept, gone, today)
        return found


def joined_row(kept: Row, gone: Row, today: date) -> Row:
    """The row that stays: what it says, and what the other says where it says nothing."""
    row = Row(kept.items(), kept.line)
    for column, value in gone.items():
        if not row[column]:
            row[column] = value
    for column in UNITED:
        row[column] = _list([*items(kept[column]), *items(gone[column])])
    if GENERALIST in items(row["themes"]):
        row["themes"] = GENERALIST
    others = [gone["kind"], *items(row["other_kinds"])]
    row["other_kinds"] = _list(kind for kind in others if kind != row["kind"])
    names = [*items(kept["aliases"]), gone["name"], *items(gone["aliases"])]
    row["aliases"] = _list(name for name in names if name != row["name"] and len(name) > SHORT)
    pages = [*kept[SOURCES].split(SOURCE_SEPARATOR), *gone[SOURCES].split(SOURCE_SEPARATOR)]
    row[SOURCES] = SOURCE_SEPARATOR.join(dict.fromkeys(filter(None, pages)))
    row["source_year"] = max(kept["source_year"], gone["source_year"])
    if kept["coverage_level"] == gone["coverage_level"]:
        codes = (*items(kept["coverage_codes"]), *items(gone["coverage_codes"]))
        row["coverage_codes"] = _list(codes)
    row["body"] = "" if row["body"] in (kept["id"], gone["id"]) else row["body"]
    row["to_verify"] = YES if YES in (kept["to_verify"], gone["to_verify"]) else kept["to_verify"]
    row["note"] = _note(kept, gone, today)
    return row


def former_ids(folder: Path) -> dict[str, str]:
    """The identifier of today of each one that was joined to another."""
    return {row["former"]: row["id"] for row in _former_rows(folder)}


def _former_rows(folder: Path) -> list[Row]:
    path = folder / JOINED_FILE
    return read_rows(path, JOINED_COLUMNS, name=JOINED_FILE) if path.exists() else []


def _note(kept: Row, gone: Row, today: date) -> str:
    said = f"Fiche « {gone['name']} » ({gone['id']}) réunie ici le {today:%d/%m/%Y}."
    notes = [kept["note"], gone["note"] if gone["note"] != kept["note"] else "", said]
    return SOURCE_SEPARATOR.join(filter(None, notes))


def _renamed(data: Dataset, row: Row, gone: str) -> Dataset:
    """The tables with one row in the place of two, and every reference to it."""
    structures = [row if one["id"] == row["id"] else one for one in data.structures]
    return replace(
        data,
        structures=[
            Row({**one, "body": row["id"]}.items(), one.line) if one["body"] == gone else one
            for one in structures
            if one["id"] != gone
        ],
        projects=[_naming(one, gone, row["id"]) for one in data.projects],
        resources=[_naming(one, gone, row["id"]) for one in data.resources],
        conditions=_told_once(data.conditions, "condition", gone, row["id"]),
        contacts=_told_once(data.contacts, "contact", gone, row["id"]),
        trades=_practising(data.trades, gone, row["id"]),
    )


def _practising(trades: list[Row], gone: str, kept: str) -> list[Row]:
    """The trades of the row that stays, or else those of the other."""
    if any(row["id"] == kept for row in trades):
        return [row for row in trades if row["id"] != gone]
    return [
        Row({**row, "id": kept}.items(), row.line) if row["id"] == gone else row for row in trades
    ]


def _told_once(rows: list[Row], column: str, gone: str, kept: str) -> list[Row]:
    """What is said of the row that stays, and what was said of the other besides."""
    said = {row[column] for row in rows if row["structure"] == kept}
    return [
        Row({**row, "structure": kept}.items(), row.line) if row["structure"] == gone else row
        for row in rows
        if row["structure"] != gone or row[column] not in said
    ]


def _naming(row: Row, gone: str, kept: str) -> Row:
    named = items(row[REFERENCES])
    if gone not in named:
        return row
    roles = items(row.get(ROLES, ""))
    said = dict(zip(named, roles, strict=True)) if len(roles) == len(named) else {}
    ids = list(dict.fromkeys(kept if one == gone else one for one in named))
    changed = {REFERENCES: SEPARATOR.join(ids)}
    if said:  # where both were named, the role of the one that stays
        changed[ROLES] = SEPARATOR.join(said.get(one, said[gone]) for one in ids)
    return Row({**row, **changed}.items(), row.line)


def _refuse(before: Dataset, after: Dataset) -> None:
    """Refuse what breaks a rule that was not broken."""
    known = set(broken_rules(before))
    faults = [f for f in broken_rules(after) if f.level == "erreur" and f not in known]
    for table, rows in _tables(after):
        faults += value_faults(rows, table, table.file)
    if faults:
        raise DataError(faults)


def _told(before: Dataset, after: Dataset, kept: Row, row: Row) -> Joined:
    def changed(old: list[Row], new: list[Row]) -> int:
        return sum(a != b for a, b in zip(old, new, strict=True))

    bodies = {one["id"]: one["body"] for one in before.structures}
    return Joined(
        row,
        tuple(column for column, value in row.items() if value and not kept[column]),
        changed(before.projects, after.projects),
        changed(before.resources, after.resources),
        sum(one["body"] != bodies[one["id"]] for one in after.structures if one["id"] != row["id"]),
    )


def _write(folder: Path, after: Dataset, kept: str, gone: str, today: date) -> None:
    """References first: a reader between two files finds every structure that is named."""
    known = _former_rows(folder)
    former = {row["former"]: kept if row["id"] == gone else row["id"] for row in known}
    days = {row["former"]: row["joined_on"] for row in known}
    rows = [
        {"former": old, "id": new, "joined_on": days.get(old, today.isoformat())}
        for old, new in {**former, gone: kept}.items()
        if old != kept
    ]
    for table, tidy in reversed(_tables(after)):
        write_rows(folder / table.file, _columns(tidy, table), tidy)
    write_rows(folder / JOINED_FILE, JOINED_COLUMNS, rows)


def _tables(data: Dataset) -> list[tuple[TableSchema, list[Row]]]:
    return [
        (STRUCTURES, data.structures),
        (PROJECTS, data.projects),
        (RESOURCES, data.resources),
        (CONDITIONS, data.conditions),
        (CONTACTS, data.contacts),
        (TRADES, data.trades),
    ]


def _columns(rows: list[Row], table: TableSchema) -> tuple[str, ...]:
    return tuple(rows[0]) if rows else table.names


def _list(values: Iterable[str]) -> str:
    return SEPARATOR.join(dict.fromkeys(filter(None, values)))


def _unknown(named: str) -> Fault:
    return Fault(STRUCTURES.file, None, "id", named, "structure inconnue")
