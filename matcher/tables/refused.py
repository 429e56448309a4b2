"""The rows of a table that were refused, in a file of the form they came in, each with its rule.

Who mends them may send this file again as it is: `headers.REMARKS` are columns that the reader
leaves out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from matcher.catalogue.faults import Fault

from .headers import REMARKS
from .reader import CSV, FORMULA, Table

BOM = "\ufeff"
"""Byte-order mark: without it, Excel reads UTF-8 as Windows-1252."""
LIVE = tuple(mark[1:] for mark in FORMULA)


def refused_rows(table: Table, faults: Sequence[Fault]) -> tuple[list[str], list[list[str]]]:
    """Give the rows at fault, none of their values lost.

    Parameters
    ----------
    faults : sequence of Fault
        Those that the reader found and those that were found since.

    Returns
    -------
    list of str
        The columns of the file, then `REMARKS`.
    list of list of str
        The rows, in the order of the file. What is too many for the columns is in the last one.
    """
    header = table.source.header
    rules: dict[int, list[str]] = {}
    for fault in faults:
        place = f"{fault.column} : " if fault.column else ""
        rules.setdefault(fault.line or 0, []).append(place + fault.rule)
    columns = [i for i in range(header.width) if i not in header.remarks]
    rows = []
    for line in sorted(rules.keys() & table.records.keys()):
        values = list(table.records[line].cells)
        values += [""] * (header.width - len(values))
        row = [values[i] for i in columns]
        if surplus := [value for value in values[header.width :] if value.strip()]:
            row[-1] = " ; ".join([row[-1], *surplus])
        rows.append([*row, str(line), " ; ".join(rules[line])])
    return [*(header.written[i].strip() for i in columns), *REMARKS], rows


def refused_file(table: Table, faults: Sequence[Fault]) -> tuple[str, bytes]:
    """The extension and the bytes of the file of the refused rows: `.csv`, or `.xlsx`."""
    columns, rows = refused_rows(table, faults)
    if table.source.form == CSV:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=table.source.separator, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([_still(cell) for cell in row] for row in rows)
        return ".csv", (BOM + text.getvalue()).encode("utf-8", "replace")
    return ".xlsx", _workbook(columns, rows)


def _still(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(LIVE) else cell


def _workbook(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    from xlsxwriter import Workbook  # half a second, for a workbook only

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Lignes refusées")
        for number, row in enumerate([columns, *rows]):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value)
    return out.getvalue()
