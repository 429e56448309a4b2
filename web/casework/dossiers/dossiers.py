"""Dossiers: a declared need is opened, taken, moved from state to state. Nothing else."""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from matcher import Need

from .. import audit, clock
from ..audit import Action
from ..states import Outcome, State, check_transition
from ..store.base import as_kept
from ..store.tables import Account, Contact, Dossier, Party

LETTERS = "MR"
"""Start of the reference of a dossier."""


class UnknownDossier(LookupError):
    """No dossier has this reference, or it is not for this account: both look the same."""


class Stale(Exception):
    """Somebody changed the dossier meanwhile; nothing was written. The message is French."""


@dataclass(frozen=True)
class Declared:
    """A need that somebody declared.

    Parameters
    ----------
    commune : str
        Insee code.
    typed : str, optional
        What was typed for it, as it was typed.
    places : sequence of str
        Insee codes of the communes that ask together (see `Need.places`).
    wished : sequence of str
        Structures that the commune asked for.
    origin : {"site", "main", "fichier", "groupe"}
        From the form, typed in by an adviser, from a file, or of dossiers that were grouped.
    email, service, telephone : str, optional
        Whom to answer: a generic address, a service and its number.
    consent_at : datetime, optional
        When the commune agreed that its address and its number be passed on.
    """

    commune: str
    need: str
    origin: str
    themes: Sequence[str] = ()
    excluded: Sequence[str] = ()
    stage: str | None = None
    wished: Sequence[str] = ()
    external: str | None = None
    """What the file that it came from calls it."""
    email: str | None = None
    service: str | None = None
    telephone: str | None = None
    source: str = ""
    consent_at: datetime | None = None
    typed: str | None = None
    places: Sequence[str] = ()
    seed: Mapping[str, Any] = field(default_factory=dict)
    """What makes of two sendings one request: a token and the content."""

    @classmethod
    def sent(
        cls, content: Mapping[str, Any], *, origin: str, source: str, seed: Mapping[str, Any]
    ) -> Declared:
        """Read the fields of the form of an introduction (`forms.IntroductionForm.content`)."""
        return cls(
            commune=content["commune"],
            need=content["besoin"],
            origin=origin,
            themes=content["themes"],
            excluded=content["themes_ecartes"],
            stage=content["etape"],
            wished=content["structures"],
            email=content["courriel"] or None,
            service=content["service"] or None,
            telephone=content.get("telephone") or None,
            source=source,
            consent_at=clock.now() if content["accord"] else None,
            typed=content.get("commune_saisie"),
            places=content.get("communes", ()),
            seed=seed,
        )


def digest(letters: str, content: Mapping[str, Any]) -> tuple[str, str]:
    """Seal a content, and draw from it a reference that is easy to read over the telephone.

    Returns
    -------
    tuple of str
        SHA-256 in hexadecimal, and a reference of 60 bits: `MR-ABCD-EFGH-IJKL`.
    """
    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    sealed = hashlib.sha256(written.encode("utf-8", "surrogatepass"))
    code = b32encode(sealed.digest()).decode("ascii")
    return sealed.hexdigest(), "-".join([letters, code[:4], code[4:8], code[8:12]])


def sealed_of(kind: str, token: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What makes of two sendings of a form one request: the place as understood, not as typed."""
    understood = {name: value for name, value in content.items() if name != "commune_saisie"}
    return {"nature": kind, "jeton": token, **understood}


def open_dossier(session: Session, declared: Declared, account: Account | None = None) -> Dossier:
    """Open the dossier of a need, once however often it is sent.

    Parameters
    ----------
    account : Account, optional
        The adviser who typed it in, who becomes its first member.
    """
    return open_all(session, [declared], account)[0][0]


def open_all(
    session: Session, declared: Sequence[Declared], account: Account | None = None
) -> list[tuple[Dossier, bool]]:
    """Open the dossiers of many needs in one go, each once.

    Returns
    -------
    list of (Dossier, bool)
        For each need its dossier, and whether it is new.
    """
    seals = [digest(LETTERS, one.seed) for one in declared]
    asked = select(Dossier).where(Dossier.digest.in_([sealed for sealed, _ in seals]))
    known = {dossier.digest: dossier for dossier in session.scalars(asked)}
    found, opened = [], []
    for one, (sealed, reference) in zip(declared, seals, strict=True):
        is_new = sealed not in known
        if is_new:
            known[sealed] = _opened(one, sealed, reference, account)
            opened.append(known[sealed])
        found.append((known[sealed], is_new))
    session.add_all(opened)
    session.flush()
    audit.record_all(
        session,
        Action.DOSSIER_RECEIVED,
        account.id if account else None,
        [(dossier.reference, {"origine": dossier.origin}) for dossier in opened],
    )
    return found


def _opened(declared: Declared, sealed: str, reference: str, account: Account | None) -> Dossier:
    moment = clock.now()
    contact = None
    if declared.email or declared.service or declared.telephone:
        contact = Contact(
            email=declared.email,
            service=declared.service,
            telephone=declared.telephone,
            source=declared.source,
            consent_at=declared.consent_at,
            created_at=moment,
        )
    return Dossier(
        reference=reference,
        digest=sealed,
        origin=declared.origin,
        commune=declared.commune,
        typed=as_kept(declared.typed),
        places=",".join(declared.places) or None,
        need=declared.need,
        themes=list(declared.themes),
        excluded=list(declared.excluded),
        stage=declared.stage,
        wished=list(declared.wished),
        external=declared.external,
        state=State.RECEIVED.value,
        created_at=moment,
        active_at=moment,
        contact=contact,
        members=[account] if account else [],
        parties=[
            Party(commune=insee, outcome=Outcome.WAITING.value, wished=[], joined_at=moment)
            for insee in declared.places
        ],
    )


def find(session: Session, reference: str) -> Dossier:
    """Find a dossier to read it.

    Raises
    ------
    UnknownDossier
        When none has this reference.
    """
    dossier = session.scalar(select(Dossier).where(Dossier.reference == reference))
    if dossier is None:
        raise UnknownDossier(reference)
    return dossier


def need_of(dossier: Dossier | Row[*tuple[Any, ...]]) -> Need:
    """The need of a dossier, or of a row of its columns; the matcher checks its codes."""
    return Need(
        dossier.commune,
        dossier.need,
        tuple(dossier.themes),
        dossier.stage,
        excluded=tuple(dossier.excluded),
        places=tuple(dossier.places.split(",")) if dossier.places else (),
    )


def to_change(session: Session, reference: str, version: int | None) -> Dossier:
    """Find a dossier to change it, as its reader last saw it; others wait for the end.

    Parameters
    ----------
    version : int or None
        That of the page that was read; None for what does not depend on it.

    Raises
    ------
    UnknownDossier
        When none has this reference.
    Stale
        When somebody changed it since.
    """
    dossier = session.scalar(
        select(Dossier).where(Dossier.reference == reference).with_for_update()
    )
    if dossier is None:
        raise UnknownDossier(reference)
    if version is not None and dossier.version != version:
        raise Stale(
            "Ce dossier a changé depuis que vous l’avez ouvert. Rien n’a été écrasé : relisez-le, "
            "puis recommencez si votre changement est toujours utile."
        )
    dossier.version += 1
    dossier.active_at = clock.now()
    return dossier


def take(session: Session, dossier: Dossier, account: Account) -> None:
    """Take charge of a dossier: its first member also opens it."""
    if account in dossier.members:
        return
    dossier.members.append(account)
    audit.record(session, Action.DOSSIER_TAKEN, account.id, dossier.reference)
    if dossier.state == State.RECEIVED:
        move(session, dossier, State.OPEN, account.id)


def set_members(
    session: Session, dossier: Dossier, accounts: Sequence[Account], actor: int
) -> None:
    """Say who works on a dossier."""
    dossier.members = list(accounts)
    identifiers = sorted(account.id for account in accounts)
    audit.record(session, Action.DOSSIER_MEMBERS, actor, dossier.reference, membres=identifiers)


def move(
    session: Session, dossier: Dossier, after: State, actor: int | None, reason: str | None = None
) -> None:
    """Move a dossier to another state.

    Raises
    ------
    Forbidden
        When the table does not allow it, or a reason is missing.
    """
    before = State(dossier.state)
    check_transition(before, after, reason)
    dossier.state, dossier.reason = after.value, reason
    audit.record(
        session,
        Action.DOSSIER_STATE,
        actor,
        dossier.reference,
        avant=before.value,
        apres=after.value,
        motif=reason,
    )
