"""What `check` says of the directory as a whole: doors, hints, quality, rows that may be one."""

from __future__ import annotations

from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.schemas import STRUCTURES

from ..audit import gather
from .doors import check_doors
from .duplicates import suspicions
from .kinds import check_hints
from .quality import QUALITY_FILE, Qualities, check_quality, weak


def check_directory(folder: Path) -> list[Fault]:
    """Every fault of the tables of the doors, then the warnings on the rows of the directory.

    Faults of the rows themselves are those of `audit.check`.
    """
    formula = check_quality(folder)
    faults = [*check_doors(folder), *check_hints(folder), *formula]
    try:
        data, _ = gather(folder)
    except DataError:
        data = None
    if data is None:
        return faults
    if not formula and (folder / QUALITY_FILE).exists():
        faults += weak(Qualities.open(folder), STRUCTURES.file)
    return [*faults, *suspicions(data, folder)]
