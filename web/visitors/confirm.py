"""A structure confirms its own record: it is right, to be corrected, or of a body that is no more.

Its answer is a correction to examine, as that of any visitor; it says that it came by the link.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, abort, redirect, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, RadioField, TextAreaField
from wtforms.validators import StopValidation

from matcher import Structure
from matcher.reports import describe
from matcher.tables import MAX_TEXT

from ..casework.dossiers.inbox import InboxUnavailable, Request, RequestKind
from ..context import inbox, matcher
from ..freshness import served
from ..protection import Sent, at_most, lines, trimmed
from ..signin.keys import record_of
from .contact import NOT_STORED, RECEIVED, linked_page, received


class RecordAnswer(StrEnum):
    """What a structure says of its record, with the French label of the choice."""

    RIGHT = "juste"
    WRONG = "a_corriger"
    GONE = "plus"

    @property
    def label(self) -> str:
        """What is ticked."""
        return LABELS[self]


LABELS = {
    RecordAnswer.RIGHT: "Tout est juste",
    RecordAnswer.WRONG: "Il y a quelque chose à corriger",
    RecordAnswer.GONE: "Nous n’existons plus, ou nous n’aidons plus les communes",
}
SAID = {
    RecordAnswer.RIGHT: "La structure confirme par son lien : tout est juste.",
    RecordAnswer.WRONG: "La structure corrige par son lien :",
    RecordAnswer.GONE: (
        "La structure dit par son lien qu’elle n’existe plus ou n’aide plus les communes."
    ),
}
"""How the answer begins in the proposal that a moderator reads."""


class ConfirmationForm(Sent):
    """The three answers, and what is to be corrected."""

    reponse = RadioField(
        choices=[(one.value, one.label) for one in RecordAnswer], validate_choice=False, default=""
    )
    precisions = TextAreaField(filters=[trimmed], validators=[at_most(MAX_TEXT), lines])

    def validate_reponse(self, field: Field) -> None:
        """One of the three."""
        if field.data not in tuple(RecordAnswer):
            raise StopValidation("Choisissez l’une des trois réponses.")

    def validate_precisions(self, field: Field) -> None:
        """What is to be corrected is said."""
        if self.reponse.data == RecordAnswer.WRONG and not field.data:
            raise StopValidation("Dites-nous ce qu’il faut corriger.")

    def content(self, structure: Structure) -> dict[str, Any]:
        """What is stored of a valid form."""
        answer = RecordAnswer(self.reponse.data)
        return {
            "fiche": structure.id,
            "titre": structure.name,
            "commune": None,
            "commune_saisie": None,
            "description": f"{SAID[answer]} {self.precisions.data or ''}".strip(),
            "source": structure.website or None,
            "courriel": None,
            "confirmation": answer.value,
        }


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/fiche/<lien>")(confirmation)
    pages.post("/fiche/<lien>")(confirmation_sent)
    pages.get("/fiche/recue")(confirmation_received)


def confirmation(lien: str) -> ResponseReturnValue:
    """Show its record to a structure, and ask whether it is right."""
    return _page(_structure(lien), lien, ConfirmationForm(formdata=None))


def confirmation_sent(lien: str) -> ResponseReturnValue:
    """Store what a structure says of its record."""
    structure, form = _structure(lien), ConfirmationForm()
    if not form.validate_on_submit():
        return _page(structure, lien, form, 400)
    try:
        content = form.content(structure)
        session[RECEIVED] = inbox.receive(Request(RequestKind.CORRECTION, form.token, content))
    except InboxUnavailable:
        return _page(structure, lien, form, 503, NOT_STORED)
    return redirect(url_for("public.confirmation_received"), 303)


def confirmation_received() -> ResponseReturnValue:
    """Thank, with the reference of the answer."""
    return received("public.proposal", "Merci, votre réponse est enregistrée", "public.home")


def _structure(link: str) -> Structure:
    """The structure of a link, under its identifier of today."""
    named = record_of(link)
    if named is None:
        abort(404)
    found = matcher.structures.get(served().former.get(named, named))
    if found is None:
        abort(404)
    return found


def _page(
    structure: Structure, link: str, form: ConfirmationForm, status: int = 200, trouble: str = ""
) -> Response:
    return linked_page(
        "public/confirmation.html",
        status,
        facts=describe(structure, matcher),
        form=form,
        link=link,
        trouble=trouble,
        answers=list(RecordAnswer),
        longest=MAX_TEXT,
    )
