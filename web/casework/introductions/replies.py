"""What both sides answer without an account: by the link of a letter, or by the page « Suivi ».

Saying twice what is already so changes nothing. Each answer is logged, with the side that gave it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Contacted, Declined, Forbidden, State, Step, Useful
from ..store.tables import Dossier, Introduction
from . import introductions, memory

TOLD_OF = (Step.SENT, Step.LATER, Step.ACCEPTED, Step.DECLINED, Step.MET)
"""Steps of the introductions that a commune may speak of: its structure was written to."""
PAUSE_DAYS = 180
"""Days of a pause whose end a structure does not say: half a year."""
ANSWERABLE = (Step.PREPARED, Step.SENT, Step.LATER, Step.ACCEPTED, Step.DECLINED)
"""Steps at which a structure may still answer. A letter that left before its adviser noted it may
be answered too."""


def may_answer(introduction: Introduction) -> bool:
    """Whether the answer of a structure would be taken."""
    return introduction.dossier.state != State.CLOSED and introduction.step in ANSWERABLE


def answer(
    session: Session,
    introduction: Introduction,
    after: Step,
    reason: str | None = None,
    later_on: datetime | None = None,
) -> None:
    """Take the answer of a structure: accepted, later or declined.

    Raises
    ------
    Forbidden
        When its introduction waits for no answer, or the step may not follow.
    """
    if not may_answer(introduction):
        raise Forbidden("Cette demande n’attend plus de réponse.")
    if introduction.step == Step.PREPARED:
        introductions.advance(session, introduction, Step.SENT, None)
    if reason == Declined.PAUSE:
        if introduction.reason == reason:
            later_on = later_on or introduction.later_on
        later_on = later_on or clock.now() + timedelta(days=PAUSE_DAYS)
        memory.pause(session, introduction.structure_id, later_on.date())
    introductions.advance(session, introduction, after, None, reason, later_on)


def told_of(dossier: Dossier) -> list[Introduction]:
    """The introductions that a commune may speak of."""
    return [one for one in dossier.introductions if Step(one.step) in TOLD_OF]


def tell(
    session: Session,
    introduction: Introduction,
    contacted: Contacted | None,
    useful: Useful | None,
    account_id: int | None = None,
) -> None:
    """Keep what a commune says of a structure that it was introduced to.

    Parameters
    ----------
    contacted, useful : Contacted or None, Useful or None
        None where it does not say: what it said before stays.
    account_id : int, optional
        The adviser who wrote it down; None where the commune said so itself.

    Raises
    ------
    Forbidden
        When the structure was not written to.
    """
    if Step(introduction.step) not in TOLD_OF:
        raise Forbidden("Cette structure n’a pas encore été sollicitée.")
    said = (contacted or introduction.contacted, useful or introduction.useful)
    if said == (introduction.contacted, introduction.useful):
        return
    introduction.contacted, introduction.useful = (code and str(code) for code in said)
    introduction.told_at = clock.now()
    audit.record(
        session,
        Action.COMMUNE_TOLD,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        recontactee=introduction.contacted,
        utile=introduction.useful,
    )


def covers(introduction: Introduction) -> bool:
    """Whether the consent of the commune covers this very structure.

    The form asks to pass a request on « aux structures choisies »: it covers those that the
    commune chose. For any other, the commune agrees by its link, or tells its adviser.
    """
    return covered(introduction.dossier, introduction.structure_id)


def covered(dossier: Dossier, structure_id: str) -> bool:
    """The same of a structure that may not be introduced yet."""
    contact = dossier.contact
    if contact is None or not contact.email or contact.erased_at:
        return False
    agreed = {one.structure_id for one in dossier.introductions if one.agreed_at is not None}
    chosen = contact.consent_at is not None and structure_id in (dossier.wished or ())
    return chosen or structure_id in agreed


def agree(session: Session, introduction: Introduction, account_id: int | None) -> None:
    """Note that the commune agrees that this structure has its address.

    Raises
    ------
    Forbidden
        When no address is kept.
    """
    if covers(introduction):
        return
    contact = introduction.dossier.contact
    if contact is None or not contact.email or contact.erased_at:
        raise Forbidden("Aucune adresse de la commune n’est gardée dans ce dossier.")
    introduction.agreed_at = clock.now()
    audit.record(
        session,
        Action.AGREED,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        accord=True,
    )
