"""The description of the API, made from its routes and models: what it says is what is checked.

`mode="strict"` describes the routes of the API only, and every answer is checked against the
model that is published for it.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from pydantic import BaseModel
from spectree import Response, SpecTree

from matcher import Kind, Stage, Theme

from .problems import MIMETYPE, TEXTS, Problem, invalid

DESCRIPTION = (
    "Pour un besoin d’une commune : les structures de l’économie sociale et solidaire qui peuvent "
    "aider, et pourquoi. Codes Insee et identifiants sont ceux des données publiées ; les scores "
    "vont de 0 à 1 et ne se comparent pas d’un besoin à l’autre ; les distances sont en kilomètres "
    "à vol d’oiseau, les trajets sont estimés. "
    "Les erreurs suivent la RFC 9457. Aucun compte n’est demandé ; le nombre de demandes par "
    "minute est limité (429)."
)


def _before(_request: Any, _response: Any, error: Any, *_: Any) -> None:
    if error is not None:
        raise invalid(error)


def _after(_request: Any, _response: Any, error: Any, *_: Any) -> None:
    if error is not None:  # our fault: an answer that is not what is published
        raise error


spec = SpecTree(
    "flask",
    mode="strict",
    title="Maillage",
    version="1.0.0",
    description=DESCRIPTION,
    before=_before,
    after=_after,
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    page_templates={},  # its own pages fetch their code from elsewhere
)


def answers(model: type[BaseModel], *statuses: int) -> Response:
    """What a route answers: a model when all is well, a problem otherwise."""
    problems = {f"HTTP_{status}": (Problem, TEXTS[status][0]) for status in (*statuses, 422, 429)}
    return Response(HTTP_200=(model, model.__doc__), **problems)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of the routes of the current application: the same for each."""
    made: dict[str, Any] = copy.deepcopy(spec.spec)
    for path in made["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":  # SpecTree knows one type for all answers
                    response["content"] = {MIMETYPE: response["content"].pop("application/json")}
    for terms in (Theme, Stage, Kind):
        listed = " ; ".join(f"`{term.value}` {term.label}" for term in terms)
        made["components"]["schemas"][terms.__name__]["description"] = listed
    return made
