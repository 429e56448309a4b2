"""The same need told twice: the dossiers of a commune, and which of them hold one need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, selectinload

from .. import audit
from ..audit import Action
from ..states import Forbidden
from ..store.tables import Dossier

MOST = 200
"""Dossiers of a commune that are looked at, the newest: a large town has more than a page shows."""


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
