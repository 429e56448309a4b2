"""Case notes: added to a dossier, never changed, never in conflict."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..store.tables import Account, Dossier, Note

TWICE = timedelta(minutes=10)
"""In which the same note, sent from the same page, is one note sent twice."""


def add_note(
    session: Session, dossier: Dossier, author: Account, text: str, read: int | None = None
) -> Note:
    """Add a case note to a dossier that is open to be changed.

    Parameters
    ----------
    read : int, optional
        Version of the page that it was written on: a note sent twice from there is one note.
    """
    now = clock.now()
    last = next((one for one in reversed(dossier.notes) if one.author_id == author.id), None)
    changed_since = read is not None and read < dossier.version - 1
    if changed_since and last and last.text == text and now - last.created_at < TWICE:
        return last
    note = Note(author_id=author.id, text=text, created_at=now)
    dossier.notes.append(note)
    audit.record(session, Action.DOSSIER_NOTE, author.id, dossier.reference)
    return note
