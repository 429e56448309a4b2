"""What is to be done today: introductions under way, reminders of letters, tasks beside them.

An introduction without an answer is asked about again, three times, then no more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, Labelled, State, Step
from ..store.tables import Account, Dossier, Introduction
from .introductions import LATEST_DAYS, advance

UNSENT_DAYS = 5
"""Days after which letters that are ready should have left: a week of work."""
IDLE_DAYS = 30
"""Days without a gesture after which an open dossier is looked at again."""
MET_DAYS = (91, 182)
"""Days after a meeting when one asks what came of it: three months, six months."""
WITH_DOSSIER = contains_eager(Introduction.dossier).selectinload(Dossier.choices)
"""What the pages that list introductions read of each, in two statements for all of them."""
REMINDER_DAYS = (9, 21, 45)
"""Days after the sending: a week and a weekend, three weeks, a month and a half."""


class TaskKind(Labelled):
    """Why somebody comes back to a dossier."""

    BACK = "date", "À revoir"
    UNSENT = "a_envoyer", "Préparée, pas envoyée"
    IDLE = "inactif", "Sans activité"
    MET = "bilan", "Que donne la rencontre ?"


@dataclass(frozen=True)
class Task:
    """Something to do: since when, in which dossier, for which structure, and a line."""

    kind: TaskKind
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
        Task(TaskKind.BACK, one.back_at, one, line=one.back_line or "")
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
        Task(TaskKind.IDLE, one.active_at + timedelta(days=IDLE_DAYS), one)
        for one in session.scalars(asked)
    ]


def _unsent(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Task]:
    wait = timedelta(days=UNSENT_DAYS)
    asked = _introductions(
        mine, Introduction.step == Step.PREPARED.value, Introduction.prepared_at <= now - wait
    )
    return [
        Task(TaskKind.UNSENT, one.prepared_at + wait, one.dossier, one.structure_id)
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
            found.append(Task(TaskKind.MET, since, one.dossier, one.structure_id))
    return found


def _introductions(*conditions: ColumnElement[bool]):  # type: ignore[no-untyped-def]
    return (
        select(Introduction)
        .join(Introduction.dossier)
        .where(*conditions, Dossier.state != State.CLOSED.value)
        .options(contains_eager(Introduction.dossier))
    )


def underway(
    session: Session, account_id: int | None, most: int, skipped: int = 0
) -> Sequence[Introduction]:
    """Introductions that wait for something, longest first: prepared, sent or accepted.

    Parameters
    ----------
    account_id : int or None
        Only those of the dossiers of this account.
    most, skipped : int
        How many are given, after how many.
    """
    asked = (
        _underway(select(Introduction), account_id)
        .order_by(Introduction.prepared_at, Introduction.id)
        .options(WITH_DOSSIER)
    )
    return session.scalars(asked.limit(most).offset(skipped)).all()


def count_underway(session: Session, account_id: int | None) -> int:
    """How many introductions `underway` has."""
    return session.scalar(_underway(select(func.count(Introduction.id)), account_id)) or 0


def _underway(asked: Select[tuple[Any]], account_id: int | None) -> Select[tuple[Any]]:
    asked = (
        asked.join(Introduction.dossier)
        .where(Introduction.step.in_([Step.PREPARED, Step.SENT, Step.LATER, Step.ACCEPTED]))
        .where(Dossier.state != State.CLOSED.value)
    )
    return asked if account_id is None else asked.where(Dossier.members.any(id=account_id))


def reminders_due(
    session: Session, account_id: int | None, now: datetime
) -> Sequence[Introduction]:
    """Give the introductions whose next reminder is due, those that wait longest first.

    Parameters
    ----------
    account_id : int or None
        Only those of the dossiers of this account; None for all.
    """
    asked = (
        select(Introduction)
        .join(Introduction.dossier)
        .where(
            or_(
                and_(
                    Introduction.step == Step.SENT.value,
                    Introduction.sent_at <= now - timedelta(days=REMINDER_DAYS[0]),
                    Introduction.reminders < len(REMINDER_DAYS),
                ),
                and_(Introduction.step == Step.LATER.value, Introduction.later_on <= now),
            )
        )
        .where(Dossier.state != State.CLOSED.value)
        .order_by(Introduction.sent_at, Introduction.id)
        .options(WITH_DOSSIER)
    )
    if account_id is not None:
        asked = asked.where(Dossier.members.any(id=account_id))
    return [one for one in session.scalars(asked) if is_reminder_due(one, now)]


def next_reminder(introduction: Introduction) -> datetime | None:
    """When the next reminder is due; None when none is to come.

    A structure that said « plus tard » is asked again on the day that it gave.
    """
    if introduction.step == Step.LATER:
        return introduction.later_on
    done = introduction.reminders
    if introduction.step != Step.SENT or introduction.sent_at is None or done >= len(REMINDER_DAYS):
        return None
    return introduction.sent_at + timedelta(days=REMINDER_DAYS[done])


def is_reminder_due(introduction: Introduction, now: datetime) -> bool:
    """Whether a reminder is to be made today."""
    moment = next_reminder(introduction)
    return moment is not None and moment <= now


def exhausted(introduction: Introduction) -> bool:
    """Whether the last reminder was made and nobody answered."""
    return introduction.step == Step.SENT and introduction.reminders >= len(REMINDER_DAYS)


def mark_reminded(
    session: Session, introduction: Introduction, before: int, account_id: int
) -> None:
    """Note that a reminder was made; one made late stands for those whose day is past too.

    A structure that had said « plus tard » is waited for anew, as on the day of a first letter.

    Parameters
    ----------
    before : int
        Reminders that had been made when the form was read: sent twice, it counts once.

    Raises
    ------
    Forbidden
        When no reminder is due.
    """
    if introduction.reminders != before:
        return
    now = clock.now()
    if not is_reminder_due(introduction, now):
        raise Forbidden("Aucune relance n’est à faire pour cette introduction.")
    if introduction.step == Step.LATER:
        advance(session, introduction, Step.SENT, account_id)
        return
    assert introduction.sent_at is not None
    waited = (now - introduction.sent_at).days
    introduction.reminders = sum(days <= waited for days in REMINDER_DAYS)
    audit.record(
        session,
        Action.REMINDER,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        relance=introduction.reminders,
    )
