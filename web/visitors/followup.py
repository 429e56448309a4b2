"""What becomes of a request: its reference and the address that it was left with open its page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from wtforms import StringField

from ..casework.dossiers.dossiers import UnknownDossier, find
from ..casework.states import State, Step
from ..casework.store.database import Unavailable
from ..casework.store.tables import Dossier
from ..context import database, matcher
from ..protection import Sent, at_most, needed, one_line, trimmed
from .contact import secret_page

LONGEST_REFERENCE = 40
"""Characters: a reference has 17, and may be pasted with others."""
UNKNOWN = (
    "Aucune demande n’a cette référence avec cette adresse. Vérifiez l’une et l’autre : la "
    "référence a été affichée à l’envoi, et commence par MR."
)
"""The same whichever is wrong: nobody learns which references exist."""
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


@dataclass(frozen=True)
class Followed:
    """What is shown of a request: nothing of who works on it, nor of their notes."""

    reference: str
    state: State
    told: str
    introductions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, dossier: Dossier) -> Followed:
        """What the commune may read of its dossier."""
        known = matcher.structures
        state = State(dossier.state)
        return cls(
            dossier.reference,
            state,
            TOLD[state],
            tuple(
                (known[one.structure_id].name, STEPS[Step(one.step)])
                for one in dossier.introductions
                if Step(one.step) in STEPS and one.structure_id in known
            ),
        )


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/suivi")(follow_up)
    pages.post("/suivi")(follow_up_opened)


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
            followed = _opened(find(session, form.reference.data.upper()), form.courriel.data)
    except UnknownDossier:
        followed = None
    except Unavailable:
        return _page(form, 503, NOT_OPENED)
    return _page(form, 200, "", followed) if followed else _page(form, 404, UNKNOWN)


def _opened(dossier: Dossier, email: str) -> Followed | None:
    """What is shown to who knows the address of a dossier; None to anybody else."""
    kept = (dossier.contact and dossier.contact.email) or ""
    same = hmac.compare_digest(kept.lower().encode(), email.lower().encode())
    return Followed.of(dossier) if kept and same else None


def _page(
    form: FollowUpForm, status: int = 200, trouble: str = "", followed: Followed | None = None
) -> ResponseReturnValue:
    return secret_page(
        "public/followup.html",
        status,
        form=form,
        trouble=trouble,
        followed=followed,
        days=current_app.config["ANSWER_DAYS"],
    )
