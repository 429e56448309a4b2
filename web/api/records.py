"""From the matcher's objects to the members of `models` and `need_models`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matcher import Matcher, Project, Structure
from matcher.catalogue import Area, Radius
from matcher.ranking import Neighbour, Visit
from matcher.reports import contribution_record, reach_name, structure_record


def reading_record(reading: Any) -> dict[str, Any]:
    """What was read in a text; positions in characters."""

    def passages(proofs: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {
                "debut": proof.start,
                "fin": proof.end,
                "texte": reading.text[proof.start : proof.end],
                "theme": proof.theme,
                "raison": proof.reason,
            }
            for proof in proofs
        ]

    return {
        "themes": [
            {"code": theme, "libelle": theme.label, "poids": round(weight, 4), "mots": list(words)}
            for theme, weight, words in reading.themes
        ],
        "preuves": passages(reading.proofs),
        "hors_champ": passages(reading.out_of_scope),
        "ecartes": passages(reading.set_aside),
    }


def team_record(team: Any) -> dict[str, Any]:
    """A team and what nobody answers."""
    return {
        "membres": [
            {
                "structure": structure_record(member.scored.structure),
                "score": round(member.scored.score, 4),
                "repond_a": _demands(member.answers),
            }
            for member in team.members
        ],
        "sans_reponse": _demands(team.unanswered),
    }


def why_not_record(why: Any, change: Any) -> dict[str, Any]:
    """The place of a structure, and the declaration that would change it (None: none would)."""
    return {
        "structure": structure_record(why.structure),
        "rang": why.rank,
        "regle": why.rule,
        "phrase": why.sentence,
        "contributions": [contribution_record(c) for c in why.contributions],
        "changement": change
        and {
            "rang": change.rank,
            "phrase": change.sentence,
            "themes": list(change.need.themes),
            "etape": change.need.stage,
        },
    }


def neighbour_record(neighbour: Neighbour) -> dict[str, Any]:
    """A local operator to talk to."""
    km = neighbour.distance_km
    return {
        "structure": structure_record(neighbour.structure),
        "distance_km": None if km is None else round(km, 1),
        "raison": neighbour.reason,
    }


def visit_record(visit: Visit) -> dict[str, Any]:
    """A place to visit."""
    return {
        "id": visit.venue.id,
        "nom": visit.venue.name,
        "commune_insee": visit.commune.insee,
        "commune": visit.commune.name,
        "distance_km": round(visit.distance_km, 1),
        "source": visit.venue.source,
        "date": visit.venue.day,
    }


def full_structure(
    structure: Structure, matcher: Matcher, projects: Iterable[Project]
) -> dict[str, Any]:
    """All that is known of a structure."""
    return {
        **structure_record(structure),
        "autres_noms": list(structure.aliases),
        "autres_types": list(structure.other_kinds),
        "situations": list(structure.stages),
        "publics": [audience.value for audience in structure.audiences],
        "perimetre": [_coverage(part, matcher) for part in structure.coverage],
        "projets": [project.id for project in projects],
    }


def project_record(project: Project) -> dict[str, Any]:
    """A project; codes as in the data."""
    return {
        "id": project.id,
        "titre": project.title,
        "commune_insee": project.commune,
        "territoire": project.territory,
        "departement": project.departement,
        "themes": list(project.themes),
        "description": project.description,
        "annee": project.year,
        "porteur": project.holder,
        "structures": list(project.structures),
        "roles": list(project.backings.values()),
        "source": project.source,
        "a_verifier": project.to_verify,
        "note": project.note,
    }


def _coverage(part: Area | Radius, matcher: Matcher) -> dict[str, Any]:
    return {
        "niveau": part.scale.value if isinstance(part, Area) else "rayon",
        "code": part.code if isinstance(part, Area) else None,
        "km": part.km if isinstance(part, Radius) else None,
        "nom": reach_name(part, matcher.territory),
    }


def _demands(demands: Iterable[Any]) -> list[dict[str, str]]:
    return [{"code": demand, "libelle": demand.label} for demand in demands]
