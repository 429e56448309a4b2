"""The true dates of an introduction: the day of what happened, the meeting to come, an undo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, State, Step
from ..store.tables import Introduction
from .introductions import LATEST_DAYS, advance, follow

BACK_DAYS = 3 * 365
"""Days back that are believed: what is older than a dossier is kept is a slip of the finger."""
FIELDS = {Step.SENT: "sent_at", Step.ACCEPTED: "answered_at", Step.MET: "met_at"}
"""Where the day of a step is kept, in the order of their life."""
TOOK_PLACE = {
    "sent_at": (Step.SENT, Step.ACCEPTED, Step.LATER, Step.DECLINED, Step.MET),
    "answered_at": (Step.ACCEPTED, Step.LATER, Step.DECLINED, Step.MET),
    "met_at": (Step.MET,),
}
"""The steps after which each has a day, though nobody may have said it: what comes from a
spreadsheet often has none."""
NAMES = {"sent_at": "l’envoi", "answered_at": "la réponse", "met_at": "la rencontre"}


def take(
    session: Session,
    introduction: Introduction,
    after: Step,
    account_id: int,
    day: date | None,
    reason: str | None = None,
    later_on: datetime | None = None,
) -> None:
    """Take a step (see `introductions.advance`) on the day when it took place: the one way.

    Parameters
    ----------
    day : date, optional
        None where nobody said it: it happens now.

    Raises
    ------
    Forbidden
        As `advance` and `correct`.
    """
    advance(session, introduction, after, account_id, reason, later_on)
    field = field_of(after)
    if day is not None and field is not None:
        correct(session, introduction, {field: day}, account_id)


def field_of(step: Step) -> str | None:
    """Where the day of a step is kept; None of one that has no day of its own."""
    return FIELDS.get(Step.ACCEPTED if step in (Step.DECLINED, Step.LATER) else step)


def check_past(day: date, field: str) -> None:
    """Refuse the day of something that has not happened, or of so long ago that it is a slip.

    Raises
    ------
    Forbidden
        When it is.
    """
    today = clock.today()
    if day > today:
        raise Forbidden(
            f"Le {day:%d/%m/%Y} est à venir : pour {NAMES[field]}, notez le jour où cela a eu lieu."
        )
    if day < today - timedelta(days=BACK_DAYS):
        raise Forbidden(f"Le {day:%d/%m/%Y} est trop ancien pour {NAMES[field]}.")


def correct(
    session: Session, introduction: Introduction, days: Mapping[str, date], account_id: int
) -> None:
    """Say the true days of what happened: in the past, and in their order.

    Parameters
    ----------
    days : mapping
        By field, of those whose step took place.

    Raises
    ------
    Forbidden
        When a day is to come, too long ago, or before what it follows.
    """
    changed = {}
    for field, day in days.items():
        if getattr(introduction, field) is None and introduction.step not in TOOK_PLACE[field]:
            continue
        check_past(day, field)
        before = getattr(introduction, field)
        if before is None or day != clock.day_of(before):
            changed[field] = day
    for field, day in changed.items():
        # Never after the present moment: a day that has only begun ends now.
        setattr(introduction, field, min(clock.moment_of(day), clock.now()))
    _check_order(introduction)
    if changed:
        audit.record(
            session,
            Action.INTRODUCTION_DATES,
            account_id,
            introduction.dossier.reference,
            structure=introduction.structure_id,
            dates=[f"{NAMES[field]} : {day:%d/%m/%Y}" for field, day in changed.items()],
        )


def plan(
    session: Session,
    introduction: Introduction,
    when: datetime | None,
    place: str,
    account_id: int,
) -> None:
    """Say when and where they will meet; None when it is not known any more.

    Raises
    ------
    Forbidden
        When the meeting took place, or the date is not to come.
    """
    if (when, place or None) == (introduction.meeting_at, introduction.meeting_place):
        return
    if introduction.step not in (Step.SENT, Step.ACCEPTED):
        raise Forbidden("Un rendez-vous se note entre l’envoi et la rencontre.")
    now = clock.now()
    if when is not None and not now < when <= now + timedelta(days=LATEST_DAYS):
        raise Forbidden("Un rendez-vous est à venir, dans les deux ans.")
    introduction.meeting_at, introduction.meeting_place = when, place or None
    audit.record(
        session,
        Action.MEETING,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        dates=[f"{clock.day_of(when):%d/%m/%Y}" if when else "annulé"],
    )


def undo_sent(session: Session, introduction: Introduction, account_id: int) -> None:
    """Take back « envoyée », noted too soon: the letters may be changed and sent again.

    Raises
    ------
    Forbidden
        When it is not sent, or the dossier is closed.
    """
    if introduction.dossier.state == State.CLOSED or introduction.step != Step.SENT:
        raise Forbidden("Seule une introduction envoyée, sans réponse, peut ne plus l’être.")
    introduction.step, introduction.sent_at = Step.PREPARED.value, None
    introduction.later_on = None
    introduction.reminders, introduction.meeting_at, introduction.meeting_place = 0, None, None
    audit.record(
        session,
        Action.INTRODUCTION,
        account_id,
        introduction.dossier.reference,
        structure=introduction.structure_id,
        avant=Step.SENT.value,
        apres=Step.PREPARED.value,
    )
    follow(session, introduction, account_id)


def _check_order(introduction: Introduction) -> None:
    known = [
        (field, clock.day_of(moment))
        for field in NAMES
        if (moment := getattr(introduction, field)) is not None
    ]
    for (first, one), (second, other) in pairwise(known):
        if other < one:
            raise Forbidden(
                f"Le {other:%d/%m/%Y} pour {NAMES[second]} est avant {NAMES[first]} "
                f"({one:%d/%m/%Y})."
            )
