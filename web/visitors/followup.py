"""What becomes of a request: its reference and the address that it was left with open its page.

There the commune says whether it was called back, whether that was useful, and may close it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, StringField
from wtforms.validators import ValidationError

from ..casework.dossiers.dossiers import Stale, UnknownDossier, find, to_change
from ..casework.dossiers.inbox import ENDS, hear
from ..casework.dossiers.parties import collective_of, present
from ..casework.states import Closed, Contacted, Forbidden, State, Step, Useful
from ..casework.store.database import Unavailable
from ..casework.store.tables import Contact, Dossier
from ..context import database, place_named, structure_of
from ..protection import Sent, at_most, needed, one_line, trimmed
from .contact import secret_page

LONGEST_REFERENCE = 40
"""Characters: a reference has 17, and may be pasted with others."""
UNKNOWN = (
    "Aucune demande n’a cette référence avec cette adresse. Vérifiez l’une et l’autre : la "
    "référence a été affichée à l’envoi, et commence par MR."
)
"""The same whichever is wrong: nobody learns which references exist."""
LONGEST_VERSION = 9
"""Digits of how many times a dossier changed."""
LONGEST_WORD = 300
"""Characters of the word that goes with an answer."""
CHANGED = "Votre demande a changé entre-temps. Rien n’a été écrasé : relisez-la, puis répondez."
HEARD = "Merci, votre réponse est enregistrée. Le conseiller la lit dans le dossier."
NOT_OPENED = "Le suivi n’est pas disponible pour le moment. Réessayez dans quelques minutes."
STEPS = {
    Step.SENT: "un conseiller vous a présentés, sa réponse est attendue",
    Step.ACCEPTED: "elle accepte de vous rencontrer",
    Step.LATER: "elle propose d’en reparler plus tard",
    Step.DECLINED: "elle ne donne pas suite",
    Step.MET: "rencontre faite",
}
"""What the commune reads of an introduction; what is only prepared, or withdrawn, is not shown."""
TOLD = {
    State.RECEIVED: "Reçue : un conseiller va la lire.",
    State.OPEN: "Un conseiller s’en occupe.",
    State.PROPOSED: "Une mise en relation est proposée.",
    State.ACCEPTED: "Une structure accepte de vous rencontrer.",
    State.DECLINED: "La structure ne donne pas suite : un conseiller en cherche une autre.",
    State.MET: "Une rencontre a eu lieu.",
    State.FOLLOWED: "Le projet est suivi.",
    State.CLOSED: "Le dossier est clos.",
}
"""Where a request stands, as the commune reads it."""


class FollowUpForm(Sent):
    """The reference, and the address that the request was left with."""

    reference = StringField(
        filters=[trimmed],
        validators=[needed("Indiquez la référence."), at_most(LONGEST_REFERENCE), one_line],
    )

    def validate_courriel(self, field: StringField) -> None:
        """An address is needed: a reference alone opens nothing."""
        needed("Indiquez l’adresse donnée avec la demande.")(self, field)
        super().validate_courriel(field)


class AnswerForm(FollowUpForm):
    """What the commune says of its request, as it last saw it."""

    version = HiddenField()
    recontactee = StringField()
    utile = StringField()
    mot = StringField(filters=[trimmed], validators=[at_most(LONGEST_WORD), one_line])
    clore = StringField()

    @classmethod
    def of(cls, followed: FollowedRequest, email: str) -> AnswerForm:
        """An empty one, for a request that is open on the page."""
        form = cls(formdata=None, reference=followed.reference, courriel=email)
        form.version.data = str(followed.version)
        form.renew()
        return form

    def validate_version(self, field: Field) -> None:
        """The number that the page gave."""
        if not (field.data or "").isdecimal() or len(field.data) > LONGEST_VERSION:
            raise ValidationError(CHANGED)

    def validate_recontactee(self, field: Field) -> None:
        """One of two."""
        if field.data not in tuple(Contacted):
            raise ValidationError("Dites si quelqu’un vous a recontactés : oui ou non.")

    def validate_utile(self, field: Field) -> None:
        """One of three, or nothing yet."""
        if field.data and field.data not in tuple(Useful):
            raise ValidationError("Choisissez l’une des réponses proposées.")

    def validate_clore(self, field: Field) -> None:
        """One of the ends that a commune knows of, or none."""
        if field.data and field.data not in {end.value for end in ENDS}:
            raise ValidationError("Choisissez l’une des fins proposées.")


@dataclass(frozen=True)
class FollowedRequest:
    """What is shown of a request: nothing of who works on it, nor of their notes."""

    reference: str
    state: State
    told: str
    introductions: tuple[tuple[str, str], ...]
    version: int
    heard: Mapping[str, Any] | None
    """What the commune last answered."""
    group: str = ""
    """The communes with which it is followed; "" of one that is followed alone."""
    by_link: bool = False
    """Whether it answers by the link of its letter only: the dossier is that of several."""

    @classmethod
    def of(
        cls, dossier: Dossier, group: Dossier | None = None, by_link: bool = False
    ) -> FollowedRequest:
        """What the commune may read of its dossier, or of the group in which it is followed."""
        own = dossier
        dossier = group or dossier
        state = State(dossier.state)
        return cls(
            own.reference,
            state,
            TOLD[state],
            tuple(
                (known.name, STEPS[Step(one.step)])
                for one in dossier.introductions
                if Step(one.step) in STEPS and (known := structure_of(one.structure_id)) is not None
            ),
            own.version,
            own.heard,
            place_named(dossier.commune, dossier.places) if group or by_link else "",
            by_link,
        )


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/suivi")(follow_up)
    pages.post("/suivi")(follow_up_opened)
    pages.post("/suivi/reponse")(follow_up_answered)


def follow_up() -> ResponseReturnValue:
    """Ask for the reference and the address."""
    typed = request.args.get("reference", "")[:LONGEST_REFERENCE]
    return _page(FollowUpForm(formdata=None, reference=typed))


def follow_up_opened() -> ResponseReturnValue:
    """Show where the request stands."""
    form = FollowUpForm()
    if not form.validate_on_submit():
        return _page(form, 400)
    try:
        with database.reading() as session:
            found = find(session, form.reference.data.upper())
            followed = _opened(session, found, form.courriel.data)
    except UnknownDossier:
        followed = None
    except Unavailable:
        return _page(form, 503, NOT_OPENED)
    if followed is None:
        return _page(form, 404, UNKNOWN)
    return _page(AnswerForm.of(followed, form.courriel.data), 200, "", followed)


def follow_up_answered() -> ResponseReturnValue:
    """Keep what the commune says, once: what was sent from an older page changes nothing."""
    form = AnswerForm()
    valid = form.validate_on_submit()
    try:
        with database.reading() as session:
            dossier = find(session, (form.reference.data or "").upper())
            followed = _opened(session, dossier, form.courriel.data or "")
        if followed is None or followed.by_link:
            return _page(FollowUpForm(), 404, UNKNOWN)
        if not valid:
            return _page(form, 400, "", followed)
        return _answered(form, followed)
    except UnknownDossier:
        return _page(FollowUpForm(), 404, UNKNOWN)
    except Unavailable:
        return _page(FollowUpForm(), 503, NOT_OPENED)


def _answered(form: AnswerForm, before: FollowedRequest) -> ResponseReturnValue:
    email = form.courriel.data
    if before.heard and before.heard.get("jeton") == form.token:
        return _page(AnswerForm.of(before, email), 200, "", before, HEARD)
    try:
        with database.writing() as session:
            dossier = to_change(session, before.reference, int(form.version.data))
            hear(
                session,
                dossier,
                Contacted(form.recontactee.data),
                Useful(form.utile.data) if form.utile.data else None,
                form.mot.data,
                Closed(form.clore.data) if form.clore.data else None,
                form.token,
            )
            after = FollowedRequest.of(dossier, collective_of(session, dossier))
    except (Stale, Forbidden):
        return _page(AnswerForm.of(before, email), 409, CHANGED, before)
    return _page(AnswerForm.of(after, email), 200, "", after, HEARD)


def _opened(session: Session, dossier: Dossier, email: str) -> FollowedRequest | None:
    """What is shown to who knows the address of a dossier; None to anybody else."""
    if _is(dossier.contact, email):
        return FollowedRequest.of(dossier, collective_of(session, dossier))
    if any([_is(party.contact, email) for party in present(dossier)]):
        return FollowedRequest.of(dossier, by_link=True)
    return None


def _is(contact: Contact | None, email: str) -> bool:
    kept = (contact and contact.email) or ""
    same = hmac.compare_digest(kept.lower().encode(), email.lower().encode())
    return bool(kept) and same


def _page(
    form: FollowUpForm,
    status: int = 200,
    trouble: str = "",
    followed: FollowedRequest | None = None,
    said: str = "",
) -> ResponseReturnValue:
    return secret_page(
        "public/followup.html",
        status,
        form=form,
        trouble=trouble,
        followed=followed,
        said=said,
        contacted=Contacted,
        useful=Useful,
        ends=ENDS if followed and not followed.group and followed.state is not State.CLOSED else {},
        longest=LONGEST_WORD,
        days=current_app.config["ANSWER_DAYS"],
    )
