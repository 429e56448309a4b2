"""A letter is answered by its link, without an account: opened, nothing changes; sent, it does.

A structure says yes, later, no, or asks for a pause; a commune says whether it was called back,
whether that helped, and to whom its address may be given. Mail programs open links by themselves:
only the button of the page changes anything, and pressed twice it counts once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import Field, RadioField, SelectField, StringField
from wtforms.validators import StopValidation

from matcher.catalogue import french

from ..casework import clock
from ..casework.dossiers import dossiers, parties
from ..casework.introductions import links, replies
from ..casework.introductions.introductions import LATEST_DAYS
from ..casework.introductions.links import LinkOver
from ..casework.states import Contacted, Declined, Outcome, Step, Useful
from ..casework.store.tables import AnswerLink, Introduction, Voice
from ..context import database, place_named, structure_of
from ..protection import Sent, coming_day, later_day, trimmed
from ..signin.keys import key_of
from .contact import linked_page


class LinkAnswer(StrEnum):
    """What a structure may answer."""

    YES = "oui"
    LATER = "plus_tard"
    NO = "non"
    PAUSE = "pause"


STEPS = {
    LinkAnswer.YES: Step.ACCEPTED,
    LinkAnswer.LATER: Step.LATER,
    LinkAnswer.NO: Step.DECLINED,
    LinkAnswer.PAUSE: Step.DECLINED,
}
ANSWERS = {
    LinkAnswer.YES: "Oui, nous voulons bien échanger avec la commune",
    LinkAnswer.LATER: "Plus tard",
    LinkAnswer.NO: "Non, pas pour ce besoin",
    LinkAnswer.PAUSE: "Mettez-nous en pause : plus de demande pour le moment",
}
REASONS = {
    Declined.NO_TIME: "Nous n’avons pas de disponibilité",
    Declined.NOT_ITS_FIELD: "Ce n’est pas notre métier",
    Declined.NOT_ITS_AREA: "Ce n’est pas notre territoire",
    Declined.TOO_EARLY: "Le projet n’est pas assez avancé",
    Declined.NO_FUNDS: "L’accompagnement n’est pas financé",
}
"""Why a structure says no, in its own words."""


class ReplyForm(Sent):
    """The answer of a structure."""

    reponse = RadioField(validate_choice=False, choices=list(ANSWERS.items()), default="")
    reparler = StringField(filters=[trimmed])
    motif = SelectField(validate_choice=False, default="")
    fin = StringField(filters=[trimmed])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.later_on: datetime | None = None

    def validate_reponse(self, field: Field) -> None:
        """One of the four."""
        if field.data not in tuple(LinkAnswer):
            raise StopValidation("Choisissez l’une des quatre réponses.")

    def validate_reparler(self, field: Field) -> None:
        """« Plus tard » has its day."""
        if self.reponse.data == LinkAnswer.LATER:
            self.later_on = later_day(field.data)

    def validate_motif(self, field: Field) -> None:
        """« Non » has its reason, which helps to find another structure."""
        if self.reponse.data == LinkAnswer.NO and field.data not in tuple(REASONS):
            raise StopValidation("Choisissez une raison dans la liste.")

    def validate_fin(self, field: Field) -> None:
        """A pause may have its end."""
        if self.reponse.data == LinkAnswer.PAUSE and field.data:
            self.later_on = coming_day(field.data)

    @property
    def reason(self) -> str | None:
        """Code of why not, where the answer is no."""
        if self.reponse.data == LinkAnswer.PAUSE:
            return Declined.PAUSE.value
        return str(self.motif.data) if self.reponse.data == LinkAnswer.NO else None


class CommuneQuestion(NamedTuple):
    """What a commune is asked about one structure; it is written once its structure was."""

    one: Introduction
    name: str
    asked: bool
    covered: bool
    said: Introduction | Voice | None
    """Where what it said is kept; None until it does."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/reponse/<lien>")(reply)
    pages.post("/reponse/<lien>")(reply_sent)


def reply(lien: str) -> ResponseReturnValue:
    """Show what is asked, and what was answered; nothing changes."""
    try:
        with database.reading() as session:
            link = links.find(session, key_of(lien) or "")
            form = ReplyForm if link.introduction is not None else Sent
            return _page(link, lien, form(formdata=None))
    except LinkOver:
        return linked_page("public/reply_over.html", 404)


def reply_sent(lien: str) -> ResponseReturnValue:
    """Keep the answer, once however often it is sent."""
    try:
        with database.writing() as session:
            link = links.find(session, key_of(lien) or "")
            dossier, one = link.dossier, link.introduction
            form = ReplyForm() if one is not None else Sent()
            if not form.validate_on_submit():
                return _page(link, lien, form, 400)
            dossiers.to_change(session, dossier.reference, None)
            if isinstance(form, ReplyForm) and one is not None:
                after = STEPS[LinkAnswer(form.reponse.data)]
                replies.answer(session, one, after, form.reason, form.later_on)
            else:
                _take(session, link)
    except LinkOver:
        return linked_page("public/reply_over.html", 404)
    return redirect(url_for("public.reply", lien=lien, merci=1), 303)


def _take(session: Session, link: AnswerLink) -> None:
    """What a commune says of each structure; what it leaves blank stays as it was."""
    party, outcome = link.party, request.form.get("suite", "")
    if party is not None and outcome in tuple(Outcome):
        parties.note_outcome(session, party, Outcome(outcome))
    for spoken in _spoken(link):
        one, number = spoken.one, spoken.one.id
        if spoken.asked:
            contacted, useful = (
                request.form.get(f"{name}-{number}", "") for name in ("recontactee", "utile")
            )
            replies.tell(
                session,
                one,
                Contacted(contacted) if contacted in tuple(Contacted) else None,
                Useful(useful) if useful in tuple(Useful) else None,
                party=party,
            )
        if not spoken.covered and request.form.get(f"accord-{number}") == "oui":
            replies.agree(session, one, None, party)


def _spoken(link: AnswerLink) -> list[CommuneQuestion]:
    told_of = set(replies.told_of(link.dossier))
    voices = {voice.introduction_id: voice for voice in link.party.voices} if link.party else None
    return [
        CommuneQuestion(
            one,
            known.name,
            one in told_of,
            replies.covers(one, link.party),
            one if voices is None else voices.get(one.id),
        )
        for one in link.dossier.introductions
        if one.step != Step.WITHDRAWN and (known := structure_of(one.structure_id)) is not None
    ]


def _page(link: AnswerLink, lien: str, form: Sent, status: int = 200) -> Response:
    dossier, one = link.dossier, link.introduction
    shared = {
        "dossier": dossier,
        "commune": place_named(dossier.commune, dossier.places),
        "form": form,
        "link": lien,
        "thanked": "merci" in request.args,
    }
    if one is None:
        whose = link.party or dossier
        return linked_page(
            "public/reply_commune.html",
            status,
            spoken=_spoken(link),
            party=link.party,
            own=place_named(link.party.commune) if link.party else "",
            outcomes=Outcome,
            contacted=Contacted,
            useful=Useful,
            may_agree=bool(whose.contact and whose.contact.email),
            **shared,
        )
    structure = structure_of(one.structure_id)
    now = clock.now()
    return linked_page(
        "public/reply_structure.html",
        status,
        one=one,
        name=structure.name if structure else one.structure_id,
        open=replies.may_answer(one),
        answers=ANSWERS,
        reasons=REASONS,
        said=_said(one),
        first=f"{now + timedelta(days=1):%Y-%m-%d}",
        last=f"{now + timedelta(days=LATEST_DAYS):%Y-%m-%d}",
        **shared,
    )


def _said(one: Introduction) -> str:
    """What a structure answered, as it reads it; "" while it did not."""
    day = f"{clock.day_of(one.later_on):%d/%m/%Y}" if one.later_on else ""
    if one.step == Step.LATER:
        return f"plus tard, à partir du {day}"
    if one.step == Step.DECLINED and one.reason == Declined.PAUSE:
        return f"en pause jusqu’au {day}" if day else "en pause"
    if one.step == Step.DECLINED:
        known = next((text for code, text in REASONS.items() if code == one.reason), "")
        return f"non ({french.within(known)})" if known else "non"
    return {Step.ACCEPTED.value: "oui", Step.MET.value: "oui, rencontre faite"}.get(one.step, "")
