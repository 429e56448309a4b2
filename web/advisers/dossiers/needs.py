"""A need typed in by an adviser, beside what the team knows already of its commune.

Somebody called, wrote, or said it at a meeting. Of other dossiers no more is told than their
members let everybody read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import ValidationError

from matcher import Need, NeedError, Stage, Theme, UnknownCommune
from matcher.tables import MAX_TEXT

from ...access import may_read
from ...answers.asking import LONGEST_PLACE
from ...casework import clock
from ...casework.dossiers import same
from ...casework.dossiers.dossiers import (
    LETTERS,
    Declared,
    digest,
    move,
    need_of,
    open_dossier,
    sealed_of,
)
from ...casework.states import State
from ...casework.store.tables import Account, Dossier
from ...context import database, matcher
from ...protection import Sent, at_most, one_line, trimmed
from ...visitors.forms import LONGEST_NAME, IntroductionForm
from . import desk

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
NEIGHBOURS = 10
"""Other dossiers of a commune that are shown, those that are alike first, then the newest."""
LIKE_DAYS = 183
"""Days during which a need that comes again is most often the same one: half a year."""
SUBJECTS = 3
"""Subjects that say what a need is about."""


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
    pages.get("/besoin/commune")(need_neighbours)


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


def _alike(declared: Declared) -> list[KnownDossier]:
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
        return alike(session, desk.me(session), places, need, own)


def _opened(session: Session, declared: Declared, same_as: str) -> str:
    account = desk.me(session)
    dossier = open_dossier(session, declared, account)
    if same_as not in ("", OTHER):
        same.link(session, dossier, same_as, account.id)
    if dossier.state == State.RECEIVED:  # somebody follows it already: it does not wait
        move(session, dossier, State.OPEN, account.id)
    return dossier.reference


def _page(
    form: TypedForm, status: int = 200, alike: Sequence[KnownDossier] = ()
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


@dataclass(frozen=True)
class KnownDossier:
    """A dossier as every colleague may know it.

    Parameters
    ----------
    subject : str
        What it is about, as the matcher reads it.
    who : str
        Names of those who follow it; "" of nobody.
    need : str
        Its words, for those who read the dossier; "" for the others, who get no link either.
    like : bool
        Whether it may be the same need: a subject in common, in half a year.
    """

    reference: str
    subject: str
    state: str
    who: str
    received: datetime
    readable: bool
    need: str
    like: bool


def need_neighbours() -> ResponseReturnValue:
    """The dossiers of a commune, while its need is typed: a part of a page."""
    try:
        found = matcher.place(request.args.get("commune", "")[:LONGEST_PLACE])
    except UnknownCommune:
        return "", 204
    communes = [commune.insee for commune in found.communes]
    with database.reading() as session:
        known = neighbours(session, desk.me(session), communes)
    return render_template("advisers/_neighbours.html", neighbours=known)


def neighbours(
    session: Session,
    account: Account,
    communes: Collection[str],
    need: Need | None = None,
    but: str | None = None,
) -> list[KnownDossier]:
    """The other dossiers of some communes, those that may hold the same need first."""
    known = [shown(one, account, need) for one in same.of_communes(session, communes, but)]
    return sorted(known, key=lambda one: not one.like)[:NEIGHBOURS]


def alike(
    session: Session, account: Account, communes: Collection[str], need: Need, but: str
) -> list[KnownDossier]:
    """The dossiers that may hold the need that is being typed."""
    return [one for one in neighbours(session, account, communes, need, but) if one.like]


def linked(session: Session, account: Account, dossier: Dossier) -> list[KnownDossier]:
    """The dossiers that a person said to hold the same need."""
    return [shown(one, account, None) for one in same.linked(session, dossier)]


def shown(dossier: Dossier, account: Account, need: Need | None) -> KnownDossier:
    """A dossier as this colleague may know it, beside a need."""
    readable = may_read(account, dossier)
    recent = dossier.created_at > clock.now() - timedelta(days=LIKE_DAYS)
    return KnownDossier(
        dossier.reference,
        _subject(need_of(dossier)),
        State(dossier.state).label,
        ", ".join(member.name for member in dossier.members),
        dossier.created_at,
        readable,
        dossier.need if readable else "",
        need is not None and recent and is_like(need, need_of(dossier)),
    )


def is_like(one: Need, other: Need) -> bool:
    """Whether two needs share a subject or, where one of them names none, their first theme."""
    (subjects, themes), (others, other_themes) = _about(one), _about(other)
    if subjects and others:
        return not set(subjects).isdisjoint(others)
    return bool(themes) and themes[:1] == other_themes[:1]


def _subject(need: Need) -> str:
    subjects, themes = _about(need)
    labels = matcher.knowledge.subject_labels
    named = [labels[code] for code in subjects[:SUBJECTS] if code in labels]
    return ", ".join(named or [theme.label for theme in themes[:SUBJECTS]]) or "sujet non reconnu"


def _about(need: Need) -> tuple[Sequence[str], Sequence[Theme]]:
    """The subjects of a need, heaviest first, and its themes; none when it is no longer read."""
    try:
        question = matcher.question(need)
    except NeedError:
        return (), ()
    return [*question.main_subjects], [*map(Theme, question.themes)]
