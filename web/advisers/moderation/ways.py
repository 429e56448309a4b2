"""How a structure is reached, in the form of what it confirmed by its link: one field a way.

What is typed is written in `contacts.csv` with the answer of the structure as its source.
"""

from __future__ import annotations

from pathlib import Path

from werkzeug.datastructures import MultiDict

from matcher.catalogue import Cost, Way, french
from matcher.upkeep import Record, contacts_of, tidy_value

from ...casework.dossiers.inbox import Kind
from ...casework.outside import WAYS
from ...casework.store.tables import Proposal
from .records import Entry

LONGEST = 500
"""Characters of a value: those of its column."""
LABELS = {
    Way.COURRIEL.value: "Courriel, s’il est générique",
    Way.TELEPHONE.value: "Téléphone de l’accueil",
    Way.PAGE_CONTACT.value: "Page de contact",
    Way.SAISINE.value: "Comment la saisir",
    Way.COUT.value: "Coût de son aide",
    Way.DELAI.value: "Délai de réponse",
}
"""The ways that are typed, in the order of the form; numbers are taken from registers."""


def said_by(proposal: Proposal, record: Record) -> bool:
    """Whether a structure itself answered, by its link: the source of what is typed."""
    return bool(proposal.content.get("confirmation")) and "coverage_level" in record.fields


def asked(proposal: Proposal, record: Record) -> bool:
    """Whether the ways are in the form: those that a structure said, or those of a new one."""
    return said_by(proposal, record) or proposal.kind == Kind.STRUCTURE.value


def entries(proposal: Proposal, record: Record, folder: Path) -> list[Entry]:
    """Give the fields with what is known."""
    known = _known(proposal, record, folder)
    return [_entry(way, known.get(way, ""), known.get(way, "")) for way in LABELS]


def _known(proposal: Proposal, record: Record, folder: Path) -> dict[str, str]:
    if proposal.kind == Kind.STRUCTURE.value:
        return {way.value: proposal.content.get(name) or "" for name, way in WAYS.items()}
    return contacts_of(folder, record.id)


def sent(
    proposal: Proposal, record: Record, folder: Path, form: MultiDict[str, str]
) -> list[Entry]:
    """Give the fields as they were sent, each value as we write it."""
    known = _known(proposal, record, folder)
    return [
        _entry(way, tidy_value(way, form.get(way, known.get(way, ""))), known.get(way, ""))
        for way in LABELS
    ]


def _entry(way: str, value: str, before: str) -> Entry:
    costs = {"": "pas connu de nous"} | {cost.value: cost.label for cost in Cost}
    closed = way == Way.COUT
    return Entry(
        name=way,
        label=LABELS[way],
        hint="" if closed else french.sentence(Way(way).definition),
        kind="choice" if closed else "line",
        required=closed,
        longest=LONGEST,
        value=value,
        typed=value,
        options=costs if closed else {},
        before=before,
    )
