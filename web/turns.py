"""Whose turn it is to have an answer computed: small pages never wait behind heavy ones.

One answer at a time in each process (more would share the same interpreter), each visitor in turn,
so that who sends many waits behind who sends one. Who has too many waiting, or has used up the
processor time of a visitor, is told to come back; so is everybody once too many wait.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import Event, Lock

from flask import current_app, g, has_request_context
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

AT_ONCE = 1
"""Answers computed at once in a process."""
WAITING = 100
"""Answers that may wait in a process, each in a thread of the server (see `listening.THREADS`)."""
OF_ONE = 8
"""Answers of one visitor that may wait in a process: a browser opens six connections. Processes do
not share this one, as they do the processor time of a visitor (see `work`)."""
PATIENCE_SECONDS = 10.0
"""Longer, people have left."""
RETRY_SECONDS = 5
"""When to come back after having waited in vain."""
UNKNOWN = ""
"""Visitors whom we cannot tell apart, behind a proxy that we were not told of."""


class Crowded(ServiceUnavailable):
    """Too many answers are being computed."""

    def __init__(self) -> None:
        super().__init__(retry_after=RETRY_SECONDS)


class Turns:
    """The lines where answers wait, one per visitor.

    Parameters
    ----------
    at_once, waiting, of_one : int
        Answers computed at once; that wait in all; that wait of one visitor.
    patience : float
        Seconds that one waits at most.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        of_one: int = OF_ONE,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._lock = Lock()
        self._free = at_once
        self._most, self._of_one, self._patience = waiting, of_one, patience
        self._lines: OrderedDict[str, deque[Event]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return self._waiting()

    def take(self, visitor: str) -> None:
        """Wait for one's turn; it has to be given back (`leave`).

        Raises
        ------
        TooManyRequests
            When this visitor has too many waiting.
        Crowded
            When too many wait, or one has waited too long.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return
            line = self._lines.get(visitor, deque())
            if visitor != UNKNOWN and len(line) >= self._of_one:
                raise TooManyRequests(retry_after=RETRY_SECONDS)
            if self._waiting() >= self._most:
                raise Crowded
            mine = Event()
            line.append(mine)
            self._lines[visitor] = line
        if mine.wait(self._patience):
            return
        with self._lock:
            if mine.is_set():  # at the last moment
                return
            line.remove(mine)
            if not line:
                del self._lines[visitor]
        raise Crowded

    def leave(self) -> None:
        """Give the turn to the next visitor, whose other answers go behind everybody's."""
        with self._lock:
            if not self._lines:
                self._free += 1
                return
            visitor, line = self._lines.popitem(last=False)
            line.popleft().set()
            if line:
                self._lines[visitor] = line

    def _waiting(self) -> int:
        return sum(map(len, self._lines.values()))


def take_turn() -> None:
    """Wait until the answer that this request asks for may be computed, once per request.

    Who is signed in does not wait, nor does what is computed outside of a request.
    """
    if not has_request_context() or "visitor" not in g or "turn" in g:
        return
    if g.out_of_time is not None:
        raise TooManyRequests(retry_after=g.out_of_time)
    turns: Turns = current_app.extensions["turns"]
    turns.take(g.visitor)
    g.turn = True


def leave_turn() -> None:
    """Give back the turn that this request took, if it did."""
    if g.pop("turn", None):
        current_app.extensions["turns"].leave()
