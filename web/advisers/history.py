"""What the audit log says, in French and with the names of colleagues: of a dossier, or of all.

Leads and administrators read all of it: who did what, to what, when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.catalogue import french

from ..casework import audit, moderation
from ..casework.audit import Action, history
from ..casework.dossiers.choices import Verdict
from ..casework.dossiers.refinements import NeedPart
from ..casework.letters.attachments import weight
from ..casework.states import (
    REASONS,
    Closed,
    Contacted,
    Declined,
    Discarded,
    Labelled,
    Outcome,
    State,
    Step,
    Useful,
)
from ..casework.store.tables import Account, AuditEntry, Dossier
from ..context import database, place_named, structure_of
from .forms import NotesOpened

ORIGINS = {
    "site": "depuis le site",
    "main": "saisi par un conseiller",
    "fichier": "depuis un fichier",
    "groupe": "formé de plusieurs dossiers",
}
CHANGES = {
    "cree": "créé",
    "revoque": "retiré",
    "creation": "compte créé",
    "mot_de_passe": "mot de passe changé",
    "second_facteur": "second facteur changé",
    "ouverture": "compte rouvert",
    "fermeture": "compte fermé",
    "identite": "nom ou rôle changé",
    "absence": "absence notée",
    "retour": "absence terminée",
    "agenda": "adresse d’agenda renouvelée",
}
"""What is changed of an account, or of a link."""
NOTED = {"email": "adresse", "telephone": "téléphone", "remark": "remarque"}
"""What is written down of a structure."""
PAGE = 50
"""Rows of a page."""
MOST_PAGES = 10**6
"""A number past which no database counts rows."""


def french_day(iso: str) -> str:
    """`2026-12-24` as `24/12/2026`."""
    return f"{date.fromisoformat(iso):%d/%m/%Y}"


WORDS: Mapping[str, Callable[[Any], str]] = {
    "commune": lambda insee: place_named(insee),
    "suite": lambda code: label_of(Outcome, code),
    "par": "par le lien de la {}".format,
    "cote": "lien de la {}".format,
    "reparler_le": lambda day: f"à partir du {french_day(day)}",
    "recontactee": lambda code: f"recontactée\u00a0: {label_of(Contacted, code)}",
    "utile": lambda code: f"utile\u00a0: {label_of(Useful, code)}",
    "accord": lambda said: "adresse transmise avec son accord" if said else "accord retiré",
    "origine": lambda code: ORIGINS.get(code, code),
    "changement": lambda code: CHANGES.get(code, code),
    "lien": {"pose": "lien posé avec", "retire": "lien retiré avec"}.__getitem__,
    "dates": ", ".join,
    "role": str,  # a code that is French
    "nature": str,
    "relance": "n°\u00a0{}".format,
    "fiche": "fiche {}".format,
    "format": str.upper,
    "ouverts": lambda count: french.counted(count, "dossier ouvert", "dossiers ouverts"),
    "connus": lambda count: french.counted(count, "besoin déjà connu", "besoins déjà connus"),
    "pause": lambda day: (
        f"en pause jusqu’au {day[8:]}/{day[5:7]}/{day[:4]}" if day else "sans pause"
    ),
    "sollicitable": lambda open_: "peut être sollicitée" if open_ else "ne plus solliciter",
    "capacite": lambda count: (
        f"capacité de {count} par an" if count is not None else "sans capacité dite"
    ),
    "notes": lambda names: french.listed([NOTED.get(name, name) for name in names]),
    "type": str.upper,
    "octets": weight,
    "pieces": lambda count: french.counted(count, "pièce effacée", "pièces effacées"),
    "jour": lambda day: f"le {french_day(day)}",
    "reprise": lambda _said: "repris d’un tableau",
    "textes": lambda count: french.counted(count, "texte corrigé", "textes corrigés"),
}
"""How one detail is said by itself."""
SAID = frozenset(
    "structure choix rang avant apres verdict motif membres champs ordre dossiers".split()
) | set(WORDS)
"""The details that have their words; any other is shown by its code."""


@dataclass(frozen=True)
class HistoryEvent:
    """Something that happened: when, by whom ("" for the site itself), what, and its details."""

    at: datetime
    who: str
    what: str
    more: str


def events(session: Session, dossier: Dossier) -> list[HistoryEvent]:
    """What happened to a dossier, newest first."""
    entries = history(session, dossier.reference)
    names = names_in(session, entries)
    return [
        HistoryEvent(
            datetime.fromisoformat(entry.at),
            names.get(entry.account_id or 0, ""),
            label_of(Action, entry.action),
            more(entry, names),
        )
        for entry in reversed(entries)
    ]


def heard_of(dossier: Dossier) -> tuple[datetime, str, str] | None:
    """What the commune last said of its request: when, in words, and its own; None until it did."""
    said = dossier.heard
    if not said:
        return None
    told = [WORDS[name](said[name]) for name in ("recontactee", "utile") if said[name]]
    return datetime.fromisoformat(said["le"]), ", ".join(told), said["mot"]


def names_in(session: Session, entries: Sequence[AuditEntry]) -> dict[int, str]:
    """Names of the accounts that rows of the log speak of, by number."""
    wanted = {entry.account_id for entry in entries if entry.account_id}
    for entry in entries:
        members = _details(entry).get("membres", ())
        if isinstance(members, list):
            wanted |= {number for number in members if isinstance(number, int)}
    found = session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: row.name for row in found}


def more(entry: AuditEntry, names: Mapping[int, str]) -> str:
    """The details of a row, in words; as they are written where somebody tampered with them."""
    details = _details(entry)
    try:
        return ", ".join(_more(Action(entry.action), details, names))
    except (ValueError, KeyError, TypeError, AttributeError):
        return entry.details


def _details(entry: AuditEntry) -> Mapping[str, Any]:
    try:
        details = json.loads(entry.details)
    except ValueError:
        return {entry.details: ""}
    return details if isinstance(details, dict) else {entry.details: ""}


def label_of(codes: type[Labelled], code: str | None) -> str:
    """What people read of a code; the code itself when the list does not have it any more."""
    return next((one.label for one in codes if one.value == code), code or "")


def _more(action: Action, details: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[str]:
    states: type[Labelled] = State if action is Action.DOSSIER_STATE else Step
    if "structure" in details:
        found = structure_of(details["structure"])
        yield found.name if found else details["structure"]
    if action is Action.CHOICE:
        yield label_of(Verdict, details["choix"]) if details.get("choix") else "choix annulé"
        if details.get("rang"):
            yield f"au rang {details['rang']} ce jour-là"
    if details.get("apres"):
        before, after = (label_of(states, details.get(name)) for name in ("avant", "apres"))
        yield f"de « {before} » à « {after} »" if before else f"« {after} »"
    if "verdict" in details:
        yield label_of(moderation.ProposalState, details["verdict"])
    if details.get("motif"):
        yield label_of(_reasons(action, details), details["motif"])
    if "membres" in details:
        listed = ", ".join(names.get(number, f"compte {number}") for number in details["membres"])
        yield listed or "personne"
    yield from _rest(details)


def _rest(details: Mapping[str, Any]) -> Iterator[str]:
    """What is said alike of any action, then what has no words yet."""
    if "champs" in details:
        yield from (label_of(NeedPart, code) for code in details["champs"])
    if "ordre" in details:
        found_names = map(structure_of, details["ordre"])
        yield " puis ".join(one.name for one in found_names if one)
    yield from (said(details[n]) for n, said in WORDS.items() if details.get(n) is not None)
    yield from details.get("dossiers", ())
    for name, value in details.items():
        if name not in SAID:
            yield f"{name}\u00a0: {value}" if value != "" else name


def _reasons(action: Action, details: Mapping[str, Any]) -> type[Labelled]:
    if action is Action.CHOICE:
        return Discarded
    if action is Action.NOTES_OPENED:
        return NotesOpened
    if action is Action.PROPOSAL_DECIDED:
        return moderation.Refused
    if action is Action.DOSSIER_STATE:
        return REASONS.get(State(details["apres"]), Closed)
    return Declined


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/journal")(journal)


def journal() -> ResponseReturnValue:
    """Show the log, newest first; its chain is read again when that is asked."""
    action, page = request.args.get("action", ""), request.args.get("page", 1, int)
    if not 0 < page < MOST_PAGES or (action and action not in {known.value for known in Action}):
        abort(404)
    chosen = [AuditEntry.action == action] if action else []
    with database.reading() as session:
        count = session.scalar(select(func.count()).select_from(AuditEntry).where(*chosen)) or 0
        rows = session.scalars(
            select(AuditEntry)
            .where(*chosen)
            .order_by(AuditEntry.id.desc())
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
        checked = audit.verify(session) if request.args.get("verifier") else None
        names = names_in(session, rows)
        return render_template(
            "advisers/journal.html",
            rows=[(row, datetime.fromisoformat(row.at), more(row, names)) for row in rows],
            names=names,
            labels={known.value: known.label for known in Action},
            action=action,
            page=page,
            pages=max(1, -(-count // PAGE)),
            count=count,
            checked=checked,
        )
