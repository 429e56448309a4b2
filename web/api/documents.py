"""The description of the API: for programs, to read as a page, and to try with Swagger UI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from matcher import Kind, Stage, Theme

from .spec import document

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


def openapi() -> Response:
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
