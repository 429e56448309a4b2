"""Communes, structures and projects. Docstrings of routes are published: they are French."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from flask import Blueprint

from matcher.reports import commune_record, structure_record

from ..context import matcher, shelves
from ..freshness import served
from .bodies import CommunesQuery, ProjectsQuery, StructuresQuery
from .documents import answers, spec
from .models import (
    CommuneRecord,
    CommunesAnswer,
    ProjectRecord,
    ProjectsAnswer,
    StructureAnswer,
    StructuresAnswer,
)
from .problems import Refused
from .records import full_structure, project_record

COMMUNES, CATALOGUE = ["Communes"], ["Catalogue"]


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.get("/communes")(communes)
    api.get("/communes/<insee>")(commune)
    api.get("/structures")(structures)
    api.get("/structures/<structure_id>")(structure)
    api.get("/projects")(projects)
    api.get("/projects/<project_id>")(project)


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
        raise Refused(404, f"Code Insee inconnu : « {insee[:20]} ».")
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
        raise Refused(404, f"Projet inconnu : « {project_id[:60]} ».")
    return project_record(found)


def _page(
    found: Sequence[Any], query: StructuresQuery | ProjectsQuery
) -> tuple[dict[str, int], Sequence[Any]]:
    """How much there is, and the page asked for: empty past the last one."""
    start = (query.page - 1) * query.per_page
    pages = max(1, ceil(len(found) / query.per_page))
    counted = {"total": len(found), "page": query.page, "pages": pages}
    return counted, found[start : start + query.per_page]
