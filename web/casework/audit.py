"""The audit log: append only, each row sealed with the one before by a key outside of the base.

Without a key (a base opened without the site) a seal is a plain SHA-256; the rows of before the key
are sealed so, and an anchor says where they end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from . import clock
from .states import Labelled
from .store import anchors
from .store.database import vault_of
from .store.tables import AuditEntry
from .store.vault import Vault, VaultError

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
    DOSSIER_BACK = "dossier.date", "date à laquelle revenir"
    DOSSIER_HEARD = "dossier.avis", "réponse de la commune sur sa demande"
    DOSSIER_NOTE = "dossier.note", "note ajoutée"
    DOSSIER_MASKED = "dossier.masque", "nom masqué dans les textes"
    GROUP_FORMED = "groupe.forme", "dossier collectif formé"
    PARTY_JOINED = "groupe.entree", "commune entrée dans le groupe"
    PARTY_LEFT = "groupe.sortie", "commune sortie du groupe"
    PARTY_CONTACT = "groupe.contact", "contact d’une commune du groupe changé"
    PARTY_OUTCOME = "groupe.suite", "suite pour une commune du groupe"
    ATTACHED = "piece.jointe", "pièce jointe"
    DETACHED = "piece.effacee", "pièce effacée"
    DOSSIER_ERASED = "dossier.efface", "dossier effacé"
    CHOICE = "suggestion.choix", "choix sur une structure"
    CHOICE_ORDER = "suggestion.ordre", "ordre des structures changé"
    INTRODUCTION = "introduction.etape", "introduction"
    INTRODUCTION_TEXT = "introduction.texte", "texte de l’introduction modifié"
    INTRODUCTION_DATES = "introduction.dates", "dates d’une introduction"
    MEETING = "introduction.rendez_vous", "rendez-vous"
    REMINDER = "introduction.relance", "relance faite"
    STRUCTURE = "structure.memoire", "suivi d’une structure changé"
    LINK = "lien.reponse", "lien de réponse"
    AGREED = "introduction.accord", "accord de la commune pour cette structure"
    COMMUNE_TOLD = "introduction.avis", "avis de la commune"
    MAIL_FILED = "courriel.classe", "courriel classé"
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
    rows = [(action, subject, details) for subject, details in subjects]
    return record_many(session, account_id, rows)


def record_many(
    session: Session,
    account_id: int | None,
    rows: Iterable[tuple[Action, str, Mapping[str, object]]],
) -> list[AuditEntry]:
    """Append rows of any action, in their order, as `record` does, in one go."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    last = session.execute(
        select(AuditEntry.id, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    first, previous = (last.id + 1, last.seal) if last else (1, FIRST)
    entries, vault = [], vault_of(session)
    for number, (action, subject, details) in enumerate(rows, first):
        entry = AuditEntry(
            id=number,
            at=clock.now().isoformat(),
            account_id=account_id,
            action=action.value,
            subject=subject,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True),
            previous=previous,
        )
        previous = entry.seal = _seal(entry, vault)
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
    guards : tuple of str
        What is wrong around the rows: triggers taken away, anchors that cannot be believed.
    anchor : str
        The last anchor, in French; empty when there is none.
    """

    rows: int
    seal: str
    broken: tuple[tuple[int, str], ...]
    guards: tuple[str, ...] = ()
    anchor: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """All that is wrong, in French."""
        return (*self.guards, *(f"ligne {number} : {fault}" for number, fault in self.broken))


def verify(session: Session, known: str | None = None) -> Verified:
    """Read the whole chain again, and compare it to the anchors that stand outside of the base.

    Parameters
    ----------
    known : str, optional
        A seal noted at an earlier check: it must still be in the chain.
    """
    vault, guards = vault_of(session), _guards_away(session)
    anchored: Sequence[anchors.Anchor] = ()
    try:
        anchored = anchors.known(vault)
    except (VaultError, OSError) as error:
        guards.append(str(error))
    keyless = max((anchor.rows for anchor in anchored), default=0) if vault else None
    broken: list[tuple[int, str]] = []
    rows, previous, found = 0, FIRST, known is None
    for entry in _all(session):
        rows += 1
        if entry.id != rows:
            broken.append((entry.id, f"numéro inattendu : {rows} attendu"))
            rows = entry.id
        if entry.previous != previous:
            broken.append((entry.id, "ne suit pas la ligne précédente"))
        if fault := _unsealed(entry, vault, keyless):
            broken.append((entry.id, fault))
        broken += _unlike(entry, anchored)
        previous = entry.seal
        found = found or entry.seal == known
    broken += [
        (anchor.rows, f"manque, alors qu’elle était ancrée ({anchor})")
        for anchor in anchored
        if anchor.rows > rows
    ]
    count = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    if not found:
        broken.append((rows, "l’empreinte notée auparavant n’est plus dans le journal"))
    told = str(anchored[-1]) if anchored else ""
    return Verified(count, previous, tuple(broken), tuple(guards), told)


def _unlike(entry: AuditEntry, anchored: Iterable[anchors.Anchor]) -> Iterator[tuple[int, str]]:
    """The anchors of this row that have another seal."""
    for anchor in anchored:
        if anchor.rows == entry.id and anchor.seal != entry.seal:
            yield entry.id, f"n’est plus celle qui était ancrée ({anchor})"


def _unsealed(entry: AuditEntry, vault: Vault | None, keyless: int | None) -> str:
    """What is wrong with the seal of a row; those up to `keyless` may have been sealed by no key.

    They are held by the anchor after them.
    """
    if entry.seal == _seal(entry, vault):
        return ""
    if keyless is not None and entry.seal == _seal(entry, None):
        return "" if entry.id <= keyless else "scellée sans la clé du site : écrite par un autre"
    return "contenu modifié après coup"


TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'",
    "postgresql": "SELECT tgname FROM pg_trigger "
    "WHERE tgrelid = to_regclass('audit') AND tgenabled <> 'D'",
}
GUARDS = {
    "sqlite": {"audit_refuses_update", "audit_refuses_delete"},
    "postgresql": {"audit_is_append_only"},
}
"""The triggers that refuse to change the log, by kind of base."""


def _guards_away(session: Session) -> list[str]:
    kind = session.get_bind().dialect.name
    away = GUARDS[kind] - set(session.scalars(text(TRIGGERS[kind])))
    return [f"le déclencheur {name}, qui refuse tout changement, a été retiré" for name in away]


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


def _seal(entry: AuditEntry, vault: Vault | None) -> str:
    fields = [entry.id, entry.at, entry.account_id, entry.action, entry.subject, entry.details]
    sealed = json.dumps([*fields, entry.previous], ensure_ascii=False)
    return vault.seal("journal", sealed) if vault else hashlib.sha256(sealed.encode()).hexdigest()
