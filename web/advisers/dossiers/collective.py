"""Collective dossiers: formed of several, joined and left by communes, each with its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import ValidationError

from matcher import UnknownCommune
from matcher.tables import MAX_TEXT

from ...access import may_read, may_read_contact
from ...answers.asking import LONGEST_PLACE, whole
from ...casework.dossiers import dossiers, parties, same
from ...casework.dossiers.dossiers import UnknownDossier
from ...casework.introductions import introductions
from ...casework.persons.addresses import LONGEST_EMAIL, address_of
from ...casework.states import Forbidden, Outcome, State
from ...casework.store.tables import Account, Contact, Dossier, Party
from ...context import database, matcher, place_named
from ...protection import at_most, lines, needed, one_line, trimmed
from ...visitors.forms import LONGEST_NAME
from ..forms import Posted
from ..history import heard_of
from . import desk
from .needs import SOURCES

MOST = 40
"""Dossiers that are grouped by one gesture; others join afterwards."""
AGAIN = (
    "Des courriels sont prêts dans ce dossier : relisez-les, ils parlent du groupe d’avant ce "
    "changement."
)


class GroupForm(Posted):
    """The need as all of the communes share it."""

    besoin = TextAreaField(
        filters=[trimmed],
        validators=[needed("Écrivez le besoin commun."), at_most(MAX_TEXT), lines],
    )


class PartyContactForm(Posted):
    """Whom to answer in a commune."""

    adresse = StringField(filters=[trimmed], validators=[at_most(LONGEST_EMAIL), one_line])
    service = StringField(filters=[trimmed], validators=[at_most(LONGEST_NAME), one_line])
    source = StringField()

    def validate_adresse(self, field: Field) -> None:
        """One bare address, or none."""
        if field.data:
            try:
                field.data = address_of(field.data)
            except ValueError as error:
                raise ValidationError(str(error)) from error


@dataclass(frozen=True)
class CommuneOfGroup:
    """A commune of a group, as the page of the dossier shows it.

    Parameters
    ----------
    own : str
        Reference of its own dossier, where one may read it; "" otherwise.
    contact : Contact or None
        None where there is none, or it is not for who reads.
    heard : tuple or None
        What it last answered on its own request: see `history.heard_of`.
    """

    party: Party
    name: str
    own: str
    contact: Contact | None
    heard: tuple[object, ...] | None

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        return Outcome(self.party.outcome)


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    one = "/dossiers/<reference>/groupe"
    pages.get("/groupes/former")(group_proposed)
    pages.post("/groupes/former")(group_formed)
    pages.post(f"{one}/communes")(party_joined)
    pages.post(f"{one}/suites")(party_outcomes)
    pages.post(f"{one}/<insee>/sortie")(party_left)
    pages.post(f"{one}/<insee>/contact")(party_contact)


def members_of(session: Session, account: Account, dossier: Dossier) -> list[CommuneOfGroup]:
    """The communes of a group; none of a dossier of a single commune."""
    readable, found = may_read_contact(account, dossier), []
    for party in parties.present(dossier):
        own = parties.own_of(session, party)
        may = own is not None and may_read(account, own)
        found.append(
            CommuneOfGroup(
                party,
                place_named(party.commune),
                own.reference if own is not None and may else "",
                parties.contact_of(party) if readable else None,
                heard_of(own) if own is not None and readable else None,
            )
        )
    return found


def group_proposed() -> ResponseReturnValue:
    """Show the dossiers that would be one, with the need to share."""
    with database.reading() as session:
        account = desk.me(session)
        found = _readable(session, account, request.args.getlist("dossier"))
        return _proposal(found, None)


def group_formed() -> ResponseReturnValue:
    """Make one collective dossier of those that are ticked, each as it was read.

    Where one of them is a group already, the others join it.
    """
    form = GroupForm()
    chosen = [one.partition(":")[::2] for one in request.form.getlist("dossier")[:MOST]]
    if not form.validate_on_submit():
        with database.reading() as session:
            found = _readable(session, desk.me(session), [one for one, _ in chosen])
            return _proposal(found, form)
    with database.writing() as session:
        account = desk.me(session)
        found = [
            _to_change(session, account, reference, whole(version, 9) or 0)
            for reference, version in chosen
        ]
        groups = [one for one in found if one.parties]
        if len(groups) > 1:
            raise Forbidden("Deux de ces dossiers réunissent déjà plusieurs communes.")
        if groups:
            dossiers.take(session, groups[0], account)
            for one in found:
                if one is not groups[0]:
                    same.join_group(session, groups[0], one, account.id)
            reference = groups[0].reference
        else:
            reference = same.form_group(session, found, form.besoin.data, account).reference
    flash("Le dossier collectif est prêt : chaque commune garde sa référence, qui y mène.")
    return desk.back(reference, "groupe")


def party_joined(reference: str) -> ResponseReturnValue:
    """Let communes join: by the reference of their dossier, or by their name."""
    typed = request.form.get("commune", "").strip()[:LONGEST_PLACE]
    with desk.change(reference) as (session, account, found):
        if typed.upper().startswith("MR-"):
            own = _to_change(session, account, typed.upper(), None)
            same.join_group(session, found, own, account.id)
        else:
            here = {one.commune for one in parties.present(found)} or {found.commune}
            new = [insee for insee in _communes(typed) if insee not in here]
            if not new:
                raise Forbidden("Cette commune est déjà dans le groupe.")
            for insee in new:
                parties.enter(session, found, insee, account.id)
        _tell_prepared(found)
    return desk.back(reference, "groupe")


def party_left(reference: str, insee: str) -> ResponseReturnValue:
    """Let a commune leave: its own dossier is open again."""
    with desk.change(reference) as (session, account, found):
        parties.leave(session, found, parties.find(found, insee), account.id)
        _tell_prepared(found)
    return desk.back(reference, "groupe")


def party_contact(reference: str, insee: str) -> ResponseReturnValue:
    """Say whom to answer in a commune."""
    form = PartyContactForm()
    if not form.validate_on_submit():
        raise Forbidden(" ".join(str(said) for errors in form.errors.values() for said in errors))
    if form.adresse.data and form.source.data not in SOURCES:
        raise Forbidden("Dites comment vous avez eu cette adresse.")
    with desk.change(reference) as (session, account, found):
        parties.set_contact(
            session,
            found,
            parties.find(found, insee),
            form.adresse.data or None,
            form.service.data or None,
            SOURCES.get(form.source.data, ""),
            account.id,
        )
    return desk.back(reference, "groupe")


def party_outcomes(reference: str) -> ResponseReturnValue:
    """Keep what became of each commune; what is left as it was changes nothing."""
    with desk.change(reference) as (session, account, found):
        for party in parties.present(found):
            said = request.form.get(f"suite-{party.commune}", "")
            if said in tuple(Outcome):
                parties.note_outcome(session, party, Outcome(said), account.id)
    return desk.back(reference, "groupe")


def _proposal(found: Sequence[Dossier], form: GroupForm | None) -> ResponseReturnValue:
    page = render_template(
        "advisers/group.html",
        found=[(one, place_named(one.commune, one.places)) for one in found],
        group=next((one for one in found if one.parties), None),
        form=form,
        longest=MAX_TEXT,
    )
    return page, 400 if form else 200


def _readable(session: Session, account: Account, named: Sequence[str]) -> list[Dossier]:
    """The open dossiers of these references, that this account may bring into a group.

    Raises
    ------
    UnknownDossier
        When one is not for it.
    """
    found = [dossiers.find(session, reference) for reference in dict.fromkeys(named[:MOST])]
    for one in found:
        if not may_read(account, one):
            raise UnknownDossier(one.reference)
    return [one for one in found if one.state != State.CLOSED]


def _to_change(session: Session, account: Account, reference: str, version: int | None) -> Dossier:
    """One's own dossier, one that waits or, for a lead, any, to bring it into a group."""
    found = dossiers.to_change(session, reference, version)
    if not may_read(account, found):
        raise UnknownDossier(reference)
    return found


def _communes(typed: str) -> list[str]:
    try:
        return [commune.insee for commune in matcher.place(typed).communes]
    except UnknownCommune as error:
        raise Forbidden(str(error)) from error


def _tell_prepared(dossier: Dossier) -> None:
    if introductions.prepared(dossier):
        flash(AGAIN)
