"""What is known under an address: given to who asks for it, or erased."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Table, Text, or_, select, update
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..store.database import vault_of
from ..store.tables import AuditEntry, Base, Contact, Dossier, Party, Proposal, account_roles
from ..store.tables import Role as RoleRow
from . import erasures
from .emails import finder

ERASED = "[adresse effacée]"
"""What stands where the address stood."""
KEPT_APART = {"accounts", RoleRow.__tablename__, account_roles.name, AuditEntry.__tablename__}
"""Tables without anything of contacts: those who sign in, and a log without personal data."""


@dataclass(frozen=True)
class Place:
    """A field of a row where an address stands."""

    table: str
    column: str
    row: int
    value: Any


@dataclass(frozen=True)
class Erased:
    """What was erased of an address.

    Parameters
    ----------
    contacts : int
        Rows of contacts emptied.
    texts : int
        Fields where the address was replaced.
    """

    contacts: int
    texts: int


def export(session: Session, address: str, actor: int | None) -> dict[str, Any]:
    """Give everything that holds an address, under French names; the export is logged.

    Returns
    -------
    dict
        JSON values. `autres_textes`: needs, notes and briefs of any dossier that quote it.
    """
    contacts = _contacts(session, address)
    identifiers = [contact.id for contact in contacts]
    dossiers = session.scalars(select(Dossier).where(_of(identifiers)).order_by(Dossier.id)).all()
    proposals = session.scalars(
        select(Proposal).where(Proposal.contact_id.in_(identifiers)).order_by(Proposal.id)
    ).all()
    own = {"contacts"}
    found = {
        "adresse": address,
        "exporte_le": clock.now().isoformat(),
        "contacts": [
            {
                "adresse": contact.email,
                "service": contact.service,
                "origine": contact.source,
                "accord_donne_le": _day(contact.consent_at),
                "cree_le": _day(contact.created_at),
            }
            for contact in contacts
        ],
        "dossiers": [_dossier(dossier, identifiers) for dossier in dossiers],
        "propositions": [
            {
                "reference": proposal.reference,
                "nature": proposal.kind,
                "contenu": proposal.content,
                "commune_saisie": proposal.typed,
                "decision": proposal.verdict,
                "recue_le": _day(proposal.created_at),
            }
            for proposal in proposals
        ],
        "autres_textes": [
            {"ou": f"{place.table}.{place.column}, ligne {place.row}", "texte": place.value}
            for place in _places(session, address)
            if place.table not in own
        ],
    }
    audit.record(
        session,
        Action.CONTACT_EXPORTED,
        actor,
        _subject(identifiers),
        dossiers=[dossier.reference for dossier in dossiers],
    )
    return found


def erase(session: Session, address: str, actor: int | None = None, again: bool = False) -> Erased:
    """Erase an address and its service, and the address wherever a text quotes it.

    Whoever has a dossier open meanwhile is told that it changed: what they had read would bring
    the address back. Call `retention.wipe` once it is kept.

    Parameters
    ----------
    again : bool
        Whether it was erased before, and noted.
    """
    if not again:  # first: what is erased and not noted would come back with a backup
        erasures.note(vault_of(session), address)
    contacts = _contacts(session, address)
    for contact in contacts:
        contact.email = contact.service = None
        contact.erased_at = clock.now()
    session.flush()
    identifiers = [contact.id for contact in contacts]
    pattern, texts = finder(address), 0
    touched: dict[str, set[int]] = {"dossiers": set(), "proposals": set()}
    for place in list(_places(session, address)):
        table = Base.metadata.tables[place.table]
        change = {place.column: _replaced(place.value, pattern)}
        session.execute(update(table).where(table.c.id == place.row).values(change))
        texts += 1
        if place.table in touched:
            touched[place.table].add(place.row)
        elif "dossier_id" in table.c:
            owner = select(table.c.dossier_id).where(table.c.id == place.row)
            touched["dossiers"].add(session.execute(owner).scalar_one())
    groups = select(Party.dossier_id).where(Party.contact_id.in_(identifiers))
    touched["dossiers"].update(session.scalars(groups))
    for named, rows in touched.items():
        table = Base.metadata.tables[named]
        session.execute(
            update(table)
            .where(table.c.id.in_(rows) | table.c.contact_id.in_(identifiers))
            .values(version=table.c.version + 1)
        )
    session.expire_all()
    audit.record(session, Action.CONTACT_ERASED, actor, _subject(identifiers), textes=texts)
    for model in (Dossier, Proposal):
        references = session.scalars(
            select(model.reference)
            .where(model.contact_id.in_(identifiers) | model.id.in_(touched[model.__tablename__]))
            .order_by(model.id)
        )
        for reference in references.all():
            audit.record(session, Action.CONTACT_ERASED, actor, reference)
    return Erased(len(contacts), texts)


def erase_again(session: Session, since: str) -> int:
    """Erase what was erased after a backup was made, and came back with it; how many addresses.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.
    """
    texts = (text for place in _written(session) for text in _strings(place.value))
    return erasures.replay(
        session, vault_of(session), since, texts, lambda one, a: erase(one, a, again=True)
    )


def known(session: Session, address: str) -> int:
    """Count the rows of contacts and the texts that hold an address."""
    quoted = sum(place.table != "contacts" for place in _places(session, address))
    return len(_contacts(session, address)) + quoted


def _contacts(session: Session, address: str) -> list[Contact]:
    """The contacts of an address, those too that hold more than it: « Mairie <…> », « a;b »."""
    pattern = finder(address)
    found = session.execute(select(Contact.id, Contact.email).where(Contact.email.is_not(None)))
    rows = [row.id for row in found if pattern.search(row.email)]
    return list(session.scalars(select(Contact).where(Contact.id.in_(rows)).order_by(Contact.id)))


def _places(session: Session, address: str) -> Iterator[Place]:
    """The texts of all tables where an address stands."""
    pattern = finder(address)
    return (one for one in _written(session) if _replaced(one.value, pattern) != one.value)


def _written(session: Session) -> Iterator[Place]:
    """Read every text of every table: a few thousand rows, and none is forgotten."""
    for table in Base.metadata.sorted_tables:
        columns = _texts(table)
        if table.name in KEPT_APART or not columns:
            continue
        for row in session.execute(select(table.c.id, *(table.c[name] for name in columns))):
            for name, value in zip(columns, row[1:], strict=True):
                yield Place(table.name, name, row[0], value)


def _texts(table: Table) -> list[str]:
    if "id" not in table.c:
        return []
    kinds = (String, Text, JSON)
    return [column.name for column in table.columns if isinstance(column.type, kinds)]


def _strings(value: Any) -> Iterator[str]:
    """The texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, list):
        return [_replaced(item, pattern) for item in value]
    if isinstance(value, dict):
        return {key: _replaced(item, pattern) for key, item in value.items()}
    return value


def _of(identifiers: Collection[int]) -> ColumnElement[bool]:
    """The dossiers of some contacts, those too of a group where one of them is a commune."""
    in_group = Dossier.parties.any(Party.contact_id.in_(identifiers))
    return or_(Dossier.contact_id.in_(identifiers), in_group)


def _dossier(dossier: Dossier, identifiers: Collection[int]) -> dict[str, Any]:
    return {
        "reference": dossier.reference,
        "commune": dossier.commune,
        "commune_saisie": dossier.typed,
        "communes": dossier.places.split(",") if dossier.places else [dossier.commune],
        "besoin": dossier.need,
        "mots_recus": dossier.received_need,
        "themes": dossier.themes,
        "situation": dossier.stage,
        "structures_souhaitees": dossier.wished,
        "etat": dossier.state,
        "reponse_au_suivi": {
            name: value for name, value in (dossier.heard or {}).items() if name != "jeton"
        },
        "dans_le_groupe": [
            {"commune": one.commune, "mots": one.said, "suite": one.outcome}
            for one in dossier.parties
            if one.contact_id in identifiers
        ],
        "recu_le": _day(dossier.created_at),
        "derniere_activite": _day(dossier.active_at),
        "introductions": [
            {
                "structure": introduction.structure_id,
                "etape": introduction.step,
                "texte_pour_la_commune": introduction.to_commune,
                "texte_pour_la_structure": introduction.to_structure,
                "envoyee_le": _day(introduction.sent_at),
            }
            for introduction in dossier.introductions
        ],
    }


def _subject(identifiers: list[int]) -> str:
    """The contacts by number: the address itself stays out of the log."""
    return "contact " + ", ".join(map(str, identifiers[:10])) if identifiers else "contact"


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None
