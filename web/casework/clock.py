"""The time of casework, in one place: tests move it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, UTC, to the second: what people read and compare."""
    return datetime.now(UTC).replace(microsecond=0)
