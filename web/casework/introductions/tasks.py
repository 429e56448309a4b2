"""What is to be done today beside the reminders of letters: nothing is forgotten in silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session, contains_eager

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, Labelled, State, Step
from ..store.tables import Account, Dossier, Introduction
from .introductions import LATEST_DAYS

UNSENT_DAYS = 5
"""Days after which letters that are ready should have left: a week of work."""
IDLE_DAYS = 30
"""Days without a gesture after which an open dossier is looked at again."""
MET_DAYS = (91, 182)
"""Days after a meeting when one asks what came of it: three months, six months."""


class Kind(Labelled):
    """Why somebody comes back to a dossier."""

    BACK = "date", "À revoir"
    UNSENT = "a_envoyer", "Préparée, pas envoyée"
    IDLE = "inactif", "Sans activité"
    MET = "bilan", "Que donne la rencontre ?"


@dataclass(frozen=True)
class Task:
    """Something to do: since when, in which dossier, for which structure, and a line."""

    kind: Kind
    since: datetime
    dossier: Dossier
    structure_id: str | None = None
    line: str = ""


def come_back(
    session: Session, dossier: Dossier, day: date | None, line: str, account_id: int
) -> None:
    """Say on which day to come back to a dossier, and what for; None when there is none.

    Raises
    ------
    Forbidden
        When the day is past, or too far.
    """
    today = clock.today()
    if day is not None and not today <= day <= today + timedelta(days=LATEST_DAYS):
        raise Forbidden("Indiquez un jour à venir, dans les deux ans.")
    dossier.back_at = clock.moment_of(day) if day else None
    dossier.back_line = (line or None) if day else None
    audit.record(
        session,
        Action.DOSSIER_BACK,
        account_id,
        dossier.reference,
        dates=[f"{day:%d/%m/%Y}" if day else "retirée"],
    )


def due(session: Session, accounts: Collection[int] | None, now: datetime) -> list[Task]:
    """What is to be done today in the dossiers of some accounts, or of all; longest due first."""
    mine = true() if accounts is None else Dossier.members.any(Account.id.in_(accounts))
    found = [*_back(session, mine, now), *_idle(session, mine, now)]
    found += [*_unsent(session, mine, now), *_met(session, mine, now)]
    return sorted(found, key=lambda task: (task.since, task.dossier.id))


def meetings(session: Session, accounts: Collection[int], now: datetime) -> list[Introduction]:
    """The meetings to come in the dossiers of some accounts, and those of the last month."""
    asked = _introductions(
        Dossier.members.any(Account.id.in_(accounts)),
        Introduction.meeting_at > now - timedelta(days=IDLE_DAYS),
        Introduction.step.in_([Step.SENT.value, Step.ACCEPTED.value, Step.MET.value]),
    )
    return list(session.scalars(asked.order_by(Introduction.meeting_at, Introduction.id)))


def coming_back(session: Session, accounts: Collection[int]) -> Sequence[Dossier]:
    """The open dossiers of some accounts that have a day to come back, the first day first."""
    asked = select(Dossier).where(
        Dossier.members.any(Account.id.in_(accounts)),
        Dossier.back_at.is_not(None),
        Dossier.state != State.CLOSED.value,
    )
    return session.scalars(asked.order_by(Dossier.back_at, Dossier.id)).all()


def _back(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Task]:
    end = clock.start_of(clock.day_of(now) + timedelta(days=1))
    asked = select(Dossier).where(mine, Dossier.back_at < end, Dossier.state != State.CLOSED.value)
    return [
        Task(Kind.BACK, one.back_at, one, line=one.back_line or "")
        for one in session.scalars(asked)
        if one.back_at is not None
    ]


def _idle(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Task]:
    """Open dossiers that nobody touched, unless a day to come back is said."""
    asked = select(Dossier).where(
        mine,
        Dossier.active_at <= now - timedelta(days=IDLE_DAYS),
        Dossier.back_at.is_(None),
        Dossier.state.not_in([State.CLOSED.value, State.MET.value, State.FOLLOWED.value]),
    )
    return [
        Task(Kind.IDLE, one.active_at + timedelta(days=IDLE_DAYS), one)
        for one in session.scalars(asked)
    ]


def _unsent(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Task]:
    wait = timedelta(days=UNSENT_DAYS)
    asked = _introductions(
        mine, Introduction.step == Step.PREPARED.value, Introduction.prepared_at <= now - wait
    )
    return [
        Task(Kind.UNSENT, one.prepared_at + wait, one.dossier, one.structure_id)
        for one in session.scalars(asked)
    ]


def _met(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Task]:
    """Meetings of which nothing was written since the day when one asks."""
    first = now - timedelta(days=MET_DAYS[0])
    asked = _introductions(mine, Introduction.step == Step.MET.value, Introduction.met_at <= first)
    found = []
    for one in session.scalars(asked):
        assert one.met_at is not None
        days = max(days for days in MET_DAYS if one.met_at + timedelta(days=days) <= now)
        since = one.met_at + timedelta(days=days)
        if one.dossier.active_at < since:
            found.append(Task(Kind.MET, since, one.dossier, one.structure_id))
    return found


def _introductions(*conditions: ColumnElement[bool]):  # type: ignore[no-untyped-def]
    return (
        select(Introduction)
        .join(Introduction.dossier)
        .where(*conditions, Dossier.state != State.CLOSED.value)
        .options(contains_eager(Introduction.dossier))
    )
