"""Small builders: a complete noun where a test names only what matters to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matcher import Audience, Kind, Matcher, Need, Project, Stage, Structure, Theme
from matcher.catalogue import Resource, Scale
from matcher.catalogue.model import Area
from matcher.catalogue.tables import Catalogue
from matcher.catalogue.terms import Condition, Limit
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.planning.introductions import Capacity, Plan
from matcher.cohorts.planning.plan import DEPTH, listed_choices, plan
from matcher.index.profile import Profile
from matcher.ranking.candidates import Candidate
from matcher.ranking.policy import Contribution, Scored

FRANCE = Area(Scale.NATIONAL, "FR")

LODEVE = "34142"
DIE = "26113"
FELLETIN = "23079"
LE_MOULE = "97117"
CILAOS = "97424"

PROJECT = {
    "title": "Épicerie du pont",
    "insee": "34142",
    "themes": "alimentation",
    "description": "Une épicerie coopérative.",
    "source_url": "https://exemple.fr/epicerie",
}
"""A project as it is typed, for tests that add one."""

ONE_A_REGION: Mapping[str, str] = {
    "La Ferté-sous-Jouarre": "77183",  # Île-de-France
    "Le Blanc": "36018",  # Centre-Val de Loire
    "Château-Chinon": "58062",  # Bourgogne-Franche-Comté
    "Gacé": "61181",  # Normandie
    "Caudry": "59139",  # Hauts-de-France
    "Langres": "52269",  # Grand Est
    "Montval-sur-Loir": "72071",  # Pays de la Loire
    "Carhaix-Plouguer": "29024",  # Bretagne
    "Felletin": FELLETIN,  # Nouvelle-Aquitaine
    "Lodève": LODEVE,  # Occitanie
    "Die": DIE,  # Auvergne-Rhône-Alpes
    "Sisteron": "04209",  # Provence-Alpes-Côte d'Azur
    "Corte": "2B096",  # Corse
    "Le Moule": LE_MOULE,  # Guadeloupe
    "La Trinité": "97230",  # Martinique
    "Maripasoula": "97353",  # Guyane
    "Cilaos": CILAOS,  # La Réunion
    "Bandraboua": "97602",  # Mayotte
}
"""A Petite ville de demain of each of the 18 régions."""

WITHOUT_EPCI: Mapping[str, str] = {
    "Île-de-Bréhat": "22016",
    "Île-de-Sein": "29083",
    "Ouessant": "29155",
    "L'Île-d'Yeu": "85113",
}

NEEDS = (
    "Ouvrir une recyclerie dans l'ancienne gare",
    "Le dernier café a fermé et personne ne peut acheter les murs.",
    "Nos aînés vieillissent seuls, loin de tout ; nous étudions un habitat partagé.",
    "Pas de médecin depuis deux ans : un centre de santé est-il possible ?",
    "Réhabilitation de la voirie communale",
)
"""Needs of several themes and situations, the last one outside of the field."""


def a_structure(id: str = "structure", **known: Any) -> Structure:
    """A structure of which everything is known, in Lodève; `known` changes that."""
    complete: dict[str, Any] = {
        "id": id,
        "name": id.replace("-", " ").capitalize(),
        "aliases": (),
        "kind": Kind.RESEAU_THEMATIQUE,
        "other_kinds": (),
        "themes": (Theme.ECONOMIE_CIRCULAIRE,),
        "generalist": False,
        "stages": (Stage.EMERGENCE, Stage.CREATION),
        "audiences": (Audience.COLLECTIVITES, Audience.PORTEURS_DE_PROJET),
        "coverage": (FRANCE,),
        "seat": LODEVE,
        "body": id,
        "network": "",
        "description": "Accompagne les ressourceries et les recycleries.",
        "website": "https://example.org",
        "source": "https://example.org/source",
        "source_year": 2026,
        "to_verify": False,
        "note": "",
    }
    if below := known.pop("population_below", None):
        known["conditions"] = (Condition(Limit.POPULATION_MOINS, str(below)),)
    return Structure(**{**complete, **known})


def a_project(id: str = "projet", **known: Any) -> Project:
    """A recyclerie in Die that nobody supported; `known` changes that."""
    complete: dict[str, Any] = {
        "id": id,
        "title": "Recyclerie du bourg",
        "commune": DIE,
        "territory": "",
        "departement": "Drôme",
        "themes": (Theme.ECONOMIE_CIRCULAIRE,),
        "description": "Une recyclerie ouvre dans une ancienne gare.",
        "year": 2024,
        "holder": "association",
        "structures": (),
        "source": "https://example.org/projet",
    }
    return Project(**{**complete, **known})


def a_matcher(
    matcher: Matcher,
    structures: Iterable[Structure],
    projects: Iterable[Project] = (),
    resources: Iterable[Resource] = (),
) -> Matcher:
    """A matcher of another catalogue, on the territory and the knowledge of `matcher`."""
    catalogue = Catalogue(tuple(structures), tuple(projects), tuple(resources))
    return Matcher(matcher.territory, catalogue, matcher.reader, matcher.knowledge)


def a_candidate(matcher: Matcher, need: Need, structure_id: str) -> Candidate:
    """The facts about one structure that covers the commune of `need`."""
    found = (scored.candidate for scored in matcher.ranked(need))
    return next(c for c in found if c.structure.id == structure_id)


def scored(structure: Structure, score: float, **parts: float) -> Scored:
    """A structure with its score as the policy orders it; `parts` are points by criterion."""
    candidate = Candidate(Profile(structure, {}, {}, (), ()), FRANCE, 0.0, (), ())
    contributions = tuple(
        Contribution(code, code, points, 1.0, points, f"phrase de {code}")
        for code, points in parts.items()
    )
    return Scored(candidate, score, contributions)


def twin(structure: Structure, id: str, **changed: Any) -> Structure:
    """The same structure under another id, a body of its own."""
    return replace(structure, id=id, body=id, **changed)


def plan_demands(
    matcher: Matcher,
    demands: Sequence[Demand],
    capacity: Capacity,
    per_commune: int = 1,
    depth: int = DEPTH,
) -> Plan:
    """Plan the needs of a cohort as the command does: nobody is introduced for no need."""
    demands = [demand for demand in demands if matcher.status(demand.need).ranked]
    choices = listed_choices(matcher, demands, depth)
    return plan({d.id: d.need.commune for d in demands}, choices, capacity, per_commune)
