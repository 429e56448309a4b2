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
import csv
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parents[2]
CASES = HERE / "tests" / "cases" / "besoins_reformules.csv"
LONGEST = 30.0
"""Seconds after which an answer counts as failed."""
START_SECONDS = 120.0
THINKING = (5.0, 15.0)
"""Seconds between two pages of one visitor."""
REPEATED = 40
"""Addresses that all visitors ask again and again."""
UNSEEN, KNOWN, STRUCTURES = 0.2, 0.5, 0.2
"""Shares of the pages; the rest is the home page."""
LOOK_SECONDS = 5.0
"""Between two looks at the memory."""


@dataclass
class Seen:
    """What visitors saw and what the site held."""

    times: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    killed: int = 0


def column(path: Path, name: str) -> list[str]:
    """One column of a table."""
    with path.open(encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


def need(commune: str, text: str) -> str:
    """The address of a page of suggestions."""
    return "/suggestions?" + urlencode({"commune": commune, "besoin": text})


class Visitor(threading.Thread):
    """Reads pages until the end."""

    def __init__(self, number: int, port: int, seen: Seen, end: float) -> None:
        super().__init__(daemon=True)
        self._draw = random.Random(number)
        self._headers = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}
        self._port, self._seen, self._end = port, seen, end
        self._connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)

    def run(self) -> None:
        """One page after the other."""
        time.sleep(self._draw.uniform(0, THINKING[1]))
        while time.monotonic() < self._end:
            path = address(self._draw)
            begun = time.perf_counter()
            said = self._ask(path)
            self._seen.times.append(1_000 * (time.perf_counter() - begun))
            if said:
                self._seen.failed[said] += 1
            time.sleep(self._draw.uniform(*THINKING))

    def _ask(self, path: str) -> str:
        """Ask a page; what was wrong with it. As browsers do, a connection that rested and was
        closed meanwhile is opened again, once."""
        for rested in (self._connection.sock is not None, False):
            try:
                self._connection.request("GET", path, headers=self._headers)
                answer = self._connection.getresponse()
                body = answer.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                if rested and isinstance(error, ConnectionError):
                    continue
                return type(error).__name__
            if answer.status != 200:
                return f"{answer.status}"
            return "" if b"</html>" in body else "cut"
        return "closed twice"


POSTAL = {
    code
    for codes in column(HERE / "data" / "reference" / "communes.csv", "postcodes")
    for code in codes.split("|")
}
COMMUNES = sorted(set(column(HERE / "data" / "reference" / "pvd.csv", "insee")) - POSTAL)
"""By a code that no other place has as its postal code: the site would ask which."""
TEXTS = column(CASES, "besoin")
IDS = column(HERE / "data" / "catalogue" / "structures.csv", "id")
AGAIN = [need(COMMUNES[7 * n], TEXTS[n]) for n in range(REPEATED)]


def address(draw: random.Random) -> str:
    """The next page of a visitor."""
    kind = draw.random()
    if kind < UNSEEN:
        return need(draw.choice(COMMUNES), f"{draw.choice(TEXTS)} ({draw.randrange(10**6)})")
    if kind < UNSEEN + KNOWN:
        return draw.choice(AGAIN)
    return f"/structures/{draw.choice(IDS)}" if kind < UNSEEN + KNOWN + STRUCTURES else "/"


def start(folder: Path, port: int, kept: str, processes: int) -> subprocess.Popen[bytes]:
    """Serve a checkout; returns once it listens."""
    told = {"PORT": str(port), "XDG_DATA_HOME": kept, "MAILLAGE_PROXIES": "1"}
    told["MAILLAGE_PROCESSES"] = str(processes)
    with Path(kept, "stderr").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "web"],
            cwd=folder,
            env={**os.environ, **told, "PYTHONPATH": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    server.kill()
    raise TimeoutError("the site does not listen")


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


def watch(server: subprocess.Popen[bytes], seen: Seen, seconds: float, kill: float) -> None:
    """Look at the memory until the end, and kill a process now and then."""
    begun = killed = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        time.sleep(LOOK_SECONDS)
        try:
            seen.memory.append((spent / seconds, memory_mb(server.pid)))
            if kill and time.monotonic() - killed > kill:
                os.kill(random.choice(children(server.pid)), signal.SIGKILL)
                killed, seen.killed = time.monotonic(), seen.killed + 1
        except (OSError, ValueError, IndexError):  # one has just gone
            continue


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--users", type=int, default=200)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--kill", type=float, default=0, metavar="SECONDS")
    asked.add_argument("--folder", type=Path, default=HERE)
    told = asked.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seen, seconds = Seen(), 60 * told.minutes
    with TemporaryDirectory() as kept:
        load = os.getloadavg()[0]
        server = start(told.folder.resolve(), port, kept, told.processes)
        try:
            end = time.monotonic() + seconds
            users = [Visitor(n, port, seen, end) for n in range(told.users)]
            for user in users:
                user.start()
            watch(server, seen, seconds, told.kill)
            for user in users:
                user.join(LONGEST + THINKING[1])
        finally:
            server.terminate()
            server.wait(LONGEST)
        errors = Path(kept, "stderr").read_text().count("ERROR")
    cuts = quantiles(seen.times, n=100)
    tenths = [
        median([mb for share, mb in seen.memory if n <= 10 * share < n + 1] or [0])
        for n in range(10)
    ]
    print(
        f"{told.minutes:g} minutes, {told.users} visitors, {told.processes} processes, load "
        f"{load:.1f} before: {len(seen.times)} pages, p50 {cuts[49]:.0f} ms, "
        f"p99 {cuts[98]:.0f} ms; failed: {dict(seen.failed) or 'none'}; {errors} errors in the log"
        + (f"; {seen.killed} processes killed" if told.kill else "")
        + f"; memory by tenth {' '.join(f'{mb:.0f}' for mb in tenths)} MB, "
        f"{100 * (tenths[9] / tenths[5] - 1):+.1f} % in the second half"
    )


if __name__ == "__main__":
    main()
