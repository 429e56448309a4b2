"""Tables as they are written: columns with their kind and width, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a column holds, and so how a spreadsheet shows it."""

    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    SCORE = "score"
    KM = "km"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it holds, its width in characters."""

    heading: str
    width: float
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a pack.

    Parameters
    ----------
    pinned : int
        Columns that stay in sight when a reader scrolls to the right.
    printed : int or None
        Columns that go on paper, the first ones; None for all of them.
    rows : callable
        Gives the rows; each is as long as `columns`, None where a cell is blank.
    empty : str
        What to say when there is no row.
    """

    title: str
    columns: tuple[Column, ...]
    pinned: int
    rows: Callable[[], Iterator[tuple[Any, ...]]]
    empty: str = ""
    printed: int | None = None
