"""A file of structures that an operator hands over: CSV or JSON, our layout or data.inclusion's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from . import inclusion
from .columns import SEPARATOR
from .faults import DataError, Fault
from .rows import ROWS_MAX, Row, decode, load, scan_rows, split_hidden
from .tables import write_whole

REFUSED_SUFFIX = ".refus"
"""Added to the name of the file, before its extension, for the file of the refused rows."""


@dataclass(frozen=True)
class Intake:
    """What a file of structures holds.

    Parameters
    ----------
    path : Path
        The file.
    layout : {"maillage", "data.inclusion"}
        Whose columns it has.
    rows : list of Row
        Its rows in our columns; a JSON file has no lines: `line` is the rank of the record.
    faults : list of Fault
        Rows that could not be read, such as a row with a value too many.
    records : list of dict
        The records of a JSON file as they were, empty for a CSV file.
    columns : tuple of str
        Its columns, where they are ours to know; empty for data.inclusion, which has many more.
    """

    path: Path
    layout: str
    rows: list[Row]
    faults: list[Fault]
    records: list[object]
    columns: tuple[str, ...] = ()

    @property
    def is_inclusion(self) -> bool:
        """True for the layout of data.inclusion."""
        return self.layout == "data.inclusion"

    @classmethod
    def read(cls, path: Path) -> Intake:
        """Read a file of structures.

        Raises
        ------
        DataError
            When the file as a whole cannot be used.
        """
        text = decode(load(path, path.name), path.name)
        records: list[object] = []
        if text.lstrip()[:1] in ("[", "{"):
            records = _records(text, path.name)
            rows, faults = _json_rows(records, path.name)
            columns = tuple(dict.fromkeys(column for row in rows for column in row))
        else:
            rows, faults = scan_rows(path)
            columns = tuple(rows[0]) if rows else ()
        if rows and all(mark in columns for mark in inclusion.MARKS):
            rows = [Row(inclusion.structure_row(row).items(), row.line) for row in rows]
            return cls(path, "data.inclusion", rows, faults, records)
        if not rows and not faults:
            raise DataError(
                [Fault(path.name, None, None, None, "aucune structure dans ce fichier")]
            )
        if rows and "id" not in columns:
            rule = (
                "ni notre format (colonne « id ») ni celui de data.inclusion "
                "(colonnes « nom » et « source »)"
            )
            raise DataError([Fault(path.name, 1, None, None, rule)])
        return cls(path, "maillage", rows, faults, records, columns)

    def write_refused(self, lines: Iterable[int]) -> Path | None:
        """Copy the refused rows, as they were, into a file beside this one; its path.

        A former copy, in which somebody may be mending rows, is kept: this one is then numbered.
        """
        refused = set(lines)
        if not refused:
            return None
        if self.records:
            kept = [r for rank, r in enumerate(self.records, start=1) if rank in refused]
            text = json.dumps(kept, ensure_ascii=False, indent=2) + "\n"
            # Half a character that UTF-8 cannot hold goes back as it came: an escape of JSON.
            text = text.encode(errors="backslashreplace").decode()
        else:
            text = self._copy_of(refused)
        for number in count(1):
            suffix = REFUSED_SUFFIX if number == 1 else f"{REFUSED_SUFFIX}-{number}"
            path = self.path.with_name(f"{self.path.stem}{suffix}{self.path.suffix}")
            if not path.exists():
                write_whole(path, text)
            elif path.read_bytes() != text.encode():
                continue
            return path
        raise AssertionError("numbers do not end")

    def _copy_of(self, refused: set[int]) -> str:
        """The header and the refused rows, from the text itself: nothing is rewritten."""
        text = decode(load(self.path, self.path.name), self.path.name)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        starts = sorted(
            {row.line for row in self.rows} | {fault.line for fault in self.faults if fault.line}
        )
        lines = text.split("\n")
        copy = lines[: starts[0] - 1]
        for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
            if start in refused:
                copy += lines[start - 1 : end - 1]
        return "\n".join(copy).rstrip("\n") + "\n"


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
