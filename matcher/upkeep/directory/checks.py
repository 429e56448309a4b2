"""What `check` says of the directory as a whole: doors, hints, rows that may be one."""

from __future__ import annotations

from pathlib import Path

from matcher.catalogue.faults import DataError, Fault

from ..audit import gather
from .doors import check_doors
from .duplicates import suspicions
from .kinds import check_hints


def check_directory(folder: Path) -> list[Fault]:
    """Every fault of the tables of the doors, then the warnings on the rows of the directory.

    Faults of the rows themselves are those of `audit.check`.
    """
    faults = [*check_doors(folder), *check_hints(folder)]
    try:
        data, _ = gather(folder)
    except DataError:
        data = None
    return faults if data is None else [*faults, *suspicions(data, folder)]
