"""Introductions under way: those of all dossiers that wait for something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from ..states import State, Step
from ..store.tables import Dossier, Introduction

WITH_DOSSIER = contains_eager(Introduction.dossier).selectinload(Dossier.choices)
"""What the pages that list introductions read of each, in two statements for all of them."""


def underway(
    session: Session, account_id: int | None, most: int, skipped: int = 0
) -> Sequence[Introduction]:
    """Introductions that wait for something, longest first: prepared, sent or accepted.

    Parameters
    ----------
    account_id : int or None
        Only those of the dossiers of this account.
    most, skipped : int
        How many are given, after how many.
    """
    asked = (
        _underway(select(Introduction), account_id)
        .order_by(Introduction.prepared_at, Introduction.id)
        .options(WITH_DOSSIER)
    )
    return session.scalars(asked.limit(most).offset(skipped)).all()


def count_underway(session: Session, account_id: int | None) -> int:
    """How many introductions `underway` has."""
    return session.scalar(_underway(select(func.count(Introduction.id)), account_id)) or 0


def _underway(asked: Select[tuple[Any]], account_id: int | None) -> Select[tuple[Any]]:
    asked = (
        asked.join(Introduction.dossier)
        .where(Introduction.step.in_([Step.PREPARED, Step.SENT, Step.LATER, Step.ACCEPTED]))
        .where(Dossier.state != State.CLOSED.value)
    )
    return asked if account_id is None else asked.where(Dossier.members.any(id=account_id))
