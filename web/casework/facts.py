"""What is counted: dossiers and introductions by their facts, as the database holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from matcher import Need, Theme

from .audit import Action
from .dossiers.dossiers import need_of
from .states import Closed, Outcome, State, Step
from .store.tables import Account, AuditEntry, Dossier, Introduction, Party, Voice

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Town:
    """A commune of a dossier; its code is "" once the dossier was erased.

    Parameters
    ----------
    outcome : Outcome or None
        What became of it, in a group; None of a single commune, whose dossier says it.
    """

    commune: str
    departement: str
    outcome: Outcome | None = None

    @classmethod
    def of(cls, insee: str, outcome: Outcome | None = None) -> Town:
        """The commune of a code, of one that is no more too."""
        return cls(insee, insee[: 3 if insee.startswith(("97", "98")) else 2], outcome)


@dataclass(frozen=True)
class DossierFacts:
    """A dossier, by its facts that count. One that joined a group counts within it.

    Parameters
    ----------
    towns : tuple of Town
        The communes that ask in it.
    themes : tuple of str
        Those that were declared; failing that, the first that is read in the text; or none.
    received, taken, sent : datetime
        When it came, when somebody first took it, when a first introduction was sent.
    """

    reference: str
    towns: tuple[Town, ...]
    themes: tuple[str, ...]
    state: State
    received: datetime
    taken: datetime | None
    sent: datetime | None
    reason: str | None = None
    """Why it was closed or declined."""
    team: tuple[str, ...] = ()
    """Names of who follows it."""


@dataclass(frozen=True)
class IntroductionFacts:
    """An introduction, by its facts that count."""

    structure: str
    step: Step
    reason: str | None
    sent: datetime | None
    answered: datetime | None
    team: tuple[str, ...] = ()
    voices: tuple[tuple[str | None, str | None], ...] = ()
    """What each commune said of it: whether it was called back, whether that helped."""
    past: bool = False
    """Whether its dossier was erased: nothing is asked by it any more."""


@dataclass(frozen=True)
class Figures:
    """What everything is counted from."""

    cases: Sequence[DossierFacts]
    put: Sequence[IntroductionFacts]

    def __add__(self, other: Figures) -> Figures:
        return Figures([*self.cases, *other.cases], [*self.put, *other.put])


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
        .where(which, func.coalesce(Dossier.reason, "") != Closed.JOINED.value)
        .order_by(Dossier.created_at, Dossier.id)
    ).all()
    introductions = session.execute(
        select(
            Introduction.id,
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
    joined = _joined(session)
    sent: dict[int, datetime] = {}
    for one in introductions:
        number = joined.get(one.dossier_id, one.dossier_id)
        if one.sent_at and one.sent_at < sent.get(number, one.sent_at + DAY):
            sent[number] = one.sent_at
    taken, teams = _taken(session, which, joined), _teams(session, which)
    groups, voices = _groups(session, which), _voices(session, which)
    cases = [
        DossierFacts(
            reference=one.reference,
            towns=groups.get(one.id) or (Town.of(one.commune),),
            themes=tuple(one.themes) or tuple(themes_of(need_of(one))[:1]),
            state=State(one.state),
            received=one.created_at,
            taken=taken.get(one.id),
            sent=sent.get(one.id),
            reason=one.reason,
            team=teams.get(one.id, ()),
        )
        for one in dossiers
    ]
    put = [
        IntroductionFacts(
            *(one.structure_id, Step(one.step), one.reason, one.sent_at, one.answered_at),
            team=teams.get(one.dossier_id, ()),
            voices=((one.contacted, one.useful), *voices.get(one.id, ())),
        )
        for one in introductions
    ]
    return Figures(cases, put)


def _groups(session: Session, which: ColumnElement[bool]) -> dict[int, tuple[Town, ...]]:
    """The communes that take part today in each collective dossier."""
    asked = select(Party.dossier_id, Party.commune, Party.outcome).join(Party.dossier).where(which)
    found: dict[int, tuple[Town, ...]] = {}
    for number, insee, outcome in session.execute(
        asked.where(Party.left_at.is_(None)).order_by(Party.id)
    ):
        found[number] = (*found.get(number, ()), Town.of(insee, Outcome(outcome)))
    return found


def _voices(
    session: Session, which: ColumnElement[bool]
) -> dict[int, tuple[tuple[str | None, str | None], ...]]:
    """What the communes of groups said of each introduction."""
    asked = select(Voice.introduction_id, Voice.contacted, Voice.useful).where(which)
    asked = asked.join(Party, Party.id == Voice.party_id).join(Party.dossier).order_by(Voice.id)
    found: dict[int, tuple[tuple[str | None, str | None], ...]] = {}
    for number, contacted, useful in session.execute(asked):
        found[number] = (*found.get(number, ()), (contacted, useful))
    return found


def _joined(session: Session) -> dict[int, int]:
    """By dossier that joined a group, the collective dossier: what was done there counts here."""
    asked = select(Dossier.id, Party.dossier_id).join(Party, Party.reference == Dossier.reference)
    return {own: group for own, group in session.execute(asked.where(Party.left_at.is_(None)))}


def _teams(session: Session, which: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """The names of who follows each dossier."""
    rows = session.execute(
        select(Dossier.id, Account.name).join(Dossier.members).where(which).order_by(Account.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for number, name in rows:
        found[number] = (*found.get(number, ()), name)
    return found


def _taken(
    session: Session, which: ColumnElement[bool], joined: Mapping[int, int]
) -> dict[int, datetime]:
    """When each dossier was first taken: by somebody, or by moving it on; closing takes nobody."""
    log = session.execute(
        select(Dossier.id, AuditEntry.at, AuditEntry.action, AuditEntry.details)
        .join(Dossier, Dossier.reference == AuditEntry.subject)
        .where(which)
        .where(AuditEntry.action.in_([Action.DOSSIER_TAKEN.value, Action.DOSSIER_STATE.value]))
        .order_by(AuditEntry.id)
    )
    found: dict[int, datetime] = {}
    for entry in log:
        details = json.loads(entry.details)
        if details.get("reprise"):
            continue  # taken over from a spreadsheet: when it was taken is not said
        closed = details.get("apres") == State.CLOSED
        if entry.action == Action.DOSSIER_TAKEN or not closed:
            number = joined.get(entry.id, entry.id)
            found.setdefault(number, datetime.fromisoformat(entry.at))
    return found
