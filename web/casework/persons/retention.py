"""How long what people leave is kept, and what is erased then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, not_, select, union
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

from matcher import Need, Theme

from .. import audit, clock, statistics
from ..audit import Action
from ..facts import gather
from ..store.database import Database
from ..store.tables import Base, Contact, Dossier, Party, Proposal

WARNED_DAYS = 90
"""Days before an erasure in which it is told: a quarter to write again to whom it is about."""
KEPT_YEARS = 3
"""Years after the last activity; the page « Vie privée » says so."""


@dataclass(frozen=True)
class Outdated:
    """What was kept long enough.

    Parameters
    ----------
    dossiers, proposals : sequence of str
        Their references.
    contacts : int
        Addresses that nothing else needs.
    """

    dossiers: Sequence[str]
    proposals: Sequence[str]
    contacts: int

    def __bool__(self) -> bool:
        return bool(self.dossiers or self.proposals or self.contacts)


def limit() -> datetime:
    """Moment before which whatever had its last activity is erased."""
    now = clock.now()
    try:
        return now.replace(year=now.year - KEPT_YEARS)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - KEPT_YEARS, day=28)


def outdated(session: Session) -> Outdated:
    """Tell what would be erased today, and erase nothing."""
    before = limit()
    dossiers = select(Dossier.reference).where(_still(before)).order_by(Dossier.id)
    proposals = select(Proposal.reference).where(_settled(before)).order_by(Proposal.id)
    contacts = select(func.count(Contact.id)).where(_of_nobody(before))
    return Outdated(
        session.scalars(dossiers).all(),
        session.scalars(proposals).all(),
        session.scalar(contacts) or 0,
    )


def coming(session: Session) -> Sequence[tuple[str, datetime]]:
    """The dossiers that will be erased within `WARNED_DAYS`, with when they were last active."""
    asked = select(Dossier.reference, Dossier.active_at)
    soon = asked.where(_still(limit() + timedelta(days=WARNED_DAYS)))
    return [
        (one.reference, one.active_at)
        for one in session.execute(soon.order_by(Dossier.active_at, Dossier.id))
    ]


def erase_outdated(
    session: Session,
    actor: int | None = None,
    themes_of: Callable[[Need], Sequence[Theme]] = lambda _need: (),
) -> Outdated:
    """Erase what was kept long enough; the audit log keeps that it was there, `past` what counts.

    A dossier goes with its notes, choices and introductions. Call `wipe` once it is kept.
    """
    before = limit()
    statistics.keep_past(session, gather(session, themes_of, _still(before)))
    # What belongs to a dossier follows it in the database itself; contacts come last, for they
    # are named by the others.
    dossiers = _gone(session, Dossier, Dossier.reference, _still(before))
    proposals = _gone(session, Proposal, Proposal.reference, _settled(before))
    contacts = _gone(session, Contact, Contact.id, _of_nobody(before))
    session.expire_all()
    for action, subjects in (
        (Action.DOSSIER_ERASED, dossiers),
        (Action.PROPOSAL_ERASED, proposals),
        (Action.CONTACT_ERASED, [f"contact {number}" for number in contacts]),
    ):
        reason = {"motif": "conservation"}
        audit.record_all(session, action, actor, [(subject, reason) for subject in subjects])
    return Outdated(dossiers, proposals, len(contacts))


def wipe(database: Database) -> bool:
    """Make what was erased leave the files of the database too.

    Returns
    -------
    bool
        False when others hold the database for so long that its files could not be cleaned; they
        will be by the next call.
    """
    try:
        with database.single.connect() as connection:
            # Erased cells of SQLite are overwritten (`secure_delete`), but a page that was split
            # may hold an older copy of a row between its cells: the pages are written anew.
            connection.exec_driver_sql("VACUUM")
            if not database.is_sqlite:
                return True
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            return not busy
    except OperationalError:  # what was erased stays erased, whoever holds the files
        return False


def _gone(
    session: Session,
    table: type[Base],
    name: InstrumentedAttribute[Any],
    which: ColumnElement[bool],
) -> list[Any]:
    """Delete rows, all of them in one go; what each was called, in the order they came."""
    number = table.__table__.c.id
    deleted = session.execute(
        delete(table).where(which).returning(number, name),
        execution_options={"synchronize_session": False},  # none of them was loaded
    )
    return [called for _, called in sorted(map(tuple, deleted))]


def _still(before: datetime) -> ColumnElement[bool]:
    """Dossiers without activity since."""
    return Dossier.active_at < before


def _settled(before: datetime) -> ColumnElement[bool]:
    """Proposals that were decided before, or came before and were not."""
    return func.coalesce(Proposal.decided_at, Proposal.created_at) < before


def _of_nobody(before: datetime) -> ColumnElement[bool]:
    """Contacts of before that no dossier and no proposal that stays names."""
    needed = union(
        *(
            select(table.contact_id).where(table.contact_id.is_not(None), not_(gone))
            for table, gone in ((Dossier, _still(before)), (Proposal, _settled(before)))
        ),
        select(Party.contact_id)
        .join(Dossier, Dossier.id == Party.dossier_id)
        .where(Party.contact_id.is_not(None), not_(_still(before))),
    )
    return and_(Contact.created_at < before, Contact.id.not_in(needed))
