"""Tables as a workbook: XLSX, texts as texts, numbers as numbers, one sheet a table."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .workbook import Column, write_table

WIDEST = 60
"""Characters of the widest column: longer texts go on the next line."""
TITLE_MAX = 31
"""Characters of the name of a sheet, and those that it may not have."""
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


@dataclass(frozen=True)
class Sheet:
    """A table with its name and its headings; None is a blank cell.

    Parameters
    ----------
    rows : sequence of sequences
        Texts, whole numbers, or floats, written with one decimal; as long as `headings`.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def render_sheets(title: str, sheets: Sequence[Sheet], made: datetime) -> bytes:
    """Write tables as a workbook in French, dated `made`: the same input gives the same bytes."""
    from xlsxwriter import Workbook  # .1 s: only a workbook pays for it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        for sheet in sheets:
            name = sheet.title.translate(FORBIDDEN)[:TITLE_MAX]
            write_table(book, name, _columns(sheet), sheet.rows, pinned=1)
    return out.getvalue()


def _columns(sheet: Sheet) -> list[Column]:
    """Columns as wide as what they hold, their numbers as most of them are."""
    found = []
    for i, heading in enumerate(sheet.headings):
        values = [row[i] for row in sheet.rows if row[i] is not None]
        longest = max((len(str(value)) for value in values), default=0)
        width = min(WIDEST, max(longest, min(len(heading), 16)) + 3)
        if values and all(isinstance(value, int) for value in values):
            found.append(Column(heading, width, "#,##0"))
        elif values and all(isinstance(value, int | float) for value in values):
            found.append(Column(heading, width, "0.0"))
        else:
            found.append(Column(heading, width))
    return found
