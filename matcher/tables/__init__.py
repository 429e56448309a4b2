"""What people bring: one reader for every table that is handed over, whatever wrote it."""

from .asked import CONTROLS, MAX_TEXT, PASTED
from .cells import BOM, day, french_csv, yes_or_no
from .headers import REMARKS, fold
from .repair import Repaired, repair
from .understood import counts, facts, refused_file
from .workbook import DAMAGED

__all__ = [
    "BOM",
    "CONTROLS",
    "DAMAGED",
    "MAX_TEXT",
    "PASTED",
    "REMARKS",
    "Repaired",
    "counts",
    "day",
    "facts",
    "fold",
    "french_csv",
    "refused_file",
    "repair",
    "yes_or_no",
]
