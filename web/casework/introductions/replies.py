"""What both sides answer without an account: by the link of a letter, or by the page « Suivi ».

Saying twice what is already so changes nothing. Each answer is logged, with the side that gave it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Contacted, Declined, Forbidden, State, Step, Useful
from ..store.tables import Dossier, Introduction, Party, Voice
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
        memory.pause(session, introduction.structure_id, clock.day_of(later_on))
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
    party: Party | None = None,
) -> None:
    """Keep what a commune says of a structure that it was introduced to.

    Parameters
    ----------
    contacted, useful : Contacted or None, Useful or None
        None where it does not say: what it said before stays.
    account_id : int, optional
        The adviser who wrote it down; None where the commune said so itself.
    party : Party, optional
        Which commune of a group says it.

    Raises
    ------
    Forbidden
        When the structure was not written to.
    """
    if Step(introduction.step) not in TOLD_OF:
        raise Forbidden("Cette structure n’a pas encore été sollicitée.")
    voice = introduction if party is None else voice_of(party, introduction)
    said = (contacted or voice.contacted, useful or voice.useful)
    if said == (voice.contacted, voice.useful):
        return
    voice.contacted, voice.useful = (code and str(code) for code in said)
    voice.told_at = clock.now()
    audit.record(
        session,
        Action.COMMUNE_TOLD,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        recontactee=voice.contacted,
        utile=voice.useful,
        **({"commune": party.commune} if party else {}),
    )


def voice_of(party: Party, introduction: Introduction) -> Voice:
    """What one commune of a group says of an introduction; empty until it does."""
    for voice in party.voices:
        if voice.introduction_id == introduction.id:
            return voice
    party.voices.append(made := Voice(introduction_id=introduction.id))
    return made


def covers(introduction: Introduction, party: Party | None = None) -> bool:
    """Whether the consent of the commune covers this very structure.

    The form asks to pass a request on « aux structures choisies »: it covers those that the
    commune chose. For any other, the commune agrees by its link, or tells its adviser.

    Parameters
    ----------
    party : Party, optional
        Which commune of a group is asked about: what one agrees to binds no other.
    """
    return covered(introduction.dossier, introduction.structure_id, party)


def covered(dossier: Dossier, structure_id: str, party: Party | None = None) -> bool:
    """The same of a structure that may not be introduced yet."""
    whose = dossier if party is None else party
    contact = whose.contact
    if contact is None or not contact.reached:
        return False
    voices = {one.introduction_id: one for one in party.voices} if party else None
    agreed = {
        one.structure_id
        for one in dossier.introductions
        if (said := one if voices is None else voices.get(one.id)) and said.agreed_at is not None
    }
    chosen = contact.consent_at is not None and structure_id in (whose.wished or ())
    return chosen or structure_id in agreed


def agree(
    session: Session,
    introduction: Introduction,
    account_id: int | None,
    party: Party | None = None,
) -> None:
    """Note that the commune agrees that this structure has its address.

    Raises
    ------
    Forbidden
        When no address is kept.
    """
    if covers(introduction, party):
        return
    contact = (introduction.dossier if party is None else party).contact
    if contact is None or not contact.reached:
        raise Forbidden("Aucune adresse de la commune n’est gardée dans ce dossier, ni numéro.")
    voice = introduction if party is None else voice_of(party, introduction)
    voice.agreed_at = clock.now()
    audit.record(
        session,
        Action.AGREED,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        accord=True,
        **({"commune": party.commune} if party else {}),
    )


def withdraw(
    session: Session, introduction: Introduction, account_id: int | None, party: Party
) -> None:
    """Note that a commune of a group does not let this structure have its address any more."""
    if not covers(introduction, party):
        return
    voice_of(party, introduction).agreed_at = None
    party.wished = [known for known in party.wished if known != introduction.structure_id]
    audit.record(
        session,
        Action.AGREED,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        accord=False,
        commune=party.commune,
    )
