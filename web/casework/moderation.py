"""Moderation: what visitors propose is accepted into the catalogue, or refused, once.

The catalogue is a file and the decision a row. The file is written last, within the transaction
of the decision: if it cannot be, nothing is decided. If the machine stops between the two, the
record is there and the proposal still waits: accepting it again finds the record under the same
id and writes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher import Matcher
from matcher.upkeep import (
    add_project,
    add_structure,
    blank_structure,
    by_confirmation,
    by_page,
    change_contacts,
    change_record,
    find_record,
)

from . import audit, clock, outside
from .audit import Action
from .dossiers import inbox
from .dossiers.dossiers import Stale, UnknownDossier
from .states import Forbidden, Labelled
from .store.tables import Proposal

LATEST = 20
"""Decisions listed under those that wait."""


class ProposalState(Labelled):
    """Where a proposal stands."""

    PENDING = inbox.PENDING, "à examiner"
    ACCEPTED = "acceptee", "acceptée"
    REFUSED = "refusee", "refusée"


class Refused(Labelled):
    """Why a proposal is refused."""

    NO_SOURCE = "sans_source", "aucune page publique ne le montre"
    SAYS_OTHERWISE = "source_contraire", "la source dit autre chose"
    DUPLICATE = "doublon", "c’est déjà au catalogue"
    OUT_OF_SCOPE = "hors_ess", "cela ne relève pas de l’ESS"
    VAGUE = "imprecis", "trop vague pour être vérifié"
    ADVERTISING = "publicite", "publicité ou message sans rapport"


class UnknownProposal(UnknownDossier):
    """No proposal has this reference."""


@dataclass(frozen=True)
class Edit:
    """What a moderator publishes.

    Parameters
    ----------
    record : str or None
        Id of the record that is corrected; None for a new project, which takes the reference of
        its proposal as its id, and for a new structure, whose id follows its name.
    fields : mapping of str to str
        Values by column.
    version : str, optional
        That of the record that was read.
    contacts : mapping of str to str
        How the structure is reached, by way, where its answer changes it; "" takes it away.
    structure : bool
        Whether it is a new structure.
    """

    record: str | None
    fields: Mapping[str, str]
    version: str | None = None
    contacts: Mapping[str, str] = field(default_factory=dict)
    structure: bool = False

    @property
    def new(self) -> str:
        """The id of a new structure; "" of any other record."""
        return blank_structure(self.fields["name"]).id if self.structure else ""


def waiting(session: Session) -> Sequence[Proposal]:
    """Give the proposals that nobody decided on, oldest first."""
    pending = Proposal.verdict == ProposalState.PENDING.value
    return session.scalars(select(Proposal).where(pending).order_by(Proposal.id)).all()


def decided(session: Session) -> Sequence[Proposal]:
    """Give the last decisions, newest first."""
    done = Proposal.verdict != ProposalState.PENDING.value
    newest = (Proposal.decided_at.desc(), Proposal.id.desc())
    return session.scalars(select(Proposal).where(done).order_by(*newest).limit(LATEST)).all()


def find(session: Session, reference: str) -> Proposal:
    """Find a proposal to read it.

    Raises
    ------
    UnknownProposal
        When none has this reference.
    """
    proposal = session.scalar(select(Proposal).where(Proposal.reference == reference))
    if proposal is None:
        raise UnknownProposal(reference)
    return proposal


def to_decide(session: Session, reference: str, version: int) -> Proposal:
    """Find a proposal to decide on it, as its reader last saw it; others wait for the end.

    Raises
    ------
    UnknownProposal
        When none has this reference.
    Stale
        When somebody decided first.
    """
    proposal = session.scalar(
        select(Proposal).where(Proposal.reference == reference).with_for_update()
    )
    if proposal is None:
        raise UnknownProposal(reference)
    if proposal.version != version or proposal.verdict != ProposalState.PENDING.value:
        raise Stale(
            "Cette proposition a été examinée par quelqu’un d’autre entre-temps. Votre décision "
            "n’a pas été enregistrée, et rien n’a été écrasé."
        )
    return proposal


def accept(
    session: Session,
    matcher: Matcher,
    folder: Path,
    proposal: Proposal,
    edit: Edit,
    account_id: int,
) -> str:
    """Publish a proposal in the catalogue of `folder`; the id of its record.

    The catalogue is written last: call it at the end of the transaction.

    Raises
    ------
    DataError
        With the rules that the record would break.
    ChangedRecord, UnknownRecord
        When the record is no longer what the moderator read.
    OSError
        When the file cannot be written: the disk is full.
    """
    record = edit.record or edit.new or proposal.reference
    told = {"contacts": sorted(edit.contacts)} if edit.contacts else {}
    _accept(session, proposal, account_id, record, **told)
    publish(matcher, folder, proposal.reference, edit)
    return record


def publish(matcher: Matcher, folder: Path, reference: str, edit: Edit, write: bool = True) -> None:
    """Write the record of a proposal; or only check it.

    Parameters
    ----------
    matcher : Matcher
        Open on `folder`: its territory is not read again, for others wait meanwhile.

    Raises
    ------
    DataError, ChangedRecord, UnknownRecord, OSError
        See `accept`.
    """
    today, territory = clock.today(), matcher.territory
    if edit.structure:
        named = add_structure(folder, edit.fields, today, False, territory).fields
        page = edit.fields.get("source_url", "").partition(" ;")[0]
        said = by_page(named["id"], edit.contacts, page, today)
        change_contacts(folder, named, said, write=False)
        if write:
            add_structure(folder, edit.fields, today, territory=territory)
            change_contacts(folder, named, said)
        return
    if edit.record is None:
        add_project(folder, reference, edit.fields, today, write, territory)
        return
    said = by_confirmation(edit.record, edit.contacts, reference, today)
    named = {**find_record(folder, edit.record).fields, **edit.fields}
    if edit.contacts:  # nothing of the record is written if they break a rule
        change_contacts(folder, named, said, write=False)
    change_record(folder, edit.record, edit.fields, today, edit.version, write, territory)
    if edit.contacts and write:
        change_contacts(folder, named, said)


def refuse(
    session: Session, proposal: Proposal, reason: str, comment: str, account_id: int
) -> None:
    """Refuse a proposal, for a reason of the list.

    Raises
    ------
    Forbidden
        When the reason is not of the list.
    """
    if reason not in {known.value for known in Refused}:
        listed = ", ".join(f"« {known.label} »" for known in Refused)
        raise Forbidden(f"Un refus demande un motif : {listed}.")
    _decide(session, proposal, ProposalState.REFUSED, account_id)
    proposal.reason, proposal.comment = reason, comment or None
    audit.record(
        session,
        Action.PROPOSAL_DECIDED,
        account_id,
        proposal.reference,
        verdict=ProposalState.REFUSED.value,
        motif=reason,
    )
    _settle(session, proposal, account_id)


def dossiers_of(session: Session, proposal: Proposal) -> list[str]:
    """References of the dossiers that name the structure of a proposal, while it is outside."""
    if not outside.is_outside(proposal.reference):
        return []
    return outside.dossiers_of(session, proposal.reference)


def join(session: Session, proposal: Proposal, record: str, account_id: int) -> None:
    """Say that a structure outside of the directory is one of it: nothing is published.

    Raises
    ------
    Forbidden
        When the proposal is not of a structure.
    """
    if not outside.is_outside(proposal.reference):
        raise Forbidden("Seule une structure proposée peut être réunie à une fiche.")
    _accept(session, proposal, account_id, record)


def _accept(
    session: Session, proposal: Proposal, account_id: int, record: str, **told: object
) -> None:
    """Note that a proposal became a record of the directory, or was found to be one."""
    _decide(session, proposal, ProposalState.ACCEPTED, account_id)
    proposal.record = record
    audit.record(
        session,
        Action.PROPOSAL_DECIDED,
        account_id,
        proposal.reference,
        verdict=ProposalState.ACCEPTED.value,
        fiche=record,
        **told,
    )
    _settle(session, proposal, account_id)


def _settle(session: Session, proposal: Proposal, account_id: int) -> None:
    if outside.is_outside(proposal.reference):
        outside.settle(session, proposal, account_id)


def _decide(session: Session, proposal: Proposal, verdict: ProposalState, account_id: int) -> None:
    proposal.verdict = verdict.value
    proposal.version += 1
    proposal.decided_at = clock.now()
    proposal.account_id = account_id
    session.flush()
