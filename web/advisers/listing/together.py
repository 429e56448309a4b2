"""Several dossiers changed by one gesture: given to a colleague, or closed for one reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from matcher.catalogue import french

from ...access import LEADS, may_change, may_read, roles_of
from ...answers.asking import whole
from ...casework.dossiers import desks, dossiers
from ...casework.dossiers.dossiers import Stale, UnknownDossier
from ...casework.states import CHOSEN, Closed, Forbidden, State
from ...casework.store.tables import Account, Dossier
from ...context import database
from ..dossiers import desk
from .searching import DossierFilters

MOST = 100
"""Dossiers of one gesture: more than a page shows."""
CLOSE, GIVE = "clore", "confier"


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.post("/dossiers/ensemble")(dossiers_together)


def dossiers_together() -> ResponseReturnValue:
    """Give or close the dossiers that are ticked, each as it was read; say how many were left."""
    chosen = [value.partition(":")[::2] for value in request.form.getlist("dossier")[:MOST]]
    change = _gesture()
    done, left = 0, []
    for reference, version in chosen:
        try:
            with database.writing() as session:
                account = desk.me(session)
                found = dossiers.to_change(session, reference, whole(version, 9) or 0)
                if not may_read(account, found):
                    raise UnknownDossier(reference)
                change(session, account, found)
                session.flush()
                desks.mark_seen(session, found, account.id)
            done += 1
        except (Stale, Forbidden, UnknownDossier):
            left.append(reference)
    _tell(done, left)
    return redirect(DossierFilters.of(request.args).address, 303)


def _gesture() -> Callable[[Session, Account, Dossier], None]:
    """What is done to each dossier.

    Raises
    ------
    Forbidden
        When it is not said to whom, or why.
    """
    gesture = request.form.get("geste")
    if gesture == CLOSE:
        reason = request.form.get("motif", "")
        if reason not in {one.value for one in CHOSEN[State.CLOSED]} - {Closed.DUPLICATE.value}:
            raise Forbidden("Choisissez un motif pour clore ces dossiers.")
        return lambda session, account, found: _close(session, account, found, reason)
    if gesture == GIVE:
        number = whole(request.form.get("a", ""), 9)
        return lambda session, account, found: _give(session, account, found, number or 0)
    abort(400)


def _close(session: Session, account: Account, found: Dossier, reason: str) -> None:
    if not may_change(account, found):
        raise Forbidden("Prenez d’abord ce dossier en charge.")
    dossiers.move(session, found, State.CLOSED, account.id, reason)


def _give(session: Session, account: Account, found: Dossier, number: int) -> None:
    """Give a dossier to somebody: a lead to anybody, an adviser one that waits to themselves."""
    heir = session.get(Account, number)
    if heir is None or not heir.active or not desk.works(heir):
        raise Forbidden("Choisissez à qui confier ces dossiers.")
    if not roles_of(account) & LEADS and (heir is not account or found.members):
        raise Forbidden("Un responsable confie les dossiers ; vous prenez ceux qui attendent.")
    if found.members != [heir]:
        dossiers.set_members(session, found, [heir], account.id)
    if found.state == State.RECEIVED:
        dossiers.move(session, found, State.OPEN, account.id)


def _tell(done: int, left: list[str]) -> None:
    if done or not left:
        flash(f"{french.counted(done, 'dossier changé', 'dossiers changés')}.")
    if left:
        flash(
            f"Laissés tels quels, car changés entre-temps ou pas à vous : {', '.join(left)}.",
        )
