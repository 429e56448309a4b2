"""Tables that leave the space as files, for a French spreadsheet; who took which is logged."""

from __future__ import annotations

from flask import Response, abort
from flask_security import current_user

from matcher.reports import Sheet, render_sheets
from matcher.tables import BOM, french_csv

from ..casework import audit, clock
from ..casework.audit import Action
from ..context import database

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def spreadsheet(name: str, kind: str, title: str, *sheets: Sheet) -> Response:
    """Give tables as a file: CSV of the first one, or XLSX of them all.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    kind : str
        A key of `TYPES`; there is no other page.
    """
    if kind == "csv":
        return download(name, kind, BOM + french_csv(sheets[0].headings, sheets[0].rows))
    if kind == "xlsx":
        return download(name, kind, render_sheets(title, sheets, clock.now()))
    abort(404)


def download(name: str, kind: str, content: str | bytes) -> Response:
    """Give a file, and log who took it."""
    with database.writing() as session:
        audit.record(session, Action.EXPORT, current_user.id, name, format=kind)
    response = Response(content, content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{kind}"
    return response
