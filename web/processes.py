"""The processes that answer, and their parent, which replaces those that die.

The parent opens the data once; the processes share what it read (memory is copied only where it
changes), its socket and its counts. Each answers by waitress, which reads whole requests before a
thread takes them, so slow senders hold no thread. Two things are ours: when places run out the
connections that wait longest without asking are closed, and at the end what is under way is
finished.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from . import records
from .counts import ConnectionCounts
from .turns import AT_ONCE, WAITING

MOST = 32
"""Processes at most."""
USUAL = 2
"""Processes unless told otherwise, where there are as many processors."""
MARGIN_SECONDS = 2.0
"""Past the grace, a process that is told to stop is killed."""
BREATH_SECONDS = 1.0
"""A process that dies sooner than this is replaced after as long: no storm."""
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

LARGEST_BODY = 6 * 1024 * 1024
"""Bytes; each page refuses less by itself, in French: the largest takes a mail (`dropped.ROOM`)."""
CONNECTIONS = 1000
"""Browsers connected to a process at the same time."""
ROOM = 50
"""Places kept free: so many of the idlest connections are closed when fewer are left."""
SMALL = 12
"""Threads that are left for small pages when all the others wait for the turn of an answer."""
THREADS = AT_ONCE + WAITING + SMALL
IDLE_SECONDS = 30
"""After which a connection that asks for nothing is closed; looked at every `LOOK_SECONDS`."""
LOOK_SECONDS = 5
GRACE_SECONDS = 20.0
"""What is under way when the site is stopped has so long to end."""
SWITCH_SECONDS = 0.0005
"""After which a thread that computes lets another go on: a small page hands over several times, and
with Python's 5 ms each would cost as much beside an answer that is computed."""
LOOP_SECONDS, LEFT_SECONDS = 1.0, 0.02
"""How long a process waits for something to happen at most, and when it leaves the next connection
to another one: that one may take it, or die, and nobody tells."""
SETTLE_SECONDS = 0.5
"""What is on its way to us when the site is stopped has so long to arrive."""

logger = logging.getLogger(__name__)


def usual() -> int:
    """How many processes answer unless told otherwise."""
    return min(USUAL, len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Seat:
    """What a process knows of the others.

    Parameters
    ----------
    parent : int
        Process that began it, and that may be gone before it looks.
    """

    parent: int
    place: int
    held: ConnectionCounts


class Parent:
    """Keeps so many processes answering.

    Parameters
    ----------
    answer : callable
        What a process does with the socket and its seat, until it is told to stop.
    """

    def __init__(
        self,
        listening: socket.socket,
        count: int,
        answer: Callable[[socket.socket, Seat], None],
    ) -> None:
        self._listening = listening
        self._places = list(range(count))
        self._held = ConnectionCounts(count)
        self._answer = answer
        self._born: dict[int, tuple[int, float]] = {}

    def run(self) -> None:
        """Answer until this process is told to stop: then all end what is under way."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        while self._places:
            self._bear()
        while True:
            number = signal.sigwait(WATCHED)
            if number != signal.SIGCHLD:
                break
            self._heal()
        self._stop()

    def _bear(self) -> None:
        parent, place = os.getpid(), self._places.pop()
        pid = os.fork()
        if pid:
            self._born[pid] = place, time.monotonic()
            return
        code = 1
        try:
            self._answer(self._listening, Seat(parent, place, self._held))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(code)  # nothing that the parent has to tidy is tidied twice

    def _heal(self) -> None:
        for pid, status in self._dead():
            place, born = self._born.pop(pid)
            self._held.gone(place)
            self._places.append(place)
            lived = time.monotonic() - born
            logger.error("le processus %d est mort (%d), un autre prend sa place", pid, status)
            if lived < BREATH_SECONDS:
                time.sleep(BREATH_SECONDS)
            self._bear()

    def _dead(self) -> list[tuple[int, int]]:
        found = []
        for pid in list(self._born):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                records.forget_process(pid)
                found.append((pid, os.waitstatus_to_exitcode(status)))
        return found

    def _stop(self) -> None:
        self._listening.close()  # those that answer take who is in already
        self._tell(signal.SIGTERM)
        end = time.monotonic() + GRACE_SECONDS + MARGIN_SECONDS
        while self._born and time.monotonic() < end:
            for pid, _ in self._dead():
                del self._born[pid]
            if self._born:
                signal.sigtimedwait((signal.SIGCHLD,), 1.0)
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._born:
            os.kill(pid, number)


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """Takes connections and hands requests to threads, until it is told to stop.

    Parameters
    ----------
    app : Flask
        What answers.
    listening : socket.socket
        Open and listening, shared with other processes.
    seat : Seat
        Among them.
    """

    def __init__(self, app: Flask, listening: socket.socket, seat: Seat) -> None:
        adjustments = Adjustments(
            sockets=[listening],
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=LOOK_SECONDS,
            ident=None,
            # waitress drops X-Forwarded-*, unless a proxy was told of (see `limits`).
            clear_untrusted_proxy_headers=not app.config["PROXIES"],
            # It stores a body before the site sees it: past this it refuses it by itself.
            max_request_body_size=LARGEST_BODY,
        )
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(THREADS)
        info = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(
            app,
            _sock=listening,
            dispatcher=threads,
            adj=adjustments,
            sockinfo=info,
            bind_socket=False,
        )
        self._stopped: float | None = None
        self._seat, self._next_is_mine = seat, True

    def readable(self) -> bool:
        """Whether another connection may come in: room is made before there is none."""
        if len(self._map) >= CONNECTIONS - ROOM:
            waiting = [one for one in self.active_channels.values() if not self._busy(one)]
            for channel in sorted(waiting, key=lambda one: one.creation_time)[:ROOM]:
                channel.will_close = True
        return bool(super().readable()) and self._next_is_mine

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Take nothing more, and end once what is under way is done."""
        if self._stopped is None:
            self._stopped = time.monotonic()
            self.pull_trigger()

    def run(self) -> None:
        """Answer until told to stop, or until the process that began this one is gone."""
        while self._stopped is None:
            held = len(self.active_channels)
            self._next_is_mine = self._seat.held.has_fewest(self._seat.place, held)
            self._once(LOOP_SECONDS if self._next_is_mine else LEFT_SECONDS)
            if os.getppid() != self._seat.parent:
                self.stop()
        self._take_last()
        while (spent := time.monotonic() - self._stopped) < GRACE_SECONDS:
            busy = any(map(self._busy, self.active_channels.values()))
            if spent > SETTLE_SECONDS and not busy:
                break
            self._once(SETTLE_SECONDS / 5)
        else:
            logger.warning("arrêt : des pages n’étaient pas finies")

    def _once(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, map=self._map, use_poll=True, count=1)

    def _take_last(self) -> None:
        """Take those that the system has let in already, then close the door."""
        before = -1
        while before < len(self._map) < CONNECTIONS:
            before = len(self._map)
            self.handle_accept()
        self.del_channel()
        self.socket.close()

    @staticmethod
    def _busy(channel: wasyncore.dispatcher) -> bool:
        return bool(channel.requests or channel.total_outbufs_len)


def answer(app: Flask, listening: socket.socket, seat: Seat) -> None:
    """Answer on a socket until this process is told to stop: see `Listener`."""
    # It would write a line for each page that waits: the busier the site, the slower.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_SECONDS)
    listener = Listener(app, listening, seat)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, listener.stop)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    listener.run()
