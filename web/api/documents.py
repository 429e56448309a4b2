"""The description of the API: for programs, and as pages to read and to try."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from .spec import document


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.get("/openapi.json")(openapi)
    api.get("/docs")(docs)


def openapi() -> Response:
    """Give the OpenAPI document."""
    return jsonify(document())


def docs() -> str:
    """Show the OpenAPI document with Swagger UI."""
    return render_template("api/docs.html")
