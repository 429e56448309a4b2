"""The inbox of the site, in the database: a request becomes a dossier, or a proposal to examine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..ports import InboxUnavailable, Kind, Request
from . import audit, clock
from .audit import Action
from .database import Database, Unavailable
from .dossiers import Declared, digest, open_dossier
from .tables import Contact, Proposal

LETTERS = {Kind.PROJECT: "PR", Kind.CORRECTION: "CO"}
PENDING = "a_examiner"
"""Verdict of a proposal that nobody examined yet."""
FORM = "formulaire du site"
"""Where the address of a contact comes from."""


class DatabaseInbox:
    """Keeps what visitors leave; see `ports.Inbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, request: Request) -> str:
        """Store a request, whole or not at all; see `Inbox.receive`."""
        for last in (False, True):
            try:
                with self._database.writing() as session:
                    return self._store(session, request)
            except (Unavailable, UnicodeEncodeError) as error:
                raise InboxUnavailable(str(error)) from error
            except IntegrityError:
                # The same request was stored by somebody else meanwhile: it is found this time.
                if last:
                    raise
        raise AssertionError("the second try returns or raises")

    def _store(self, session: Session, request: Request) -> str:
        content = dict(request.content)
        seed = {"nature": request.kind.value, "jeton": request.token, **content}
        if request.kind is Kind.INTRODUCTION:
            return open_dossier(session, _declared(content, seed)).reference
        sealed, reference = digest(LETTERS[request.kind], seed)
        if session.scalar(select(Proposal.id).where(Proposal.digest == sealed)) is None:
            session.add(_proposal(request.kind, content, sealed, reference))
            session.flush()
            audit.record(
                session, Action.PROPOSAL_RECEIVED, None, reference, nature=request.kind.value
            )
        return reference


def _declared(content: Mapping[str, Any], seed: Mapping[str, Any]) -> Declared:
    return Declared(
        commune=content["commune"],
        need=content["besoin"],
        origin="site",
        themes=content["themes"],
        excluded=content["themes_ecartes"],
        stage=content["etape"],
        wished=content["structures"],
        email=content["courriel"],
        service=content["service"],
        source=FORM,
        consent_at=clock.now() if content["accord"] else None,
        seed=seed,
    )


def _proposal(kind: Kind, content: dict[str, Any], sealed: str, reference: str) -> Proposal:
    moment = clock.now()
    email = content.pop("courriel", None)
    contact = None
    if email:
        contact = Contact(email=email, source=FORM, created_at=moment)
    return Proposal(
        reference=reference,
        digest=sealed,
        kind=kind.value,
        content=content,
        verdict=PENDING,
        created_at=moment,
        contact=contact,
    )
