"""The public pages: a commune finds its help alone, without an account."""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from matcher import (
    MAX_TEXT,
    Area,
    Commune,
    Matcher,
    NeedError,
    Scale,
    Stage,
    Theme,
    UnknownCommune,
    present,
)

from .asking import LONGEST_COMMUNE, Form
from .maps import Outlines, drawing

pages = Blueprint("public", __name__)

matcher: Matcher = LocalProxy(lambda: current_app.extensions["matcher"])  # type: ignore[assignment]
shapes: Outlines = LocalProxy(lambda: current_app.extensions["outlines"])  # type: ignore[assignment]

TOP = 10
"""Suggestions on a page: what a person can compare."""
OUTLINES_AGE = 7 * 24 * 3600
"""Seconds for which a browser may keep an outline: they change once a year."""


@pages.get("/")
def home() -> ResponseReturnValue:
    """Ask: the commune, the need, the themes, the situation."""
    return _form(Form.of(request.args))


@pages.get("/suggestions")
def suggestions() -> ResponseReturnValue:
    """Answer: ranked suggestions with their reasons, a map and the same as a table."""
    form = Form.of(request.args)
    if not form.commune:
        return _form(form, [("commune", "Indiquez votre commune.")], status=400)
    if len(form.commune) > LONGEST_COMMUNE:
        message = f"Le nom de la commune dépasse {LONGEST_COMMUNE} caractères."
        return _form(form, [("commune", message)], status=400)
    try:
        commune = matcher.commune(form.commune)
    except UnknownCommune as error:
        return _form(form, [("commune", error.reason)], error.suggestions, status=404)
    try:
        need = form.need(commune)
        found = matcher.match(need, top=TOP)
    except NeedError as error:
        return _form(form, [(_field(str(error)), str(error))], status=400)
    return render_template(
        "public/suggestions.html",
        form=form,
        answer=present(matcher, need, found),
        drawing=drawing(matcher, commune, found),
    )


@pages.get("/communes")
def communes() -> ResponseReturnValue:
    """Communes for the autocompletion, best first, as JSON."""
    query = request.args.get("q", "")[:LONGEST_COMMUNE].strip()
    return jsonify(
        [
            {
                "code": c.insee,
                "nom": c.name,
                "departement": department_name(c),
                "codes_postaux": list(c.postcodes),
                "pvd": "pvd" in c.labels,
            }
            for c in (matcher.territory.search(query) if query else [])
        ]
    )


@pages.get("/contours/<niveau>.geojson")
def outlines(niveau: str) -> ResponseReturnValue:
    """All outlines of a level, as they are in the data."""
    path = shapes.path(_scale(niveau))
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/geo+json", max_age=OUTLINES_AGE)


@pages.get("/contours/<niveau>/<code>.geojson")
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


@pages.get("/sante")
def health() -> ResponseReturnValue:
    """Say that the data are read and the site answers."""
    return jsonify(etat="pret")


def department_name(commune: Commune) -> str:
    """Name of the département of a commune."""
    return matcher.territory.name(Area(Scale.DEPARTEMENT, commune.departement))


def _form(
    form: Form,
    errors: list[tuple[str, str]] | None = None,
    choices: tuple[Commune, ...] = (),
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "public/home.html",
        form=form,
        errors=errors,
        failed={field for field, _ in errors or ()},
        choices=choices,
        count=len(matcher.structures),
        themes=Theme,
        stages=Stage,
        longest=MAX_TEXT,
        department_name=department_name,
    )
    return page, status


def _field(message: str) -> str:
    """The field that a message of NeedError speaks of."""
    fields = {"Thème": "theme", "Poids": "theme", "Étape": "etape"}
    return next((field for start, field in fields.items() if message.startswith(start)), "besoin")


def _scale(code: str) -> Scale:
    try:
        return Scale(code)
    except ValueError:
        abort(404)
