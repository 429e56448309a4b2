"""Periods: a quarter or a year, the one before it, and what of the figures is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import clock
from .facts import Figures

QUARTERS = 8
"""Quarters that are offered: two years, for each to be compared with its own of the year before."""
YEARS = 4
CODE = re.compile(r"(2[0-9]{3})(?:-T([1-4]))?")


@dataclass(frozen=True)
class Period:
    """A quarter or a year, where people are; `end` is the first moment after it."""

    code: str
    label: str
    start: datetime
    end: datetime

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.start <= moment < self.end

    @property
    def before(self) -> Period:
        """The period of the same length that ends where it starts."""
        if "-" not in self.code:
            return _year(self.start.year - 1)
        year, quarter = self.start.year, self.start.month // 3 + 1
        return _quarter(year - 1, 4) if quarter == 1 else _quarter(year, quarter - 1)

    def of(self, figures: Figures) -> Figures:
        """The needs that were received in it, and the introductions that were sent in it."""
        return Figures(
            [case for case in figures.cases if case.received in self],
            [one for one in figures.put if one.sent in self],
        )


def period(code: str) -> Period | None:
    """The period of a code (`2026`, `2026-T3`); None of anything else."""
    found = CODE.fullmatch(code)
    if found is None:
        return None
    year, quarter = found.groups()
    return _quarter(int(year), int(quarter)) if quarter else _year(int(year))


def recent(now: datetime) -> Sequence[Period]:
    """The periods that are offered, the newest first: quarters, then years."""
    today = clock.day_of(now)
    quarters = [_quarter(today.year, (today.month - 1) // 3 + 1)]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].before)
    return [*quarters, *(_year(today.year - back) for back in range(YEARS))]


def _quarter(year: int, quarter: int) -> Period:
    start = datetime(year, 3 * quarter - 2, 1, tzinfo=clock.ZONE)
    end = datetime(year, 3 * quarter + 1, 1, tzinfo=clock.ZONE) if quarter < 4 else _first(year + 1)
    ordinal = "1er" if quarter == 1 else f"{quarter}e"
    return Period(f"{year}-T{quarter}", f"{ordinal} trimestre {year}", start, end)


def _year(year: int) -> Period:
    return Period(str(year), f"année {year}", _first(year), _first(year + 1))


def _first(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=clock.ZONE)
