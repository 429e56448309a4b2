"""The parent: it opens the data once, lets processes answer, and replaces those that die.

They share what the parent read (memory is copied only where it changes), its socket and its counts.
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

from . import metrics
from .listening import GRACE_SECONDS

MOST = 32
"""Processes at most."""
USUAL = 2
"""Processes unless told otherwise, where there are as many processors."""
MARGIN_SECONDS = 2.0
"""Past the grace, a process that is told to stop is killed."""
BREATH_SECONDS = 1.0
"""A process that dies sooner than this is replaced after as long: no storm."""
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

logger = logging.getLogger(__name__)


def usual() -> int:
    """How many processes answer unless told otherwise."""
    return min(USUAL, len(os.sched_getaffinity(0)))


class Parent:
    """Keeps so many processes answering.

    Parameters
    ----------
    answer : callable
        What a process does with the socket, until it is told to stop.
    """

    def __init__(
        self, listening: socket.socket, count: int, answer: Callable[[socket.socket], None]
    ) -> None:
        self._listening = listening
        self._count = count
        self._answer = answer
        self._born: dict[int, float] = {}

    def run(self) -> None:
        """Answer until this process is told to stop: then all end what is under way."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        for _ in range(self._count):
            self._bear()
        while True:
            number = signal.sigwait(WATCHED)
            if number != signal.SIGCHLD:
                break
            self._heal()
        self._stop()

    def _bear(self) -> None:
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic()
            return
        code = 1
        try:
            self._answer(self._listening)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(code)  # nothing that the parent has to tidy is tidied twice

    def _heal(self) -> None:
        for pid, status in self._dead():
            lived = time.monotonic() - self._born.pop(pid)
            logger.error("le processus %d est mort (%d), un autre prend sa place", pid, status)
            if lived < BREATH_SECONDS:
                time.sleep(BREATH_SECONDS)
            self._bear()

    def _dead(self) -> list[tuple[int, int]]:
        found = []
        for pid in list(self._born):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                metrics.forget(pid)
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
