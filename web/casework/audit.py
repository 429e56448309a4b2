"""The audit log: append only, each row sealed with the one before (SHA-256)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from . import clock
from .states import Labelled
from .store.tables import AuditEntry

FIRST = "0" * 64
"""What the first row seals."""
LOCK = 0x6D61696C
"""Number of PostgreSQL's advisory lock: one writer appends at a time. SQLite has one anyway."""
PAGE = 1_000
"""Rows read at a time when the chain is checked."""


class Action(Labelled):
    """What is logged, with what people read in the history of a dossier."""

    DOSSIER_RECEIVED = "dossier.recu", "besoin reçu"
    DOSSIER_TAKEN = "dossier.pris", "dossier pris en charge"
    DOSSIER_STATE = "dossier.etat", "état changé"
    DOSSIER_MEMBERS = "dossier.membres", "équipe du dossier changée"
    DOSSIER_NEED = "dossier.besoin", "besoin précisé"
    DOSSIER_SAME = "dossier.meme", "même besoin qu’un autre dossier"
    DOSSIER_NOTE = "dossier.note", "note ajoutée"
    DOSSIER_ERASED = "dossier.efface", "dossier effacé"
    CHOICE = "suggestion.choix", "choix sur une structure"
    CHOICE_ORDER = "suggestion.ordre", "ordre des structures changé"
    INTRODUCTION = "introduction.etape", "introduction"
    INTRODUCTION_TEXT = "introduction.texte", "texte de l’introduction modifié"
    REMINDER = "introduction.relance", "relance faite"
    STRUCTURE = "structure.memoire", "suivi d’une structure changé"
    LINK = "lien.reponse", "lien de réponse"
    AGREED = "introduction.accord", "accord de la commune pour cette structure"
    COMMUNE_TOLD = "introduction.avis", "avis de la commune"
    NOTES_OPENED = "notes.ouverture", "notes ouvertes par un responsable qui n’est pas du dossier"
    PROPOSAL_RECEIVED = "proposition.recue", "proposition reçue"
    PROPOSAL_DECIDED = "proposition.decision", "proposition examinée"
    PROPOSAL_ERASED = "proposition.effacee", "proposition effacée"
    CONTACT_EXPORTED = "contact.export", "données d’un contact exportées"
    CONTACT_ERASED = "contact.efface", "données d’un contact effacées"
    ACCOUNT = "compte", "compte modifié"
    EXPORT = "export", "fichier exporté"
    IMPORT = "import", "fichier de besoins importé"


def record(
    session: Session, action: Action, account_id: int | None, subject: str, **details: object
) -> AuditEntry:
    """Append a row within a transaction; it is kept if the transaction is.

    Parameters
    ----------
    subject : str
        Reference of a dossier, of a proposal, or what the action is about; no personal data.
    details : JSON values
        Codes and numbers that say what changed; no personal data either.
    """
    return record_all(session, action, account_id, [(subject, details)])[0]


def record_all(
    session: Session,
    action: Action,
    account_id: int | None,
    subjects: Iterable[tuple[str, Mapping[str, object]]],
) -> list[AuditEntry]:
    """Append a row for each subject with its details, as `record` does, in one go."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    last = session.execute(
        select(AuditEntry.id, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    first, previous = (last.id + 1, last.seal) if last else (1, FIRST)
    entries = []
    for number, (subject, details) in enumerate(subjects, first):
        entry = AuditEntry(
            id=number,
            at=clock.now().isoformat(),
            account_id=account_id,
            action=action.value,
            subject=subject,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True),
            previous=previous,
        )
        previous = entry.seal = _seal(entry)
        entries.append(entry)
    session.add_all(entries)
    session.flush()
    return entries


def history(session: Session, subject: str) -> Sequence[AuditEntry]:
    """Give what happened to a subject, oldest first."""
    return session.scalars(
        select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    ).all()


@dataclass(frozen=True)
class Verified:
    """What a check of the chain found.

    Parameters
    ----------
    rows : int
        Rows that were read.
    seal : str
        Seal of the last row: kept elsewhere, it shows later that no row was cut off the end.
    broken : tuple of (int, str)
        Row number and what is wrong with it, in French; empty when the chain holds.
    """

    rows: int
    seal: str
    broken: tuple[tuple[int, str], ...]


def verify(session: Session, known: str | None = None) -> Verified:
    """Read the whole chain again.

    Parameters
    ----------
    known : str, optional
        A seal noted at an earlier check: it must still be in the chain.
    """
    broken: list[tuple[int, str]] = []
    rows, previous, found = 0, FIRST, known is None
    for entry in _all(session):
        rows += 1
        if entry.id != rows:
            broken.append((entry.id, f"numéro inattendu : {rows} attendu"))
            rows = entry.id
        if entry.previous != previous:
            broken.append((entry.id, "ne suit pas la ligne précédente"))
        if entry.seal != _seal(entry):
            broken.append((entry.id, "contenu modifié après coup"))
        previous = entry.seal
        found = found or entry.seal == known
    count = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    if not found:
        broken.append((rows, "l’empreinte notée auparavant n’est plus dans le journal"))
    return Verified(count, previous, tuple(broken))


def _all(session: Session) -> Iterator[AuditEntry]:
    last = 0
    while True:
        page = session.scalars(
            select(AuditEntry).where(AuditEntry.id > last).order_by(AuditEntry.id).limit(PAGE)
        ).all()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].id
        session.expunge_all()


def _seal(entry: AuditEntry) -> str:
    fields = [entry.id, entry.at, entry.account_id, entry.action, entry.subject, entry.details]
    sealed = json.dumps([*fields, entry.previous], ensure_ascii=False)
    return hashlib.sha256(sealed.encode()).hexdigest()
