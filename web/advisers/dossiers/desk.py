"""A dossier on the desk of who is signed in: opened to be read, or to be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.orm import Session

from ...access import CASEWORK, may_change, may_read, roles_of
from ...answers.asking import whole
from ...casework.dossiers import desks, dossiers
from ...casework.dossiers.dossiers import Stale, UnknownDossier
from ...casework.states import Forbidden
from ...casework.store.tables import Account, Dossier
from ...context import database


class Desk(NamedTuple):
    """A session, who is signed in as that session knows them, and the dossier."""

    session: Session
    account: Account
    dossier: Dossier


def page_asked(count: int, each: int) -> tuple[int, int]:
    """The page of a list that an address asks for, and how many there are; the last at the most."""
    pages = max(ceil(count / each), 1)
    return min(whole(request.args.get("page", ""), 5) or 1, pages), pages


def works(account: Account) -> bool:
    """Whether an account works on dossiers."""
    return bool(roles_of(account) & CASEWORK)


def me(session: Session) -> Account:
    """Give the account that is signed in, as a session knows it."""
    return session.get_one(Account, current_user.id)


@contextmanager
def read(reference: str) -> Iterator[Desk]:
    """Open a dossier to show it.

    Raises
    ------
    UnknownDossier
        When there is none, or it is not for this account.
    """
    with database.reading() as session:
        account, dossier = me(session), dossiers.find(session, reference)
        if not may_read(account, dossier):
            raise UnknownDossier(reference)
        yield Desk(session, account, dossier)


@contextmanager
def change(reference: str, by_members: bool = True, as_read: bool = True) -> Iterator[Desk]:
    """Open a dossier to change it, as the form that was sent saw it (its field `version`).

    Parameters
    ----------
    by_members : bool
        Whether one has to be a member; otherwise it is enough to see the dossier.
    as_read : bool
        Whether it has to be as the form saw it; what is only added to it never conflicts.

    Raises
    ------
    UnknownDossier
        When there is none, or it is not for this account.
    Forbidden
        When this account reads the dossier and does not work on it.
    Stale
        When somebody changed it since.
    """
    version = version_sent() if as_read else None
    with database.writing() as session:
        account = me(session)
        try:
            dossier = dossiers.to_change(session, reference, version)
        except Stale:
            if not may_read(account, dossiers.find(session, reference)):
                raise UnknownDossier(reference) from None
            raise
        if not may_read(account, dossier):
            raise UnknownDossier(reference)
        if by_members and not may_change(account, dossier):
            raise Forbidden("Prenez d’abord ce dossier en charge pour le modifier.")
        yield Desk(session, account, dossier)
        session.flush()
        desks.mark(session, dossier, account.id)


def version_sent() -> int:
    """The version of the dossier that the form was made from; there always is one."""
    version = whole(request.form.get("version", ""), 9)
    if version is None:
        abort(400)
    return version


def back(reference: str, anchor: str | None = None) -> ResponseReturnValue:
    """Show the dossier again, at what was just changed."""
    return redirect(url_for("advisers.dossier", reference=reference, _anchor=anchor), 303)
