"""What `site.py` and `soak.py` share: a checkout served apart, its addresses, and who visits it.

The needs are real sentences, asked for communes whose code is no other place's postal code: of
those the site asks which is meant.
"""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parents[2]
LONGEST = 30.0
"""Seconds after which an answer counts as failed."""
START_SECONDS = 120.0


def column(path: str, name: str) -> list[str]:
    """One column of a table of this checkout."""
    with (HERE / path).open(encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


POSTAL = {
    code
    for codes in column("data/reference/communes.csv", "postcodes")
    for code in codes.split("|")
}
COMMUNES = sorted(set(column("data/reference/pvd.csv", "insee")) - POSTAL)
TEXTS = column("tests/cases/besoins_reformules.csv", "besoin")
IDS = column("data/catalogue/structures.csv", "id")


def need(commune: str, text: str) -> str:
    """The address of a page of suggestions."""
    return "/suggestions?" + urlencode({"commune": commune, "besoin": text})


@dataclass
class Site:
    """A checkout that is served."""

    port: int
    server: subprocess.Popen[bytes]
    ready_seconds: float
    log: Path


@contextmanager
def served(folder: Path, *, processes: int = 0, proxied: bool = False) -> Iterator[Site]:
    """Serve a checkout on a free port until the end of the block, with a base of its own.

    Parameters
    ----------
    processes : int
        Processes that answer; 0 as the checkout has it.
    proxied : bool
        Whether visitors are told apart by a header, as behind a proxy.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as kept:
        told = {"PORT": str(port), "XDG_DATA_HOME": kept, "MAILLAGE_PROXIES": str(int(proxied))}
        if processes:
            told["MAILLAGE_PROCESSES"] = str(processes)
        log, begun = Path(kept, "stderr"), time.monotonic()
        with log.open("w") as errors:
            server = subprocess.Popen(
                [sys.executable, "-m", "web"],
                cwd=folder,
                env={**os.environ, **told, "PYTHONPATH": str(folder)},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        try:
            _listens(server, port, begun + START_SECONDS)
            yield Site(port, server, time.monotonic() - begun, log)
        finally:
            server.terminate()
            server.wait(LONGEST)


def _listens(server: subprocess.Popen[bytes], port: int, end: float) -> None:
    """Wait until a site answers on its port."""
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the site does not listen")


class Browser:
    """One connection, from one address."""

    def __init__(self, port: int, address: str = "192.0.2.1") -> None:
        self._headers = {"X-Forwarded-For": address}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)

    def ask(self, path: str) -> tuple[float, str]:
        """Ask a page: milliseconds, and what was wrong with it ("" when it came whole)."""
        begun = time.perf_counter()
        wrong = self._wrong(path)
        return 1_000 * (time.perf_counter() - begun), wrong

    def ask_all(self, paths: Sequence[str]) -> list[tuple[float, str]]:
        """Ask one page after the other, then hang up."""
        found = [self.ask(path) for path in paths]
        self._connection.close()
        return found

    def _wrong(self, path: str) -> str:
        """A connection that rested and was closed meanwhile is opened again, once."""
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


def centiles(times: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th centile; of one time, itself, of none, nothing known."""
    if len(times) < 2:
        (alone,) = times or (float("nan"),)
        return alone, alone
    cuts = quantiles(times, n=100)
    return cuts[49], cuts[98]


def tenths(looks: Sequence[tuple[float, float]]) -> list[float]:
    """What was held in each tenth of the time that was looked at.

    Parameters
    ----------
    looks : sequence of (float, float)
        When, from 0 to 1, and how much.
    """
    held = ([much for when, much in looks if n <= 10 * when < n + 1] for n in range(10))
    return [median(found) for found in held if found]


def drift(looks: Sequence[tuple[float, float]]) -> float | None:
    """By how much what was held grew in the second half, as a share; None if it was too short."""
    second = tenths([look for look in looks if look[0] >= 0.5])
    return second[-1] / second[0] - 1 if len(second) > 1 else None
