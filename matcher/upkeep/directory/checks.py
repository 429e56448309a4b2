"""What `check` says of the directory as a whole: doors, hints, quality, rows that may be one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.catalogue.schemas import STRUCTURES

from ..dataset import Dataset
from .ages import ages
from .doors import check_doors
from .duplicates import suspicions
from .kinds import check_hints
from .quality import Qualities, check_quality, read_formula, weak


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
