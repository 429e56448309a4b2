"""What `check` says of the directory as a whole: doors, hints, quality, rows that may be one, ages.

Ages: what has grown old in a folder of data (lists, geography, contours), said with counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import is_digits
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import counted, month
from matcher.catalogue.model import OLD_SOURCE_YEARS
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import CONDITIONS, STRUCTURES
from matcher.territory.reference import pinned, pvd

from ..rules import Dataset
from .doors import check_doors
from .duplicates import suspicions
from .kinds import check_hints
from .quality import Qualities, check_quality, read_formula, weak


def ages(folder: Path, data: Dataset, today: date) -> Iterator[Fault]:
    """A warning for each thing that is over three years old, or of a year that is past."""
    yield from _list(folder, today)
    yield from _geography(folder, len(data.territory.communes), today)
    years = [row["source_year"] for row in data.conditions if is_digits(row["source_year"])]
    # Those of structures and resources are told by the rules of the audit.
    if old := sum(today.year - int(year) > OLD_SOURCE_YEARS for year in years):
        told = f"{old} lignes datées de plus de {OLD_SOURCE_YEARS} ans"
        yield _warning(CONDITIONS.file, "source_year", None, told)


def _list(folder: Path, today: date) -> Iterator[Fault]:
    """The list of the Petites villes de demain, and the communes that only an older one has."""
    try:
        rows = read_rows(folder / pvd.TABLE, pvd.COLUMNS, name=pvd.TABLE)
    except DataError:
        return  # told by those who read it
    newest = max((row["vintage"] for row in rows), default="")
    older = [row["insee"] for row in rows if row["vintage"] < newest]
    if newest and _months(today.isoformat()) - _months(newest) > 12 * OLD_SOURCE_YEARS:
        told = f"liste de {month(newest)}, de plus de trois ans : {len(rows)} communes "
        yield _warning(pvd.TABLE, "vintage", newest, f"{told}(`actualiser pvd`)")
    if older:
        told = f"{counted(len(older), 'commune', 'communes')} d’une liste plus ancienne, label non "
        yield _warning(pvd.TABLE, "vintage", older[0], f"{told}affiché, à vérifier")


def _geography(folder: Path, communes: int, today: date) -> Iterator[Fault]:
    """The year of the communes and EPCI, and of the contours."""
    try:
        vintages = pinned.read_vintages(folder)
    except DataError as error:
        yield from error.faults
        return
    for table in pinned.GEOGRAPHY:
        year = vintages.get(table, "")
        if year < str(today.year):
            told = f"géographie qui n’est pas celle de {today.year} : {communes} communes"
            yield _warning(pinned.VINTAGES, table, year or None, f"{told} (`data --annee`)")
    year = vintages.get(pinned.CONTOURS, "")
    if not year:
        told = f"leur source ne dit pas leur année : {communes} communes"
        yield _warning(pinned.VINTAGES, pinned.CONTOURS, None, told)
    elif today.year - int(year[:4]) > OLD_SOURCE_YEARS:
        told = f"de plus de trois ans : {communes} communes"
        yield _warning(pinned.VINTAGES, pinned.CONTOURS, year, told)


def _months(day: str) -> int:
    year, number = day.split("-")[:2]
    return 12 * int(year) + int(number)


def _warning(file: str, column: str, value: str | None, rule: str) -> Fault:
    return Fault(file, None, column, value, rule, "avertissement")


def check_directory(folder: Path, data: Dataset | None, today: date) -> list[Fault]:
    """Every fault of the tables of the doors, then the warnings on the rows of the directory.

    Parameters
    ----------
    data : Dataset or None
        The rows of the folder, as `audit.gather` read them, whose faults are told apart.
    today : date
        From which ages are counted.
    """
    formula = check_quality(folder)
    faults = [*check_doors(folder), *check_hints(folder), *formula]
    if data is None:
        return faults
    if not formula and (lines := read_formula(folder)):
        faults += weak(
            Qualities(lines, data.structures, data.projects, data.contacts), STRUCTURES.file
        )
    return [*faults, *ages(folder, data, today), *suspicions(data, folder)]
