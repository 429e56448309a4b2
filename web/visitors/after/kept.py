"""« Garder »: structures kept in the browser; the list has an address that can be shared, printed.

The site keeps nothing: the address names the structures.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from matcher.reports import describe

from ...context import matcher
from ...freshness import served

MOST_KEPT = 40
"""Structures of a list: its address stays shorter than what browsers and mail programs take."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/gardees")(kept)


def kept() -> ResponseReturnValue:
    """Show the structures that the address names, in its order; say how many left the catalogue."""
    asked = list(dict.fromkeys(request.args.getlist("structure")[:MOST_KEPT]))
    today = [served().former.get(one, one) for one in asked]
    found = [matcher.structures[one] for one in dict.fromkeys(today) if one in matcher.structures]
    return render_template(
        "public/kept.html",
        items=[describe(one, matcher) for one in found],
        gone=sum(one not in matcher.structures for one in today),
    )
