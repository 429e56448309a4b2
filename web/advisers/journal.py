"""The audit log, to be read by leads and administrators: who did what, to what, when."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from ..casework import audit
from ..casework.audit import Action
from ..casework.store.tables import AuditEntry
from ..context import database
from .history import more, names_in

PAGE = 50
"""Rows of a page."""
MOST_PAGES = 10**6
"""A number past which no database counts rows."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/journal")(journal)


def journal() -> ResponseReturnValue:
    """Show the log, newest first; its chain is read again when that is asked."""
    action, page = request.args.get("action", ""), request.args.get("page", 1, int)
    if not 0 < page < MOST_PAGES or (action and action not in {known.value for known in Action}):
        abort(404)
    chosen = [AuditEntry.action == action] if action else []
    with database.reading() as session:
        count = session.scalar(select(func.count()).select_from(AuditEntry).where(*chosen)) or 0
        rows = session.scalars(
            select(AuditEntry)
            .where(*chosen)
            .order_by(AuditEntry.id.desc())
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
        checked = audit.verify(session) if request.args.get("verifier") else None
        names = names_in(session, rows)
        return render_template(
            "advisers/journal.html",
            rows=[(row, datetime.fromisoformat(row.at), more(row, names)) for row in rows],
            names=names,
            labels={known.value: known.label for known in Action},
            action=action,
            page=page,
            pages=max(1, -(-count // PAGE)),
            count=count,
            checked=checked,
        )
