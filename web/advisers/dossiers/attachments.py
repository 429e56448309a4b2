"""The files of a dossier: added, handed back, taken out, by those who read its contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.orm import object_session

from ...access import may_read_contact
from ...casework.letters import attachments
from ...casework.letters.attachments import ACCEPTED, KINDS, LARGEST
from ...casework.persons import retention
from ...casework.states import Forbidden
from ...casework.store.memories import Attachment
from ...casework.store.tables import Dossier
from ...context import database
from . import desk

ROOM = LARGEST + 2**16
"""Bytes of a request that brings a file: its form too."""
SAFE = {
    # Saved, never shown: what a file holds does not become a page of this site.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Download-Options": "noopen",
    "Cache-Control": "no-store",
}
"""Headers of a file that somebody else made."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module, and what the page of a dossier shows of its files."""
    pages.url_value_preprocessor(make_room)
    pages.post("/dossiers/<reference>/pieces")(attachment_added)
    pages.get("/dossiers/<reference>/pieces/<int:number>")(attachment)
    pages.post("/dossiers/<reference>/pieces/<int:number>/retirer")(attachment_removed)
    pages.add_app_template_filter(attachments.weight, "weight")
    pages.app_context_processor(
        lambda: {
            "attachments_of": _shown,
            "attachment_kinds": KINDS,
            "attachment_endings": ACCEPTED,
            "attachment_megabytes": LARGEST // 2**20,
        }
    )


def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the request that brings a file be larger than a form."""
    if endpoint == "advisers.attachment_added":
        request.max_content_length = ROOM


def attachment_added(reference: str) -> ResponseReturnValue:
    """Add a file."""
    sent = request.files.get("piece")
    if sent is None or not sent.filename:
        raise Forbidden("Choisissez un fichier à joindre.")
    content = sent.stream.read(LARGEST + 1)
    with desk.change(reference, as_read=False) as (session, account, found):
        added = attachments.attach(session, found, account, sent.filename, content)
        flash(f"Pièce jointe au dossier : {added.name}.")
    return desk.back(reference, "pieces")


def attachment(reference: str, number: int) -> Response:
    """Hand a file back, to be saved."""
    with desk.read(reference) as (session, account, found):
        if not may_read_contact(account, found):
            abort(404)
        one = attachments.find(session, found, number)
        if one is None:
            abort(404)
        answer = Response(one.content, content_type=KINDS[one.kind].media)
        named = f"attachment; filename*=UTF-8''{quote(one.name, safe='')}"
        answer.headers["Content-Disposition"] = named
    answer.headers.update(SAFE)
    return answer


def attachment_removed(reference: str, number: int) -> ResponseReturnValue:
    """Take a file out for good."""
    with desk.change(reference, as_read=False) as (session, account, found):
        attachments.remove(session, found, number, account.id)
    retention.wipe(database)
    flash("Pièce effacée.")
    return desk.back(reference, "pieces")


def _shown(dossier: Dossier) -> Sequence[Attachment]:
    """The files that who is signed in may read."""
    session = object_session(dossier)
    if session is None or not may_read_contact(current_user, dossier):
        return ()
    return attachments.of(session, dossier)
