"""A file of structures that an operator hands over, in our layout or in one that others publish."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import ROWS_MAX, Row, decode, split_hidden
from matcher.catalogue.schemas import STRUCTURES
from matcher.catalogue.tables import write_bytes_whole
from matcher.tables.headers import Wanted
from matcher.tables.reader import Table, load_any, parse_table
from matcher.tables.understood import refused_file

from . import inclusion
from .reached import Reached, reached

OURS = "maillage"
"""The layout of our own columns."""
Complete = Callable[[list[Row]], list[Row]]


class Layout(NamedTuple):
    """A format that others publish.

    Parameters
    ----------
    origin : str
        Who publishes it, as notes say it.
    marks : tuple of str
        Columns by which a file of it is known: it has them all.
    columns : tuple of str
        Theirs that are read.
    record : callable
        From a row of theirs to the same in the columns of data.inclusion (`inclusion.COLUMNS`).
    """

    origin: str
    marks: tuple[str, ...]
    columns: tuple[str, ...]
    record: Callable[[Mapping[str, str]], Mapping[str, str]]


LAYOUTS = (Layout(inclusion.ORIGIN, inclusion.MARKS, inclusion.COLUMNS, dict),)
"""The formats that are tried, in this order, before our own."""
WANTED = Wanted(
    (("id", *(layout.marks[0] for layout in LAYOUTS)),),
    (*dict.fromkeys((*STRUCTURES.names, *(c for layout in LAYOUTS for c in layout.columns))),),
    aliases={},
)
"""Columns of a table of structures: ours and theirs, under their own names."""
NEITHER = " ni ".join(
    (
        "ni notre format (colonne « id »)",
        *(
            f"celui de {layout.origin} (colonnes {' et '.join(f'« {m} »' for m in layout.marks)})"
            for layout in LAYOUTS
        ),
    )
)
REFUSED_SUFFIX = ".refus"
"""Added to the name of the file, before its extension, for the file of the refused rows."""


@dataclass(frozen=True)
class Intake:
    """What a file of structures holds.

    Parameters
    ----------
    path : Path
        The file.
    layout : str
        Whose columns it has: `maillage`, or the source that sent it.
    rows : list of Row
        Its rows in our columns; a JSON file has no lines: `line` is the rank of the record.
    faults : list of Fault
        Rows that could not be read, such as a row with a value too many.
    records : list of dict
        The records of a JSON file as they were, empty for a table.
    columns : tuple of str
        Its columns, where they are ours to know; empty for what others publish: many more.
    table : Table or None
        What was understood of a table, None for a JSON file.
    reached : tuple of Reached
        How the structures of a source are reached, as it says.
    """

    path: Path
    layout: str
    rows: list[Row]
    faults: list[Fault]
    records: list[object]
    columns: tuple[str, ...] = ()
    table: Table | None = None
    reached: tuple[Reached, ...] = ()

    @property
    def is_inclusion(self) -> bool:
        """True for what others publish, in the layout of data.inclusion."""
        return self.layout != OURS

    @classmethod
    def of_records(
        cls, path: Path, records: Sequence[object], origin: str, seats: Complete
    ) -> Intake:
        """Take what a source sent, in the layout of data.inclusion.

        Parameters
        ----------
        path : Path
            Where the refused records go beside, and the name that messages give.
        origin : str
            The source, as notes say it.
        seats : callable
            Fills what the records leave out, such as the code of their commune.
        """
        rows, faults = _json_rows(list(records), path.name)
        ours, said = _ours(seats(rows), origin)
        return cls(path, origin, ours, faults, list(records), reached=said)

    @classmethod
    def read(cls, path: Path, seats: Complete = list) -> Intake:
        """Read a file of structures.

        Parameters
        ----------
        seats : callable
            Fills what rows of data.inclusion leave out.

        Raises
        ------
        DataError
            When the file as a whole cannot be used.
        """
        data = load_any(path, path.name)
        records: list[object] = []
        table = None
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
            records = _records(decode(data, path.name), path.name)
            rows, faults = _json_rows(records, path.name)
            columns = tuple(dict.fromkeys(column for row in rows for column in row))
        else:
            table = _table(data, path.name)
            rows, faults = list[Row](table.rows), table.faults
            columns = (*dict.fromkeys(table.source.header.known.values()), *table.kept)
        for layout in LAYOUTS:
            if rows and all(mark in columns for mark in layout.marks):
                theirs = [Row(layout.record(row).items(), row.line) for row in rows]
                ours, said = _ours(seats(theirs), layout.origin)
                return cls(path, layout.origin, ours, faults, records, table=table, reached=said)
        if not rows and not faults:
            raise DataError(
                [Fault(path.name, None, None, None, "aucune structure dans ce fichier")]
            )
        if rows and "id" not in columns:
            raise DataError([Fault(path.name, 1, None, None, NEITHER)])
        return cls(path, OURS, rows, faults, records, columns, table)

    def write_refused(self, faults: Sequence[Fault]) -> Path | None:
        """Write the refused rows into a file beside this one, each with its rule; its path.

        A former copy, in which somebody may be mending rows, is kept: this one is then numbered.
        """
        refused = {fault.line for fault in faults if fault.line}
        if not refused:
            return None
        if self.table is not None:
            extension, data = refused_file(self.table, faults)
        else:
            kept = [r for rank, r in enumerate(self.records, start=1) if rank in refused]
            text = json.dumps(kept, ensure_ascii=False, indent=2) + "\n"
            # Half a character that UTF-8 cannot hold goes back as it came: an escape of JSON.
            extension, data = self.path.suffix, text.encode(errors="backslashreplace")
        for number in count(1):
            suffix = REFUSED_SUFFIX if number == 1 else f"{REFUSED_SUFFIX}-{number}"
            path = self.path.with_name(f"{self.path.stem}{suffix}{extension}")
            if not path.exists():
                write_bytes_whole(path, data)
            elif path.read_bytes() != data:
                continue
            return path
        raise AssertionError("numbers do not end")


def _ours(rows: list[Row], origin: str) -> tuple[list[Row], tuple[Reached, ...]]:
    """Our rows for those of a source, and how each structure is reached."""
    ours = [Row(inclusion.structure_row(row, origin).items(), row.line) for row in rows]
    said = (reached(own["id"], row) for own, row in zip(ours, rows, strict=True))
    return ours, tuple(one for one in said if one.values)


def _table(data: bytes, name: str) -> Table:
    try:
        return parse_table(data, WANTED, name)
    except DataError as error:
        if any(fault.column == "id" and "absente" in fault.rule for fault in error.faults):
            raise DataError([Fault(name, error.faults[0].line, None, None, NEITHER)]) from None
        raise


def _records(text: str, name: str) -> list[object]:
    """The records of a JSON text: a list, or the `items` of an answer of the API."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        rule = f"JSON illisible, colonne {error.colno}"
        raise DataError([Fault(name, error.lineno, None, None, rule)]) from None
    except (RecursionError, ValueError):  # nested a thousand times; a number of 5,000 digits
        raise DataError([Fault(name, None, None, None, "JSON illisible")]) from None
    if isinstance(data, dict):
        data = data.get("items", data.get("structures"))
    if not isinstance(data, list):
        raise DataError([Fault(name, None, None, None, "liste de structures attendue")])
    if len(data) > ROWS_MAX:
        rule = f"plus de {ROWS_MAX // 1000} 000 structures"
        raise DataError([Fault(name, None, None, None, rule)])
    return data


def _json_rows(records: list[object], name: str) -> tuple[list[Row], list[Fault]]:
    rows, faults = [], []
    for rank, record in enumerate(records, start=1):
        if isinstance(record, Mapping):
            rows.append(Row(((str(k), _text(v)) for k, v in record.items()), rank))
        else:
            faults.append(Fault(name, rank, None, str(record)[:100], "objet attendu"))
    rows, hidden = split_hidden(rows, name)
    return rows, faults + hidden


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(map(_text, value))
    return str(value).strip()
