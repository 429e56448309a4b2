"""What people open: the match sheet and its formats."""

from .answer.facts import (
    OUT_OF_SCOPE,
    Fit,
    ReachLine,
    area_names,
    describe,
    fit,
    programme,
    reason,
    ways_to_reach,
)
from .answer.presentation import Answer, present
from .answer.proof import sealed
from .answer.records import (
    commune_record,
    contribution_record,
    place_record,
    reach_name,
    structure_record,
    suggestion_record,
    suggestions_csv,
)
from .answer.route import Leg, road
from .answer.seats import suggestions_geojson
from .answer.sheet import render_pdf, render_sheet, render_tables
from .answer.trails import Trail, Trails, is_broad, trails_of
from .answer.workbook import Sheet, render_sheets, render_workbook

__all__ = [
    "OUT_OF_SCOPE",
    "Answer",
    "Fit",
    "Leg",
    "ReachLine",
    "Sheet",
    "Trail",
    "Trails",
    "area_names",
    "commune_record",
    "contribution_record",
    "describe",
    "fit",
    "is_broad",
    "place_record",
    "present",
    "programme",
    "reach_name",
    "reason",
    "render_pdf",
    "render_sheet",
    "render_sheets",
    "render_tables",
    "render_workbook",
    "road",
    "sealed",
    "structure_record",
    "suggestion_record",
    "suggestions_csv",
    "suggestions_geojson",
    "trails_of",
    "ways_to_reach",
]
