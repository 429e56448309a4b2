"""A process of its own that reads a workbook: bytes on its input, JSON on its output.

A workbook of a few kilobytes can ask for gigabytes. Here the system refuses them: the process has a
limit of memory and of time, and the one that asked goes on. It imports nothing of ours.
"""

import json
import resource
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import BytesIO

MEMORY = 1_500 * 2**20
"""Bytes of address space: a sheet of 100,000 rows takes a third of it."""
SECONDS = 20
"""Seconds of processor."""
CELLS_MAX = 3_000_000
"""Cells of a sheet."""


def text(value: object) -> str:
    """A value as its reader would type it: a whole number without a point, a date as 2025-01-02."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def spread(
    rows: list[list[str]], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Give each row of cells that are merged downwards the value that a reader sees over it.

    Not to the right: a title over several columns is not the name of each.
    """
    for (top, left), (bottom, _) in merged:
        for row in rows[top + 1 : bottom + 1]:
            if left < min(len(row), len(rows[top])):
                row[left] = row[left] or rows[top][left]


def main() -> None:
    """Read the workbook and write its visible sheets: name and rows of texts."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    sheets = []
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.total_height * sheet.total_width > CELLS_MAX:
            sys.exit(3)
        rows = [[text(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
        spread(rows, sheet.merged_cell_ranges or ())
        sheets.append({"name": about.name, "rows": rows})
    json.dump(sheets, sys.stdout)


if __name__ == "__main__":
    main()
