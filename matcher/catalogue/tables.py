"""The tables of the catalogue: read them as nouns, find their faults, write them.

`read_catalogue` is on the path of every start: it checks each value against its column and
nothing more. What needs several tables or the territory is in `audit`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from . import files, release
from .columns import TableSchema, items
from .faults import DataError, Fault
from .model import Area, Project, Radius, Resource, Structure, Venue
from .rows import Row, read_rows, scan_rows
from .schemas import (
    CONDITIONS,
    CONTACTS,
    PROJECTS,
    RADIUS,
    RESOURCES,
    STRUCTURES,
    TABLES,
    TRADES,
    VENUES,
    YES,
)
from .terms import Audience, Backing, Condition, Limit, Offer, PublicContact, Way
from .vocabulary import GENERALIST, Kind, Scale, Stage, Theme

__all__ = [
    "Catalogue",
    "DataError",
    "Fault",
    "Row",
    "read_catalogue",
    "read_rows",
    "scan_table",
    "value_faults",
    "write_rows",
    "write_schemas",
    "write_whole",
]


LONGER = 10
"""How many times longer than what people hand over our own tables may be: every ESS establishment
of France is some 200,000 rows."""


@dataclass(frozen=True)
class Catalogue:
    """Whom to ask, what was done, what to read: each in the order of its file."""

    structures: Sequence[Structure]
    projects: Sequence[Project]
    resources: Sequence[Resource]
    venues: Sequence[Venue] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what was read: the version of the catalogue that an answer comes from.

        Of the memory, not of the files: those may have changed since.
        """
        nouns = tuple(map(tuple, (self.structures, self.projects, self.resources, self.venues)))
        return hashlib.sha256(repr(nouns).encode("utf-8", "surrogatepass")).hexdigest()


def read_catalogue(folder: Path) -> Catalogue:
    """Read the tables of `folder/catalogue/` that hold what is known.

    Raises
    ------
    DataError
        With every value that its column does not allow, over the files.
    """
    faults: list[Fault] = []
    tables: list[list[Row]] = []
    for table in (STRUCTURES, PROJECTS, RESOURCES, CONDITIONS, CONTACTS, TRADES, VENUES):
        try:
            rows, found = scan_table(folder, table)
        except DataError as error:  # one file cannot be read: the others still tell their faults
            rows, found = [], list(error.faults)
        tables.append(rows)
        faults += found
    if faults:
        raise DataError(faults)
    structures, projects, resources, conditions, contacts, trades, venues = tables
    asked: dict[str, list[Condition]] = defaultdict(list)
    for row in conditions:
        asked[row["structure"]].append(Condition(Limit(row["condition"]), row["value"]))
    told = _Told(contacts)
    read = {row["id"]: row for row in trades}
    return Catalogue(
        tuple(
            structure_of(row, asked.get(row["id"], ()), told.of(row), read.get(row["id"], {}))
            for row in structures
        ),
        tuple(map(_project, projects)),
        tuple(map(_resource, resources)),
        tuple(Venue(*(row[column] for column in VENUES.names)) for row in venues),
    )


def scan_table(folder: Path, table: TableSchema) -> tuple[list[Row], list[Fault]]:
    """The rows of a table and all faults of its rows and values."""
    rows, faults = scan_rows(folder / table.file, table.names, name=table.file, times=LONGER)
    return rows, faults + list(value_faults(rows, table, table.file))


def value_faults(rows: Iterable[Row], table: TableSchema, file: str) -> Iterator[Fault]:
    """Each value that its column does not allow, and each key that comes again."""
    rows = list(rows)
    for column in table.columns:
        first: dict[str, int] = {}
        good: set[str] = set()  # most columns hold few different values
        for row in rows:
            value = row.get(column.name, "")
            if value not in good:
                rules = list(column.faults(value))
                for rule in rules:
                    yield Fault(file, row.line, column.name, value or None, rule)
                if not rules:
                    good.add(value)
            if column.unique and value:
                line = first.setdefault(value, row.line)
                if line != row.line:
                    rule = f"déjà présent à la ligne {line}"
                    yield Fault(file, row.line, column.name, value, rule)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a table whole or not at all; columns that a row has not are left blank."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


def write_whole(path: Path, text: str) -> None:
    """Write a text whole or not at all: see `write_bytes_whole`."""
    write_bytes_whole(path, text.encode())


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, to the disk: see `files.write`.

    The manifest of the catalogue follows, where it is one of its tables (see `release`).

    Raises
    ------
    DataError
        When the folder is missing or cannot be written, or holds another table than was published.
    """
    try:
        with release.noted(path, data):
            files.write(path, (data,))
    except OSError as error:
        if error.errno in files.FULL:
            raise
        rule = f"écriture impossible ({error.strerror})"
        raise DataError([Fault(str(path), None, None, None, rule)]) from None


class _Told:
    """What pages say of how to reach structures: of one, or of all those of a kind or network."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by: dict[tuple[str, str], list[PublicContact]] = defaultdict(list)
        for row in rows:
            column = next(c for c in ("structure", "network", "kind") if row[c])
            of = "" if column == "structure" else row[column]
            told = (row["value"], row["source_url"], row["source_date"], of)
            self._by[column, row[column]].append(PublicContact(Way(row["contact"]), *told))

    def of(self, row: Row) -> tuple[PublicContact, ...]:
        """What is known of a structure: what is said of itself before what is said of its like."""
        found: dict[Way, PublicContact] = {}
        for key in (("structure", row["id"]), ("network", row["network"]), ("kind", row["kind"])):
            for contact in self._by.get(key, ()):
                found.setdefault(contact.way, contact)
        return tuple(found[way] for way in Way if way in found)


def structure_of(
    row: Mapping[str, str],
    conditions: Iterable[Condition] = (),
    contacts: Iterable[PublicContact] = (),
    trades: Mapping[str, str] = MappingProxyType({}),
) -> Structure:
    """A structure from a row without a fault, with what other tables say of it."""
    themes = items(row["themes"])
    return Structure(
        id=row["id"],
        name=row["name"],
        aliases=items(row["aliases"]),
        kind=Kind(row["kind"]),
        other_kinds=tuple(map(Kind, items(row["other_kinds"]))),
        themes=tuple(Theme(code) for code in themes if code != GENERALIST),
        generalist=GENERALIST in themes,
        stages=tuple(map(Stage, items(row["stages"]))),
        audiences=tuple(map(Audience, items(row["audiences"]))),
        coverage=coverage_of(row),
        seat=row["seat_insee"] or None,
        body=row["body"] or row["id"],
        network=row["network"],
        description=row["description"],
        website=row["website"],
        source=row["source_url"],
        source_year=_number(row["source_year"]),
        to_verify=row["to_verify"] == YES,
        note=row["note"],
        trades=items(trades.get("trades", "")),
        second_trades=items(trades.get("second_trades", "")),
        offers=tuple(map(Offer, items(trades.get("offers", "")))),
        typical_needs=items(trades.get("typical_needs", "")),
        conditions=tuple(conditions),
        contacts=tuple(contacts),
    )


def coverage_of(row: Mapping[str, str]) -> tuple[Area | Radius, ...]:
    """The areas that a structure answers for."""
    level, codes = row["coverage_level"], items(row["coverage_codes"])
    if level == RADIUS:
        return tuple(Radius(float(code)) for code in codes)
    return tuple(Area(Scale(level), code) for code in codes)


def _project(row: Row) -> Project:
    return Project(
        id=row["id"],
        title=row["title"],
        commune=row["insee"] or None,
        territory=row["territoire"],
        departement=row["code_departement"],
        themes=tuple(map(Theme, items(row["themes"]))),
        description=row["description"],
        year=_number(row["annee"]),
        holder=row["organisation_porteuse"],
        structures=items(row["structure_ids"]),
        source=row["source_url"],
        to_verify=row["to_verify"] == YES,
        note=row["note"],
        roles=tuple(map(Backing, items(row["roles"]))),
    )


def _resource(row: Row) -> Resource:
    return Resource(
        id=row["id"],
        title=row["title"],
        type=row["type"],
        themes=tuple(map(Theme, items(row["themes"]))),
        year=_number(row["annee"]),
        publisher=row["editeur"],
        url=row["url"],
        structures=items(row["structure_ids"]),
        to_verify=row["to_verify"] == YES,
        note=row["note"],
    )


def _number(value: str) -> int | None:
    return int(value) if value else None


def write_schemas(folder: Path) -> list[Path]:
    """Write the Table Schema of each table in `folder/schemas/`; the files written."""
    paths = []
    for table in TABLES:
        path = folder / "schemas" / f"{table.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(table.schema(), ensure_ascii=False, indent=2)
        files.write(path, (text.encode(), b"\n"))
        paths.append(path)
    return paths
