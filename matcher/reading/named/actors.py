"""The table of kinds, networks and forms, by the words that people say for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.catalogue.rows import Row, among
from matcher.catalogue.vocabulary import Kind
from matcher.reading.wordlists import read_reference, table_faults
from matcher.reading.words import split

from .mentions import Sort

FILE = "actors.csv"
COLUMNS = ("words", "sort", "code")
SORTS = (Sort.KIND, Sort.NETWORK, Sort.FORM)
"""A structure is named as the catalogue names it, not in this table."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Words of the table, and what they name."""

    words: str
    sort: Sort
    code: str


def open_actors(folder: Path | None) -> list[Actor]:
    """Read the table of a data folder; none where it is not there."""
    if folder is None or not (folder / "reference" / FILE).is_file():
        return []
    rows = read_reference(folder, FILE, COLUMNS)
    return [Actor(row["words"], Sort(row["sort"]), row["code"]) for row in rows]


def check_actors(folder: Path) -> list[Fault]:
    """Every fault of the table of a data folder, which may do without it."""
    if not (folder / "reference" / FILE).is_file():
        return []
    return list(table_faults(folder, FILE, COLUMNS, _faults))


def _faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(word.form for word in split(row["words"]))
        if not key:
            yield Fault(file, row.line, "words", None, "au moins un mot est attendu")
        elif (line := seen.setdefault(key, row.line)) != row.line:
            rule = f"ces mots sont déjà donnés à la ligne {line}"
            yield Fault(file, row.line, "words", row["words"], rule)
        yield from among(file, row, "sort", SORTS)
        if row["sort"] in (Sort.KIND, Sort.FORM):
            yield from among(file, row, "code", tuple(Kind))
        elif not row["code"]:
            yield Fault(file, row.line, "code", None, "un réseau a un code")
