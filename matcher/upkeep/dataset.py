"""A folder of data as rows, with the communes of today: what the rules of the audit look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from matcher.catalogue.columns import Table
from matcher.catalogue.faults import Fault
from matcher.catalogue.rows import Row
from matcher.catalogue.schemas import PROJECTS, RESOURCES, STRUCTURES
from matcher.territory.nest import Territory


@dataclass(frozen=True)
class Dataset:
    """The rows of the tables, as written."""

    structures: list[Row]
    projects: list[Row]
    resources: list[Row]
    themes: list[Row]
    territory: Territory
    conditions: list[Row] = field(default_factory=list)
    venues: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    trades: list[Row] = field(default_factory=list)
    subjects: frozenset[str] = frozenset()

    @property
    def flagged(self) -> Iterator[tuple[Table, Row]]:
        """The rows of the tables that have a source and a flag, each with its table."""
        for table, rows in (
            (STRUCTURES, self.structures),
            (PROJECTS, self.projects),
            (RESOURCES, self.resources),
        ):
            for row in rows:
                yield table, row


Rule = Callable[[Dataset], Iterator[Fault]]
"""A rule yields its faults; its docstring is the rule."""


def fault(table: Table, row: Row, column: str, rule: str) -> Fault:
    """The fault of one value of a row."""
    return Fault(table.file, row.line, column, row[column] or None, rule)


def warning(table: Table, column: str | None, rule: str) -> Fault:
    """Something to know about a table as a whole."""
    return Fault(table.file, None, column, None, rule, "avertissement")
