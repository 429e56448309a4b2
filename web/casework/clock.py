"""The time of casework, in one place: tests move it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
"""Where those who type a day are."""
NOON = time(12)
"""Hour of what is known by its day only: it is the same day wherever one reads it."""


def now() -> datetime:
    """The present moment, UTC, to the second: what people read and compare."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The present day, where people are."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day of a moment, where people are."""
    return moment.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """The first moment of a day, where people are: half a day before noon, but twice a year."""
    return moment_of(day, time.min)


def moment_of(day: date, hour: time = NOON) -> datetime:
    """A day, at an hour of where people are, as a moment."""
    return datetime.combine(day, hour, ZONE).astimezone(UTC)
