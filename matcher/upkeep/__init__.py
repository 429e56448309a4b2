"""How the directory is kept: checked, edited, filled from the files of operators."""

from .contacts import text_rule, tidy_value, value_rule
from .directory.doors import Absence, Doors
from .directory.duplicates import Lookalikes, open_lookalikes
from .directory.joining import former_ids
from .directory.matrix import DoorState, Matrix, unknown_line
from .directory.quality import Class, Qualities, Quality, QualityPart
from .directory.trend import read_trend
from .edit import (
    ChangedRecord,
    EditedRecord,
    UnknownRecord,
    add_project,
    add_structure,
    blank_project,
    blank_structure,
    change_record,
    confirmed,
    find_record,
)
from .network.sources import SOURCES, NetworkSource
from .reached import by_confirmation, by_page, change_contacts, contacts_of

__all__ = [
    "SOURCES",
    "Absence",
    "ChangedRecord",
    "Class",
    "DoorState",
    "Doors",
    "EditedRecord",
    "Lookalikes",
    "Matrix",
    "NetworkSource",
    "Qualities",
    "Quality",
    "QualityPart",
    "UnknownRecord",
    "add_project",
    "add_structure",
    "blank_project",
    "blank_structure",
    "by_confirmation",
    "by_page",
    "change_contacts",
    "change_record",
    "confirmed",
    "contacts_of",
    "find_record",
    "former_ids",
    "open_lookalikes",
    "read_trend",
    "text_rule",
    "tidy_value",
    "unknown_line",
    "value_rule",
]
