"""A need typed in by an adviser: somebody called, wrote, or said it at a meeting."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import ValidationError

from matcher import Need, Stage, Theme
from matcher.tables import MAX_TEXT

from ...casework.dossiers import same
from ...casework.dossiers.dossiers import (
    LETTERS,
    Declared,
    digest,
    move,
    open_dossier,
    sealed_of,
)
from ...casework.states import State
from ...context import database
from ...protection import Sent, at_most, one_line, trimmed
from ...visitors.forms import LONGEST_NAME, IntroductionForm
from . import aware, desk
from .aware import Neighbour

SOURCES = {
    "telephone": "téléphone",
    "courriel": "courriel",
    "courrier": "courrier",
    "rendez-vous": "rendez-vous ou visite",
    "reunion": "réunion ou événement",
}
"""How the need was learnt; it is kept with the contact."""
OTHER = "autre"
"""What is chosen when none of the dossiers that are alike holds this need."""


class TypedForm(IntroductionForm):
    """The need and the contact as an adviser knows them: the commune and the need are enough."""

    service = StringField(filters=[trimmed], validators=[at_most(LONGEST_NAME), one_line])
    source = SelectField(validate_choice=False, default="")
    accord = BooleanField()
    meme = StringField()

    def validate_courriel(self, field: Field) -> None:
        """An address may be missing; one that is given must be one."""
        Sent.validate_courriel(self, field)

    def validate_source(self, field: Field) -> None:
        """Where a contact comes from is kept with it, whatever it is."""
        if field.data not in SOURCES:
            raise ValidationError("Dites comment vous avez eu connaissance de ce besoin.")

    def declared(self) -> Declared:
        """The dossier to open of a valid form."""
        content = self.content()
        return Declared.sent(
            content,
            origin="main",
            source=SOURCES[self.source.data],
            seed=sealed_of("main", self.token, content),
        )


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/besoin")(need)
    pages.post("/besoin")(need_typed)


def need() -> ResponseReturnValue:
    """Show the form of a need."""
    return _page(TypedForm(formdata=None))


def need_typed() -> ResponseReturnValue:
    """Open the dossier of a need, with who typed it as its member."""
    form = TypedForm()
    if not form.validate_on_submit():
        return _page(form, 400)
    declared = form.declared()
    known = _alike(declared)
    same_as = form.meme.data or ""
    if known and same_as not in (OTHER, *(one.reference for one in known)):
        return _page(form, 409, known)
    reference = database.keep(lambda session: _opened(session, declared, same_as))
    return redirect(url_for("advisers.dossier", reference=reference), 303)


def _alike(declared: Declared) -> list[Neighbour]:
    """The dossiers of the commune that may hold this need already, but the one that it makes."""
    need = Need(
        declared.commune,
        declared.need,
        tuple(declared.themes),
        declared.stage,
        excluded=tuple(declared.excluded),
        places=tuple(declared.places),
    )
    own = digest(LETTERS, declared.seed)[1]
    with database.reading() as session:
        places = declared.places or [declared.commune]
        return aware.alike(session, desk.me(session), places, need, own)


def _opened(session: Session, declared: Declared, same_as: str) -> str:
    account = desk.me(session)
    dossier = open_dossier(session, declared, account)
    if same_as not in ("", OTHER):
        same.link(session, dossier, same_as, account.id)
    if dossier.state == State.RECEIVED:  # somebody follows it already: it does not wait
        move(session, dossier, State.OPEN, account.id)
    return dossier.reference


def _page(
    form: TypedForm, status: int = 200, alike: Sequence[Neighbour] = ()
) -> ResponseReturnValue:
    page = render_template(
        "advisers/need.html",
        form=form,
        alike=alike,
        other=OTHER,
        themes=Theme,
        stages=Stage,
        sources=SOURCES,
        longest=MAX_TEXT,
    )
    return page, status
