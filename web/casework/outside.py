"""Structures outside of the directory: named in a dossier, introduced at once, moderated later.

One is a proposal (`RequestKind.STRUCTURE`), whose reference stands in choices and introductions
until it is accepted: they then name the structure of the directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matcher import Kind as StructureKind
from matcher import Structure
from matcher.catalogue import PublicContact, Way, french
from matcher.tables import fold

from . import audit, clock
from .audit import Action
from .dossiers.dossiers import digest
from .dossiers.inbox import LETTERS, PENDING, RequestKind
from .states import Forbidden
from .store.memories import StructureMemory
from .store.tables import Choice, Dossier, Introduction, Proposal

START = f"{LETTERS[RequestKind.STRUCTURE]}-"
"""How the reference of one begins: no identifier of the directory has capitals."""
DOUBT = (
    "Elle n’est pas encore dans notre annuaire : ce que nous en savons vient {} et reste à vérifier"
)
BY_TEAM = "de l’équipe"
WAYS = {"boite": Way.COURRIEL, "telephone": Way.TELEPHONE}
"""How it is reached, by the field of its proposal."""
NO_KIND = StructureKind.OPERATEUR_LOCAL
"""Stands where nobody said what kind it is; no page says it (see `Outside.kind`)."""


@dataclass(frozen=True)
class Outside:
    """A structure that the directory does not have, as far as a team knows it.

    Parameters
    ----------
    kind : str
        What people read of its kind, "" where nobody said it.
    verdict, reason : str
        Those of its proposal.
    record : str
        Id of the structure of the directory that it turned out to be, "" until then.
    """

    structure: Structure
    kind: str
    verdict: str
    reason: str
    record: str

    @property
    def pending(self) -> bool:
        """Whether nobody decided on it yet."""
        return self.verdict == PENDING


@dataclass(frozen=True)
class Draft:
    """What a team knows of a structure that the directory does not have.

    Parameters
    ----------
    commune : str
        Insee code of its seat, "" where it is not known.
    kind : str
        Code of its kind, "" where it is not known.
    """

    name: str
    description: str = ""
    commune: str = ""
    kind: str = ""
    website: str = ""
    email: str = ""
    telephone: str = ""
    source: str = ""


def is_outside(structure_id: str) -> bool:
    """Whether an identifier is that of a structure outside of the directory."""
    return structure_id.startswith(START)


def propose(session: Session, draft: Draft, dossier: Dossier, account_id: int) -> str:
    """Keep a structure that the directory does not have, and give its reference.

    The same name in the same commune is one structure, whoever names it again.
    """
    seed = {
        "nature": RequestKind.STRUCTURE.value,
        "nom": fold(draft.name),
        "commune": draft.commune,
    }
    sealed, reference = digest(LETTERS[RequestKind.STRUCTURE], seed)
    if session.scalar(select(Proposal.id).where(Proposal.digest == sealed)) is not None:
        return reference
    session.add(
        Proposal(
            reference=reference,
            digest=sealed,
            kind=RequestKind.STRUCTURE.value,
            content={
                "titre": draft.name,
                "description": draft.description,
                "commune": draft.commune or None,
                "type": draft.kind,
                "site": draft.website,
                "boite": draft.email,
                "telephone": draft.telephone,
                "source": draft.source,
                "dossier": dossier.reference,
            },
            verdict=PENDING,
            created_at=clock.now(),
        )
    )
    session.flush()
    nature = RequestKind.STRUCTURE.value
    audit.record(session, Action.PROPOSAL_RECEIVED, account_id, reference, nature=nature)
    return reference


def all_known(session: Session) -> dict[str, Outside]:
    """The structures outside of the directory, by their reference, those that were decided too."""
    asked = select(Proposal).where(Proposal.kind == RequestKind.STRUCTURE.value)
    return {one.reference: _of(one) for one in session.scalars(asked)}


def _of(proposal: Proposal) -> Outside:
    content: Mapping[str, Any] = proposal.content
    kinds = {one.value: one for one in StructureKind}
    kind = kinds.get(content.get("type") or "")
    source = content.get("source") or ""
    contacts = tuple(
        PublicContact(way, value, source, f"{clock.day_of(proposal.created_at):%Y-%m-%d}")
        for name, way in WAYS.items()
        if (value := content.get(name))
    )
    where = f"de l’équipe ({source})" if source and not french.links(source) else BY_TEAM
    structure = Structure(
        id=proposal.reference,
        name=content["titre"],
        aliases=(),
        kind=kind or NO_KIND,
        other_kinds=(),
        themes=(),
        generalist=False,
        stages=(),
        audiences=(),
        coverage=(),
        seat=content.get("commune"),
        body=proposal.reference,
        network="",
        description=content.get("description") or "",
        website=content.get("site") or "",
        source=source,
        source_year=proposal.created_at.year,
        to_verify=True,
        note=DOUBT.format(where),
        contacts=contacts,
    )
    return Outside(
        structure,
        kind.label if kind else "",
        proposal.verdict,
        proposal.reason or "",
        proposal.record or "",
    )


def dossiers_of(session: Session, reference: str) -> list[str]:
    """References of the dossiers that name a structure outside of the directory."""
    found: dict[str, None] = {}
    for table in (Choice, Introduction):
        asked = select(Dossier.reference).join(table).where(table.structure_id == reference)
        found |= dict.fromkeys(session.scalars(asked.order_by(Dossier.id)))
    return list(found)


def settle(session: Session, proposal: Proposal, account_id: int) -> None:
    """Tell the dossiers what was decided; of an accepted structure, name that of the directory.

    A dossier that names both already keeps both: the reference leads to the directory too.
    """
    concerned = dossiers_of(session, proposal.reference)
    details = {
        "verdict": proposal.verdict,
        "motif": proposal.reason,
        "structure": proposal.reference,
        **({"fiche": proposal.record} if proposal.record else {}),
    }
    subjects = [(reference, details) for reference in concerned]
    audit.record_all(session, Action.PROPOSAL_DECIDED, account_id, subjects)
    if proposal.record is None:
        return
    for table in (Choice, Introduction):
        taken = select(table.dossier_id).where(table.structure_id == proposal.record)
        mine = (table.structure_id == proposal.reference, table.dossier_id.not_in(taken))
        session.execute(update(table).where(*mine).values(structure_id=proposal.record))
    known = select(StructureMemory.id).where(StructureMemory.structure_id == proposal.record)
    if session.scalar(known) is None:
        mine_too = StructureMemory.structure_id == proposal.reference
        memories = update(StructureMemory).where(mine_too)
        session.execute(memories.values(structure_id=proposal.record))
    numbers = select(Dossier.id).where(Dossier.reference.in_(concerned))
    # Whoever has one of them open is told that it changed.
    changed = update(Dossier).where(Dossier.id.in_(numbers)).values(version=Dossier.version + 1)
    session.execute(changed)
    session.expire_all()


def check_open(session: Session, reference: str) -> None:
    """Refuse to introduce a structure that moderation refused.

    Raises
    ------
    Forbidden
        When it did.
    """
    if not is_outside(reference):
        return
    verdict = session.scalar(select(Proposal.verdict).where(Proposal.reference == reference))
    if verdict not in (None, PENDING):
        raise Forbidden(
            "Cette structure hors annuaire a été examinée : elle n’est plus à présenter sous ce "
            "nom. Voyez ce qui en est dit dans le dossier."
        )
