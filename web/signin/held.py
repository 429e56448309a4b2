"""What was sent when nobody was signed in any more: kept for its author, shown again, sent once.

A session ends for three reasons: its cookie is gone, it was closed elsewhere, or its time is over.
The fields of the form wait in the database under a secret that only the browser holds. Who signs
in reads them, and sends them by a button: nothing leaves by itself, for another site could have
made the first request.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Request, current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ..casework import clock
from ..casework.store.database import Database
from ..casework.store.tables import Held
from ..casework.store.vault import digest

HELD_HOURS = 24
"""Hours for which a sending waits: a day, with its night."""
MOST_HELD = 1_000
"""Sendings that wait at once: a stranger who sends a form again and again fills no disk."""
LONGEST_HELD = 60_000
"""Characters of one sending: five times the longest form, two letters."""
SECRET_BYTES = 24
TOKEN = "csrf_token"
RESUMED = "repris"
"""Field by which a form says that it sends what was kept."""


class NotHeld(Exception):
    """What was sent could not be kept; it is shown, to be copied."""


class SentAlready(Exception):
    """What was kept left already, or waited too long."""


def hold(database: Database, request: Request, account_id: int | None) -> str:
    """Keep the fields of a form; gives the secret that opens them.

    Parameters
    ----------
    account_id : int, optional
        Whose session it was; None when nothing tells.

    Raises
    ------
    NotHeld
        When it comes from no page of this site, holds a file, or there is no room.
    """
    content = {
        name: values
        for name, values in request.form.lists()
        if name not in (TOKEN, RESUMED) and any(values)
    }
    size = sum(len(name) + sum(map(len, values)) for name, values in content.items())
    if not _is_ours(request) or size > LONGEST_HELD or any(request.files.values()):
        raise NotHeld
    secret, now = secrets.token_urlsafe(SECRET_BYTES), clock.now()
    with database.writing() as session:
        session.execute(delete(Held).where(Held.created_at < now - timedelta(hours=HELD_HOURS)))
        if (session.scalar(select(func.count(Held.id))) or 0) >= MOST_HELD:
            raise NotHeld
        session.add(
            Held(
                key=digest(secret),
                account_id=account_id,
                place=request.path,
                content=content,
                created_at=now,
            )
        )
    return secret


def find(
    session: Session, secret: str, account_id: int
) -> tuple[str, Mapping[str, Sequence[str]]] | None:
    """Give the address and the fields of what was kept; None when it is not, or not theirs."""
    held = session.scalar(select(Held).where(Held.key == digest(secret)))
    if held is None or held.account_id not in (None, account_id):
        return None
    if held.created_at < clock.now() - timedelta(hours=HELD_HOURS):
        return None
    return held.place, held.content


def release(database: Database, secret: str) -> None:
    """Let go of what was kept, for it is being sent.

    Raises
    ------
    SentAlready
        When it is not there any more.
    """
    with database.writing() as session:
        gone = session.execute(delete(Held).where(Held.key == digest(secret)).returning(Held.id))
        if gone.first() is None:
            raise SentAlready


def _is_ours(request: Request) -> bool:
    """Whether the form was made by this site: its token is signed, and no other site is named."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        return False
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        signer.loads(request.form.get(TOKEN, ""))
    except BadData:
        return False
    return True
