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
from .catalogue.model import Area, Commune, Need, Project, Radius, Resource, Structure
from .catalogue.resource_types import ResourceType
from .catalogue.tables import DataError
from .catalogue.territory import UnknownCommune
from .catalogue.vocabulary import Audience, Kind, Scale, Stage, Theme
from .cohorts.capacity import DEFAULT_CAPACITY, Capacity, read_capacity
from .ranking.criteria import CRITERIA
from .ranking.door import MAX_TEXT, NeedError
from .ranking.matcher import Matcher, UnknownStructure
from .ranking.policy import Contribution, Suggestion
from .ranking.whynot import WhyNot
from .reports.facts import describe, programme
from .reports.geojson import suggestions_geojson
from .reports.pdf import render_pdf
from .reports.presentation import OUT_OF_SCOPE, present
from .reports.records import (
    commune_record,
    contribution_record,
    reach_name,
    structure_record,
    suggestion_record,
    suggestions_csv,
)
from .reports.sheet import render_sheet
from .reports.workbook import render_workbook

__all__ = [
    "CRITERIA",
    "DEFAULT_CAPACITY",
    "MAX_TEXT",
    "OUT_OF_SCOPE",
    "Area",
    "Audience",
    "Capacity",
    "Commune",
    "Contribution",
    "DataError",
    "Kind",
    "Matcher",
    "Need",
    "NeedError",
    "Project",
    "Radius",
    "Resource",
    "ResourceType",
    "Scale",
    "Stage",
    "Structure",
    "Suggestion",
    "Theme",
    "UnknownCommune",
    "UnknownStructure",
    "WhyNot",
    "commune_record",
    "contribution_record",
    "describe",
    "french",
    "present",
    "programme",
    "reach_name",
    "read_capacity",
    "render_pdf",
    "render_sheet",
    "render_workbook",
    "structure_record",
    "suggestion_record",
    "suggestions_csv",
    "suggestions_geojson",
]
