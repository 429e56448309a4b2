"""The whole list: filters, map, table, team, what is missing near, files, « pourquoi pas »."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from matcher import Theme
from matcher.catalogue import Area, Scale, french
from matcher.reports import (
    describe,
    present,
    render_pdf,
    render_sheet,
    render_workbook,
    suggestions_csv,
    suggestions_geojson,
    trails_of,
)
from matcher.upkeep import unknown_line

from ..answers.asking import Form
from ..answers.kept import PAGE, Covered, Filters
from ..answers.maps import drawing
from ..answers.shelves import LONGEST_QUERY
from ..casework.opinions import Fair
from ..context import answers, doors, matcher, shapes, shelves
from .needs import AnsweredNeed, elsewhere, other_communes

MEDIA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media type of each file that a page of suggestions may be had as."""
WIDE = (Scale.REGION, Scale.NATIONAL)
"""Levels that are not local, narrow to wide."""
NEAREST = {
    Scale.REGION: "des structures régionales y travaillent",
    Scale.NATIONAL: "des structures nationales y travaillent",
    None: "aucune autre non plus dans notre catalogue",
}
LONGEST_FILE = 60
"""Characters of the place in the name of a file."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/suggestions/liste")(listing)
    pages.get("/suggestions.<extension>")(suggestions_file)
    pages.get("/pourquoi-pas")(why_not)


def listing() -> ResponseReturnValue:
    """All suggestions, ranked with their reasons, a map and the same as a table."""
    asked = Form.of(request.args), Filters.of(request.args)
    page: bytes = answers.page(request.script_root, _listing, *asked)
    return page


def _listing(form: Form, filters: Filters) -> bytes:
    """The page: it is made from the need, the filters and the data only."""
    asked = AnsweredNeed.of(form)
    if asked.elsewhere:
        return elsewhere(form, asked).encode()
    answered = asked.answered
    shown, found = asked.page(filters)
    answer = present(matcher, answered.question, shown, answered.ranking)
    page = render_template(
        "public/listing.html",
        form=form,
        filters=filters,
        unknown=unknown_line(doors.unknown_at(asked.commune)),
        gaps=gaps((Theme(theme.code) for theme in answer.themes), answered.covered),
        choices=filters.choices(answered.covered),
        answer=answer,
        found=found,
        fair=Fair,
        pages=ceil(found / PAGE),
        drawing=drawing(matcher, asked.commune, shown),
        renamed=asked.renamed(form),
        others=other_communes("public.listing", form, asked.commune),
        team=answered.team,
        neighbours=answered.neighbours,
        visits=answered.visits,
        inspirations=answered.inspirations,
        resources=answered.resources,
    )
    return page.encode()


def suggestions_file(extension: str) -> ResponseReturnValue:
    """What is on the page as a file: for a spreadsheet, a map, a printer."""
    if extension not in MEDIA:
        abort(404)
    filters = Filters.of(request.args)
    asked = AnsweredNeed.of(Form.of(request.args))
    shown, _ = asked.page(filters)
    need = asked.answered.need
    trails = trails_of(asked.answered.ranking, shown)
    if extension == "csv":
        content: str | bytes = "\ufeff" + suggestions_csv(shown, matcher.territory, trails)
    elif extension == "geojson":
        content = current_app.json.dumps(suggestions_geojson(shown, matcher.territory, trails))
    elif extension == "xlsx":
        content = render_workbook(matcher, need, shown)
    elif extension == "pdf":
        content = render_pdf(matcher, need, shown, shapes.folder)
    else:
        content = render_sheet(matcher, need, shown)
    answer = Response(content, mimetype=MEDIA[extension])
    place = french.place_key(asked.place.name).replace(" ", "-")[:LONGEST_FILE].strip("-")
    name = f"maillage-{place}.{extension}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def why_not() -> ResponseReturnValue:
    """« Pourquoi pas … ? »: what kept a structure away, and what would change it."""
    form = Form.of(request.args)
    asked = AnsweredNeed.of(form)
    named = request.args.get("structure", "")[:LONGEST_QUERY].strip()
    covering = {one.structure.id for one in asked.answered.covered}
    found = sorted(shelves.named(named), key=lambda one: one.id not in covering)
    if len(found) != 1:
        page = render_template(
            "public/which.html",
            form=form,
            commune=asked.commune,
            place=asked.place,
            named=named,
            found=found[:PAGE],
            more=len(found) > PAGE,
        )
        return page, 200 if found else 404
    structure = found[0]
    return render_template(
        "public/why_not.html",
        form=form,
        commune=asked.commune,
        place=asked.place,
        facts=describe(structure, matcher),
        why=matcher.why_not(asked.answered.need, structure.id, anyway=form.voir),
        change=matcher.counterfactual(asked.answered.need, structure.id, anyway=form.voir),
    )


@dataclass(frozen=True)
class Gap:
    """A theme without a local specialist, and who is the nearest to one, in French."""

    theme: Theme
    instead: str


def gaps(themes: Iterable[Theme], covered: Sequence[Covered]) -> list[Gap]:
    """The themes on which no structure of the commune, its EPCI or its département works.

    Parameters
    ----------
    covered : sequence of Covered
        Every structure that answers in the commune.
    """
    found = []
    for theme in themes:
        levels = {_level(c) for c in covered if theme in c.structure.themes}
        if levels <= set(WIDE):
            nearest = next((scale for scale in WIDE if scale in levels), None)
            found.append(Gap(theme, NEAREST[nearest]))
    return found


def _level(covered: Covered) -> Scale | None:
    """The level at which it covers the commune; None for a radius, which is local."""
    return covered.reach.scale if isinstance(covered.reach, Area) else None
