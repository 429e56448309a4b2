"""The need of a dossier as its adviser came to know it, whom to answer, and the case notes.

The words that came first are kept beside. A note is added, never changed, never in conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, Labelled, State
from ..store.tables import Account, Contact, Dossier, Note

TWICE = timedelta(minutes=10)
"""In which the same note, sent from the same page, is one note sent twice."""


class NeedPart(Labelled):
    """What may be made precise; the log names these codes, and no text."""

    NEED = "besoin", "le texte"
    THEMES = "themes", "les thèmes"
    EXCLUDED = "themes_ecartes", "les thèmes écartés"
    STAGE = "etape", "la situation du projet"
    SERVICE = "service", "le service"
    EMAIL = "courriel", "l’adresse"
    TELEPHONE = "telephone", "le téléphone"
    SOURCE = "source", "la source du contact"
    CONSENT = "accord", "l’accord de la commune"


@dataclass(frozen=True)
class Refined:
    """A need and its contact, whole.

    Parameters
    ----------
    email, service, telephone : str, optional
        Whom to answer. Without any there is no contact: its source and `agreed` do not count.
    source : str
        How the contact is known.
    agreed : bool
        Whether the commune agreed that its request be passed on.
    """

    need: str
    themes: Sequence[str] = ()
    excluded: Sequence[str] = ()
    stage: str | None = None
    email: str | None = None
    service: str | None = None
    telephone: str | None = None
    source: str = ""
    agreed: bool = False

    @property
    def has_contact(self) -> bool:
        """Whether somebody may be answered."""
        return bool(self.email or self.service or self.telephone)


def contact_of(dossier: Dossier) -> Contact | None:
    """The contact that may be answered: one that was erased is none."""
    contact = dossier.contact
    return contact if contact and not contact.erased_at else None


def check_open(dossier: Dossier) -> None:
    """Refuse a dossier that is closed.

    Raises
    ------
    Forbidden
        When it is.
    """
    if dossier.state == State.CLOSED:
        raise Forbidden("Ce dossier est clos : rouvrez-le pour préciser le besoin.")


def changes(dossier: Dossier, refined: Refined) -> list[NeedPart]:
    """What would differ; the order of themes and the ends of lines mean nothing."""
    contact = contact_of(dossier)
    known = refined.has_contact
    pairs = {
        NeedPart.NEED: (dossier.need.replace("\r\n", "\n").strip(), refined.need),
        NeedPart.THEMES: (set(dossier.themes), set(refined.themes)),
        NeedPart.EXCLUDED: (set(dossier.excluded), set(refined.excluded)),
        NeedPart.STAGE: (dossier.stage, refined.stage),
        NeedPart.SERVICE: (contact.service if contact else None, refined.service),
        NeedPart.EMAIL: (contact.email if contact else None, refined.email),
        NeedPart.TELEPHONE: (contact.telephone if contact else None, refined.telephone),
        NeedPart.SOURCE: (contact.source if contact else "", refined.source if known else ""),
        NeedPart.CONSENT: (bool(contact and contact.consent_at), refined.agreed and known),
    }
    return [part for part, (before, after) in pairs.items() if before != after]


def refine(session: Session, dossier: Dossier, refined: Refined, actor: int) -> None:
    """Make a need precise; what does not differ stays as it is, and nothing is logged of it.

    Raises
    ------
    Forbidden
        When the dossier is closed.
    """
    check_open(dossier)
    changed = changes(dossier, refined)
    if not changed:
        return
    if NeedPart.NEED in changed:
        if dossier.received_need is None:
            dossier.received_need = dossier.need
        dossier.need = refined.need
    if NeedPart.THEMES in changed:
        dossier.themes = list(refined.themes)
    if NeedPart.EXCLUDED in changed:
        dossier.excluded = list(refined.excluded)
    dossier.stage = refined.stage
    _set_contact(session, dossier, refined, changed)
    codes = [part.value for part in changed]
    audit.record(session, Action.DOSSIER_NEED, actor, dossier.reference, champs=codes)


def _set_contact(
    session: Session, dossier: Dossier, refined: Refined, changed: Sequence[NeedPart]
) -> None:
    contact = contact_of(dossier)
    if not refined.has_contact:
        if contact:
            dossier.contact = None
            session.delete(contact)
        return
    if contact is None:  # an erased one keeps its row, empty: this is another
        contact = dossier.contact = Contact(created_at=clock.now())
    elif {NeedPart.EMAIL, NeedPart.TELEPHONE, NeedPart.SOURCE} & {*changed}:
        contact.created_at = clock.now()  # the day beside the source
    contact.email, contact.service = refined.email, refined.service
    contact.telephone, contact.source = refined.telephone, refined.source
    if NeedPart.CONSENT in changed:
        contact.consent_at = clock.now() if refined.agreed else None
        if not refined.agreed:  # withdrawn: no structure keeps one of its own
            for introduction in dossier.introductions:
                introduction.agreed_at = None


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
