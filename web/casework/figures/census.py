"""How much there is at this moment, counted without a name: what who runs the site watches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from .. import clock
from ..introductions.links import LINK_DAYS
from ..states import State, Step
from ..store.tables import AnswerLink, Dossier, Introduction


def links(session: Session) -> Mapping[str, float]:
    """Signed links that still open something, by who reads them."""
    reader = case((AnswerLink.introduction_id.is_(None), "commune"), else_="structure")
    asked = (
        select(reader, func.count())
        .where(
            AnswerLink.ended_at.is_(None),
            AnswerLink.made_at >= clock.now() - timedelta(days=LINK_DAYS),
        )
        .group_by(reader)
    )
    return {"commune": 0, "structure": 0} | {key: n for key, n in session.execute(asked)}


def mails_due(session: Session) -> int:
    """Letters of open dossiers that are ready and that nobody sent."""
    asked = (
        select(func.count())
        .select_from(Introduction)
        .join(Introduction.dossier)
        .where(Introduction.step == Step.PREPARED.value, Dossier.state != State.CLOSED.value)
    )
    return session.scalar(asked) or 0


def dossiers(session: Session) -> Mapping[str, float]:
    """Dossiers by state."""
    asked = select(Dossier.state, func.count()).group_by(Dossier.state)
    return {state.value: 0 for state in State} | {key: n for key, n in session.execute(asked)}
