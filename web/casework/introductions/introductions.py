"""Introductions: a commune is put in touch with one structure, step by step, once each.

What an introduction becomes moves its dossier too; the rule is that of `follow`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..dossiers import choices, dossiers, parties
from ..dossiers.dossiers import UnknownDossier
from ..persons import traces
from ..states import TRANSITIONS, Declined, Forbidden, State, Step, check_step
from ..store.tables import Dossier, Introduction
from . import links, memory

SAID_AGAIN = (Step.LATER, Step.DECLINED)
"""Steps that may be said again, with another day or another reason."""
LATEST_DAYS = 730
"""Days ahead that a day to come may be: past two years, « plus tard » is no."""
CONTACT = "[contact de la commune]"
"""Stands in the kept texts for the address of the commune: it is filled in when a text is shown,
from what is kept then. An erased address, or an agreement withdrawn, leaves no copy behind."""

STANDING = {
    Step.SENT: State.PROPOSED,
    Step.LATER: State.PROPOSED,
    Step.ACCEPTED: State.ACCEPTED,
    Step.MET: State.MET,
}
"""The state that an introduction which still stands holds its dossier in."""
CLIMB = (State.OPEN, State.PROPOSED, State.ACCEPTED, State.MET)
"""The states that introductions lead through, in order."""
HEIGHT = {
    State.RECEIVED: -1,
    State.DECLINED: 0,
    **{state: height for height, state in enumerate(CLIMB)},
    State.FOLLOWED: len(CLIMB),
}
"""How far a dossier is; one that is closed is nowhere."""


class UnknownIntroduction(UnknownDossier):
    """The dossier has no introduction to this structure."""


@dataclass(frozen=True)
class LetterTexts:
    """The two letters of an introduction as plain text, subject line first."""

    to_commune: str
    to_structure: str


def find(dossier: Dossier, structure_id: str) -> Introduction:
    """Find the introduction of a dossier to a structure.

    Raises
    ------
    UnknownIntroduction
        When there is none.
    """
    for introduction in dossier.introductions:
        if introduction.structure_id == structure_id:
            return introduction
    raise UnknownIntroduction(structure_id)


def prepare(
    session: Session, dossier: Dossier, structure_id: str, texts: LetterTexts, account_id: int
) -> Introduction:
    """Prepare the introduction to a structure that the adviser kept or added.

    One that was withdrawn is prepared anew, with today's texts; one that is prepared already
    stays as it is.

    Raises
    ------
    Forbidden
        When the dossier is closed, the structure was not chosen, or it was introduced already.
    """
    _refuse_closed(dossier)
    memory.check_open(session, structure_id)
    if structure_id not in {choice.structure_id for choice in choices.selected(dossier)}:
        raise Forbidden(
            "Cette structure n’est pas retenue dans le dossier : gardez-la ou ajoutez-la d’abord."
        )
    moment, kept = clock.now(), _kept(dossier, texts)
    before = None
    known = next((i for i in dossier.introductions if i.structure_id == structure_id), None)
    if known is not None and known.step == Step.PREPARED:
        return known
    if known is None:
        known = Introduction(structure_id=structure_id, reminders=0)
        dossier.introductions.append(known)
    else:
        before = Step(known.step)
        check_step(before, Step.PREPARED, None)
        known.reason, known.reminders = None, 0
        known.sent_at = known.answered_at = known.met_at = known.later_on = None
    known.step = Step.PREPARED.value
    known.account_id, known.prepared_at = account_id, moment
    known.to_commune, known.to_structure = kept
    session.flush()
    _record(session, known, before, account_id)
    links.renew(session, dossier, known, account_id)
    for party in parties.asked(dossier):
        links.ensure(session, dossier, None, account_id, party)
    return known


def prepared(dossier: Dossier) -> list[Introduction]:
    """The introductions of a dossier whose letters have not left."""
    return [one for one in dossier.introductions if one.step == Step.PREPARED]


def write_together(session: Session, dossier: Dossier, text: str, account_id: int) -> None:
    """Give the commune one letter for all the structures that are prepared."""
    _refuse_closed(dossier)
    for one in prepared(dossier):
        edit(session, one, LetterTexts(text, one.to_structure), account_id)


def edit(session: Session, introduction: Introduction, texts: LetterTexts, account_id: int) -> None:
    """Change the texts before they are sent; afterwards they are what was sent.

    Raises
    ------
    Forbidden
        When the introduction was sent already.
    """
    if introduction.step != Step.PREPARED:
        raise Forbidden("Cette introduction est partie : ses textes ne changent plus.")
    kept, before = _kept(introduction.dossier, texts), introduction.to_commune
    if kept == (before, introduction.to_structure):
        return
    for other in prepared(introduction.dossier):
        if other.to_commune == before:  # one letter to the commune for several structures
            other.to_commune = kept[0]
    introduction.to_commune, introduction.to_structure = kept
    audit.record(
        session,
        Action.INTRODUCTION_TEXT,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
    )


def advance(
    session: Session,
    introduction: Introduction,
    after: Step,
    account_id: int | None,
    reason: str | None = None,
    later_on: datetime | None = None,
) -> None:
    """Take an introduction one step further, and its dossier with it (see `follow`).

    Saying twice what is already so changes nothing; another day for later does. It happens now;
    on another day: `dates.take`.

    Parameters
    ----------
    account_id : int or None
        None where the structure says so itself, by the link of its letter.
    later_on : datetime, optional
        From when the structure may be asked again: of the step `Step.LATER`, or of a pause.

    Raises
    ------
    Forbidden
        When the step may not follow, its reason or its day is missing, or the dossier is closed.
    """
    if is_at(introduction, after, reason) and introduction.later_on == later_on:
        return
    _refuse_closed(introduction.dossier)
    before, moment = Step(introduction.step), clock.now()
    again = before is after and after in SAID_AGAIN
    check_step(Step.SENT if again else before, after, reason)
    _check_later(after, reason, later_on, moment)
    if after is Step.SENT:
        memory.check_open(session, introduction.structure_id)
    introduction.step, introduction.reason = after.value, reason
    introduction.later_on = later_on
    if after is Step.SENT:
        introduction.sent_at, introduction.reminders = moment, 0
    elif after in (Step.ACCEPTED, Step.DECLINED, Step.LATER):
        introduction.answered_at = moment
    elif after is Step.MET:
        introduction.met_at = moment
    _record(session, introduction, before, account_id)
    follow(session, introduction, account_id)


def is_at(introduction: Introduction, step: Step, reason: str | None = None) -> bool:
    """Whether an introduction stands there already: the same form was sent twice."""
    return introduction.step == step and (introduction.reason or None) == (reason or None)


def _check_later(after: Step, reason: str | None, later_on: datetime | None, now: datetime) -> None:
    if later_on is None:
        if after is Step.LATER:
            raise Forbidden("« plus tard » demande une date.")
    elif after is not Step.LATER and reason != Declined.PAUSE:
        raise Forbidden(f"« {after.label} » ne demande pas de date.")
    elif not now < later_on <= now + timedelta(days=LATEST_DAYS):
        raise Forbidden("Indiquez une date à venir, dans les deux ans.")


def follow(session: Session, introduction: Introduction, account_id: int | None) -> None:
    """Move the dossier after a step of one of its introductions.

    A dossier stands where its furthest introduction brought it, so that no answer hides another:

    - a step forward (sent, accepted, met) lifts the dossier to its own state, through each state
      on the way, all of them by the table; a dossier that is as far or further stays: a second
      structure asked after a meeting does not undo the meeting;
    - an introduction that falls (declined, taken back) lowers the dossier only to what the others
      still hold: accepted, then proposed; when none stands it is declined, for the reason given
      last, or open again if none was ever declined. A dossier met, or followed, stays;
    - a dossier that is closed refuses the step before it is taken: who writes in it reopens it.
    """
    dossier, step = introduction.dossier, Step(introduction.step)
    state = State(dossier.state)
    if step in STANDING:
        if HEIGHT[STANDING[step]] > HEIGHT[state]:
            _climb(session, dossier, STANDING[step], account_id)
    elif step in (Step.DECLINED, Step.WITHDRAWN, Step.PREPARED) and state in (
        State.PROPOSED,
        State.ACCEPTED,
    ):
        held = [STANDING[Step(i.step)] for i in dossier.introductions if Step(i.step) in STANDING]
        target = max(held, key=HEIGHT.__getitem__, default=None)
        if target is not None:
            if HEIGHT[target] < HEIGHT[state]:
                dossiers.move(session, dossier, target, account_id)
            return
        reason = _last_reason(dossier)
        if reason:
            dossiers.move(session, dossier, State.DECLINED, account_id, reason)
            return
        if state is State.ACCEPTED:  # said by hand: nothing was accepted here
            dossiers.move(session, dossier, State.PROPOSED, account_id)
        dossiers.move(session, dossier, State.OPEN, account_id)


def _climb(session: Session, dossier: Dossier, target: State, account_id: int | None) -> None:
    while dossier.state != target:
        state = State(dossier.state)
        # A dossier that was declined is proposed again without being opened again.
        ahead = [o for o in CLIMB if HEIGHT[o] > HEIGHT[state] and o in TRANSITIONS[state]]
        dossiers.move(session, dossier, target if target in ahead else ahead[0], account_id)


def _refuse_closed(dossier: Dossier) -> None:
    if dossier.state == State.CLOSED:
        raise Forbidden("Ce dossier est clos : rouvrez-le pour suivre ses introductions.")


def _last_reason(dossier: Dossier) -> str | None:
    fallen = [i for i in dossier.introductions if i.step == Step.DECLINED and i.answered_at]
    last = max(fallen, key=lambda i: (i.answered_at, i.id), default=None)
    return Declined(last.reason).value if last is not None and last.reason else None


def _kept(dossier: Dossier, texts: LetterTexts) -> tuple[str, str]:
    """The texts without what reaches the communes: see `CONTACT`."""
    known = [dossier.contact, *(party.contact for party in dossier.parties)]
    kept = [text.replace("\r\n", "\n").strip() for text in (texts.to_commune, texts.to_structure)]
    for way in (way for contact in known if contact for way in contact.reached):
        kept = [traces.Sought.of(way).pattern.sub(CONTACT, text) for text in kept]
    return kept[0], kept[1]


def _record(
    session: Session, introduction: Introduction, before: Step | None, account_id: int | None
) -> None:
    later = introduction.later_on
    by_link = {"par": "structure"} if account_id is None else {}
    audit.record(
        session,
        Action.INTRODUCTION,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        avant=before and before.value,
        apres=introduction.step,
        motif=introduction.reason,
        **({"reparler_le": f"{clock.day_of(later):%Y-%m-%d}"} if later else {}),
        **by_link,
    )
