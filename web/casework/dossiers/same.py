"""The same need told twice: found, linked, and followed together as a collective dossier."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, selectinload

from .. import audit, clock
from ..audit import Action
from ..introductions.introductions import advance
from ..states import Closed, Forbidden, State, Step
from ..store.tables import Account, Dossier
from . import parties
from .dossiers import Declared, move, open_dossier

MOST = 200
"""Dossiers of a commune that are looked at, the newest: a large town has more than a page shows."""
ORIGIN = "groupe"
"""Where a collective dossier comes from."""
AWAITED = (Step.SENT, Step.LATER, Step.ACCEPTED)
"""Steps of an introduction that its structure was written to and that is not over."""


def of_communes(
    session: Session, communes: Collection[str], but: str | None = None
) -> Sequence[Dossier]:
    """The dossiers of some communes, alone or with others, newest first, with who follows them.

    Parameters
    ----------
    but : str, optional
        Reference of the dossier beside which they are shown.
    """
    wanted = set(communes)
    asked = (
        select(Dossier)
        .where(or_(Dossier.commune.in_(wanted), Dossier.places.is_not(None)))
        .where(Dossier.reference != (but or ""))
        .order_by(Dossier.created_at.desc(), Dossier.id.desc())
        .options(selectinload(Dossier.members))
    )
    found = [one for one in session.scalars(asked) if wanted & set(communes_of(one))]
    return found[:MOST]


def communes_of(dossier: Dossier | Row[*tuple[Any, ...]]) -> list[str]:
    """The communes that ask in a dossier, or in a row of its columns."""
    codes: str = dossier.places or dossier.commune
    return codes.split(",")


def linked(session: Session, dossier: Dossier) -> Sequence[Dossier]:
    """The dossiers that are said to hold the same need as this one, in either direction."""
    same = or_(Dossier.same_as == dossier.reference, Dossier.reference == (dossier.same_as or ""))
    asked = select(Dossier).where(same, Dossier.id != dossier.id).order_by(Dossier.id)
    return session.scalars(asked.options(selectinload(Dossier.members))).all()


def link(session: Session, dossier: Dossier, reference: str, account_id: int) -> None:
    """Say that a dossier holds the same need as another; with "" that it does not any more.

    Raises
    ------
    Forbidden
        When no other dossier has this reference.
    """
    reference = reference.strip().upper()
    if reference == (dossier.same_as or ""):
        return
    if reference:
        known = select(Dossier.id).where(Dossier.reference == reference, Dossier.id != dossier.id)
        if session.scalar(known) is None:
            raise Forbidden(f"Aucun autre dossier ne porte la référence « {reference} ».")
    before, dossier.same_as = dossier.same_as, reference or None
    audit.record(
        session,
        Action.DOSSIER_SAME,
        account_id,
        dossier.reference,
        lien="pose" if reference else "retire",
        dossiers=[reference or before],
    )


def form_group(session: Session, found: Sequence[Dossier], need: str, account: Account) -> Dossier:
    """Make one collective dossier of several, followed by all who followed one of them.

    Parameters
    ----------
    found : sequence of Dossier
        As `dossiers.to_change` gives them; the first one speaks for the group.
    need : str
        The need as all of them share it; each keeps its own words beside.

    Raises
    ------
    Forbidden
        When one of them may not join, or they are of fewer than two communes.
    """
    if len({one.commune for one in found}) < parties.FEWEST:
        raise Forbidden("Un dossier collectif réunit au moins deux communes.")
    first = found[0]
    declared = Declared(
        commune=first.commune,
        need=need,
        origin=ORIGIN,
        themes=list(dict.fromkeys(theme for one in found for theme in one.themes)),
        excluded=[code for code in first.excluded if all(code in one.excluded for one in found)],
        stage=first.stage if len({one.stage for one in found}) == 1 else None,
        wished=list(dict.fromkeys(known for one in found for known in one.wished)),
        seed={"nature": ORIGIN, "jeton": secrets.token_hex(16)},
    )
    group = open_dossier(session, declared, account)
    group.created_at = min(one.created_at for one in found)  # the need waits since then
    move(session, group, State.OPEN, account.id)
    for one in found:
        join_group(session, group, one, account.id)
    references = [one.reference for one in found]
    audit.record(session, Action.GROUP_FORMED, account.id, group.reference, dossiers=references)
    return group


def join_group(session: Session, group: Dossier, own: Dossier, account_id: int) -> None:
    """Let a commune join a group with the dossier that it had: that one is closed, and stays.

    Who followed it follows the group.

    Letters that are ready there and did not leave are withdrawn: those of the group replace them.

    Raises
    ------
    Forbidden
        When it is a group itself, is closed, or a structure is about to answer it.
    """
    if own.id == group.id or own.parties:
        raise Forbidden(
            f"Le dossier {own.reference} réunit déjà plusieurs communes : faites entrer les autres "
            "dans celui-ci."
        )
    if own.state == State.CLOSED:
        raise Forbidden(f"Le dossier {own.reference} est clos : rouvrez-le d’abord.")
    if any(Step(one.step) in AWAITED for one in own.introductions):
        raise Forbidden(
            f"Le dossier {own.reference} a une introduction en cours : attendez la réponse de la "
            "structure, ou retirez l’introduction, avant de le joindre à un groupe."
        )
    for one in own.introductions:
        if one.step == Step.PREPARED:
            advance(session, one, Step.WITHDRAWN, account_id)
    parties.enter(session, group, own.commune, account_id, own)
    group.members = list(dict.fromkeys([*group.members, *own.members]))
    own.members = own.members or list(group.members)  # who follows it now finds it again
    own.back_at = own.back_line = None
    own.active_at = clock.now()
    move(session, own, State.CLOSED, account_id, Closed.JOINED.value)
