"""What people open: the match sheet and its formats."""

from .answer.facts import OUT_OF_SCOPE, describe, programme
from .answer.pdf import render_pdf
from .answer.presentation import present
from .answer.reach import ReachLine, ways_to_reach
from .answer.records import (
    commune_record,
    contribution_record,
    place_record,
    reach_name,
    structure_record,
    suggestion_record,
    suggestions_csv,
)
from .answer.seats import suggestions_geojson
from .answer.sheet import render_sheet
from .answer.workbook import Sheet, render_sheets, render_workbook

__all__ = [
    "OUT_OF_SCOPE",
    "ReachLine",
    "Sheet",
    "commune_record",
    "contribution_record",
    "describe",
    "place_record",
    "present",
    "programme",
    "reach_name",
    "render_pdf",
    "render_sheet",
    "render_sheets",
    "render_workbook",
    "structure_record",
    "suggestion_record",
    "suggestions_csv",
    "suggestions_geojson",
    "ways_to_reach",
]
