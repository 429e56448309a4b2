"""The need and its answer: the form, the suggestions, the same as files, « pourquoi pas »."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from matcher import Commune, NeedError, Stage, Suggestion, Theme, UnknownCommune
from matcher.reports import (
    describe,
    present,
    render_pdf,
    render_sheet,
    render_workbook,
    suggestions_csv,
    suggestions_geojson,
)
from matcher.tables import MAX_TEXT
from matcher.territory import Place
from matcher.upkeep import unknown_line

from ..answers.asking import LONGEST_PLACE, Form
from ..answers.filtering import PAGE, Filters
from ..answers.gaps import gaps
from ..answers.kept import Answered
from ..answers.maps import drawing
from ..answers.shelves import LONGEST_QUERY
from ..context import (
    answers,
    department_name,
    doors,
    exact,
    matcher,
    other_name,
    same_postcode,
    shapes,
    shelves,
    whole_areas,
)

MEDIA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media type of each file that a page of suggestions may be had as."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)
    pages.get("/suggestions")(suggestions)
    pages.get("/suggestions.<extension>")(suggestions_file)
    pages.get("/pourquoi-pas")(why_not)
    pages.get("/lecture")(reading)
    pages.get("/widget")(widget)
    pages.register_error_handler(Refused, refuse)


class Refused(Exception):
    """A need that cannot be answered: the form again, with what to change."""

    def __init__(
        self, status: int, field: str, message: str, doubt: UnknownCommune | None = None
    ) -> None:
        self.status = status
        self.errors = [(field, message)]
        self.choices = doubt.suggestions if doubt else ()
        self.areas = whole_areas(doubt) if doubt else ()


@dataclass(frozen=True)
class Asked:
    """A need that can be answered, and its answer."""

    place: Place
    answered: Answered
    elsewhere: bool
    """Out of the ESS, and the list is not wanted all the same: there is none."""

    @classmethod
    def of(cls, form: Form) -> Asked:
        """Match what the form asks.

        Raises
        ------
        Refused
        """
        if not form.commune:
            raise Refused(400, "commune", "Indiquez votre commune.")
        if len(form.commune) > LONGEST_PLACE:
            message = f"Le nom de la commune dépasse {LONGEST_PLACE} caractères."
            raise Refused(400, "commune", message)
        try:
            place = matcher.place(form.commune)
        except UnknownCommune as error:
            raise Refused(404, "commune", error.reason, error) from error
        try:
            answered = answers.of(form.need(place))
        except NeedError as error:
            raise Refused(400, error.field, str(error)) from error
        return cls(place, answered, not answered.status.ranked and not form.voir)

    @property
    def commune(self) -> Commune:
        """The commune that asks, or that speaks for those that do."""
        return self.place.commune

    def renamed(self, form: Form) -> bool:
        """Whether one commune was asked by another name than that of today."""
        return not self.place.places and other_name(form.commune, self.commune)

    def page(self, filters: Filters) -> tuple[Sequence[Suggestion], int]:
        """The suggestions that the page shows, and how many there are over all pages."""
        return ((), 0) if self.elsewhere else self.answered.page(filters)


def refuse(refused: Refused) -> ResponseReturnValue:
    """Show the form again with what to change."""
    return _form(Form.of(request.args), refused)


def home() -> ResponseReturnValue:
    """Ask: the commune, the need, the themes, the situation."""
    return _form(Form.of(request.args))


def widget() -> ResponseReturnValue:
    """The short form, for partners to frame in their own pages; it answers in a new tab."""
    return render_template("public/widget.html", longest=MAX_TEXT)


def suggestions() -> ResponseReturnValue:
    """Answer: ranked suggestions with their reasons, a map and the same as a table."""
    return answers.page(_answer, Form.of(request.args), Filters.of(request.args))


def _answer(form: Form, filters: Filters) -> str:
    """The page: it is made from the need, the filters and the data only."""
    asked = Asked.of(form)
    answered = asked.answered
    shown, found = asked.page(filters)
    answer = present(matcher, answered.need, shown)
    if asked.elsewhere:
        return render_template(
            "public/elsewhere.html",
            form=form,
            answer=answer,
            renamed=asked.renamed(form),
            others=_others("public.suggestions", form, asked.commune),
        )
    return render_template(
        "public/suggestions.html",
        form=form,
        filters=filters,
        unknown=unknown_line(doors.unknown_at(asked.commune)),
        gaps=gaps((Theme(theme.code) for theme in answer.themes), answered.covered),
        choices=filters.choices(answered.covered),
        answer=answer,
        found=found,
        pages=ceil(found / PAGE),
        drawing=drawing(matcher, asked.commune, shown),
        renamed=asked.renamed(form),
        others=_others("public.suggestions", form, asked.commune),
        team=answered.team,
        neighbours=answered.neighbours,
        visits=answered.visits,
        inspirations=answered.inspirations,
        resources=answered.resources,
    )


def suggestions_file(extension: str) -> ResponseReturnValue:
    """What is on the page as a file: for a spreadsheet, a map, a printer."""
    if extension not in MEDIA:
        abort(404)
    filters = Filters.of(request.args)
    asked = Asked.of(Form.of(request.args))
    shown, _ = asked.page(filters)
    need = asked.answered.need
    if extension == "csv":
        content: str | bytes = "\ufeff" + suggestions_csv(shown, matcher.territory)
    elif extension == "geojson":
        content = current_app.json.dumps(suggestions_geojson(shown, matcher.territory))
    elif extension == "xlsx":
        content = render_workbook(matcher, need, shown)
    elif extension == "pdf":
        content = render_pdf(matcher, need, shown, shapes.folder)
    else:
        content = render_sheet(matcher, need, shown)
    answer = Response(content, mimetype=MEDIA[extension])
    name = f"suggestions-{asked.commune.insee}.{extension}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def why_not() -> ResponseReturnValue:
    """« Pourquoi pas … ? »: what kept a structure away, and what would change it."""
    form = Form.of(request.args)
    asked = Asked.of(form)
    named = request.args.get("structure", "")[:LONGEST_QUERY].strip()
    found = shelves.named(named)
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
        why=matcher.why_not(asked.answered.need, structure.id),
        change=matcher.counterfactual(asked.answered.need, structure.id),
    )


def reading() -> ResponseReturnValue:
    """The themes read in a text, as JSON, for the form to show while it is written."""
    text = Form.of(request.args).besoin
    try:
        found = matcher.read(text).themes
    except NeedError:
        found = ()
    return jsonify([{"code": t.value, "mots": list(words)} for t, _, words in found])


def _form(form: Form, refused: Refused | None = None) -> ResponseReturnValue:
    page = render_template(
        "public/home.html",
        form=form,
        errors=refused.errors if refused else [],
        failed={field for field, _ in refused.errors} if refused else set(),
        choices=refused.choices if refused else (),
        areas=refused.areas if refused else (),
        count=len(matcher.structures),
        themes=Theme,
        stages=Stage,
        longest=MAX_TEXT,
        department_name=department_name,
        others=_others("public.home", form),
    )
    return page, refused.status if refused else 200


def _others(endpoint: str, form: Form, found: Commune | None = None) -> list[tuple[Commune, str]]:
    """The communes that a bare postal code may mean too, each with the address that asks there."""
    if found is None:  # not yet asked: a code of today is taken for the Insee code
        found = matcher.territory.communes.get(form.commune)
    return [
        (other, url_for(endpoint, **form.query(commune=exact(other))))
        for other in (same_postcode(form.commune, found) if found else ())
    ]
