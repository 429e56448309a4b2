"""Communes. Docstrings of routes are published: they are French."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from matcher.reports import commune_record

from ..context import matcher
from .bodies import CommunesQuery
from .models import CommuneRecord, CommunesAnswer
from .problems import Refused
from .spec import answers, spec

TAGS = ["Communes"]


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.get("/communes")(communes)
    api.get("/communes/<insee>")(commune)


@spec.validate(resp=answers(CommunesAnswer), tags=TAGS)
def communes(query: CommunesQuery) -> dict[str, Any]:
    """Communes dont le nom, le code postal ou le code Insee commence ainsi."""
    territory = matcher.territory
    found = territory.search(query.q, query.limit)
    return {"communes": [commune_record(c, territory) for c in found]}


@spec.validate(
    resp=answers(CommuneRecord, 404),
    tags=TAGS,
    path_parameter_descriptions={"insee": "Code Insee"},
)
def commune(insee: str) -> dict[str, Any]:
    """Une commune par son code Insee (2a004 aussi) ; un ancien donne celle d’aujourd’hui."""
    today = matcher.territory.resolve(insee.upper())
    if today is None:
        raise Refused(404, f"Code Insee inconnu : « {insee[:20]} ».")
    return commune_record(matcher.territory.communes[today], matcher.territory)
