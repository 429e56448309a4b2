"""The load of a structure: what it is asked at present over all dossiers, against its capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.cohorts import Capacity

from ..states import State, Step
from ..store.tables import Dossier, Introduction

OPEN_DAYS = 365
"""Days during which an introduction without a meeting weighs on a structure: the span of a plan,
for which capacities are said."""


@dataclass(frozen=True)
class StructureLoad:
    """What a structure is asked.

    Parameters
    ----------
    sent, accepted : int
        Introductions that wait for its answer, and those it accepted whose meeting is to come.
    capacity : int
        Introductions that it takes on in a year.
    supposed : bool
        Whether that is a hypothesis: nobody said it of this structure.
    """

    structure_id: str
    sent: int
    accepted: int
    capacity: int
    supposed: bool

    @property
    def open(self) -> int:
        """Introductions under way."""
        return self.sent + self.accepted

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return self.open >= self.capacity


def load(session: Session, structure_id: str, capacities: Capacity, now: datetime) -> StructureLoad:
    """Give the load of one structure."""
    counts = _counts(session, now, structure_id).get(structure_id, {})
    return of_counts(structure_id, counts, capacities)


def loads(session: Session, capacities: Capacity, now: datetime) -> list[StructureLoad]:
    """Give the loads of all the structures that have some, fullest first.

    Parameters
    ----------
    capacities : Capacity
        What each structure takes on.
    """
    found = [of_counts(key, counts, capacities) for key, counts in _counts(session, now).items()]
    return sorted(found, key=lambda one: (one.capacity - one.open, -one.open, one.structure_id))


def _counts(
    session: Session, now: datetime, structure_id: str | None = None
) -> dict[str, dict[str, int]]:
    asked = (
        select(Introduction.structure_id, Introduction.step, func.count())
        .join(Introduction.dossier)
        .where(Introduction.step.in_([Step.SENT.value, Step.ACCEPTED.value]))
        .where(Introduction.sent_at > now - timedelta(days=OPEN_DAYS))
        .where(Dossier.state != State.CLOSED.value)
        .group_by(Introduction.structure_id, Introduction.step)
    )
    if structure_id is not None:
        asked = asked.where(Introduction.structure_id == structure_id)
    found: dict[str, dict[str, int]] = {}
    for key, step, count in session.execute(asked):
        found.setdefault(key, {})[step] = count
    return found


def of_counts(structure_id: str, counts: Mapping[str, int], capacities: Capacity) -> StructureLoad:
    """Give the load that introductions by step make."""
    return StructureLoad(
        structure_id,
        counts.get(Step.SENT, 0),
        counts.get(Step.ACCEPTED, 0),
        capacities[structure_id],
        capacities.is_supposed(structure_id),
    )
