"""What erased dossiers leave to be counted: facts and dates, no word, person or commune."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..states import State, Step
from ..statistics import Case, Figures, Put
from ..store.memories import PastCase, PastIntroduction


def keep(session: Session, figures: Figures) -> None:
    """Keep what counts of dossiers that are about to be erased."""
    session.add_all(
        PastCase(
            received_at=case.received - _hour(case),
            departement=departement(case.commune),
            themes=list(case.themes),
            state=case.state.value,
            reason=case.reason,
            taken_at=case.taken and case.taken - _hour(case),
            sent_at=case.sent and case.sent - _hour(case),
        )
        for case in figures.cases
    )
    session.add_all(
        PastIntroduction(
            structure_id=one.structure,
            step=one.step.value,
            reason=one.reason,
            sent_at=one.sent,
            answered_at=one.answered,
            contacted=one.contacted,
            useful=one.useful,
        )
        for one in figures.put
    )
    session.flush()


def kept(session: Session) -> Figures:
    """The figures of the dossiers that were erased."""
    cases = [
        Case(
            reference="",
            commune="",
            themes=tuple(one.themes),
            state=State(one.state),
            received=one.received_at,
            taken=one.taken_at,
            sent=one.sent_at,
            reason=one.reason,
            departement=one.departement,
        )
        for one in session.scalars(select(PastCase).order_by(PastCase.received_at, PastCase.id))
    ]
    put = [
        Put(
            *(one.structure_id, Step(one.step), one.reason, one.sent_at, one.answered_at),
            contacted=one.contacted,
            useful=one.useful,
            past=True,
        )
        for one in session.scalars(select(PastIntroduction).order_by(PastIntroduction.id))
    ]
    return Figures(cases, put)


def departement(insee: str) -> str:
    """The département of an Insee code, of a commune that is no more too."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def _hour(case: Case) -> timedelta:
    """What of its moment goes: an hour would tell one dossier from another. Delays stay."""
    moment = case.received
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
