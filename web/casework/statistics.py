"""What dossiers and introductions add up to: counts, delays, acceptance, without a name.

Erased dossiers leave facts and dates to be counted, no word, person or commune. A census is how
much there is at this moment: what who runs the site watches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from . import clock
from .facts import DAY, DossierFacts, Figures, IntroductionFacts, Town
from .introductions.links import LINK_DAYS
from .introductions.tasks import REMINDER_DAYS
from .states import Closed, Declined, Outcome, State, Step
from .store.memories import PastCase, PastIntroduction
from .store.tables import AnswerLink, Dossier, Introduction

FEWEST_FOR_RATE = 5
"""Answers below which there is no rate: one more would move it by twenty points."""
OPEN_STEPS = (Step.PREPARED, Step.SENT, Step.LATER, Step.ACCEPTED)
"""Steps of an introduction that asks something of its structure still."""
UNANSWERED_DAYS = REMINDER_DAYS[0]
"""Days after which a commune that nobody answered is told to advisers: those of a reminder."""
BY_OTHERS = (Declined.COMMUNE, Declined.NO_ANSWER)
"""Reasons that are no answer of the structure."""


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


def towns(cases: Iterable[DossierFacts]) -> list[Town]:
    """The communes that ask, each once; those of erased dossiers, nameless, each time."""
    found: dict[str, Town] = {}
    nameless = []
    for town in (town for one in cases for town in one.towns):
        if town.commune:
            found.setdefault(town.commune, town)
        else:
            nameless.append(town)
    return [*found.values(), *nameless]


def supported(cases: Iterable[DossierFacts]) -> int:
    """Communes that are supported: all of a dossier that ended so, but those that stopped."""
    return sum(
        town.outcome is not Outcome.STOPPED
        for case in cases
        if case.reason == Closed.SUPPORTED
        for town in case.towns
    )


def by_state(cases: Iterable[DossierFacts]) -> Mapping[State, int]:
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


def accepted(put: Iterable[IntroductionFacts]) -> Acceptance:
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


def declines(put: Iterable[IntroductionFacts]) -> Mapping[Declined, int]:
    """Introductions that came to nothing, by reason, all reasons named."""
    count = Counter(one.reason for one in put if one.step is Step.DECLINED)
    return {reason: count[reason.value] for reason in Declined}


def unanswered(
    cases: Iterable[DossierFacts], now: datetime, days: int = UNANSWERED_DAYS
) -> list[DossierFacts]:
    """The dossiers received `days` ago or more that nobody closed or introduced; oldest first."""
    return [
        case
        for case in cases
        if case.reference
        and case.sent is None
        and case.state is not State.CLOSED
        and now - case.received >= days * DAY
    ]


def open_by_structure(put: Iterable[IntroductionFacts]) -> Mapping[str, Mapping[Step, int]]:
    """Introductions that each structure has under way, by step, the most first."""
    count: dict[str, Counter[Step]] = {}
    for one in put:
        if one.step in OPEN_STEPS and not one.past:
            count.setdefault(one.structure, Counter())[one.step] += 1
    return dict(sorted(count.items(), key=lambda item: (-item[1].total(), item[0])))


def keep_past(session: Session, figures: Figures) -> None:
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


def past_kept(session: Session) -> Figures:
    """The figures of the dossiers that were erased."""
    cases = [
        DossierFacts(
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
        IntroductionFacts(
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


def _hour(case: DossierFacts) -> timedelta:
    """What of its moment goes: an hour would tell one dossier from another. Delays stay."""
    moment = case.received
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def count_links(session: Session) -> Mapping[str, float]:
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


def count_dossiers(session: Session) -> Mapping[str, float]:
    """Dossiers by state."""
    asked = select(Dossier.state, func.count()).group_by(Dossier.state)
    return {state.value: 0 for state in State} | {key: n for key, n in session.execute(asked)}
