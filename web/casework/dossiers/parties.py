"""The communes of a collective dossier: who is in, whom to answer there, who joins and leaves.

The communes of a dossier are written twice: as parties, with their contacts and their past, and as
`Dossier.places`, the codes of those present, which the matcher and the lists read.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..introductions import links
from ..states import Closed, Forbidden, Outcome, State
from ..store.tables import Contact, Dossier, Party, Voice
from .dossiers import UnknownDossier, move

FEWEST = 2
"""Communes of a group at least."""


VOICED = ("agreed_at", "contacted", "useful", "told_at")
"""What one commune says of an introduction: of a group, each has a voice of its own."""


class UnknownParty(UnknownDossier):
    """The commune is not in the group."""


def present(dossier: Dossier) -> list[Party]:
    """The communes that take part today, in the order in which the dossier names them."""
    found = {one.commune: one for one in dossier.parties if one.left_at is None}
    order = (dossier.places or dossier.commune).split(",")
    return [found[insee] for insee in order if insee in found]


def asked(dossier: Dossier) -> list[Party | None]:
    """Who gets the letter to the communes: those that have an address, None for who wrote for all.

    A commune without one has its link when an adviser makes it.
    """
    reached = [one for one in present(dossier) if contact_of(one)]
    return [*reached, *([None] if dossier.contact or not reached else [])]


def find(dossier: Dossier, insee: str) -> Party:
    """Find a commune that takes part today.

    Raises
    ------
    UnknownParty
        When it does not.
    """
    for one in present(dossier):
        if one.commune == insee:
            return one
    raise UnknownParty(insee)


def contact_of(party: Party) -> Contact | None:
    """The contact of a commune that may be answered: one that was erased is none."""
    contact = party.contact
    return contact if contact and contact.email and not contact.erased_at else None


def collective_of(session: Session, dossier: Dossier) -> Dossier | None:
    """The collective dossier in which this one is followed; None of one that stands by itself."""
    asked = select(Dossier).join(Dossier.parties)
    asked = asked.where(Party.reference == dossier.reference, Party.left_at.is_(None))
    return session.scalars(asked.limit(1)).first()


def check_apart(session: Session, dossier: Dossier) -> None:
    """Refuse to open again a dossier that is followed in a group.

    Raises
    ------
    Forbidden
        When it is.
    """
    group = collective_of(session, dossier)
    if group is not None:
        raise Forbidden(
            f"Ce besoin est suivi dans le dossier collectif {group.reference} : pour le reprendre "
            "seul, faites d’abord sortir la commune du groupe."
        )


def enter(
    session: Session,
    dossier: Dossier,
    insee: str,
    account_id: int | None,
    own: Dossier | None = None,
) -> Party:
    """Let a commune join a group; one that had left comes back, its past with it.

    Parameters
    ----------
    own : Dossier, optional
        The dossier that it had of its own: its words, its wishes and its contact come along.

    Raises
    ------
    Forbidden
        When it takes part already, or the dossier is closed.
    """
    if dossier.state == State.CLOSED:
        raise Forbidden("Ce dossier est clos : rouvrez-le pour changer le groupe.")
    if not dossier.parties and dossier.commune == insee and own is None:
        raise Forbidden("Cette commune est celle du dossier.")
    if not dossier.parties and dossier.commune != insee:  # a single commune until today
        _become(session, dossier)
    known = next((one for one in dossier.parties if one.commune == insee), None)
    if known is not None and known.left_at is None:
        raise Forbidden("Cette commune est déjà dans le groupe.")
    if known is None:
        known = Party(commune=insee, outcome=Outcome.WAITING.value, wished=[])
        dossier.parties.append(known)
    known.joined_at, known.left_at = clock.now(), None
    if own is not None:
        known.reference, known.said, known.wished = own.reference, own.need, list(own.wished)
        known.contact = own.contact
    _settle(dossier, insee)
    _record(session, Action.PARTY_JOINED, account_id, known, own)
    return known


def leave(session: Session, dossier: Dossier, party: Party, account_id: int | None) -> None:
    """Let a commune leave: what it said stays, its link opens nothing any more, its address goes.

    Its own dossier, where it had one, is open again: its need goes on by itself.

    Raises
    ------
    Forbidden
        When too few communes would be left.
    """
    if len(present(dossier)) <= FEWEST:
        raise Forbidden(
            "Un groupe réunit au moins deux communes : closez plutôt le dossier collectif."
        )
    links.end(session, dossier, None, account_id, party)
    party.left_at = clock.now()
    _settle(dossier)
    own = own_of(session, party)
    session.flush()
    contact, party.contact = party.contact, None  # its own dossier has it, or nobody needs it
    if own is None and contact is not None:
        session.flush()
        session.delete(contact)
    if own is not None and own.state == State.CLOSED and own.reason == Closed.JOINED:
        own.version += 1
        own.active_at = clock.now()
        own.members = own.members or list(dossier.members)
        move(session, own, State.OPEN, account_id)
    _record(session, Action.PARTY_LEFT, account_id, party, own)


def own_of(session: Session, party: Party) -> Dossier | None:
    """The dossier that a commune had of its own; None where it had none, or it was erased."""
    if party.reference is None:
        return None
    return session.scalar(select(Dossier).where(Dossier.reference == party.reference))


def set_contact(
    session: Session,
    dossier: Dossier,
    party: Party,
    email: str | None,
    service: str | None,
    source: str,
    account_id: int,
) -> None:
    """Say whom to answer in a commune; an address that changes takes its agreements away.

    The contact of its own dossier stays as it is there.
    """
    before = contact_of(party)
    known = (before.email, before.service, before.source) if before else (None, None, "")
    if known == (email, service, source if email else ""):
        return
    same, old = before is not None and before.email == email, party.contact
    if not same:
        party.wished = []
        for voice in party.voices:
            voice.agreed_at = None
    party.contact = None
    if email:
        party.contact = Contact(
            email=email,
            service=service,
            source=source,
            created_at=clock.now(),
            consent_at=before.consent_at if before and same else None,
            telephone=before.telephone if before and same else None,
        )
    if old is not None and party.reference is None:  # nobody else answers by it
        session.flush()
        session.delete(old)
    _record(session, Action.PARTY_CONTACT, account_id, party)


def note_outcome(
    session: Session, party: Party, outcome: Outcome, account_id: int | None = None
) -> None:
    """Keep what became of a commune: said by its adviser, or by itself."""
    if party.outcome == outcome:
        return
    party.outcome, party.outcome_at = outcome.value, clock.now()
    by_link = {"par": "commune"} if account_id is None else {}
    audit.record(
        session,
        Action.PARTY_OUTCOME,
        account_id,
        party.dossier.reference,
        commune=party.commune,
        suite=outcome.value,
        **by_link,
    )


def _become(session: Session, dossier: Dossier) -> None:
    """A dossier of one commune becomes that of a group: what was this commune's stays its own."""
    first = Party(
        commune=dossier.commune,
        said=dossier.need,
        wished=list(dossier.wished),
        outcome=Outcome.WAITING.value,
        joined_at=dossier.created_at,
    )
    link = links.current(session, dossier)
    first.contact, dossier.contact = dossier.contact, None
    for one in dossier.introductions:
        first.voices.append(
            Voice(
                introduction_id=one.id,
                **{name: getattr(one, name) for name in VOICED},
            )
        )
        for name in VOICED:
            setattr(one, name, None)
    dossier.parties.append(first)
    if link is not None:
        link.party = first


def _settle(dossier: Dossier, new: str = "") -> None:
    """Write the communes of a dossier as its parties say them; the first one stays first."""
    here = {one.commune for one in dossier.parties if one.left_at is None}
    order = [*(dossier.places or dossier.commune).split(","), new]
    codes = [insee for insee in dict.fromkeys(order) if insee in here]
    dossier.commune = codes[0]
    dossier.places = ",".join(codes) if len(codes) > 1 else None


def _record(
    session: Session,
    action: Action,
    account_id: int | None,
    party: Party,
    own: Dossier | None = None,
) -> None:
    dossier = party.dossier
    told = {"dossiers": [own.reference]} if own else {}
    audit.record(session, action, account_id, dossier.reference, commune=party.commune, **told)
    if own is not None:
        back = {"dossiers": [dossier.reference]}
        audit.record(session, action, account_id, own.reference, commune=party.commune, **back)
