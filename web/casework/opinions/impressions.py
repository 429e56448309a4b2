"""What was shown: counted in memory, then kept in one go, so that a page waits for no disk."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock
from ..store.database import Database, Unavailable
from ..store.memories import Impression
from .opinions import Shown, forget

MOST_WAITING = 200
"""Different answers counted before they are kept: a stop of the site loses these at most."""
LONGEST_WAIT = 300.0
"""Seconds after which what was counted is kept, at the next answer."""


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

    def count(self, what: Callable[[], tuple[Shown, Sequence[str]] | None]) -> None:
        """Count an answer that was shown, as `what` tells it; it is not asked when this is off."""
        found = what() if self.on else None
        if found is None or not found[1]:
            return
        shown, structures = found
        day = clock.now().date().isoformat()
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
    for seen, times in waiting.items():
        key = hashlib.sha256("\n".join(seen.shown).encode()).hexdigest()
        known = session.scalar(
            select(Impression).where(
                Impression.day == seen.day,
                Impression.digest == seen.digest,
                Impression.commune == seen.commune,
                Impression.shown_key == key,
            )
        )
        if known:
            known.times += times
        else:
            session.add(
                Impression(
                    day=seen.day,
                    digest=seen.digest,
                    commune=seen.commune,
                    themes=list(seen.themes),
                    shown=list(seen.shown),
                    shown_key=key,
                    times=times,
                )
            )
    session.flush()
