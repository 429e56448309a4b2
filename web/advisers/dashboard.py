"""What the work adds up to: a lead sees all of it, an adviser their own dossiers."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, true

from ..access import Role, roles_of
from ..casework import clock, decisions, scoreboard, statistics
from ..casework.scoreboard import Board
from ..casework.store.tables import Account, Dossier
from ..context import answers, database, matcher
from .files import download, spreadsheet

SHOWN = 20
"""Rows of a table on the page, all the themes among them; its file has all rows."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/tableau-de-bord")(dashboard)
    pages.get("/tableau-de-bord/<table>.csv")(dashboard_table)
    pages.get("/tableau-de-bord.xlsx")(dashboard_file)
    pages.get("/decisions.csv")(decisions_file)


def dashboard() -> ResponseReturnValue:
    """Show the tables."""
    return render_template(
        "advisers/dashboard.html", boards=_boards(), all=_sees_all(), shown=SHOWN
    )


def dashboard_table(table: str) -> ResponseReturnValue:
    """Give one table as a file."""
    for board in _boards():
        if board.key == table:
            return spreadsheet(f"tableau-de-bord-{table}", "csv", board.sheet.title, board.sheet)
    abort(404)


def dashboard_file() -> ResponseReturnValue:
    """Give all tables as a workbook."""
    sheets = [board.sheet for board in _boards()]
    return spreadsheet("tableau-de-bord", "xlsx", "Tableau de bord", *sheets)


def decisions_file() -> ResponseReturnValue:
    """Give what was decided of structures, for `matcher calibrate`."""
    with database.reading() as session:
        rows, _ = decisions.decisions(session, matcher)
    return download("decisions", "csv", decisions.as_csv(rows))


def _boards() -> list[Board]:
    with database.reading() as session:
        figures = statistics.gather(session, answers.themes_of, _mine())
    return scoreboard.boards(figures, matcher, clock.now())


def _sees_all() -> bool:
    return Role.LEAD in roles_of(current_user)


def _mine() -> ColumnElement[bool]:
    """The dossiers that count for who asks."""
    return true() if _sees_all() else Dossier.members.any(Account.id == current_user.id)
