"""What dossiers and introductions add up to: counts, delays, acceptance. Plain Python and SQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from matcher import Need, Theme

from .audit import Action
from .dossiers.dossiers import need_of
from .introductions.reminders import REMINDER_DAYS
from .states import Declined, State, Step
from .store.tables import Account, AuditEntry, Dossier, Introduction

FEWEST_FOR_RATE = 5
"""Answers below which there is no rate: one more would move it by twenty points."""
DAY = timedelta(days=1)
OPEN_STEPS = (Step.PREPARED, Step.SENT, Step.LATER, Step.ACCEPTED)
"""Steps of an introduction that asks something of its structure still."""
UNANSWERED_DAYS = REMINDER_DAYS[0]
"""Days after which a commune that nobody answered is told to advisers: those of a reminder."""
BY_OTHERS = (Declined.COMMUNE, Declined.NO_ANSWER)
"""Reasons that are no answer of the structure."""


@dataclass(frozen=True)
class Case:
    """A dossier, by its facts that count.

    Parameters
    ----------
    themes : tuple of str
        Those that were declared; failing that, the first that is read in the text; or none.
    received, taken, sent : datetime
        When it came, when somebody first took it, when a first introduction was sent.
    """

    reference: str
    commune: str
    themes: tuple[str, ...]
    state: State
    received: datetime
    taken: datetime | None
    sent: datetime | None
    reason: str | None = None
    """Why it was closed or declined."""
    departement: str = ""
    """Of a dossier that was erased: nothing else says where it was."""
    team: tuple[str, ...] = ()
    """Names of who follows it."""


@dataclass(frozen=True)
class Put:
    """An introduction, by its facts that count."""

    structure: str
    step: Step
    reason: str | None
    sent: datetime | None
    answered: datetime | None
    team: tuple[str, ...] = ()
    contacted: str | None = None
    useful: str | None = None
    """What the commune said of it."""
    past: bool = False
    """Whether its dossier was erased: nothing is asked by it any more."""


@dataclass(frozen=True)
class Figures:
    """What everything is counted from."""

    cases: Sequence[Case]
    put: Sequence[Put]

    def __add__(self, other: Figures) -> Figures:
        return Figures([*self.cases, *other.cases], [*self.put, *other.put])


@dataclass(frozen=True)
class Delay:
    """How long something took: how many times it was measured, and days (None without any)."""

    label: str
    count: int
    median: float | None
    ninth: float | None
    """Days within which nine in ten were done."""


@dataclass(frozen=True)
class Acceptance:
    """What became of introductions that were sent; the parts add up to `sent`."""

    sent: int
    accepted: int
    declined: int
    """By the structure."""
    unanswered: int
    """No answer after the reminders."""
    elsewhere: int
    """The commune went no further, or the introduction was withdrawn."""
    waiting: int

    @property
    def answers(self) -> int:
        """What the rate is over."""
        return self.accepted + self.declined

    @property
    def rate(self) -> float | None:
        """Share accepted of the answers, in [0, 1]; None below `FEWEST_FOR_RATE`."""
        return self.accepted / self.answers if self.answers >= FEWEST_FOR_RATE else None


def gather(
    session: Session, themes_of: Callable[[Need], Sequence[Theme]], which: ColumnElement[bool]
) -> Figures:
    """Read what is counted.

    Parameters
    ----------
    themes_of : function
        The themes that are read in a need which declares none, best first.
    which : condition on `Dossier`
        The dossiers that count.
    """
    dossiers = session.execute(
        select(
            Dossier.id,
            Dossier.reference,
            Dossier.commune,
            Dossier.places,
            Dossier.need,
            Dossier.themes,
            Dossier.excluded,
            Dossier.stage,
            Dossier.state,
            Dossier.reason,
            Dossier.created_at,
        )
        .where(which)
        .order_by(Dossier.created_at, Dossier.id)
    ).all()
    introductions = session.execute(
        select(
            Introduction.dossier_id,
            Introduction.structure_id,
            Introduction.step,
            Introduction.reason,
            Introduction.sent_at,
            Introduction.answered_at,
            Introduction.contacted,
            Introduction.useful,
        )
        .join(Dossier)
        .where(which)
        .order_by(Introduction.id)
    ).all()
    sent: dict[int, datetime] = {}
    for one in introductions:
        if one.sent_at and one.sent_at < sent.get(one.dossier_id, one.sent_at + DAY):
            sent[one.dossier_id] = one.sent_at
    taken, teams = _taken(session, which), _teams(session, which)
    cases = [
        Case(
            reference=one.reference,
            commune=one.commune,
            themes=tuple(one.themes) or tuple(themes_of(need_of(one))[:1]),
            state=State(one.state),
            received=one.created_at,
            taken=taken.get(one.reference),
            sent=sent.get(one.id),
            reason=one.reason,
            team=teams.get(one.id, ()),
        )
        for one in dossiers
    ]
    put = [
        Put(
            *(one.structure_id, Step(one.step), one.reason, one.sent_at, one.answered_at),
            team=teams.get(one.dossier_id, ()),
            contacted=one.contacted,
            useful=one.useful,
        )
        for one in introductions
    ]
    return Figures(cases, put)


def _teams(session: Session, which: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """The names of who follows each dossier."""
    rows = session.execute(
        select(Dossier.id, Account.name).join(Dossier.members).where(which).order_by(Account.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for number, name in rows:
        found[number] = (*found.get(number, ()), name)
    return found


def _taken(session: Session, which: ColumnElement[bool]) -> dict[str, datetime]:
    """When each dossier was first taken: by somebody, or by moving it on; closing takes nobody."""
    log = session.execute(
        select(AuditEntry.subject, AuditEntry.at, AuditEntry.action, AuditEntry.details)
        .join(Dossier, Dossier.reference == AuditEntry.subject)
        .where(which)
        .where(AuditEntry.action.in_([Action.DOSSIER_TAKEN.value, Action.DOSSIER_STATE.value]))
        .order_by(AuditEntry.id)
    )
    found: dict[str, datetime] = {}
    for entry in log:
        closed = json.loads(entry.details).get("apres") == State.CLOSED
        if entry.action == Action.DOSSIER_TAKEN or not closed:
            found.setdefault(entry.subject, datetime.fromisoformat(entry.at))
    return found


def by_state(cases: Iterable[Case]) -> Mapping[State, int]:
    """Dossiers of each state, all of them named."""
    count = Counter(case.state for case in cases)
    return {state: count[state] for state in State}


def delays(figures: Figures) -> list[Delay]:
    """Days from one step to the next, where both happened."""
    cases = figures.cases
    answers = [one for one in figures.put if one.reason != Declined.NO_ANSWER]
    return [
        _delay("Du besoin reçu à sa prise en charge", [(c.received, c.taken) for c in cases]),
        _delay("De la prise en charge au premier envoi", [(c.taken, c.sent) for c in cases]),
        _delay("De l’envoi à la réponse de la structure", [(o.sent, o.answered) for o in answers]),
    ]


def _delay(label: str, spans: Iterable[tuple[datetime | None, datetime | None]]) -> Delay:
    days = sorted(max((end - start) / DAY, 0.0) for start, end in spans if start and end)
    if not days:
        return Delay(label, 0, None, None)
    ninth = days[ceil(0.9 * len(days)) - 1]
    return Delay(label, len(days), round(median(days), 1), round(ninth, 1))


def accepted(put: Iterable[Put]) -> Acceptance:
    """What became of those that were sent."""
    sent = [one for one in put if one.sent]
    steps = Counter(one.step for one in sent)
    reasons = Counter(one.reason for one in sent if one.step is Step.DECLINED)
    return Acceptance(
        sent=len(sent),
        accepted=steps[Step.ACCEPTED] + steps[Step.MET],
        declined=steps[Step.DECLINED] - sum(reasons[reason.value] for reason in BY_OTHERS),
        unanswered=reasons[Declined.NO_ANSWER.value],
        elsewhere=reasons[Declined.COMMUNE.value] + steps[Step.WITHDRAWN] + steps[Step.PREPARED],
        waiting=steps[Step.SENT] + steps[Step.LATER],
    )


def declines(put: Iterable[Put]) -> Mapping[Declined, int]:
    """Introductions that came to nothing, by reason, all reasons named."""
    count = Counter(one.reason for one in put if one.step is Step.DECLINED)
    return {reason: count[reason.value] for reason in Declined}


def unanswered(cases: Iterable[Case], now: datetime, days: int = UNANSWERED_DAYS) -> list[Case]:
    """The dossiers received `days` ago or more that nobody closed or introduced; oldest first."""
    return [
        case
        for case in cases
        if case.reference
        and case.sent is None
        and case.state is not State.CLOSED
        and now - case.received >= days * DAY
    ]


def open_by_structure(put: Iterable[Put]) -> Mapping[str, Mapping[Step, int]]:
    """Introductions that each structure has under way, by step, the most first."""
    count: dict[str, Counter[Step]] = {}
    for one in put:
        if one.step in OPEN_STEPS and not one.past:
            count.setdefault(one.structure, Counter())[one.step] += 1
    return dict(sorted(count.items(), key=lambda item: (-item[1].total(), item[0])))
