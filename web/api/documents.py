"""The description of the API: for programs, to read as a page, and to try with Swagger UI.

It is made from the routes and models of the API: what it says is what is checked. `mode="strict"`
describes the routes of the API only, and every answer is checked against the model that is
published for it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import flask
from flask import Blueprint, current_app, jsonify, render_template
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


CODES = (("Thèmes", Theme), ("Situations (etape)", Stage), ("Types de structure (kind)", Kind))
"""The closed lists that requests name."""


@dataclass(frozen=True)
class Given:
    """What a route is given: a parameter of its address, or a member of its body."""

    name: str
    description: str
    required: bool


@dataclass(frozen=True)
class Route:
    """A route, as published."""

    group: str
    method: str
    path: str
    summary: str
    given: tuple[Given, ...]


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.get("")(page)
    api.get("/openapi.json")(openapi)
    api.get("/docs")(docs)


def page() -> str:
    """Show what the API offers: the same as `docs`, for all readers and without JavaScript."""
    groups: dict[str, list[Route]] = {}
    for route in _routes(document()):
        groups.setdefault(route.group, []).append(route)
    return render_template(
        "api/page.html",
        groups=groups,
        codes=CODES,
        rate=current_app.config["LIMIT_API"].split()[0],
    )


def openapi() -> flask.Response:
    """Give the OpenAPI document."""
    return jsonify(document())


def docs() -> str:
    """Show the OpenAPI document with Swagger UI, to try each route."""
    return render_template("api/docs.html")


def _routes(made: dict[str, Any]) -> Iterator[Route]:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            given = [
                Given(p["name"], p["description"], p["required"]) for p in operation["parameters"]
            ]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                schema = made["components"]["schemas"][body["schema"]["$ref"].split("/")[-1]]
                given += [
                    Given(name, member.get("description", ""), name in schema["required"])
                    for name, member in schema["properties"].items()
                ]
            yield Route(
                operation["tags"][0], method.upper(), path, operation["summary"], tuple(given)
            )
