"""What a team's spreadsheet tells is kept: states, introductions and notes, by the rules of states.

Each dossier goes through the steps that lead to where it stands, and the log has each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matcher.tables import fold

from .. import audit, clock
from ..audit import Action
from ..dossiers.choices import Verdict
from ..letters.letters import Letter
from ..states import State, Step, check_step, check_transition
from ..store.tables import Account, Choice, Dossier, Introduction, Note
from .told import Asked, Told
from .words import Standing

CLIMB = (State.OPEN, State.PROPOSED, State.ACCEPTED, State.MET, State.FOLLOWED)
"""The states that lead to the furthest one, in their order."""
STEPS: Mapping[Step, tuple[Step, ...]] = {
    Step.SENT: (Step.SENT,),
    Step.LATER: (Step.SENT, Step.LATER),
    Step.ACCEPTED: (Step.SENT, Step.ACCEPTED),
    Step.DECLINED: (Step.SENT, Step.DECLINED),
    Step.MET: (Step.SENT, Step.ACCEPTED, Step.MET),
}
"""The steps of an introduction after it was prepared, up to where it stands."""
DAYS = {State.PROPOSED: "envoye_le", State.MET: "rencontre_le", State.CLOSED: "clos_le"}
ANSWERED = (State.ACCEPTED, State.DECLINED)

Log = tuple[Action, str, Mapping[str, object]]


@dataclass(frozen=True)
class FollowupFile:
    """What a file tells of its needs, and who is who in it.

    Parameters
    ----------
    followed : mapping of str to Told
        By digest of the need.
    owners : mapping of str to int
        Number of the account of each name of a responsible person that is known.
    file : str
        Name of the file.
    catalogue : str
        Fingerprint of the catalogue.
    """

    followed: Mapping[str, Told]
    owners: Mapping[str, int]
    file: str
    catalogue: str


def owners(named: Sequence[str], working: Sequence[Account]) -> dict[str, int]:
    """The accounts that some names mean: by address, by name, by a first name that is only one's.

    Parameters
    ----------
    working : sequence of Account
        Those that may follow a dossier.
    """
    by_key: dict[str, set[int]] = {}
    for one in working:
        first, *_ = fold(one.name).split() or [""]
        for key in {one.email.casefold(), fold(one.name), first}:
            by_key.setdefault(key, set()).add(one.id)
    found = {}
    for name in named:
        known = by_key.get(name.strip().casefold()) or by_key.get(fold(name)) or set()
        if len(known) == 1:
            found[name] = next(iter(known))
    return found


def keep(
    session: Session, opened: Sequence[Dossier], taken: FollowupFile, account: Account
) -> None:
    """Bring the dossiers that a file opened to where it says that they stand.

    Raises
    ------
    Forbidden
        When a state or a step may not follow: nothing is kept then.
    """
    told = [(one, taken.followed[one.digest]) for one in opened if one.digest in taken.followed]
    numbers = set(taken.owners.values())
    asked = select(Account).where(Account.id.in_(numbers)).options(selectinload(Account.roles))
    accounts = {one.id: one for one in session.scalars(asked)}
    log: list[Log] = []
    for dossier, followed in told:
        log += _kept(dossier, followed, taken, accounts, account)
    session.flush()
    audit.record_many(session, account.id, log)


def _kept(
    dossier: Dossier,
    followed: Told,
    taken: FollowupFile,
    accounts: Mapping[int, Account],
    account: Account,
) -> Iterator[Log]:
    now, reference = clock.now(), dossier.reference
    if received := followed.days.get("recu_le"):
        dossier.created_at = _moment(received)
    owner = accounts.get(taken.owners.get(followed.owner, 0))
    if owner is not None:
        dossier.members = [owner]
        yield Action.DOSSIER_MEMBERS, reference, {"membres": [owner.id], "reprise": True}
    yield from _moved(dossier, followed)
    for position, put in enumerate((p for p in followed.puts if p.structure_id), start=1):
        dossier.choices.append(_choice(put, position, taken, followed, account, now))
        introduction = _introduction(put, taken, followed, account, now)
        # The consent of the file is that of its row: it covers the structures that the row names.
        introduction.agreed_at = dossier.contact.consent_at if dossier.contact else None
        dossier.introductions.append(introduction)
        details = {"structure": put.structure_id, "choix": Verdict.ADDED.value, "reprise": True}
        yield Action.CHOICE, reference, details
        yield from _stepped(reference, put)
    if followed.back is not None:
        dossier.back_at = clock.moment_of(followed.back)
        dossier.back_line = followed.back_line or None
        yield Action.DOSSIER_BACK, reference, {"dates": [f"{followed.back:%d/%m/%Y}"]}
    if followed.notes:
        text = "\n".join([_origin(taken, followed), *followed.notes])
        dossier.notes.append(Note(author_id=account.id, text=text, created_at=now))
        yield Action.DOSSIER_NOTE, reference, {"reprise": True}


def path(followed: Told) -> list[Standing]:
    """The states that lead from « reçu » to where a dossier stands, each by the table.

    Raises
    ------
    Forbidden
        When the table does not allow one of them.
    """
    reached = followed.reached
    way = (State.OPEN, State.PROPOSED) if reached.state is State.DECLINED else CLIMB
    upto = way.index(reached.state) + 1 if reached.state in way else len(way)
    found = [] if reached.state is State.RECEIVED else [Standing(state) for state in way[:upto]]
    found += [reached] if reached.state is State.DECLINED else []
    if followed.standing.state is State.CLOSED:
        found.append(followed.standing)
    before = State.RECEIVED
    for state, reason in found:
        check_transition(before, state, reason)
        before = state
    return found


def _moved(dossier: Dossier, followed: Told) -> Iterator[Log]:
    before = State(dossier.state)
    for state, reason in path(followed):
        column = "repondu_le" if state in ANSWERED else DAYS.get(state, "")
        yield (
            Action.DOSSIER_STATE,
            dossier.reference,
            {
                "avant": before.value,
                "apres": state.value,
                "motif": reason,
                "reprise": True,
                **_dated(followed.days.get(column)),
            },
        )
        dossier.state, dossier.reason = state.value, reason
        before = state


def _stepped(reference: str, put: Asked) -> Iterator[Log]:
    days = {Step.SENT: put.sent, Step.MET: put.met}
    before, shown = Step.PREPARED, ""
    for step in STEPS[put.step]:
        reason = put.reason if step is put.step else None
        check_step(before, step, reason)
        details = {"structure": put.structure_id, "avant": shown, "apres": step.value}
        told = {"motif": reason, "reprise": True, **_dated(days.get(step, put.answered))}
        yield Action.INTRODUCTION, reference, {**details, **told}
        before, shown = step, step.value


def _dated(day: date | None) -> dict[str, object]:
    return {"jour": day.isoformat()} if day else {}


def _choice(
    put: Asked,
    position: int,
    taken: FollowupFile,
    followed: Told,
    account: Account,
    now: datetime,
) -> Choice:
    return Choice(
        structure_id=put.structure_id,
        verdict=Verdict.ADDED.value,
        position=position,
        comment=_origin(taken, followed),
        weights={},
        catalogue=taken.catalogue,
        account_id=account.id,
        decided_at=now,
    )


def _introduction(
    put: Asked, taken: FollowupFile, followed: Told, account: Account, now: datetime
) -> Introduction:
    """An introduction that was made elsewhere: its letters are not here, and its text says so."""
    text = Letter(
        "mise en relation faite avant ce dossier",
        f"{_origin(taken, followed)} Les lettres d’alors ne sont pas gardées ici.",
    ).text
    sent = _moment(put.sent) if put.sent else None
    return Introduction(
        structure_id=put.structure_id,
        step=put.step.value,
        reason=put.reason,
        to_commune=text,
        to_structure=text,
        account_id=account.id,
        prepared_at=sent or now,
        sent_at=sent,
        answered_at=_moment(put.answered) if put.answered else None,
        met_at=_moment(put.met) if put.met else None,
        meeting_at=clock.moment_of(put.meeting) if put.meeting else None,
        later_on=clock.moment_of(put.later) if put.later else None,
        reminders=0,
    )


def _origin(taken: FollowupFile, followed: Told) -> str:
    return f"Repris du tableau « {taken.file} », ligne {followed.line}."


def _moment(day: date) -> datetime:
    """A day that has begun, never after the present moment."""
    return min(clock.moment_of(day), clock.now())
