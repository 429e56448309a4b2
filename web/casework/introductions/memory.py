"""What a team remembers of a structure: its pause, its refusals, its delay, its capacity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from statistics import mean

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from matcher.cohorts import Capacity

from .. import audit, clock, outside
from ..audit import Action
from ..dossiers.dossiers import Stale
from ..states import Declined, Forbidden, Step
from ..store.memories import StructureMemory
from ..store.tables import Dossier, Introduction

RECENT_DAYS = 180
"""Days for which a refusal is said before the next introduction: half a year."""
LONGEST_PAUSE_DAYS = 3 * 365
"""Days of a pause at most: past them, a structure asks not to be introduced any more."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Refusal:
    """An introduction that came to nothing on the side of the structure: why, and when."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class Memory:
    """What is said of a structure before it is introduced.

    Parameters
    ----------
    paused_until : date or None
        Last day of a pause that runs today.
    closed : bool
        Whether it asked not to be introduced any more.
    refusal : Refusal or None
        Its last one, of the last `RECENT_DAYS`.
    """

    structure_id: str
    paused_until: date | None = None
    closed: bool = False
    refusal: Refusal | None = None

    @property
    def available(self) -> bool:
        """Whether nothing speaks against an introduction today, a refusal aside."""
        return not self.closed and self.paused_until is None


@dataclass(frozen=True)
class MemoryNote:
    """What an adviser writes down of a structure, as `StructureMemory` keeps it."""

    paused_until: date | None = None
    closed: bool = False
    capacity: int | None = None
    email: str | None = None
    telephone: str | None = None
    remark: str | None = None


def find(session: Session, structure_id: str) -> StructureMemory | None:
    """What was written down of a structure; None when nothing was."""
    asked = select(StructureMemory).where(StructureMemory.structure_id == structure_id)
    return session.scalar(asked)


def memories(session: Session, structures: Collection[str], now: datetime) -> dict[str, Memory]:
    """What is said of each of these structures, in two questions for all of them."""
    rows = {
        one.structure_id: one
        for one in session.scalars(
            select(StructureMemory).where(StructureMemory.structure_id.in_(structures))
        )
    }
    refused = session.execute(
        select(Introduction.structure_id, Introduction.reason, Introduction.answered_at)
        .where(Introduction.structure_id.in_(structures))
        .where(Introduction.step == Step.DECLINED.value)
        .where(Introduction.reason != Declined.COMMUNE.value)
        .where(Introduction.answered_at > now - timedelta(days=RECENT_DAYS))
        .order_by(Introduction.answered_at, Introduction.id)
    )
    last = {key: Refusal(Declined(why).label, at) for key, why, at in refused if why and at}
    return {key: _memory(key, rows.get(key), last.get(key), now) for key in structures}


def memory_of(session: Session, structure_id: str, now: datetime) -> Memory:
    """What is said of one structure."""
    return memories(session, [structure_id], now)[structure_id]


def _memory(
    structure_id: str, row: StructureMemory | None, refusal: Refusal | None, now: datetime
) -> Memory:
    if row is None:
        return Memory(structure_id, refusal=refusal)
    until = row.paused_until
    runs = until if until is not None and until >= clock.day_of(now) else None
    return Memory(structure_id, runs, row.closed, refusal)


def check_open(session: Session, structure_id: str) -> None:
    """Refuse to introduce a structure that asked not to be.

    Raises
    ------
    Forbidden
        When it did; a pause is said, and leaves the choice to the adviser.
    """
    outside.check_open(session, structure_id)
    if memory_of(session, structure_id, clock.now()).closed:
        raise Forbidden(
            "Cette structure a demandé à ne plus être sollicitée. Si elle a changé d’avis, "
            "notez-le d’abord sur sa fiche de suivi."
        )


def write(
    session: Session,
    structure_id: str,
    said: MemoryNote,
    account_id: int | None,
    version: int | None,
) -> StructureMemory:
    """Write down what is known of a structure; the log keeps what changed, no text in it.

    Parameters
    ----------
    account_id : int or None
        None when the structure says it by itself.
    version : int or None
        That of the sheet that was read, 0 when nothing was written yet; None for what does not
        depend on it.

    Raises
    ------
    Stale
        When somebody changed it since.
    """
    asked = select(StructureMemory).where(StructureMemory.structure_id == structure_id)
    known = session.scalar(asked.with_for_update())
    if version is not None and version != (known.version if known else 0):
        raise Stale(
            "Cette fiche a changé depuis que vous l’avez ouverte. Rien n’a été écrasé : relisez-la."
        )
    moment = clock.now()
    if known is None:
        known = StructureMemory(structure_id=structure_id, closed=False, version=0)
        session.add(known)
    changed = [name for name, value in asdict(said).items() if getattr(known, name) != value]
    if not changed:
        return known
    for name in changed:
        setattr(known, name, getattr(said, name))
    known.version, known.changed_at, known.account_id = known.version + 1, moment, account_id
    session.flush()
    audit.record(session, Action.STRUCTURE, account_id, structure_id, **_logged(known, changed))
    return known


def pause(
    session: Session, structure_id: str, until: date | None, account_id: int | None = None
) -> None:
    """Pause a structure until a day, this day included; None: for good."""
    known = find(session, structure_id)
    before = (
        MemoryNote(**{name: getattr(known, name) for name in asdict(MemoryNote())})
        if known
        else MemoryNote()
    )
    said = replace(before, paused_until=until, closed=until is None)
    write(session, structure_id, said, account_id, None)


def _logged(known: StructureMemory, changed: Sequence[str]) -> dict[str, object]:
    texts = [name for name in changed if name in ("email", "telephone", "remark")]
    details: dict[str, object] = {"notes": texts} if texts else {}
    if "paused_until" in changed:
        details["pause"] = known.paused_until.isoformat() if known.paused_until else ""
    if "closed" in changed:
        details["sollicitable"] = not known.closed
    if "capacity" in changed:
        details["capacite"] = known.capacity
    return details


def capacities(session: Session, site: Capacity) -> Capacity:
    """What each structure takes on: what a sheet says of it, else what the site was told."""
    asked = select(StructureMemory.structure_id, StructureMemory.capacity)
    said = session.execute(asked.where(StructureMemory.capacity.is_not(None)))
    return site.with_said({row.structure_id: row.capacity for row in said})


def unavailable(session: Session, now: datetime) -> Mapping[str, Memory]:
    """The structures that are not to be introduced today."""
    rows = session.scalars(select(StructureMemory).order_by(StructureMemory.structure_id))
    found = {row.structure_id: _memory(row.structure_id, row, None, now) for row in rows}
    return {key: one for key, one in found.items() if not one.available}


def settled(session: Session) -> dict[str, tuple[int, int]]:
    """Introductions accepted, and all that were settled, of each structure that has some.

    One without an answer after the reminders is settled; one that the commune gave up is not.
    """
    asked = session.execute(
        select(Introduction.structure_id, Introduction.step, func.count())
        .where(Introduction.step.in_([Step.ACCEPTED.value, Step.MET.value, Step.DECLINED.value]))
        .where(Introduction.sent_at.is_not(None))
        .where(func.coalesce(Introduction.reason, "") != Declined.COMMUNE.value)
        .group_by(Introduction.structure_id, Introduction.step)
    )
    found: dict[str, tuple[int, int]] = {}
    for structure, step, count in asked:
        accepted, total = found.get(structure, (0, 0))
        yes = 0 if step == Step.DECLINED.value else count
        found[structure] = (accepted + yes, total + count)
    return found


@dataclass(frozen=True)
class Past:
    """What became of the introductions to a structure.

    Parameters
    ----------
    introductions : sequence of Introduction
        The newest first, each with its dossier and who follows it.
    answers : int
        Those that it answered, yes or no.
    mean_days : float or None
        Days from the sending to its answer, on average; None without any.
    """

    introductions: Sequence[Introduction]
    answers: int
    mean_days: float | None


def past(session: Session, structures: Collection[str]) -> Past:
    """What became of the introductions to a structure, whatever ids it had."""
    found = session.scalars(
        select(Introduction)
        .join(Introduction.dossier)
        .where(Introduction.structure_id.in_(structures))
        .order_by(Introduction.prepared_at.desc(), Introduction.id.desc())
        .options(contains_eager(Introduction.dossier).selectinload(Dossier.members))
    ).all()
    days = [
        max((one.answered_at - one.sent_at) / DAY, 0.0)
        for one in found
        if one.sent_at and one.answered_at and one.reason != Declined.NO_ANSWER
    ]
    return Past(found, len(days), round(mean(days), 1) if days else None)
