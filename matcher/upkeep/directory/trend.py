"""The trend of the directory: one line a day on which it was measured, kept with the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.catalogue.rows import read_rows
from matcher.catalogue.tables import write_rows

from .matrix import DoorState, Matrix
from .quality import Class, Qualities

TREND_FILE = "measures/quality.csv"
COLUMNS = (
    *("day", "structures", "mean", *(one.value for one in Class)),
    *(f"portes_{state.value}" for state in DoorState),
)


@dataclass(frozen=True, slots=True)
class DayMeasure:
    """What was counted on a day.

    Parameters
    ----------
    mean : float
        Mean quality of the records, out of 100.
    grades, doors : tuple of int
        Records of each `Class`, doors in each `DoorState`, in their order.
    """

    day: str
    structures: int
    mean: float
    grades: tuple[int, ...]
    doors: tuple[int, ...]

    @property
    def row(self) -> dict[str, str]:
        """Its line."""
        values = (self.day, self.structures, f"{self.mean:.1f}", *self.grades, *self.doors)
        return dict(zip(COLUMNS, map(str, values), strict=True))


def measure(qualities: Qualities, matrix: Matrix, day: date) -> DayMeasure:
    """Count the directory as it is."""
    return DayMeasure(
        day.isoformat(),
        len(qualities.of),
        qualities.mean,
        tuple(qualities.counts().values()),
        tuple(matrix.totals().values()),
    )


def read_trend(folder: Path) -> list[DayMeasure]:
    """The measures of a data folder, oldest first; none where there is no table."""
    if not (folder / TREND_FILE).exists():
        return []
    return [
        DayMeasure(
            row["day"],
            int(row["structures"]),
            float(row["mean"]),
            tuple(int(row[one.value]) for one in Class),
            tuple(int(row[f"portes_{state.value}"]) for state in DoorState),
        )
        for row in read_rows(folder / TREND_FILE, COLUMNS, name=TREND_FILE)
    ]


def note(folder: Path, found: DayMeasure) -> None:
    """Add a measure to the trend of a data folder; that of the same day is replaced."""
    kept = [one for one in read_trend(folder) if one.day != found.day]
    rows = [one.row for one in sorted([*kept, found], key=lambda one: one.day)]
    (folder / TREND_FILE).parent.mkdir(exist_ok=True)
    write_rows(folder / TREND_FILE, COLUMNS, rows)
