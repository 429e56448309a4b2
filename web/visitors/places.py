"""Communes for the autocompletion, outlines for the maps, and the sign of life."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request, send_file
from flask.typing import ResponseReturnValue

from matcher.catalogue import Area, Scale
from matcher.reports import programme

from ..answers.asking import LONGEST_COMMUNE
from ..context import department_name, exact, matcher, shapes

OUTLINES_AGE = 7 * 24 * 3600
"""Seconds for which a browser may keep an outline: they change once a year."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/communes")(communes)
    pages.get("/contours/<niveau>.geojson")(outlines)
    pages.get("/contours/<niveau>/<code>.geojson")(outline)


def communes() -> ResponseReturnValue:
    """Communes for the autocompletion, best first, as JSON."""
    query = request.args.get("q", "")[:LONGEST_COMMUNE].strip()
    return jsonify(
        [
            {
                "code": c.insee,
                "envoi": exact(c),
                "nom": c.name,
                "departement": department_name(c),
                "codes_postaux": list(c.postcodes),
                "label": programme(c, matcher.territory),
            }
            for c in (matcher.territory.search(query) if query else [])
        ]
    )


def outlines(niveau: str) -> ResponseReturnValue:
    """All outlines of a level, as they are in the data."""
    path = shapes.path(_scale(niveau))
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/geo+json", max_age=OUTLINES_AGE)


def outline(niveau: str, code: str) -> ResponseReturnValue:
    """The outline of one area."""
    feature = shapes.feature(Area(_scale(niveau), code))
    if feature is None:
        abort(404)
    response = jsonify(feature)
    response.mimetype = "application/geo+json"
    response.cache_control.public = True
    response.cache_control.max_age = OUTLINES_AGE
    return response


def _scale(code: str) -> Scale:
    try:
        return Scale(code)
    except ValueError:
        abort(404)
