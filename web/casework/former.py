"""What the first version of the site stored in files is taken over into the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..ports import Kind, Request
from .database import Database
from .dossiers import LETTERS as DOSSIER
from .dossiers import digest
from .inbox import LETTERS as PROPOSALS
from .inbox import DatabaseInbox
from .tables import Dossier, Proposal

LETTERS = {Kind.INTRODUCTION: DOSSIER, **PROPOSALS}
NOT_CONTENT = ("reference", "recue_le", "nature", "jeton")
"""Keys of a file that are not fields of the form."""


@dataclass(frozen=True)
class TakenOver:
    """What became of a folder.

    Parameters
    ----------
    references : tuple of str
        Of the requests that are now in the database, those of an earlier run included.
    faulty : tuple of str
        Names of the files that could not be read as a request.
    """

    references: tuple[str, ...]
    faulty: tuple[str, ...]


def take_over(database: Database, folder: Path) -> TakenOver:
    """Store each file of a folder once, however often it is run.

    A request keeps its reference, which its author knows, and the day it came on, from which
    retention counts. The files stay: their owner erases them.
    """
    references, faulty = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            request, received = _request(known)
            reference = DatabaseInbox(database).receive(request)
        except (ValueError, KeyError, TypeError, AttributeError):
            faulty.append(path.name)
            continue
        _date(database, reference, received)
        references.append(reference)
    return TakenOver(tuple(references), tuple(faulty))


def _request(known: dict[str, Any]) -> tuple[Request, datetime]:
    content = {key: value for key, value in known.items() if key not in NOT_CONTENT}
    received = datetime.fromisoformat(known["recue_le"])
    if received.tzinfo is None:
        raise ValueError("a moment without a zone")
    kind = Kind(known["nature"])
    seed = {key: known[key] for key in ("nature", "jeton")} | content
    _sealed, reference = digest(LETTERS[kind], seed)
    if reference != known["reference"]:
        raise ValueError("the file was changed since it was stored")
    return Request(kind, known["jeton"], content), received


def _date(database: Database, reference: str, received: datetime) -> None:
    """Give a request the moment it was received at, unless somebody worked on it since."""
    with database.writing() as session:
        dossier = session.scalar(select(Dossier).where(Dossier.reference == reference))
        if dossier is not None and dossier.version == 1:
            dossier.created_at = dossier.active_at = received
            if dossier.contact is not None:
                dossier.contact.created_at = received
                if dossier.contact.consent_at is not None:
                    dossier.contact.consent_at = received
        proposal = session.scalar(select(Proposal).where(Proposal.reference == reference))
        if proposal is not None and proposal.version == 1:
            proposal.created_at = received
            if proposal.contact is not None:
                proposal.contact.created_at = received
