"""The inbox of the site, in the database: a request becomes a dossier, or a proposal to examine.

What a commune says later of its own request comes in here too: called back, useful, over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Closed, Contacted, State, Useful
from ..store.base import as_kept
from ..store.database import Database, Unavailable
from ..store.tables import Contact, Dossier, Proposal
from .dossiers import Declared, digest, move, open_dossier, sealed_of

PENDING = "a_examiner"
"""Verdict of a proposal that nobody examined yet."""
FORM = "formulaire du site"
"""Where the address of a contact comes from."""
ENDS = {
    Closed.SUPPORTED: "Nous sommes accompagnés",
    Closed.OTHERWISE: "Nous avons trouvé une autre réponse",
    Closed.ABANDONED: "Nous renonçons au projet",
}
"""How a commune may close its request, as it reads it."""


class RequestKind(StrEnum):
    """What a visitor leaves."""

    INTRODUCTION = "mise-en-relation"
    PROJECT = "projet"
    CORRECTION = "correction"
    STRUCTURE = "structure"
    """Named by an adviser, from a dossier: see `outside`."""


@dataclass(frozen=True)
class Request:
    """Something that a visitor left.

    Parameters
    ----------
    token : str
        Drawn with the form: the same token and the same content are one request sent twice.
    content : mapping
        The fields, checked: texts, lists of texts and booleans that JSON can hold.
    """

    kind: RequestKind
    token: str
    content: Mapping[str, Any]


class InboxUnavailable(Exception):
    """Nothing was stored: the visitor must be told, and keep what was typed."""


LETTERS = {RequestKind.PROJECT: "PR", RequestKind.CORRECTION: "CO", RequestKind.STRUCTURE: "HA"}


class Inbox:
    """Keeps what visitors leave until somebody deals with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, request: Request) -> str:
        """Store a request once, however often it is sent, and give its reference.

        Raises
        ------
        InboxUnavailable
            When it could not be stored whole.
        """
        try:
            return self._database.keep(lambda session: _store(session, request))
        except (Unavailable, UnicodeEncodeError) as error:
            raise InboxUnavailable(str(error)) from error


def _store(session: Session, request: Request) -> str:
    content = dict(request.content)
    seed = sealed_of(request.kind.value, request.token, content)
    if request.kind is RequestKind.INTRODUCTION:
        declared = Declared.sent(content, origin="site", source=FORM, seed=seed)
        return open_dossier(session, declared).reference
    sealed, reference = digest(LETTERS[request.kind], seed)
    if session.scalar(select(Proposal.id).where(Proposal.digest == sealed)) is None:
        session.add(_proposal(request.kind, content, sealed, reference))
        session.flush()
        audit.record(session, Action.PROPOSAL_RECEIVED, None, reference, nature=request.kind.value)
    return reference


def _proposal(kind: RequestKind, content: dict[str, Any], sealed: str, reference: str) -> Proposal:
    moment = clock.now()
    email, typed = content.pop("courriel", None), content.pop("commune_saisie", None)
    contact = None
    if email:
        contact = Contact(email=email, source=FORM, created_at=moment)
    return Proposal(
        reference=reference,
        digest=sealed,
        kind=kind.value,
        content=content,
        typed=as_kept(typed),
        verdict=PENDING,
        created_at=moment,
        contact=contact,
    )


def hear(
    session: Session,
    dossier: Dossier,
    contacted: Contacted,
    useful: Useful | None,
    word: str,
    end: Closed | None,
    token: str,
) -> None:
    """Keep what a commune answers, and close its request where it says so; the log holds codes.

    Parameters
    ----------
    token : str
        Of the form: it tells an answer that is sent again.

    Raises
    ------
    Forbidden
        When the request is closed already.
    """
    dossier.heard = {
        "recontactee": contacted.value,
        "utile": useful.value if useful else None,
        "mot": word,
        "jeton": token,
        "le": clock.now().isoformat(),
    }
    audit.record(
        session,
        Action.DOSSIER_HEARD,
        None,
        dossier.reference,
        recontactee=contacted.value,
        **({"utile": useful.value} if useful else {}),
    )
    if end is not None:
        move(session, dossier, State.CLOSED, None, end.value)
