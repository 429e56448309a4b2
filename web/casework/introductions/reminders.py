"""Reminders: an introduction without an answer is asked about again, three times, then no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, State, Step
from ..store.tables import Dossier, Introduction
from .introductions import advance
from .underway import WITH_DOSSIER

REMINDER_DAYS = (9, 21, 45)
"""Days after the sending: a week and a weekend, three weeks, a month and a half."""


def due(session: Session, account_id: int | None, now: datetime) -> Sequence[Introduction]:
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
    return [one for one in session.scalars(asked) if is_due(one, now)]


def next_at(introduction: Introduction) -> datetime | None:
    """When the next reminder is due; None when none is to come.

    A structure that said « plus tard » is asked again on the day that it gave.
    """
    if introduction.step == Step.LATER:
        return introduction.later_on
    done = introduction.reminders
    if introduction.step != Step.SENT or introduction.sent_at is None or done >= len(REMINDER_DAYS):
        return None
    return introduction.sent_at + timedelta(days=REMINDER_DAYS[done])


def is_due(introduction: Introduction, now: datetime) -> bool:
    """Whether a reminder is to be made today."""
    moment = next_at(introduction)
    return moment is not None and moment <= now


def exhausted(introduction: Introduction) -> bool:
    """Whether the last reminder was made and nobody answered."""
    return introduction.step == Step.SENT and introduction.reminders >= len(REMINDER_DAYS)


def mark_done(session: Session, introduction: Introduction, before: int, account_id: int) -> None:
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
    if not is_due(introduction, now):
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
