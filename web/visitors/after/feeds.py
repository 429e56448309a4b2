"""What is new for a commune, as an Atom feed: what the catalogue dates, and nothing else.

The catalogue dates projects and the sources of structures by year only; nothing in it has a day to
come, so there is no calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from matcher import Commune
from matcher.catalogue import Area, Scale, french

from ...context import matcher, shelves

MOST_ENTRIES = 40
"""Entries of a feed: readers keep what they saw."""
LOCAL = frozenset({Scale.COMMUNE, Scale.EPCI, Scale.DEPARTEMENT})
"""Levels whose structures are news of a commune: the others are the same everywhere."""


@dataclass(frozen=True)
class Entry:
    """Something dated: its page, its title, its year and a sentence."""

    address: str
    title: str
    year: int
    told: str


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/communes/<code>.atom")(feed)


def feed(code: str) -> ResponseReturnValue:
    """The feed of a commune, the newest first."""
    today = matcher.territory.resolve(code.upper())
    if today is None:
        abort(404)
    if today != code:
        return redirect(url_for("public.feed", code=today), 301)
    commune = matcher.territory.communes[today]
    entries = sorted(_entries(commune), key=lambda one: (-one.year, one.address))[:MOST_ENTRIES]
    page = render_template("public/feed.xml", commune=commune, entries=entries)
    return Response(page, mimetype="application/atom+xml")


def _entries(commune: Commune) -> Iterator[Entry]:
    for project in shelves.projects.values():
        if project.year and project.departement == commune.departement:
            address = url_for("public.project", project_id=project.id, _external=True)
            yield Entry(address, project.title, project.year, french.sentence(project.description))
    for one, reach in matcher.coverage.eligible(commune):
        local = not isinstance(reach, Area) or reach.scale in LOCAL
        if one.source_year and local:
            address = url_for("public.structure", structure_id=one.id, _external=True)
            yield Entry(address, one.name, one.source_year, french.sentence(one.description))
