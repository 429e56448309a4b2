"""The catalogue that the site serves, read again when its files change: no restart is needed.

Each process looks by itself, so that all of them follow a file that any of them wrote. A request
keeps the catalogue with which it began.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread

from flask import current_app, g

from matcher import DataError, Matcher
from matcher.catalogue import release
from matcher.upkeep import Doors, Lookalikes, Matrix, Qualities, former_ids, open_lookalikes

from .answers.kept import Answers
from .answers.shelves import Shelves

LOOK_SECONDS = 3.0
"""Between two looks at the files: what is accepted is seen everywhere in about five seconds."""
FOLDERS = ("catalogue", "reference")

logger = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Served:
    """One reading of the data and what is made from it: they change together.

    Parameters
    ----------
    former : mapping of str to str
        The identifier of today of each structure whose row was joined to another.
    """

    matcher: Matcher
    answers: Answers
    shelves: Shelves
    folder: Path
    qualities: Qualities
    former: Mapping[str, str]
    known_doors: Doors
    pieces: dict[Hashable, str] = field(default_factory=dict)
    """What templates wrote of one structure: see `context.keep_pieces`."""

    @classmethod
    def of(cls, matcher: Matcher, folder: Path) -> Served:
        """Make the rest."""
        former = former_ids(folder)
        matcher.also_under(former)
        return cls(
            matcher,
            Answers(matcher),
            Shelves(matcher),
            folder,
            Qualities.open(folder),
            former,
            Doors.open(folder),
        )

    @cached_property
    def lookalikes(self) -> Lookalikes:
        """Finds the structures of the directory that a record looks like."""
        return open_lookalikes(self.folder, self.matcher.territory)

    @cached_property
    def doors(self) -> Matrix:
        """What we know of the basic doors of each département."""
        m = self.matcher
        return Matrix(m.structures.values(), m.territory, self.known_doors)


class Freshness:
    """Holds what is served, and replaces it whole by a newer reading.

    Parameters
    ----------
    folder : Path
        The folder of the data.
    matcher : Matcher, optional
        One that was read from it already.

    Raises
    ------
    DataError
        When it cannot be read: a site starts with a whole catalogue or not at all.
    """

    def __init__(self, folder: Path, matcher: Matcher | None = None) -> None:
        self._folder = folder
        self._stamp = stamp(folder)  # before reading: what changes meanwhile is read again
        self._release = release.found(folder)
        if matcher is None and (faults := release.faults(folder, self._release)):
            raise DataError(faults)
        self.served = Served.of(matcher or Matcher.open(folder), folder)
        self.refused = ""
        """Why what is on the disk is not served, in French; empty when it is."""
        self._next_look = time.monotonic() + LOOK_SECONDS
        self._reading = Lock()

    @property
    def changed(self) -> float:
        """When a file of what was read last was written, in seconds since 1970."""
        return max((at for _, at, _, _ in self._stamp), default=0) / 1e9

    def current(self) -> Served:
        """Give what is served now; a newer one is read aside, and nobody waits for it."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            if stamp(self._folder) != self._stamp and not self._reading.locked():
                Thread(target=self.renew, name="catalogue", daemon=True).start()
        return self.served

    def renew(self) -> None:
        """Read the data again if they changed.

        What cannot be read is not served, nor what is not as it was published: the log says why,
        and `refused`.
        """
        with self._reading:
            seen = stamp(self._folder)
            if seen == self._stamp:
                return
            served, now, why = None, self._release, ""
            try:
                now = release.found(self._folder)
                if faults := release.refused(self._folder, self._release, now):
                    raise DataError(faults)
                served = Served.of(Matcher.open(self._folder), self._folder)
            except DataError as error:
                why = str(error)
            except Exception:  # whatever it is, the site goes on with what it has
                logger.exception("catalogue illisible, l’ancien reste servi")
                why = "lecture impossible : voir le journal du serveur"
            if stamp(self._folder) != seen:
                return  # it was being written: the next look reads it whole
            self._stamp, self.refused = seen, why
            if served is not None:
                self.served, self._release = served, now
                logger.info("catalogue relu : %d structures", len(served.matcher.structures))
            else:
                logger.error("catalogue refusé, l’ancien reste servi :\n%s", why)


def stamp(folder: Path) -> Stamp:
    """Tell one state of the tables from another, without reading them."""
    found = []
    for name in FOLDERS:
        try:
            for entry in os.scandir(folder / name):
                if entry.name.endswith(".csv") or entry.name == release.NAME:
                    state = entry.stat()
                    place = f"{name}/{entry.name}"
                    found.append((place, state.st_mtime_ns, state.st_size, state.st_ino))
        except OSError:  # gone, or going: the reader will say what is missing
            found.append((name, 0, 0, 0))
    return tuple(sorted(found))


def refused() -> str:
    """Why the data on the disk are not served, in French; empty when they are."""
    freshness: Freshness = current_app.extensions["freshness"]
    return freshness.refused


def served() -> Served:
    """What this request is answered from, the same from its start to its end."""
    if "served" not in g:
        freshness: Freshness = current_app.extensions["freshness"]
        g.served = freshness.current()
    found: Served = g.served
    return found
