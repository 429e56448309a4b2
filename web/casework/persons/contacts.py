"""What is known under an address or a telephone number: given to who asks for it, or erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..store.database import vault_of
from ..store.memories import Attachment
from ..store.tables import Base, Dossier, Party, Proposal
from . import erasures, traces
from .traces import Sought


@dataclass(frozen=True)
class Erased:
    """What was erased of an address.

    Parameters
    ----------
    contacts : int
        Rows of contacts emptied.
    texts : int
        Fields where the address was replaced.
    attachments : int
        Files of its dossiers: nobody knows what they hold.
    """

    contacts: int
    texts: int
    attachments: int = 0


def export(session: Session, address: str, actor: int | None) -> dict[str, Any]:
    """Give everything that holds an address or a number, under French names; it is logged.

    Returns
    -------
    dict
        JSON values. `autres_textes`: needs, notes and briefs of any dossier that quote it.
    """
    contacts = traces.contacts_of(session, address)
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
                "telephone": contact.telephone,
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
            for place in traces.places(session, address)
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
    """Erase an address or a number with its contact, and wherever a text quotes it.

    What else reaches the same contact is erased in the texts of its dossiers, and their files go.
    Whoever has a dossier open meanwhile is told that it changed: what they had read would bring
    the address back. Call `retention.wipe` once it is kept.

    Parameters
    ----------
    again : bool
        Whether it was erased before, and noted.
    """
    if not again:  # first: what is erased and not noted would come back with a backup
        erasures.note_erased(vault_of(session), address)
    contacts = traces.contacts_of(session, address)
    reached = [Sought.of(way) for contact in contacts for way in contact.reached]
    for contact in contacts:
        contact.email = contact.service = contact.telephone = None
        contact.erased_at = clock.now()
    session.flush()
    identifiers = [contact.id for contact in contacts]
    own = set(session.scalars(select(Dossier.id).where(_of(identifiers))))
    touched, texts = _taken_away(session, Sought.of(address), reached, own)
    touched["dossiers"] |= own
    gone = session.scalars(
        delete(Attachment).where(Attachment.dossier_id.in_(own)).returning(Attachment.id)
    ).all()
    for named, rows in touched.items():
        table = Base.metadata.tables[named]
        session.execute(
            update(table)
            .where(table.c.id.in_(rows) | table.c.contact_id.in_(identifiers))
            .values(version=table.c.version + 1)
        )
    session.expire_all()
    details = {"textes": texts, **({"pieces": len(gone)} if gone else {})}
    audit.record(session, Action.CONTACT_ERASED, actor, _subject(identifiers), **details)
    for model in (Dossier, Proposal):
        references = session.scalars(
            select(model.reference)
            .where(model.contact_id.in_(identifiers) | model.id.in_(touched[model.__tablename__]))
            .order_by(model.id)
        )
        for reference in references.all():
            audit.record(session, Action.CONTACT_ERASED, actor, reference)
    return Erased(len(contacts), texts, len(gone))


def _taken_away(
    session: Session, sought: Sought, reached: Sequence[Sought], own: Collection[int]
) -> tuple[dict[str, set[int]], int]:
    """Take an address out of all texts, and out of those of its dossiers what else reaches it.

    Returns
    -------
    dict, int
        The dossiers and the proposals whose texts changed, by table; how many texts did.
    """
    touched: dict[str, set[int]] = {"dossiers": set(), "proposals": set()}
    changed = []
    for place in traces.written(session):
        value = sought.taken_from(place.value)
        for one in reached if place.dossier in own else ():
            value = one.taken_from(value)
        if value != place.value:
            changed.append((place, value))
    for place, value in changed:
        table = Base.metadata.tables[place.table]
        change = update(table).where(table.c.id == place.row).values({place.column: value})
        session.execute(change)
        if place.dossier is not None:
            touched["dossiers"].add(place.dossier)
        elif place.table in touched:
            touched[place.table].add(place.row)
    return touched, len(changed)


def erase_again(session: Session, since: str) -> int:
    """Erase and mask what was after a backup was made, and came back with it; how many of them.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.
    """
    texts = (text for place in traces.written(session) for text in traces.strings(place.value))
    return erasures.replay(
        session, vault_of(session), since, texts, lambda one, a: erase(one, a, again=True)
    )


def known(session: Session, address: str) -> int:
    """Count the rows of contacts and the texts that hold an address."""
    quoted = sum(place.table != "contacts" for place in traces.places(session, address))
    return len(traces.contacts_of(session, address)) + quoted


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
    return clock.day_of(moment).isoformat() if moment else None
