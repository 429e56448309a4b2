"""The need of a dossier, made precise by those who follow it, and its contact."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    Field,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from matcher import Need, NeedError, Stage, Theme
from matcher.tables import MAX_TEXT

from ...access import may_change
from ...casework.dossiers import refinements
from ...casework.dossiers.dossiers import Stale
from ...casework.dossiers.refinements import Refined, contact_of
from ...casework.persons.addresses import LONGEST_EMAIL, LONGEST_TELEPHONE
from ...casework.states import Forbidden
from ...casework.store.tables import Dossier
from ...context import matcher, place_named
from ...protection import Sent, a_number, at_most, one_line, trimmed
from ...visitors.forms import LONGEST_NAME
from ..forms import Posted
from . import desk
from .needs import SOURCES


class RefineForm(Posted):
    """The need and the contact of a dossier, as they stand or as they were typed."""

    besoin = TextAreaField(filters=[trimmed], validators=[at_most(MAX_TEXT)])
    theme = SelectMultipleField(validate_choice=False)
    sans = SelectMultipleField(validate_choice=False)
    etape = SelectField(validate_choice=False, default="")
    service = StringField(filters=[trimmed], validators=[at_most(LONGEST_NAME), one_line])
    courriel = StringField(
        filters=[trimmed], validators=[at_most(LONGEST_EMAIL), one_line, Sent.validate_courriel]
    )
    telephone = StringField(
        filters=[trimmed], validators=[at_most(LONGEST_TELEPHONE), one_line, a_number]
    )
    source = SelectField(validate_choice=False, default="")
    accord = BooleanField()

    def __init__(self, dossier: Dossier, blank: bool) -> None:
        contact = contact_of(dossier)
        self.commune = dossier.commune
        self.places = tuple(dossier.places.split(",")) if dossier.places else ()
        self.known_source = contact.source if contact else ""
        """That of the contact, which stays unless another is chosen."""
        if not blank:
            super().__init__()
            return
        super().__init__(
            formdata=None,
            data={
                "besoin": dossier.need,
                "theme": dossier.themes,
                "sans": dossier.excluded,
                "etape": dossier.stage or "",
                "service": contact.service if contact else "",
                "courriel": contact.email if contact else "",
                "telephone": contact.telephone if contact else "",
                "accord": bool(contact and contact.consent_at),
            },
        )

    def validate_source(self, field: Field) -> None:
        """Where a contact comes from is kept with it; there is none without a contact."""
        known = field.data in SOURCES or (not field.data and self.known_source)
        if self._has_contact and not known:
            raise ValidationError("Dites comment vous connaissez ce contact.")

    def validate_accord(self, field: Field) -> None:
        """An agreement is that of somebody."""
        if field.data and not self._has_contact:
            raise ValidationError(
                "Indiquez le service, l’adresse ou le numéro de qui a donné cet accord."
            )

    def validate(self, extra_validators: object = None) -> bool:
        """Check all fields, then the need as a whole."""
        valid = bool(super().validate(extra_validators))
        refined = self.refined()
        both = set(refined.themes) & set(refined.excluded)
        need = Need(
            self.commune,
            refined.need,
            tuple(refined.themes),
            refined.stage,
            excluded=tuple(refined.excluded),
            places=self.places,
        )
        try:
            if both:
                said = "Thème à la fois indiqué et écarté : gardez l’un des deux."
                raise NeedError(said, "theme")
            matcher.question(need)
        except NeedError as error:
            field = self[error.field if error.field in self else "besoin"]
            field.errors = [*field.errors, str(error)]
            return False
        return valid

    def refined(self) -> Refined:
        """The need and the contact that a form holds."""
        return Refined(
            need=self.besoin.data,
            themes=tuple(dict.fromkeys(self.theme.data or ())),
            excluded=tuple(dict.fromkeys(self.sans.data or ())),
            stage=self.etape.data or None,
            email=self.courriel.data or None,
            service=self.service.data or None,
            telephone=self.telephone.data or None,
            source=SOURCES.get(self.source.data, self.known_source),
            agreed=bool(self.accord.data),
        )

    def problems(self) -> list[tuple[str, str]]:
        """Each field at fault and what to change."""
        return [(name, str(one)) for name, said in self.errors.items() for one in said]

    @property
    def _has_contact(self) -> bool:
        return bool(self.service.data or self.courriel.data or self.telephone.data)


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers/<reference>/besoin")(dossier_need)
    pages.post("/dossiers/<reference>/besoin")(dossier_need_refined)


def dossier_need(reference: str) -> ResponseReturnValue:
    """Show the need and the contact, to be changed."""
    with desk.read(reference) as (_, account, found):
        if not may_change(account, found):
            raise Forbidden("Prenez d’abord ce dossier en charge pour le modifier.")
        refinements.check_open(found)
        return _page(found, RefineForm(found, blank=True), found.version)


def dossier_need_refined(reference: str) -> ResponseReturnValue:
    """Keep what was made precise."""
    version = desk.version_sent()
    with desk.read(reference) as (_, account, found):
        if not may_change(account, found):
            raise Forbidden("Prenez d’abord ce dossier en charge pour le modifier.")
        refinements.check_open(found)
        form = RefineForm(found, blank=False)
        if not form.validate():
            # The version that was read, not today's: what others changed since is not overwritten.
            return _page(found, form, version), 400
        refined = form.refined()
    try:
        with desk.change(reference) as (session, account, found):
            refinements.refine(session, found, refined, account.id)
    except Stale:
        with desk.read(reference) as (_, _, found):
            if refinements.changes(found, refined):
                raise
        # The form was sent twice: what it asks for is there.
    return redirect(url_for("advisers.dossier", reference=reference, _anchor="besoin"), 303)


def _page(dossier: Dossier, form: RefineForm, version: int) -> str:
    return render_template(
        "advisers/refine.html",
        dossier=dossier,
        commune=place_named(dossier.commune, dossier.places),
        contact=contact_of(dossier),
        form=form,
        version=version,
        themes=Theme,
        stages=Stage,
        sources=SOURCES,
        longest=MAX_TEXT,
    )
