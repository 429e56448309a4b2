"""Many needs at once."""

from .batch.demand import Demand, Needs, columns_of, parse_needs
from .evaluation.calibration import ACCEPTED, DECLINED
from .planning.groups import COLUMNS as GROUP_COLUMNS
from .planning.groups import Group, TooManyNeeds, form_groups, group_rows
from .planning.groups import reason as group_reason
from .planning.introductions import DEFAULT_CAPACITY, Capacity
from .planning.told import Rates, read_told

__all__ = [
    "ACCEPTED",
    "DECLINED",
    "DEFAULT_CAPACITY",
    "GROUP_COLUMNS",
    "Capacity",
    "Demand",
    "Group",
    "Needs",
    "Rates",
    "TooManyNeeds",
    "columns_of",
    "form_groups",
    "group_reason",
    "group_rows",
    "parse_needs",
    "read_told",
]
