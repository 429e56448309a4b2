"""Counts that all processes of the site share: how often, or how long, somebody asked.

A table of fixed size in memory that the processes inherit, behind a lock of the system, which a
process that is killed lets go. Nothing to install, nothing on disk; a restart forgets.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import struct
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from threading import Lock

from limits.storage import Storage

ENTRY = struct.Struct("<QQd")
"""Digest of a key, its count, when it is over."""
ROW = 8
"""Entries among which a key finds its place."""
ROWS = 4096
"""With 8 entries each, 32,768 counts at a time (0.8 MB), whoever asks from however many places."""
DIGEST_BYTES = 8


SCHEME = "partage"


class SharedCounts(Storage):
    """A store of Flask-Limiter, as `RATELIMIT_STORAGE_URI=partage://`."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - as its base says it

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._table = mmap(-1, ROWS * ROW * ENTRY.size)
        self._file = os.memfd_create("comptes")  # of memory too: only its lock is used
        weakref.finalize(self, os.close, self._file)
        self._threads = Lock()
        # Nobody chooses with whom they share a row.
        self._salt = secrets.token_bytes(hashlib.blake2b.SALT_SIZE)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong when it does."""
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a count, or begin it for `expiry` seconds; tell what it is then."""
        now = time.time()
        with self._alone():
            place, count, until = self._find(key, now)
            count += amount
            ENTRY.pack_into(self._table, place, self._digest(key), count, until or now + expiry)
            return count

    def get(self, key: str) -> int:
        """Tell a count."""
        with self._alone():
            return self._find(key, time.time())[1]

    def get_expiry(self, key: str) -> float:
        """Tell when a count is over."""
        now = time.time()
        with self._alone():
            return self._find(key, now)[2] or now

    def check(self) -> bool:
        """Tell that it works: there is nothing to reach."""
        return True

    def reset(self) -> int | None:
        """Forget all counts."""
        with self._alone():
            self._table[:] = bytes(len(self._table))
        return None

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._alone():
            ENTRY.pack_into(self._table, self._find(key, time.time())[0], 0, 0, 0.0)

    def _digest(self, key: str) -> int:
        told = hashlib.blake2b(key.encode(), digest_size=DIGEST_BYTES, salt=self._salt)
        return int.from_bytes(told.digest(), "little")

    def _find(self, key: str, now: float) -> tuple[int, int, float]:
        """Place, count and end of a key; one that is not there takes the place of the least."""
        wanted = self._digest(key)
        start = (wanted % ROWS) * ROW * ENTRY.size
        free: tuple[int, int] | None = None
        for place in range(start, start + ROW * ENTRY.size, ENTRY.size):
            digest, count, until = ENTRY.unpack_from(self._table, place)
            over = until <= now
            if digest == wanted and not over:
                return place, count, until
            if free is None or (0 if over else count) < free[0]:
                free = (0 if over else count, place)
        assert free is not None
        return free[1], 0, 0.0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


HELD = struct.Struct("<qd")
"""How many connections a process holds, and when it said so (`time.monotonic`)."""
SILENT_SECONDS = 2.5
"""A process that has said nothing for so long is dead or stuck: nobody leaves it a connection. One
that lives says something each second."""


class ConnectionCounts:
    """How many connections each process holds, so that the next one goes to who holds fewest.

    Without it, who is quicker takes most of those that come at once: its visitors wait while
    another process has nothing to do.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._table = mmap(-1, processes * HELD.size)

    def has_fewest(self, place: int, held: int) -> bool:
        """Say what a process holds; tell whether no other one holds less."""
        now = time.monotonic()
        HELD.pack_into(self._table, place * HELD.size, held, now)
        return all(
            held <= others or now - told > SILENT_SECONDS
            for others, told in HELD.iter_unpack(self._table)
        )

    def gone(self, place: int) -> None:
        """Forget a process that ended."""
        HELD.pack_into(self._table, place * HELD.size, 0, -SILENT_SECONDS)
