"""The need and its answer: the form, the suggestions, the same as files, « pourquoi pas »."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from matcher import (
    MAX_TEXT,
    Commune,
    Need,
    NeedError,
    Stage,
    Suggestion,
    Theme,
    UnknownCommune,
    describe,
    present,
    render_sheet,
    suggestions_csv,
    suggestions_geojson,
)

from ..asking import LONGEST_COMMUNE, Form
from ..context import department_name, matcher, shelves
from ..filtering import MOST, PAGE, Filters
from ..maps import drawing
from ..shelves import LONGEST_QUERY

ALL = 10_000
"""More than there are structures: filters look at the whole answer."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)
    pages.get("/suggestions")(suggestions)
    pages.get("/suggestions.<extension>")(suggestions_file)
    pages.get("/pourquoi-pas")(why_not)


class Refused(Exception):
    """A need that cannot be answered: the form again, with what to change."""

    def __init__(
        self, status: int, field: str, message: str, choices: tuple[Commune, ...] = ()
    ) -> None:
        self.status = status
        self.errors = [(field, message)]
        self.choices = choices


@dataclass(frozen=True)
class Asked:
    """A need that can be answered, and all of its suggestions."""

    commune: Commune
    need: Need
    suggestions: list[Suggestion]

    @classmethod
    def of(cls, form: Form) -> Asked:
        """Match what the form asks.

        Raises
        ------
        Refused
        """
        if not form.commune:
            raise Refused(400, "commune", "Indiquez votre commune.")
        if len(form.commune) > LONGEST_COMMUNE:
            message = f"Le nom de la commune dépasse {LONGEST_COMMUNE} caractères."
            raise Refused(400, "commune", message)
        try:
            commune = matcher.commune(form.commune)
        except UnknownCommune as error:
            raise Refused(404, "commune", error.reason, error.suggestions) from error
        need = form.need(commune)
        try:
            return cls(commune, need, matcher.match(need, top=ALL))
        except NeedError as error:
            raise Refused(400, _field(str(error)), str(error)) from error


def home() -> ResponseReturnValue:
    """Ask: the commune, the need, the themes, the situation."""
    return _form(Form.of(request.args))


def suggestions() -> ResponseReturnValue:
    """Answer: ranked suggestions with their reasons, a map and the same as a table."""
    form, filters = Form.of(request.args), Filters.of(request.args)
    try:
        asked = Asked.of(form)
    except Refused as refused:
        return _form(form, refused)
    kept = filters.keep(asked.suggestions)
    shown = kept[: filters.nombre]
    return render_template(
        "public/suggestions.html",
        form=form,
        filters=filters,
        choices=filters.choices(asked.suggestions),
        answer=present(matcher, asked.need, shown),
        found=len(kept),
        more=min(len(kept), MOST, filters.nombre + PAGE),
        drawing=drawing(matcher, asked.commune, shown),
        team=matcher.team(asked.need),
        inspirations=matcher.inspiration(asked.need, top=3),
        resources=matcher.resources(asked.need, top=4),
    )


def suggestions_file(extension: str) -> ResponseReturnValue:
    """What is on the page as a file: csv, geojson, or the sheet to print (html)."""
    if extension not in ("csv", "geojson", "html"):
        abort(404)
    form, filters = Form.of(request.args), Filters.of(request.args)
    try:
        asked = Asked.of(form)
    except Refused as refused:
        return _form(form, refused)
    shown = filters.keep(asked.suggestions)[: filters.nombre]
    if extension == "csv":
        text = "\ufeff" + suggestions_csv(shown, matcher.territory)
        answer = Response(text, mimetype="text/csv")
    elif extension == "geojson":
        answer = jsonify(suggestions_geojson(shown, matcher.territory))
        answer.mimetype = "application/geo+json"
    else:
        answer = Response(render_sheet(matcher, asked.need, shown))
    name = f"suggestions-{asked.commune.insee}.{extension}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def why_not() -> ResponseReturnValue:
    """« Pourquoi pas … ? »: what kept a structure away, and what would change it."""
    form = Form.of(request.args)
    try:
        asked = Asked.of(form)
    except Refused as refused:
        return _form(form, refused)
    named = request.args.get("structure", "")[:LONGEST_QUERY].strip()
    found = shelves.named(named)
    if len(found) != 1:
        page = render_template(
            "public/which.html",
            form=form,
            commune=asked.commune,
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
        facts=describe(structure, matcher),
        why=matcher.why_not(asked.need, structure.id),
        change=matcher.counterfactual(asked.need, structure.id),
    )


def _form(form: Form, refused: Refused | None = None) -> ResponseReturnValue:
    page = render_template(
        "public/home.html",
        form=form,
        errors=refused.errors if refused else [],
        failed={field for field, _ in refused.errors} if refused else set(),
        choices=refused.choices if refused else (),
        count=len(matcher.structures),
        themes=Theme,
        stages=Stage,
        longest=MAX_TEXT,
        department_name=department_name,
    )
    return page, refused.status if refused else 200


def _field(message: str) -> str:
    """The field that a message of NeedError speaks of."""
    fields = {"Thème": "theme", "Poids": "theme", "Étape": "etape"}
    return next((field for start, field in fields.items() if message.startswith(start)), "besoin")
