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
from .catalogue.doubts import Doubt
from .catalogue.edit import (
    ChangedRecord,
    Record,
    UnknownRecord,
    add_project,
    blank_project,
    change_record,
    find_record,
)
from .catalogue.faults import Fault
from .catalogue.model import Area, Commune, Need, Project, Radius, Resource, Structure
from .catalogue.resource_types import ResourceType
from .catalogue.statuses import Status
from .catalogue.tables import DataError
from .catalogue.territory import UnknownCommune
from .catalogue.together import Place
from .catalogue.vocabulary import Audience, Kind, Scale, Stage, Theme
from .cohorts.calibration import ACCEPTED, DECLINED
from .cohorts.capacity import DEFAULT_CAPACITY, Capacity, read_capacity
from .cohorts.demand import Demand, Needs, parse_needs
from .cohorts.groups import COLUMNS as GROUP_COLUMNS
from .cohorts.groups import Group, TooManyNeeds, form_groups, group_rows
from .cohorts.groups import reason as group_reason
from .ranking.door import CONTROLS, MAX_TEXT, PASTED, NeedError
from .ranking.explain import Contribution, Suggestion
from .ranking.matcher import Matcher, UnknownStructure
from .ranking.policy import CRITERIA
from .ranking.whynot import WhyNot
from .reports.cells import BOM, french_csv
from .reports.facts import describe, programme
from .reports.geojson import suggestions_geojson
from .reports.pdf import render_pdf
from .reports.presentation import present
from .reports.records import (
    commune_record,
    contribution_record,
    place_record,
    reach_name,
    structure_record,
    suggestion_record,
    suggestions_csv,
)
from .reports.sheet import render_sheet
from .reports.sheets import Sheet, render_sheets
from .reports.statuses import OUT_OF_SCOPE
from .reports.workbook import render_workbook
from .tables.headers import REMARKS
from .tables.preview import counts, facts
from .tables.refused import refused_file
from .tables.repair import Repaired, repair
from .tables.values import yes_or_no

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
    "Doubt",
    "Fault",
    "Group",
    "Kind",
    "Matcher",
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
    "french",
    "french_csv",
    "group_reason",
    "group_rows",
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
    "yes_or_no",
]
