"""What the API answers: to a need; of communes, structures, projects. Its docstrings are French."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from flask import Blueprint

from matcher import Status, Suggestion
from matcher.reports import (
    commune_record,
    place_record,
    sealed,
    structure_record,
    suggestion_record,
    trails_of,
)

from ..answers.kept import PAGE
from ..context import answers as kept
from ..context import matcher, shapes, shelves
from ..freshness import served
from .bodies import (
    CommunesQuery,
    MatchBody,
    NeedBody,
    ProjectsQuery,
    ReadBody,
    StructuresQuery,
    WhyNotBody,
)
from .documents import answers, spec
from .models import (
    CommuneRecord,
    CommunesAnswer,
    ProjectRecord,
    ProjectsAnswer,
    StructureAnswer,
    StructuresAnswer,
    full_structure,
    project_record,
)
from .need_models import (
    MatchAnswer,
    ReadAnswer,
    TeamRecord,
    WhyNotAnswer,
    neighbour_record,
    reading_record,
    team_record,
    visit_record,
    why_not_record,
)
from .problems import RefusedRequest, hint

BODY = (400, 413, 415)
"""What may be wrong with a body before its members are read."""
TAGS = ["Besoin"]


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.post("/match")(match)
    api.post("/read")(read)
    api.post("/team")(team)
    api.post("/why-not")(why_not)
    api.get("/communes")(communes)
    api.get("/communes/<insee>")(commune)
    api.get("/structures")(structures)
    api.get("/structures/<structure_id>")(structure)
    api.get("/projects")(projects)
    api.get("/projects/<project_id>")(project)


@spec.validate(resp=answers(MatchAnswer, *BODY, 404), tags=TAGS)
def match(json: MatchBody) -> dict[str, Any]:
    """Les structures qui peuvent aider, classées et expliquées."""
    need = json.need()
    answered = kept.of(need)
    found: Sequence[Suggestion] = ()
    shown = answered.status.ranked or json.quand_meme
    if shown:
        found = answered.first[: json.top] if json.top <= PAGE else answered.every[: json.top]
    trails = trails_of(answered.ranking, found)
    answer = {
        "commune": commune_record(matcher.territory.communes[need.commune], matcher.territory),
        **place_record(need, matcher.territory),
        "homonymes": [
            hint(c)
            for c in matcher.territory.same_postcode(json.commune.strip())
            if c.insee != need.commune
        ],
        "statut": answered.status,
        "hors_champ": answered.status is Status.HORS_CHAMP,
        "pistes": trails and trails.record,
        "reparations": list(json.plain.changes),
        "lecture": reading_record(matcher.question(need).reading),
        "suggestions": [suggestion_record(s, matcher.territory) for s in found],
        "equipe": team_record(answered.team) if json.equipe else None,
        "a_qui_parler": list(map(neighbour_record, answered.neighbours)) if shown else [],
        "a_visiter": list(map(visit_record, answered.visits)) if shown else [],
    }
    return sealed(answer, need, found, shapes.folder.parents[1])


@spec.validate(resp=answers(ReadAnswer, *BODY), tags=TAGS)
def read(json: ReadBody) -> dict[str, Any]:
    """Les thèmes d’un texte, et les mots qui les prouvent."""
    plain = json.plain
    return {**reading_record(matcher.read(plain.text)), "reparations": list(plain.changes)}


@spec.validate(resp=answers(TeamRecord, *BODY, 404), tags=TAGS)
def team(json: NeedBody) -> dict[str, Any]:
    """La plus petite équipe qui répond à tout le besoin."""
    return team_record(kept.of(json.need()).team)


@spec.validate(resp=answers(WhyNotAnswer, *BODY, 404), tags=TAGS)
def why_not(json: WhyNotBody) -> dict[str, Any]:
    """Pourquoi pas telle structure, et ce qui changerait sa place."""
    need = json.need()
    return why_not_record(
        matcher.why_not(need, json.structure), matcher.counterfactual(need, json.structure)
    )


COMMUNES, CATALOGUE = ["Communes"], ["Catalogue"]


@spec.validate(resp=answers(CommunesAnswer), tags=COMMUNES)
def communes(query: CommunesQuery) -> dict[str, Any]:
    """Communes dont le nom, le code postal ou le code Insee commence ainsi."""
    territory = matcher.territory
    found = territory.search(query.q, query.limit)
    return {"communes": [commune_record(c, territory) for c in found]}


@spec.validate(
    resp=answers(CommuneRecord, 404),
    tags=COMMUNES,
    path_parameter_descriptions={"insee": "Code Insee"},
)
def commune(insee: str) -> dict[str, Any]:
    """Une commune par son code Insee (2a004 aussi) ; un ancien donne celle d’aujourd’hui."""
    today = matcher.territory.resolve(insee.upper())
    if today is None:
        raise RefusedRequest(404, f"Code Insee inconnu : « {insee[:20]} ».")
    return commune_record(matcher.territory.communes[today], matcher.territory)


@spec.validate(resp=answers(StructuresAnswer), tags=CATALOGUE)
def structures(query: StructuresQuery) -> dict[str, Any]:
    """Les structures, par nom."""
    chosen = {"type": query.kind or "", "theme": query.theme or ""}
    found, _ = shelves.narrow(shelves.search(shelves.structures, query.q), chosen)
    counted, shown = _page(found, query)
    return {**counted, "structures": [structure_record(s) for s in shown]}


@spec.validate(
    resp=answers(StructureAnswer, 404),
    tags=CATALOGUE,
    path_parameter_descriptions={"structure_id": "Identifiant d’une structure"},
)
def structure(structure_id: str) -> dict[str, Any]:
    """Une structure, en entier ; sous un ancien identifiant, celle à laquelle elle est réunie."""
    found = matcher.structure(served().former.get(structure_id, structure_id))
    return full_structure(found, matcher, shelves.projects_of.get(found.id, ()))


@spec.validate(resp=answers(ProjectsAnswer), tags=CATALOGUE)
def projects(query: ProjectsQuery) -> dict[str, Any]:
    """Les projets, le plus récent d’abord."""
    chosen = {"theme": query.theme or ""}
    found, _ = shelves.narrow(shelves.search(shelves.projects.values(), query.q), chosen)
    counted, shown = _page(found, query)
    return {**counted, "projets": [project_record(p) for p in shown]}


@spec.validate(
    resp=answers(ProjectRecord, 404),
    tags=CATALOGUE,
    path_parameter_descriptions={"project_id": "Identifiant d’un projet"},
)
def project(project_id: str) -> dict[str, Any]:
    """Un projet."""
    found = shelves.projects.get(project_id)
    if found is None:
        raise RefusedRequest(404, f"Projet inconnu : « {project_id[:60]} ».")
    return project_record(found)


def _page(
    found: Sequence[Any], query: StructuresQuery | ProjectsQuery
) -> tuple[dict[str, int], Sequence[Any]]:
    """How much there is, and the page asked for: empty past the last one."""
    start = (query.page - 1) * query.per_page
    pages = max(1, ceil(len(found) / query.per_page))
    counted = {"total": len(found), "page": query.page, "pages": pages}
    return counted, found[start : start + query.per_page]
