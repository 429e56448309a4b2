"""The need and its answer: the form, whom to call first, the road map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher import Commune, NeedError, Stage, Suggestion, Theme, UnknownCommune
from matcher.reports import present
from matcher.tables import MAX_TEXT
from matcher.territory import Place

from ..answers.asking import LONGEST_PLACE, Form
from ..answers.kept import Answered, Filters
from ..answers.questions import surely_read
from ..answers.roadmap import Roadmap
from ..casework.opinions import Counted, Fair, Shown, digest_of
from ..context import (
    answers,
    department_name,
    exact,
    impressions,
    matcher,
    other_name,
    place_of,
    same_postcode,
    whole_areas,
)
from ..freshness import served


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)
    pages.get("/suggestions")(suggestions)
    pages.get("/lecture")(reading)
    pages.get("/widget")(widget)
    pages.register_error_handler(UnanswerableNeed, refuse)


class UnanswerableNeed(Exception):
    """A need that cannot be answered: the form again, with what to change."""

    def __init__(
        self, status: int, field: str, message: str, doubt: UnknownCommune | None = None
    ) -> None:
        self.status = status
        self.errors = [(field, message)]
        self.choices = doubt.suggestions if doubt else ()
        self.areas = whole_areas(doubt) if doubt else ()


@dataclass(frozen=True)
class AnsweredNeed:
    """A need that can be answered, and its answer."""

    place: Place
    answered: Answered
    elsewhere: bool
    """Out of the ESS, and the list is not wanted all the same: there is none."""

    @classmethod
    def of(cls, form: Form) -> AnsweredNeed:
        """Match what the form asks.

        Raises
        ------
        UnanswerableNeed
        """
        if not form.commune:
            raise UnanswerableNeed(400, "commune", "Indiquez votre commune.")
        if len(form.commune) > LONGEST_PLACE:
            message = f"Le nom de la commune dépasse {LONGEST_PLACE} caractères."
            raise UnanswerableNeed(400, "commune", message)
        try:
            place = matcher.place(form.commune)
        except UnknownCommune as error:
            raise UnanswerableNeed(404, "commune", error.reason, error) from error
        try:
            answered = answers.of(form.need(place))
        except NeedError as error:
            raise UnanswerableNeed(400, error.field, str(error)) from error
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


def refuse(refused: UnanswerableNeed) -> ResponseReturnValue:
    """Show the form again with what to change."""
    return _form(Form.of(request.args), refused)


def home() -> ResponseReturnValue:
    """Ask: the commune, the need, the themes, the situation."""
    return _form(Form.of(request.args))


def widget() -> ResponseReturnValue:
    """The short form, for partners to frame in their own pages; it answers in a new tab."""
    return render_template("public/widget.html", longest=MAX_TEXT)


def suggestions() -> ResponseReturnValue:
    """Answer: whom to call first, and the road map; what narrows a list leads to the list."""
    form, filters = Form.of(request.args, _themes_of), Filters.of(request.args)
    if filters.any or filters.page > 1:
        return redirect(url_for("public.listing", **form.query(), **filters.query()))
    answer: tuple[bytes, Counted] = answers.page(request.script_root, _answer, form, filters)
    page, shown = answer
    impressions.count(shown)
    return page


def _themes_of(text: str) -> tuple[Theme, ...]:
    """The themes that are surely read in a text; none in one that cannot be read."""
    try:
        return surely_read(matcher.read(text).themes)
    except NeedError:
        return ()


def told(answered: Answered) -> Shown:
    """A need without its words."""
    need, themes = answered.need, tuple(theme.value for theme in answered.themes)
    return Shown(need.commune, themes, digest_of(need, current_app.secret_key))


def _answer(form: Form, filters: Filters) -> tuple[bytes, Counted]:
    """The page, made from the need and the data only, and whom it shows first; nobody: None."""
    asked = AnsweredNeed.of(form)
    if asked.elsewhere:
        return elsewhere(form, asked).encode(), None
    answered = asked.answered
    answer = present(answered.matcher, answered.question, answered.called, answered.ranking)
    page = render_template(
        "public/suggestions.html",
        form=form,
        answer=answer,
        fair=Fair,
        map=Roadmap(answered, answer, served().doors, asked.place, dict(form.reponses)),
        renamed=asked.renamed(form),
        others=other_communes("public.suggestions", form, asked.commune),
        project_place=place_of,
    )
    return page.encode(), (told(answered), [one.structure.id for one in answered.called])


def elsewhere(form: Form, asked: AnsweredNeed) -> str:
    """Out of the ESS: whom to see, and nobody is ranked."""
    return render_template(
        "public/elsewhere.html",
        form=form,
        answer=present(matcher, asked.answered.question, ()),
        renamed=asked.renamed(form),
        others=other_communes("public.suggestions", form, asked.commune),
    )


def reading() -> ResponseReturnValue:
    """The themes read in a text, as JSON, for the form to show while it is written."""
    text = Form.of(request.args).besoin
    try:
        found = matcher.read(text).themes
    except NeedError:
        found = ()
    return jsonify([{"code": t.value, "mots": list(words)} for t, _, words in found])


def _form(form: Form, refused: UnanswerableNeed | None = None) -> ResponseReturnValue:
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
        others=other_communes("public.home", form),
    )
    return page, refused.status if refused else 200


def other_communes(
    endpoint: str, form: Form, found: Commune | None = None
) -> list[tuple[Commune, str]]:
    """The communes that a bare postal code may mean too, each with the address that asks there."""
    if found is None:  # not yet asked: a code of today is taken for the Insee code
        found = matcher.territory.communes.get(form.commune)
    return [
        (other, url_for(endpoint, **form.query(commune=exact(other))))
        for other in (same_postcode(form.commune, found) if found else ())
    ]
