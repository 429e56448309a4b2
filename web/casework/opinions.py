"""What visitors say of suggestions, and what they were shown: nothing of anybody."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from matcher import Need

from . import clock
from .states import Labelled
from .store.database import Database, Unavailable
from .store.memories import Impression, Opinion

KEPT_DAYS = 365
"""Days for which opinions and impressions are kept; the page « Vie privée » says so."""
MOST_WAITING = 200
"""Different answers counted before they are kept: a stop of the site loses these at most."""
LONGEST_WAIT = 300.0
"""Seconds after which what was counted is kept, at the next answer."""
COLUMNS = (Impression.day, Impression.digest, Impression.commune, Impression.shown_key)
NAMES = tuple(column.key for column in COLUMNS)


class Fair(Labelled):
    """Whether a suggestion seems right, and why not."""

    YES = "juste", "Oui, elle est juste"
    OFF_TOPIC = "hors_sujet", "Pas le bon sujet"
    TOO_FAR = "trop_loin", "Trop loin"
    NOT_ITS_FIELD = "hors_metier", "Ce n’est pas son métier"
    KNOWN = "deja_sollicitee", "Déjà sollicitée"
    GONE = "fermee", "Structure fermée"
    OTHER = "autre", "Autre raison"


@dataclass(frozen=True)
class Shown:
    """A need as it is kept here: where, about what, and a digest of its words."""

    commune: str
    themes: Sequence[str]
    digest: str


def digest_of(need: Need, key: object) -> str:
    """Digest of a need under the key of the site: its words cannot be guessed from it."""
    said = "\n".join((need.text, need.stage or "", *need.themes, *need.excluded))
    return hmac.new(str(key).encode(), said.encode(), hashlib.sha256).hexdigest()


def keep(session: Session, shown: Shown, structure: str, rank: int, reason: Fair) -> None:
    """Keep an opinion, once a day however often it is sent."""
    forget(session)
    day = clock.today().isoformat()
    same = select(Opinion.id).where(
        Opinion.day == day,
        Opinion.digest == shown.digest,
        Opinion.commune == shown.commune,
        Opinion.structure_id == structure,
        Opinion.reason == reason.value,
    )
    if session.scalar(same) is None:
        session.add(
            Opinion(
                day=day,
                digest=shown.digest,
                commune=shown.commune,
                themes=list(shown.themes),
                structure_id=structure,
                rank=rank,
                reason=reason.value,
            )
        )
        session.flush()


def forget(session: Session) -> None:
    """Erase what was kept long enough."""
    before = (clock.today() - timedelta(days=KEPT_DAYS)).isoformat()
    for table in (Opinion, Impression):
        session.execute(delete(table).where(table.day < before))


Counted = tuple[Shown, Sequence[str]] | None
"""An answer without the words of the need, and the ids of whom it shows; None for nobody."""


class DayOpinion(NamedTuple):
    """One answer of one day."""

    day: str
    digest: str
    commune: str
    themes: tuple[str, ...]
    shown: tuple[str, ...]


class Impressions:
    """Counts whom answers show first, of nobody; does nothing where it is switched off."""

    def __init__(self, database: Database, on: bool) -> None:
        self._database, self.on = database, on
        self._lock, self._since = Lock(), monotonic()
        self._waiting: Counter[DayOpinion] = Counter()

    def count(self, what: Counted) -> None:
        """Count an answer that was shown; nothing when this is off."""
        if not self.on or what is None or not what[1]:
            return
        shown, structures = what
        day = clock.today().isoformat()
        seen = DayOpinion(day, shown.digest, shown.commune, tuple(shown.themes), tuple(structures))
        with self._lock:
            self._waiting[seen] += 1
            late = monotonic() - self._since > LONGEST_WAIT
            full = len(self._waiting) >= MOST_WAITING
        if late or full:
            self.keep()

    def keep(self) -> None:
        """Keep what was counted; where the database does not answer, it is lost, and no page is."""
        with self._lock:
            waiting, self._waiting, self._since = self._waiting, Counter(), monotonic()
        if not waiting:
            return
        try:
            self._database.keep(lambda session: _keep(session, waiting))
        except Unavailable:
            return


def _keep(session: Session, waiting: Counter[DayOpinion]) -> None:
    forget(session)
    keys = {_key(seen): (seen, times) for seen, times in waiting.items()}
    known = session.execute(
        select(Impression.id, *COLUMNS).where(
            Impression.day.in_({seen.day for seen in waiting}),
            Impression.digest.in_({seen.digest for seen in waiting}),
        )
    )
    again = {tuple(key): id for id, *key in known}
    new = [
        dict(zip(NAMES, key, strict=True))
        | {"themes": list(seen.themes), "shown": list(seen.shown), "times": times}
        for key, (seen, times) in keys.items()
        if key not in again
    ]
    if new:
        session.execute(insert(Impression), new)
    for key, id in again.items():
        if key in keys:
            more = Impression.times + keys[key][1]
            session.execute(update(Impression).where(Impression.id == id).values(times=more))


def _key(seen: DayOpinion) -> tuple[str, ...]:
    """What makes two answers the same, in the order of `COLUMNS`."""
    shown = hashlib.sha256("\n".join(seen.shown).encode()).hexdigest()
    return seen.day, seen.digest, seen.commune, shown
