"""The first page of the space: what waits, what is mine, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, selectinload

from ..access import CASEWORK, LEADS, readable, roles_of, working_as
from ..casework import clock
from ..casework.dossiers import desks
from ..casework.introductions import tasks
from ..casework.states import State
from ..casework.store.tables import Account, Dossier
from ..context import database
from .dossiers import desk
from .dossiers.followed import name_of, reminders_due
from .listing.listing import state_of
from .listing.searching import place_of

WAITING = 10
"""Needs shown of those that wait, oldest first; the list has them all."""
MINE = 60
"""Dossiers shown of one's own, those without activity the longest first."""
NEWS = 10
"""Dossiers shown of those that others changed, the newest first."""
TASKS = 20
"""Things to do that are shown, those that wait longest first."""
SLOWEST = 20
"""Dossiers of colleagues that a lead sees, those without activity the longest first."""

WITH_MEMBERS = selectinload(Dossier.members)
"""A lead reads beside each dossier who works on it."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)


def home() -> ResponseReturnValue:
    """Show where to begin today."""
    with database.reading() as session:
        account = desk.me(session)
        roles = roles_of(account)
        if not roles & CASEWORK:
            return render_template("advisers/home.html", casework=False)
        waiting = and_(Dossier.state != State.CLOSED.value, ~Dossier.members.any())
        todo = tasks.due(session, working_as(account), clock.now())
        return render_template(
            "advisers/home.html",
            casework=True,
            lead=bool(roles & LEADS),
            waiting=_waiting(session, waiting),
            waiting_count=session.scalar(select(func.count(Dossier.id)).where(waiting)),
            mine=_mine(session, account),
            counts=_counts(session, account),
            me=account.id,
            others=_others(session, account) if roles & LEADS else (),
            due=reminders_due(session, account),
            tasks=todo[:TASKS],
            tasks_count=len(todo),
            news=_news(session, account),
            name_of=name_of,
            place_of=place_of,
            state_of=state_of,
        )


def _waiting(session: Session, waiting: ColumnElement[bool]) -> Sequence[Dossier]:
    oldest = select(Dossier).where(waiting).order_by(Dossier.created_at, Dossier.id)
    return session.scalars(oldest.options(WITH_MEMBERS).limit(WAITING)).all()


def _mine(session: Session, account: Account) -> list[tuple[State, list[Dossier]]]:
    """Open dossiers of an account, by state in the order of their life, stillest first."""
    stillest = select(Dossier).where(_is_mine(account)).order_by(Dossier.active_at, Dossier.id)
    order = list(State)
    found = sorted(
        session.scalars(stillest.options(WITH_MEMBERS).limit(MINE)),
        key=lambda dossier: order.index(State(dossier.state)),
    )
    return [(State(state), list(rows)) for state, rows in groupby(found, lambda d: d.state)]


def _counts(session: Session, account: Account) -> dict[str, int]:
    """How many open dossiers of an account there are in each state."""
    counted = select(Dossier.state, func.count()).where(_is_mine(account)).group_by(Dossier.state)
    return {state: count for state, count in session.execute(counted)}


def _is_mine(account: Account) -> ColumnElement[bool]:
    mine = Dossier.members.any(Account.id.in_(working_as(account)))
    return and_(mine, Dossier.state != State.CLOSED.value)


def _news(session: Session, account: Account) -> Sequence[Dossier]:
    """Dossiers that others gave to this account, or changed since it opened them."""
    new = desks.news(account.id, working_as(account))
    newest = select(Dossier).where(new).order_by(Dossier.active_at.desc(), Dossier.id.desc())
    return session.scalars(newest.options(WITH_MEMBERS).limit(NEWS)).all()


def _others(session: Session, account: Account) -> Sequence[Dossier]:
    """Open dossiers that colleagues follow, stillest first; those without anybody too."""
    theirs = and_(
        readable(account),
        ~Dossier.members.any(Account.id.in_(working_as(account))),
        Dossier.state.not_in([State.CLOSED.value, State.RECEIVED.value]),
    )
    stillest = select(Dossier).where(theirs).order_by(Dossier.active_at, Dossier.id)
    return session.scalars(stillest.options(WITH_MEMBERS).limit(SLOWEST)).all()
