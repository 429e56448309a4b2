"""What pages show of introductions: each with its structure, its load and what may follow."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from flask import current_app
from sqlalchemy.orm import Session, object_session

from matcher import Matcher
from matcher.catalogue import french
from matcher.cohorts import Capacity, read_told

from ...access import working_as
from ...casework import clock
from ...casework.dossiers import choices
from ...casework.introductions import links, loads, memory, tasks
from ...casework.introductions.loads import StructureLoad
from ...casework.introductions.memory import Memory
from ...casework.letters import filled, letters
from ...casework.letters.briefs import Sender
from ...casework.letters.letters import Letter
from ...casework.states import STEPS, State, Step
from ...casework.store.tables import Account, Dossier, Introduction, Party
from ...context import flag_of, place_named, structure_of
from ...signin.keys import answer_address

LONGEST_MAILTO = 1_900
"""Characters of an address that opens a mail ready to send: some mail programs cut it there."""


@dataclass(frozen=True)
class FollowedIntroduction:
    """An introduction, or a structure that may be introduced.

    Parameters
    ----------
    introduction : Introduction or None
        None when it is not prepared yet.
    can_prepare : bool
        Whether it may be prepared now, for the first time or anew.
    after : tuple of Step
        The steps that may follow, preparing anew aside.
    due : bool
        Whether a reminder is to be made today.
    exhausted : bool
        Whether all reminders were made in vain.
    next_at : datetime or None
        When the next reminder is due.
    """

    structure_id: str
    name: str
    introduction: Introduction | None
    load: StructureLoad
    memory: Memory
    can_prepare: bool
    after: tuple[Step, ...]
    due: bool
    exhausted: bool
    next_at: datetime | None

    @property
    def flag(self) -> str:
        """What is said of a structure that is outside of the directory."""
        return flag_of(self.structure_id)

    @property
    def step(self) -> Step | None:
        """Where it stands."""
        return Step(self.introduction.step) if self.introduction else None


@dataclass(frozen=True)
class Reminder:
    """A reminder to make: the introduction, its commune, and a text that is drafted."""

    followed: FollowedIntroduction
    dossier: Dossier
    commune: str
    letter: Letter
    mailto: str


def capacities(path: str, matcher: Matcher) -> Capacity:
    """How many introductions each structure takes on, of a CSV `structure_id, capacite`.

    Parameters
    ----------
    path : str
        "" where no structure said it: the default holds for all.

    Raises
    ------
    DataError
        When the file as a whole cannot be read. A faulty row is logged and left out: a structure
        that leaves the catalogue closes no site.
    """
    if not path:
        return Capacity({})
    told, faults = read_told(Path(path), matcher.structures)
    for fault in faults:
        logging.getLogger(__name__).warning("capacités : %s", fault)
    return Capacity(told.capacity)


def capacity(session: Session) -> Capacity:
    """The capacities that the sheets of structures say, else those of this site."""
    known: Capacity = current_app.extensions["capacity"]
    return memory.capacities(session, known)


def followed_of(dossier: Dossier) -> list[FollowedIntroduction]:
    """The introductions of a dossier that is open in a session, then those to prepare."""
    session = object_session(dossier)
    assert session is not None
    known = {one.structure_id: one for one in dossier.introductions}
    selected = [choice.structure_id for choice in choices.selected(dossier)]
    named = list(dict.fromkeys([*known, *selected]))
    remembered = memory.memories(session, named, clock.now())
    return [
        followed(dossier, known.get(one), load_of(session, one), remembered[one]) for one in named
    ]


def followed_now(session: Session, one: Introduction) -> FollowedIntroduction:
    """An introduction with the load of its structure."""
    remembered = memory.memory_of(session, one.structure_id, clock.now())
    return followed(one.dossier, one, load_of(session, one.structure_id), remembered)


def load_of(session: Session, structure_id: str) -> StructureLoad:
    """What a structure is asked at present."""
    return loads.load(session, structure_id, capacity(session), clock.now())


def followed(
    dossier: Dossier, one: Introduction | None, load: StructureLoad, remembered: Memory
) -> FollowedIntroduction:
    """What may follow for one structure of a dossier."""
    structure_id = load.structure_id
    now = clock.now()
    closed = dossier.state == State.CLOSED
    step = Step(one.step) if one else None
    chosen = structure_id in {choice.structure_id for choice in choices.selected(dossier)}
    may_follow = () if closed or step is None else STEPS[step]
    return FollowedIntroduction(
        structure_id,
        bare_name(structure_id),
        one,
        load,
        remembered,
        can_prepare=chosen and not closed and step in (None, Step.WITHDRAWN),
        after=tuple(after for after in may_follow if after is not Step.PREPARED),
        due=one is not None and not closed and tasks.is_reminder_due(one, now),
        exhausted=one is not None and not closed and tasks.exhausted(one),
        next_at=tasks.next_reminder(one) if one and not closed else None,
    )


def reminders_due(session: Session, account: Account) -> Sequence[Reminder]:
    """The reminders that an account has to make today, with a text for each."""
    now = clock.now()
    due = [
        one
        for whom in sorted(working_as(account))
        for one in tasks.reminders_due(session, whom, now)
    ]
    due = list(dict.fromkeys(due))  # of a dossier that both follow
    known = loads.loads(session, capacity(session), now) if due else ()
    return [reminder(shown, account) for shown in _with_loads(session, due, known)]


def reminder(shown: FollowedIntroduction, account: Account) -> Reminder:
    """Draft the next reminder of an introduction that was sent."""
    one = shown.introduction
    assert one is not None
    commune = commune_of(one.dossier)
    text = letters.reminder(one, shown.name, commune, sender(account)).text
    letter = letter_of(text, one, address_of(one.dossier, one), with_whom=True)
    known = structure_of(one.structure_id)
    box = filled.address_of(known) if known else ""
    return Reminder(shown, one.dossier, commune, letter, mailto(letter, box))


def name_of(structure_id: str) -> str:
    """Name of a structure, with what is to be known of one that is outside of the directory.

    Its id when it left the catalogue.
    """
    flag = flag_of(structure_id)
    return f"{bare_name(structure_id)} ({flag})" if flag else bare_name(structure_id)


def bare_name(structure_id: str) -> str:
    """Name of a structure, as a letter says it."""
    known = structure_of(structure_id)
    return french.typographic(known.name) if known else structure_id


def commune_of(dossier: Dossier) -> str:
    """Name of the commune of a dossier, or of those that ask together."""
    return place_named(dossier.commune, dossier.places)


def sender(account: Account) -> Sender:
    """Who signs the letters of an account, with what the settings say of the organisation."""
    told = ("JOB", "ORGANISATION", "PHONE", "REPLY")
    return Sender(account.name, *(str(current_app.config[f"SENDER_{one}"]) for one in told))


def address_of(
    dossier: Dossier, one: Introduction | None = None, party: Party | None = None
) -> str:
    """The link by which a structure, or a commune, answers; "" where there is none."""
    session = object_session(dossier)
    assert session is not None
    link = links.current(session, dossier, one, party)
    return answer_address(link.key) if link else ""


def letter_of(text: str, one: Introduction, link: str, *, with_whom: bool) -> Letter:
    """A kept text as a letter, with the address and the link for those who may read them."""
    return Letter.parse(filled.shown(text, one, link, place_named) if with_whom else text)


def mailto(letter: Letter, address: str = "") -> str:
    """An address that opens a mail; with its subject only where the text would be cut."""
    subject = f"mailto:{quote(address, safe='@')}?subject={quote(letter.subject)}"
    whole = f"{subject}&body={quote(letter.body.replace(chr(10), chr(13) + chr(10)))}"
    return whole if len(whole) <= LONGEST_MAILTO else subject


def under_way(
    session: Session, found: Sequence[Introduction], known: Sequence[StructureLoad]
) -> list[tuple[Dossier, str, FollowedIntroduction]]:
    """Introductions under way, with their dossier and the name of its commune."""
    return [
        (one.dossier, commune_of(one.dossier), shown)
        for one, shown in zip(found, _with_loads(session, found, known), strict=True)
    ]


def _with_loads(
    session: Session, found: Sequence[Introduction], known: Sequence[StructureLoad]
) -> list[FollowedIntroduction]:
    """Each introduction with the load of its structure, of those that have some."""
    by_id = {load.structure_id: load for load in known}
    places = capacity(session)
    named = {one.structure_id for one in found}
    remembered = memory.memories(session, named, clock.now())
    return [
        followed(
            one.dossier, one, by_id.get(key) or loads.of_counts(key, {}, places), remembered[key]
        )
        for one in found
        for key in [one.structure_id]
    ]
