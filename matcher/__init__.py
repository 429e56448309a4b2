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

from .catalogue.model import Commune, Need, Project, Structure
from .catalogue.tables import DataError
from .catalogue.terms import Audience, Status
from .catalogue.vocabulary import Kind, Stage, Theme
from .ranking.explain import Suggestion
from .ranking.matcher import Matcher
from .ranking.whynot import UnknownStructure
from .tables.asked import NeedError
from .territory.nest import UnknownCommune

__all__ = [
    "Audience",
    "Commune",
    "DataError",
    "Kind",
    "Matcher",
    "Need",
    "NeedError",
    "Project",
    "Stage",
    "Status",
    "Structure",
    "Suggestion",
    "Theme",
    "UnknownCommune",
    "UnknownStructure",
]
