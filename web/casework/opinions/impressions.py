"""What was shown: counted in memory, then kept in one go, so that a page waits for no disk."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from .. import clock
from ..store.database import Database, Unavailable
from ..store.memories import Impression
from .opinions import Shown, forget

MOST_WAITING = 200
"""Different answers counted before they are kept: a stop of the site loses these at most."""
LONGEST_WAIT = 300.0
"""Seconds after which what was counted is kept, at the next answer."""


COLUMNS = (Impression.day, Impression.digest, Impression.commune, Impression.shown_key)
NAMES = tuple(column.key for column in COLUMNS)

Counted = tuple[Shown, Sequence[str]] | None
"""An answer without the words of the need, and the ids of whom it shows; None for nobody."""


class Seen(NamedTuple):
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
        self._waiting: Counter[Seen] = Counter()

    def count(self, what: Counted) -> None:
        """Count an answer that was shown; nothing when this is off."""
        if not self.on or what is None or not what[1]:
            return
        shown, structures = what
        day = clock.today().isoformat()
        seen = Seen(day, shown.digest, shown.commune, tuple(shown.themes), tuple(structures))
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


def _keep(session: Session, waiting: Counter[Seen]) -> None:
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


def _key(seen: Seen) -> tuple[str, ...]:
    """What makes two answers the same, in the order of `COLUMNS`."""
    shown = hashlib.sha256("\n".join(seen.shown).encode()).hexdigest()
    return seen.day, seen.digest, seen.commune, shown
