"""The site for a while: `python tests/bench/soak.py` lets 200 visitors read for ten minutes.

Each reads a page, thinks for some seconds, asks another, on one connection, from an address of its
own: pages asked before, pages never seen, structures, the home page. Told are the times of pages,
those that failed, and the memory of the site (proportional set size of all its processes) by tenth
of the time: what it keeps fills up in the first half, what it grows by in the second is a drift.
`--kill 20` kills a process of the site every twenty seconds. `--folder FOLDER` measures another
checkout.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from visits import (
    COMMUNES,
    HERE,
    IDS,
    LONGEST,
    TEXTS,
    Browser,
    Site,
    centiles,
    drift,
    need,
    served,
    tenths,
)

THINKING = (5.0, 15.0)
"""Seconds between two pages of one visitor."""
REPEATED = 40
"""Addresses that all visitors ask again and again."""
UNSEEN, KNOWN, STRUCTURES = 0.2, 0.5, 0.2
"""Shares of the pages; the rest is the home page."""
LOOK_SECONDS = 5.0
"""Between two looks at the memory."""
AGAIN = [need(COMMUNES[7 * n], TEXTS[n]) for n in range(REPEATED)]


@dataclass
class Seen:
    """What visitors saw and what the site held."""

    times: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    killed: int = 0


class Visitor(threading.Thread):
    """Reads pages until the end."""

    def __init__(self, number: int, port: int, seen: Seen, end: float) -> None:
        super().__init__(daemon=True)
        self._draw = random.Random(number)
        self._browser = Browser(port, f"198.18.{number // 250}.{number % 250 + 1}")
        self._seen, self._end = seen, end

    def run(self) -> None:
        """One page after the other."""
        self._think(0)
        while time.monotonic() < self._end:
            spent, wrong = self._browser.ask(address(self._draw))
            self._seen.times.append(spent)
            if wrong:
                self._seen.failed[wrong] += 1
            self._think(THINKING[0])

    def _think(self, least: float) -> None:
        """Rest, not past the end."""
        left = self._end - time.monotonic()
        time.sleep(max(0.0, min(self._draw.uniform(least, THINKING[1]), left)))


def address(draw: random.Random) -> str:
    """The next page of a visitor."""
    kind = draw.random()
    if kind < UNSEEN:
        return need(draw.choice(COMMUNES), f"{draw.choice(TEXTS)} ({draw.randrange(10**6)})")
    if kind < UNSEEN + KNOWN:
        return draw.choice(AGAIN)
    return f"/structures/{draw.choice(IDS)}" if kind < UNSEEN + KNOWN + STRUCTURES else "/"


def children(pid: int) -> list[int]:
    """The processes that a process began."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory_mb(pid: int) -> float:
    """What the site holds: each page of memory once."""
    found = 0
    for one in (pid, *children(pid)):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1])
    return found / 1024


def watch(site: Site, seen: Seen, seconds: float, kill: float) -> None:
    """Look at the memory until the end, and kill a process now and then."""
    pid, pause = site.server.pid, min(LOOK_SECONDS, seconds / 20)
    begun = killed = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        try:
            seen.memory.append((spent / seconds, memory_mb(pid)))
            if kill and time.monotonic() - killed > kill:
                os.kill(random.choice(children(pid)), signal.SIGKILL)
                killed, seen.killed = time.monotonic(), seen.killed + 1
        except (OSError, ValueError, IndexError):  # one has just gone
            pass
        time.sleep(pause)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--users", type=int, default=200)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--kill", type=float, default=0, metavar="SECONDS")
    asked.add_argument("--folder", type=Path, default=HERE)
    told = asked.parse_args()
    seen, seconds, load = Seen(), 60 * told.minutes, os.getloadavg()[0]
    with served(told.folder.resolve(), processes=told.processes, proxied=True) as site:
        end = time.monotonic() + seconds
        users = [Visitor(n, site.port, seen, end) for n in range(told.users)]
        for user in users:
            user.start()
        watch(site, seen, seconds, told.kill)
        for user in users:
            user.join(LONGEST)
        errors = site.log.read_text().count("ERROR")
    p50, p99 = centiles(seen.times)
    grown = drift(seen.memory)
    print(
        f"{told.minutes:g} minutes, {told.users} visitors, {told.processes} processes, load "
        f"{load:.1f} before: {len(seen.times)} pages, p50 {p50:.0f} ms, "
        f"p99 {p99:.0f} ms; failed: {dict(seen.failed) or 'none'}; {errors} errors in the log"
        + (f"; {seen.killed} processes killed" if told.kill else "")
        + f"; memory by tenth {' '.join(f'{mb:.0f}' for mb in tenths(seen.memory))} MB, "
        + ("too short to tell a drift" if grown is None else f"{grown:+.1%} in the second half")
    )


if __name__ == "__main__":
    main()
