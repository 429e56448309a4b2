"""How the directory is kept: checked, edited, filled from the files of operators."""

from .directory.doors import Doors
from .directory.duplicates import Lookalikes, open_lookalikes
from .directory.joining import former_ids
from .directory.matrix import Matrix, unknown_line
from .edit import (
    ChangedRecord,
    Record,
    UnknownRecord,
    add_project,
    blank_project,
    change_record,
    find_record,
)

__all__ = [
    "ChangedRecord",
    "Doors",
    "Lookalikes",
    "Matrix",
    "Record",
    "UnknownRecord",
    "add_project",
    "blank_project",
    "change_record",
    "find_record",
    "former_ids",
    "open_lookalikes",
    "unknown_line",
]
