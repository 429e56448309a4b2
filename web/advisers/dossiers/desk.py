"""A dossier on the desk of who is signed in: opened to be read, or changed; and its files.

Files are added, handed back and taken out by those who read its contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.orm import Session, object_session

from ...access import CASEWORK, may_change, may_read, may_read_contact, roles_of
from ...answers.asking import whole
from ...casework.dossiers import desks, dossiers
from ...casework.dossiers.dossiers import Stale, UnknownDossier
from ...casework.letters import attachments
from ...casework.letters.attachments import ACCEPTED, KINDS, LARGEST
from ...casework.persons import retention
from ...casework.states import Forbidden
from ...casework.store.memories import Attachment
from ...casework.store.tables import Account, Dossier
from ...context import database

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
        desks.mark_seen(session, dossier, account.id)


def version_sent() -> int:
    """The version of the dossier that the form was made from; there always is one."""
    version = whole(request.form.get("version", ""), 9)
    if version is None:
        abort(400)
    return version


def back(reference: str, anchor: str | None = None) -> ResponseReturnValue:
    """Show the dossier again, at what was just changed."""
    return redirect(url_for("advisers.dossier", reference=reference, _anchor=anchor), 303)


def add(pages: Blueprint) -> None:
    """Add the routes of this module, and what the page of a dossier shows of its files."""
    pages.url_value_preprocessor(make_room)
    pages.post("/dossiers/<reference>/pieces")(attachment_added)
    pages.get("/dossiers/<reference>/pieces/<int:number>")(attachment)
    pages.post("/dossiers/<reference>/pieces/<int:number>/retirer")(attachment_removed)
    pages.add_app_template_filter(attachments.weight, "weight")
    pages.context_processor(
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
    with change(reference, as_read=False) as (session, account, found):
        added = attachments.attach(session, found, account, sent.filename, content)
        flash(f"Pièce jointe au dossier : {added.name}.")
    return back(reference, "pieces")


def attachment(reference: str, number: int) -> Response:
    """Hand a file back, to be saved."""
    with read(reference) as (session, account, found):
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
    with change(reference, as_read=False) as (session, account, found):
        attachments.remove(session, found, number, account.id)
    retention.wipe(database)
    flash("Pièce effacée.")
    return back(reference, "pieces")


def _shown(dossier: Dossier) -> Sequence[Attachment]:
    """The files that who is signed in may read."""
    session = object_session(dossier)
    if session is None or not may_read_contact(current_user, dossier):
        return ()
    return attachments.of(session, dossier)
