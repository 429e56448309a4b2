"""What people bring: one reader for every table that is handed over, whatever wrote it."""

from .asked import CONTROLS, MAX_TEXT, PASTED
from .cells import BOM, french_csv
from .headers import REMARKS
from .preview import counts, facts
from .refused import refused_file
from .repair import Repaired, repair
from .values import yes_or_no

__all__ = [
    "BOM",
    "CONTROLS",
    "MAX_TEXT",
    "PASTED",
    "REMARKS",
    "Repaired",
    "counts",
    "facts",
    "french_csv",
    "refused_file",
    "repair",
    "yes_or_no",
]
