"""A structure that the directory does not have: proposed from a dossier, introduced at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from matcher import Kind, Structure, UnknownCommune
from matcher.catalogue import Way, french
from matcher.upkeep import text_rule, tidy_value, value_rule

from ...access import may_change
from ...answers.asking import LONGEST_COMMUNE
from ...answers.shelves import LONGEST_QUERY
from ...casework import outside
from ...casework.dossiers import choices
from ...casework.dossiers.choices import MatcherOpinion
from ...casework.outside import Draft
from ...casework.states import Forbidden
from ...context import as_typed, matcher, shelves
from ...freshness import served
from ...protection import at_most, lines, needed, one_line, trimmed
from ..forms import LONGEST_COMMENT, Posted
from . import desk

LONGEST = {"nom": 200, "description": 2_000, "adresse": 500, "contact": 254}
"""Characters of the fields, as the directory has them."""
ALIKE = 5
"""Structures of the directory that are shown before another one is made."""


class OutsideForm(Posted):
    """What a team knows of a structure; nothing of a person."""

    nom = StringField(
        filters=[trimmed],
        validators=[needed("Donnez le nom de la structure."), at_most(LONGEST["nom"]), one_line],
    )
    commune = StringField(filters=[trimmed], validators=[at_most(LONGEST_COMMUNE), one_line])
    type = SelectField(validate_choice=False)
    description = TextAreaField(
        filters=[trimmed],
        validators=[
            needed("Dites en une phrase ce qu’elle fait."),
            at_most(LONGEST["description"]),
            lines,
        ],
    )
    site = StringField(filters=[trimmed], validators=[at_most(LONGEST["adresse"]), one_line])
    boite = StringField(filters=[trimmed], validators=[at_most(LONGEST["contact"]), one_line])
    telephone = StringField(filters=[trimmed], validators=[at_most(30), one_line])
    source = StringField(
        filters=[trimmed],
        validators=[
            needed("Dites d’où vient ce que vous savez d’elle."),
            at_most(LONGEST["adresse"]),
            one_line,
        ],
    )
    commentaire = TextAreaField(
        filters=[trimmed],
        validators=[
            needed("Dites en une phrase pourquoi vous l’ajoutez."),
            at_most(LONGEST_COMMENT),
            lines,
        ],
    )
    aucune = BooleanField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.insee = ""

    def validate_commune(self, field: Field) -> None:
        """Where its seat is, when it is known."""
        if field.data:
            try:
                self.insee = matcher.commune(field.data).insee
            except UnknownCommune as error:
                raise ValidationError(str(error)) from error

    def validate_type(self, field: Field) -> None:
        """A kind of the list, or none."""
        if field.data and field.data not in {kind.value for kind in Kind}:
            raise ValidationError("Choisissez un type de la liste, ou aucun.")

    def validate_description(self, field: Field) -> None:
        """No name of a person, as in the directory."""
        _refuse(text_rule(field.data, self.nom.data or ""))

    def validate_nom(self, field: Field) -> None:
        """No person either."""
        _refuse(text_rule(field.data))

    def validate_site(self, field: Field) -> None:
        """A page of the web."""
        if field.data:
            _refuse(value_rule(Way.PAGE_CONTACT, field.data, self._named))

    def validate_boite(self, field: Field) -> None:
        """A box that is nobody's own."""
        field.data = tidy_value(Way.COURRIEL, field.data or "")
        if field.data:
            _refuse(value_rule(Way.COURRIEL, field.data, self._named))

    def validate_telephone(self, field: Field) -> None:
        """A number that is nobody's own."""
        field.data = tidy_value(Way.TELEPHONE, field.data or "")
        if field.data:
            _refuse(value_rule(Way.TELEPHONE, field.data, self._named))

    def validate_source(self, field: Field) -> None:
        """Where it is known from: a page, or words without a person."""
        if not french.links(field.data):
            _refuse(text_rule(field.data, self.nom.data or ""))

    @property
    def _named(self) -> dict[str, str]:
        return {"name": self.nom.data or "", "seat_commune": self.commune.data or ""}

    @property
    def draft(self) -> Draft:
        """What a valid form says."""
        return Draft(
            name=self.nom.data,
            description=" ".join(self.description.data.split()),
            commune=self.insee,
            kind=self.type.data or "",
            website=self.site.data or "",
            email=self.boite.data or "",
            telephone=self.telephone.data or "",
            source=self.source.data,
        )


def _refuse(rule: str) -> None:
    if rule:
        raise ValidationError(french.sentence(rule))


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers/<reference>/hors-annuaire")(outside_form)
    pages.post("/dossiers/<reference>/hors-annuaire")(outside_proposed)


def outside_form(reference: str) -> ResponseReturnValue:
    """Ask what is known of the structure, once those of the directory were looked at."""
    named = request.args.get("nom", "")[:LONGEST_QUERY].strip()
    return _page(reference, OutsideForm(formdata=None, nom=named), alike(named, ""))


def outside_proposed(reference: str) -> ResponseReturnValue:
    """Keep it in the dossier, to be introduced, and send it to moderation."""
    form = OutsideForm()
    if not form.validate_on_submit():
        return _page(reference, form, alike(form.nom.data or "", form.insee), 400)
    near = alike(form.nom.data, form.insee)
    if near and not form.aucune.data:
        return _page(reference, form, near, 409)
    with desk.change(reference) as (session, account, found):
        named = outside.propose(session, form.draft, found, account.id)
        outside.check_open(session, named)
        opinion = MatcherOpinion(None, None, {}, matcher.catalogue.fingerprint)
        comment = form.commentaire.data
        choices.add(session, found, named, opinion, account.id, comment)
    flash("La structure est dans le dossier, à vérifier. Elle attend la modération.")
    return desk.back(reference, "introductions")


def alike(named: str, insee: str) -> list[Structure]:
    """The structures of the directory that a name may mean, the likeliest first."""
    if not named:
        return []
    row = {"id": "", "name": named, "seat_insee": insee}
    known = matcher.structures
    found = [known[pair.other] for pair in served().lookalikes.of(row) if pair.other in known]
    return list({one.id: one for one in [*found, *shelves.named(named)]}.values())[:ALIKE]


def _page(
    reference: str, form: OutsideForm, near: list[Structure], status: int = 200
) -> ResponseReturnValue:
    with desk.read(reference) as (_session, account, found):
        if not may_change(account, found):
            raise Forbidden("Prenez d’abord ce dossier en charge pour le modifier.")
        if form.insee and not form.errors:
            form.commune.data = as_typed(matcher.territory.communes[form.insee])
        page = render_template(
            "advisers/outside.html",
            dossier=found,
            form=form,
            near=near,
            kinds=sorted(Kind, key=lambda kind: french.order_key(kind.label)),
            longest=LONGEST,
            longest_comment=LONGEST_COMMENT,
        )
        return page, status
