"""How long what people leave is kept, and what is erased then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from . import audit, clock
from .audit import Action
from .database import Database
from .tables import Contact, Dossier, Proposal

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
    dossiers, proposals = _dossiers(session), _proposals(session)
    gone = (
        {
            *(dossier.id for dossier in dossiers),
        },
        {*(proposal.id for proposal in proposals)},
    )
    contacts = sum(not _is_needed(session, contact, *gone) for contact in _contacts(session))
    return Outdated(
        [dossier.reference for dossier in dossiers],
        [proposal.reference for proposal in proposals],
        contacts,
    )


def erase_outdated(session: Session, actor: int | None = None) -> Outdated:
    """Erase what was kept long enough; the audit log keeps that it was there.

    A dossier goes with its notes, choices and introductions. Call `wipe` once it is kept.
    """
    erased = outdated(session)
    for dossier in _dossiers(session):
        audit.record(session, Action.DOSSIER_ERASED, actor, dossier.reference, motif="conservation")
        session.delete(dossier)
    for proposal in _proposals(session):
        audit.record(
            session, Action.PROPOSAL_ERASED, actor, proposal.reference, motif="conservation"
        )
        session.delete(proposal)
    session.flush()
    for contact in _contacts(session):
        if not _is_needed(session, contact, set(), set()):
            audit.record(
                session, Action.CONTACT_ERASED, actor, f"contact {contact.id}", motif="conservation"
            )
            session.delete(contact)
    return erased


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


def _dossiers(session: Session) -> Sequence[Dossier]:
    return session.scalars(
        select(Dossier).where(Dossier.active_at < limit()).order_by(Dossier.id)
    ).all()


def _proposals(session: Session) -> Sequence[Proposal]:
    last = func.coalesce(Proposal.decided_at, Proposal.created_at)
    return session.scalars(select(Proposal).where(last < limit()).order_by(Proposal.id)).all()


def _contacts(session: Session) -> Sequence[Contact]:
    return session.scalars(
        select(Contact).where(Contact.created_at < limit()).order_by(Contact.id)
    ).all()


def _is_needed(session: Session, contact: Contact, dossiers: set[int], proposals: set[int]) -> bool:
    """Whether a dossier or a proposal that stays names the contact."""
    named = session.scalar(
        select(
            exists().where(Dossier.contact_id == contact.id, Dossier.id.not_in(dossiers))
            | exists().where(Proposal.contact_id == contact.id, Proposal.id.not_in(proposals))
        )
    )
    return bool(named)
