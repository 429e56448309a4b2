"""One process that answers: waitress on a socket that the processes share.

waitress reads whole requests before a thread takes them, so slow senders hold no thread. Two
things are ours: when places run out the connections that wait longest without asking are closed,
and at the end what is under way is finished.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from types import FrameType

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from .turns import AT_ONCE, WAITING

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
SETTLE_SECONDS = 0.5
"""What is on its way to us when the site is stopped has so long to arrive."""


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """Takes connections and hands requests to threads, until it is told to stop.

    Parameters
    ----------
    app : Flask
        What answers.
    listening : socket.socket
        Open and listening, shared with other processes.
    """

    def __init__(self, app: Flask, listening: socket.socket) -> None:
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

    def readable(self) -> bool:
        """Whether another connection may come in: room is made before there is none."""
        if len(self._map) >= CONNECTIONS - ROOM:
            waiting = [one for one in self.active_channels.values() if not self._busy(one)]
            for channel in sorted(waiting, key=lambda one: one.creation_time)[:ROOM]:
                channel.will_close = True
        return bool(super().readable())

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Take nothing more, and end once what is under way is done."""
        if self._stopped is None:
            self._stopped = time.monotonic()
            self.pull_trigger()

    def run(self) -> None:
        """Answer until told to stop, or until the process that began this one is gone."""
        parent = os.getppid()
        while self._stopped is None:
            self._once()
            if os.getppid() != parent:
                self.stop()
        self._take_last()
        while (spent := time.monotonic() - self._stopped) < GRACE_SECONDS:
            busy = any(map(self._busy, self.active_channels.values()))
            if spent > SETTLE_SECONDS and not busy:
                break
            self._once(SETTLE_SECONDS / 5)
        else:
            logging.getLogger(__name__).warning("arrêt : des pages n’étaient pas finies")

    def _once(self, seconds: float = 1.0) -> None:
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


def answer(app: Flask, listening: socket.socket) -> None:
    """Answer on a socket until this process is told to stop."""
    # It would write a line for each page that waits: the busier the site, the slower.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_SECONDS)
    listener = Listener(app, listening)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, listener.stop)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    listener.run()
