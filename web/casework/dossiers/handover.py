"""Who takes over: when an account is closed, and while somebody is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, State
from ..store.tables import Account, Dossier

LONGEST_AWAY_DAYS = 366
"""Days of an absence at most: longer, dossiers are handed over."""


def open_of(session: Session, account_id: int) -> Sequence[Dossier]:
    """The open dossiers of an account."""
    asked = select(Dossier).where(
        Dossier.members.any(Account.id == account_id), Dossier.state != State.CLOSED.value
    )
    return session.scalars(asked.order_by(Dossier.id).with_for_update()).all()


def hand_over(
    session: Session, account: Account, to: Account | None, actor: int | None
) -> Sequence[Dossier]:
    """Give the open dossiers of an account to a colleague, or back to the queue.

    One that others follow too stays with them.
    """
    given = open_of(session, account.id)
    for dossier in given:
        dossier.members.remove(account)
        if to is not None and to not in dossier.members:
            dossier.members.append(to)
        dossier.version += 1
    audit.record_all(
        session,
        Action.DOSSIER_MEMBERS,
        actor,
        [
            (one.reference, {"membres": sorted(member.id for member in one.members)})
            for one in given
        ],
    )
    return given


def set_absence(
    session: Session,
    account: Account,
    first: date | None,
    last: date | None,
    stand_in: Account | None,
    actor: int,
) -> None:
    """Say that somebody is away from one day to another, and who works in their place.

    Parameters
    ----------
    first : date, optional
        None when they are back.

    Raises
    ------
    Forbidden
        When the days are not in order, or past, or nobody stands in.
    """
    if first is None:
        account.away_from = account.away_until = account.stand_in = None
    elif last is None or last < first or last < clock.today():
        raise Forbidden("Une absence a un premier jour, puis un dernier jour qui n’est pas passé.")
    elif last - first > timedelta(days=LONGEST_AWAY_DAYS):
        raise Forbidden("Une absence dure un an au plus : au-delà, confiez les dossiers.")
    elif stand_in is None or stand_in.id == account.id or not stand_in.active:
        raise Forbidden("Choisissez la personne qui suit les dossiers pendant l’absence.")
    else:
        account.away_from = clock.start_of(first)
        account.away_until = clock.start_of(last + timedelta(days=1))
        account.stand_in = stand_in.id
    audit.record(
        session,
        Action.ACCOUNT,
        actor,
        f"compte {account.id}",
        changement="absence" if first else "retour",
        **({"membres": [account.stand_in]} if account.stand_in else {}),
    )
