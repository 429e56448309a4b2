"""A port for what the tests start: several of them run at a time on one machine."""

from __future__ import annotations

import random
import socket

NEVER_LENT = range(20_000, 32_000)
"""Below the ports that systems lend to outgoing connections (from 32,768 on Linux): what is free
stays so until the server listens, and while one that fell is to come back on the same port."""


def free_port() -> int:
    """A port of this machine where nobody listens.

    It is drawn, so that two processes that ask at the same time do not get the same one; hypothesis
    seeds the generator of `random`, hence another.
    """
    for port in random.SystemRandom().sample(NEVER_LENT, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("No port is free on this machine.")
