"""Tables for a French spreadsheet: `;`, decimal comma, codes as text, no live formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

BOM = "\ufeff"
"""Byte-order mark: without it, Excel reads UTF-8 as Windows-1252."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would take for a formula."""


def french_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The text of a table, without the byte-order mark: that is the writer's business.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequences
        Numbers, texts, or None for a blank cell; as long as `columns`.
    """
    return join([columns]) + join([cell(value) for value in row] for row in rows)


def join(rows: Iterable[Sequence[str]]) -> str:
    """The lines of some rows of cells, each already as `cell` has it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """A value as a French spreadsheet reads it; a text is never a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
