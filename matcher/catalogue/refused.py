"""The rows of a table that were refused, as they were handed over, each with its rule.

Who mends them may send this table again as it is: `REMARKS` are columns that a reader leaves out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from .faults import Fault
from .rows import decode, delimiter_of, load

LINE, RULE = "ligne", "motif"
REMARKS = (LINE, RULE)
"""Columns beside those of the file: where a row was in it, and the rules that it breaks."""


def refused_rows(
    path: Path, faults: Sequence[Fault], name: str | None = None
) -> tuple[list[str], list[list[str]]]:
    """Give the rows at fault, none of their values lost.

    Parameters
    ----------
    path : Path
        The table, which `rows.scan_rows` could read.
    faults : sequence of Fault
        Those of its rows.

    Returns
    -------
    list of str
        The columns of the file, then `REMARKS`.
    list of list of str
        The rows, in the order of the file. What is too many for the columns is in the last one.
    """
    name = name or path.name
    rules: dict[int, list[str]] = {}
    for fault in faults:
        place = f"{fault.column} : " if fault.column else ""
        rules.setdefault(fault.line or 0, []).append(place + fault.rule)
    records = _records(decode(load(path, name), name))
    _, header = next(records)
    kept = [i for i, column in enumerate(header) if column.strip() not in REMARKS]
    rows = []
    for line, record in records:
        if line in rules:
            values = [*record, *[""] * (len(header) - len(record))]
            row = [values[i] for i in kept]
            if surplus := values[len(header) :]:
                row[-1] = " ; ".join([row[-1], *surplus])
            rows.append([*row, str(line), " ; ".join(rules[line])])
    return [*(header[i].strip() for i in kept), *REMARKS], rows


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows, each with the line it starts at; `rows` reads them more strictly."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    start = 1
    try:
        for record in reader:
            yield start, record
            start = reader.line_num + 1
    except csv.Error:
        return  # the reading stopped there too, and a fault says why
