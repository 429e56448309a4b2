"""The work as a whole: what waits, is mine, is due; and what it adds up to.

A lead sees all of it, an adviser their own dossiers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session, selectinload

from matcher.reports import render_tables

from ..access import CASEWORK, LEADS, Role, readable, roles_of, working_as
from ..casework import clock, decisions, facts, report, statistics
from ..casework.dossiers import desks
from ..casework.introductions import tasks
from ..casework.persons import retention
from ..casework.report import Period, period, recent_periods
from ..casework.scoreboard import Board
from ..casework.states import State
from ..casework.store.tables import Account, Dossier
from ..context import answers, database, matcher
from .dossiers import desk
from .dossiers.followed import name_of, reminders_due
from .files import download, spreadsheet
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
SHOWN = 20
"""Rows of a table on the page, all the themes among them; its file has all rows."""
INTERNAL = ("sans-reponse", "en-cours", "territoires-et-themes")
"""Tables that a report leaves out: work to do, and a table that is too long for paper."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)
    pages.get("/tableau-de-bord")(dashboard)
    pages.get("/tableau-de-bord/<table>.csv")(dashboard_table)
    pages.get("/tableau-de-bord.xlsx")(dashboard_file)
    pages.get("/tableau-de-bord.pdf")(dashboard_report)
    pages.get("/decisions.csv")(decisions_file)


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


def dashboard() -> ResponseReturnValue:
    """Show the tables of all time, or of a period."""
    chosen, all_ = _period(), _sees_all()
    with database.reading() as session:
        coming = retention.coming(session) if all_ else ()
    return render_template(
        "advisers/dashboard.html",
        boards=_boards(chosen),
        all=all_,
        shown=SHOWN,
        period=chosen,
        periods=recent_periods(clock.now()),
        coming=coming,
        warned_days=retention.WARNED_DAYS,
        kept_years=retention.KEPT_YEARS,
    )


def dashboard_table(table: str) -> ResponseReturnValue:
    """Give one table as a file."""
    for board in _boards(_period()):
        if board.key == table:
            return spreadsheet(f"tableau-de-bord-{table}", "csv", board.sheet.title, board.sheet)
    abort(404)


def dashboard_file() -> ResponseReturnValue:
    """Give all tables as a workbook."""
    chosen = _period()
    sheets = [board.sheet for board in _boards(chosen)]
    return spreadsheet(_named(chosen), "xlsx", "Tableau de bord", *sheets)


def dashboard_report() -> ResponseReturnValue:
    """Give the report of a period as a PDF; colleagues are not in it."""
    chosen = _period()
    boards = _boards(chosen, team=False)
    made = clock.today()
    pdf = render_tables(
        "Rapport d’activité",
        f"{chosen.label.capitalize() if chosen else 'Depuis le début'}, chiffres du "
        f"{made:%d/%m/%Y}",
        [(board.sheet, board.note) for board in boards if board.key not in INTERNAL],
    )
    return download(_named(chosen), "pdf", pdf)


def decisions_file() -> ResponseReturnValue:
    """Give what was decided of structures, for `matcher calibrate`."""
    with database.reading() as session:
        rows, _ = decisions.decisions(session, matcher)
    return download("decisions", "csv", decisions.as_csv(rows))


def _boards(chosen: Period | None, *, team: bool = True) -> list[Board]:
    with database.reading() as session:
        figures = facts.gather(session, answers.themes_of, _own_board())
        if _sees_all():
            figures += statistics.past_kept(session)
    return report.boards(figures, matcher, clock.now(), chosen, team=team and _sees_all())


def _period() -> Period | None:
    """The period that an address asks for; 404 when there is no such one."""
    asked = request.args.get("periode", "")
    found = period(asked)
    if asked and found is None:
        abort(404)
    return found


def _named(chosen: Period | None) -> str:
    return f"tableau-de-bord-{chosen.code}" if chosen else "tableau-de-bord"


def _sees_all() -> bool:
    return Role.LEAD in roles_of(current_user)


def _own_board() -> ColumnElement[bool]:
    """The dossiers that count for who asks."""
    return true() if _sees_all() else Dossier.members.any(Account.id == current_user.id)
