"""What erased dossiers leave to be counted: facts and dates, no word, person or commune."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..states import Outcome, State, Step
from ..store.memories import PastCase, PastIntroduction
from .facts import Case, Figures, Put, Town


def keep(session: Session, figures: Figures) -> None:
    """Keep what counts of dossiers that are about to be erased."""
    session.add_all(
        PastCase(
            received_at=case.received - _hour(case),
            departement=case.towns[0].departement,
            communes=[f"{town.departement}:{town.outcome or ''}" for town in case.towns]
            if len(case.towns) > 1
            else None,
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
            voices=[":".join(code or "" for code in said) for said in one.voices if any(said)],
        )
        for one in figures.put
    )
    session.flush()


def kept(session: Session) -> Figures:
    """The figures of the dossiers that were erased."""
    cases = [
        Case(
            reference="",
            towns=_towns(one),
            themes=tuple(one.themes),
            state=State(one.state),
            received=one.received_at,
            taken=one.taken_at,
            sent=one.sent_at,
            reason=one.reason,
        )
        for one in session.scalars(select(PastCase).order_by(PastCase.received_at, PastCase.id))
    ]
    put = [
        Put(
            *(one.structure_id, Step(one.step), one.reason, one.sent_at, one.answered_at),
            voices=_voices(one),
            past=True,
        )
        for one in session.scalars(select(PastIntroduction).order_by(PastIntroduction.id))
    ]
    return Figures(cases, put)


def _towns(one: PastCase) -> tuple[Town, ...]:
    known = [said.partition(":")[::2] for said in one.communes or [f"{one.departement}:"]]
    return tuple(Town("", where, Outcome(became) if became else None) for where, became in known)


def _voices(one: PastIntroduction) -> tuple[tuple[str | None, str | None], ...]:
    """What was said of it; `contacted` and `useful` hold it of what was erased before groups."""
    said = [one_said.partition(":")[::2] for one_said in one.voices or ()]
    return tuple((a or None, b or None) for a, b in said) or ((one.contacted, one.useful),)


def _hour(case: Case) -> timedelta:
    """What of its moment goes: an hour would tell one dossier from another. Delays stay."""
    moment = case.received
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
