"""Maillage: from a commune's need to the local actors of the ESS who can help, and why.

>>> from matcher import Matcher, Need
>>> matcher = Matcher.open()
>>> commune = matcher.commune("lodeve")
>>> commune.insee, commune.name
('34142', 'Lodève')
>>> reading = matcher.read("Ouvrir une recyclerie dans l'ancienne gare")
>>> reading.themes[0].theme.value
'economie_circulaire'
>>> need = Need(commune.insee, text="Ouvrir une recyclerie dans l'ancienne gare")
>>> suggestions = matcher.match(need, top=3)
>>> [s.rank for s in suggestions]
[1, 2, 3]
>>> best = suggestions[0]
>>> abs(sum(c.points for c in best.contributions) - best.score) < 1e-9
True
"""

from .catalogue import french
from .catalogue.faults import Fault
from .catalogue.model import Area, Commune, Need, Project, Radius, Resource, Structure
from .catalogue.tables import DataError
from .catalogue.terms import ResourceType, Status
from .catalogue.vocabulary import Audience, Kind, Scale, Stage, Theme
from .cohorts.batch.demand import Demand, Needs, parse_needs
from .cohorts.evaluation.calibration import ACCEPTED, DECLINED
from .cohorts.planning.groups import COLUMNS as GROUP_COLUMNS
from .cohorts.planning.groups import Group, TooManyNeeds, form_groups, group_rows
from .cohorts.planning.groups import reason as group_reason
from .cohorts.planning.introductions import DEFAULT_CAPACITY, Capacity, read_capacity
from .ranking.explain import Contribution, Suggestion
from .ranking.matcher import Matcher, UnknownStructure
from .ranking.policy import CRITERIA
from .ranking.whynot import WhyNot
from .reports.answer.facts import OUT_OF_SCOPE, describe, programme
from .reports.answer.pdf import render_pdf
from .reports.answer.presentation import present
from .reports.answer.records import (
    commune_record,
    contribution_record,
    place_record,
    reach_name,
    structure_record,
    suggestion_record,
    suggestions_csv,
)
from .reports.answer.seats import suggestions_geojson
from .reports.answer.sheet import render_sheet
from .reports.answer.workbook import Sheet, render_sheets, render_workbook
from .tables.asked import CONTROLS, MAX_TEXT, PASTED, NeedError
from .tables.cells import BOM, french_csv
from .tables.headers import REMARKS
from .tables.preview import counts, facts
from .tables.refused import refused_file
from .tables.repair import Repaired, repair
from .tables.values import yes_or_no
from .territory.doubts import Doubt
from .territory.nest import UnknownCommune
from .territory.together import Place
from .upkeep.directory.doors import Doors
from .upkeep.directory.duplicates import Lookalikes, open_lookalikes
from .upkeep.directory.joining import former_ids
from .upkeep.directory.matrix import Matrix, unknown_line
from .upkeep.edit import (
    ChangedRecord,
    Record,
    UnknownRecord,
    add_project,
    blank_project,
    change_record,
    find_record,
)

__all__ = [
    "ACCEPTED",
    "BOM",
    "CONTROLS",
    "CRITERIA",
    "DECLINED",
    "DEFAULT_CAPACITY",
    "GROUP_COLUMNS",
    "MAX_TEXT",
    "OUT_OF_SCOPE",
    "PASTED",
    "REMARKS",
    "Area",
    "Audience",
    "Capacity",
    "ChangedRecord",
    "Commune",
    "Contribution",
    "DataError",
    "Demand",
    "Doors",
    "Doubt",
    "Fault",
    "Group",
    "Kind",
    "Lookalikes",
    "Matcher",
    "Matrix",
    "Need",
    "NeedError",
    "Needs",
    "Place",
    "Project",
    "Radius",
    "Record",
    "Repaired",
    "Resource",
    "ResourceType",
    "Scale",
    "Sheet",
    "Stage",
    "Status",
    "Structure",
    "Suggestion",
    "Theme",
    "TooManyNeeds",
    "UnknownCommune",
    "UnknownRecord",
    "UnknownStructure",
    "WhyNot",
    "add_project",
    "blank_project",
    "change_record",
    "commune_record",
    "contribution_record",
    "counts",
    "describe",
    "facts",
    "find_record",
    "form_groups",
    "former_ids",
    "french",
    "french_csv",
    "group_reason",
    "group_rows",
    "open_lookalikes",
    "parse_needs",
    "place_record",
    "present",
    "programme",
    "reach_name",
    "read_capacity",
    "refused_file",
    "render_pdf",
    "render_sheet",
    "render_sheets",
    "render_workbook",
    "repair",
    "structure_record",
    "suggestion_record",
    "suggestions_csv",
    "suggestions_geojson",
    "unknown_line",
    "yes_or_no",
]
