"""The history of a dossier, from the audit log, in French and with the names of colleagues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..casework.audit import Action, history
from ..casework.choices import Verdict
from ..casework.refinements import Part
from ..casework.states import REASONS, Closed, Declined, Discarded, Labelled, State, Step
from ..casework.tables import Account, Dossier
from ..context import matcher
from .forms import NotesOpened

ORIGINS = {
    "site": "depuis le site",
    "main": "saisi par un conseiller",
    "fichier": "depuis un fichier",
}


@dataclass(frozen=True)
class Event:
    """Something that happened: when, by whom ("" for the site itself), what, and its details."""

    at: datetime
    who: str
    what: str
    more: str


def events(session: Session, dossier: Dossier) -> list[Event]:
    """What happened to a dossier, newest first."""
    entries = history(session, dossier.reference)
    details: list[Mapping[str, Any]] = [json.loads(entry.details) for entry in entries]
    wanted = {entry.account_id for entry in entries if entry.account_id}
    for one in details:
        wanted |= {number for number in one.get("membres", ()) if isinstance(number, int)}
    names = names_of(session, sorted(wanted))
    return [
        Event(
            datetime.fromisoformat(entry.at),
            names.get(entry.account_id or 0, ""),
            label_of(Action, entry.action),
            ", ".join(_more(Action(entry.action), one, names)),
        )
        for entry, one in zip(reversed(entries), reversed(details), strict=True)
    ]


def names_of(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """Names of accounts by number."""
    found = session.execute(select(Account.id, Account.name).where(Account.id.in_(numbers)))
    return {row.id: row.name for row in found}


def label_of(codes: type[Labelled], code: str | None) -> str:
    """What people read of a code; the code itself when the list does not have it any more."""
    return next((one.label for one in codes if one.value == code), code or "")


def _more(action: Action, details: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[str]:
    states: type[Labelled] = State if action is Action.DOSSIER_STATE else Step
    if "structure" in details:
        found = matcher.structures.get(details["structure"])
        yield found.name if found else details["structure"]
    if action is Action.CHOICE:
        yield label_of(Verdict, details["choix"]) if details.get("choix") else "choix annulé"
        if details.get("rang"):
            yield f"au rang {details['rang']} ce jour-là"
    if details.get("apres"):
        before, after = (label_of(states, details.get(name)) for name in ("avant", "apres"))
        yield f"de « {before} » à « {after} »" if before else f"« {after} »"
    if details.get("motif"):
        yield label_of(_reasons(action, details), details["motif"])
    if "membres" in details:
        listed = ", ".join(names.get(number, f"compte {number}") for number in details["membres"])
        yield listed or "personne"
    if "champs" in details:
        yield from (label_of(Part, code) for code in details["champs"])
    if "ordre" in details:
        found_names = (matcher.structures.get(i) for i in details["ordre"])
        yield " puis ".join(one.name for one in found_names if one)
    if "origine" in details:
        yield ORIGINS.get(details["origine"], details["origine"])


def _reasons(action: Action, details: Mapping[str, Any]) -> type[Labelled]:
    if action is Action.CHOICE:
        return Discarded
    if action is Action.NOTES_OPENED:
        return NotesOpened
    if action is Action.DOSSIER_STATE:
        return REASONS.get(State(details["apres"]), Closed)
    return Declined
