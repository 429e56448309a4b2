"""What the work adds up to: a lead sees all of it, an adviser their own dossiers."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, true

from matcher.reports import render_tables

from ..access import Role, roles_of
from ..casework import clock, decisions, facts, report, statistics
from ..casework.persons import retention
from ..casework.report import Period, period, recent
from ..casework.scoreboard import Board
from ..casework.store.tables import Account, Dossier
from ..context import answers, database, matcher
from .files import download, spreadsheet

SHOWN = 20
"""Rows of a table on the page, all the themes among them; its file has all rows."""


INTERNAL = ("sans-reponse", "en-cours", "territoires-et-themes")
"""Tables that a report leaves out: work to do, and a table that is too long for paper."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/tableau-de-bord")(dashboard)
    pages.get("/tableau-de-bord/<table>.csv")(dashboard_table)
    pages.get("/tableau-de-bord.xlsx")(dashboard_file)
    pages.get("/tableau-de-bord.pdf")(dashboard_report)
    pages.get("/decisions.csv")(decisions_file)


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
        periods=recent(clock.now()),
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
        figures = facts.gather(session, answers.themes_of, _mine())
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


def _mine() -> ColumnElement[bool]:
    """The dossiers that count for who asks."""
    return true() if _sees_all() else Dossier.members.any(Account.id == current_user.id)
