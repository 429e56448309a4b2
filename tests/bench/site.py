"""The site under load: `python tests/bench/site.py` starts `python -m web` and asks it pages.

Bounded, and on this machine only. The needs never seen are real sentences asked for communes drawn
by lot: the server has kept none of them. `python tests/bench/site.py FOLDER` measures another
checkout: run both, one after the other. Last comes what a visitor who sends long needs does to the
home page of another.
"""

from __future__ import annotations

import csv
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
CASES = Path(__file__).parents[2] / "tests" / "cases" / "besoins_reformules.csv"
REFERENCE = Path(__file__).parents[2] / "data" / "reference"
LONGEST = 30.0
"""Seconds after which an answer counts as an error, and a start as a failure."""
REPEATED = 10
"""Needs asked again and again."""


def start(port: int, kept: str, *, known: bool = False) -> subprocess.Popen[str]:
    """Serve on `port`, visitors `known` by a header; returns once the site is ready."""
    server = subprocess.Popen(
        [sys.executable, "-m", "web"],
        cwd=ROOT,
        env={
            **os.environ,
            "PORT": str(port),
            "XDG_DATA_HOME": kept,
            "MAILLAGE_PROXIES": str(int(known)),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout and str(port) in server.stdout.readline(), "the site does not start"
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:  # the line comes just before the port opens
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the site does not listen")


def needs() -> Iterator[str]:
    """Addresses of pages of suggestions, without end, all different."""
    draw = random.Random(20261124)
    with CASES.open(encoding="utf-8") as file:
        texts = [row["besoin"] for row in csv.DictReader(file)]
    with (REFERENCE / "communes.csv").open(encoding="utf-8") as file:
        postal = {code for row in csv.DictReader(file) for code in row["postcodes"].split("|")}
    with (REFERENCE / "pvd.csv").open(encoding="utf-8") as file:
        # A code that is a postal code too is asked about: it would count as an error.
        communes = [row["insee"] for row in csv.DictReader(file) if row["insee"] not in postal]
    pairs = draw.sample([(c, t) for c in communes for t in texts], 20_000)
    for commune, text in pairs:
        yield "/suggestions?" + urlencode({"commune": commune, "besoin": text})


def visit(port: int, addresses: list[str], visitor: str = "192.0.2.1") -> list[tuple[float, bool]]:
    """Ask one page after the other on one connection: milliseconds, and whether it is whole."""
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    found = []
    for address in addresses:
        begun = time.perf_counter()
        try:
            connection.request("GET", address, headers={"X-Forwarded-For": visitor})
            answer = connection.getresponse()
            whole = b"</html>" in answer.read() and answer.status == 200
        except OSError:
            whole = False
            connection.close()
        found.append((1_000 * (time.perf_counter() - begun), whole))
    connection.close()
    return found


def load(port: int, name: str, connections: int, addresses: list[str]) -> None:
    """Share addresses among connections that ask at once; print what they saw."""
    parts = [addresses[i::connections] for i in range(connections)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        found = [one for part in pool.map(lambda p: visit(port, p), parts) for one in part]
    spent = time.perf_counter() - begun
    cuts = quantiles([ms for ms, _ in found], n=100)
    errors = sum(not whole for _, whole in found)
    print(
        f"{name:<26}{connections:>12}{len(found):>8}{cuts[49]:>9.0f}{cuts[98]:>9.0f}"
        f"{len(found) / spent:>9.0f}{errors:>8}"
    )


def main() -> None:
    unseen = needs()
    repeated = list(islice(unseen, REPEATED))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as kept:
        begun = time.perf_counter()
        server = start(port, kept)
        try:
            ready = time.perf_counter() - begun
            ((first, _),) = visit(port, [next(unseen)])
            print(f"ready in {ready:.1f} s, first page {first:.0f} ms; ", end="")
            print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before\n")
            print(
                "needs                      connections   pages  p50, ms  p99, ms  pages/s  errors"
            )
            visit(port, repeated)
            load(port, "repeated", 20, repeated * 200)
            load(port, "never seen", 1, list(islice(unseen, 100)))
            load(port, "never seen", 20, list(islice(unseen, 600)))
            load(port, "one in ten never seen", 20, mixed(repeated, unseen, 1_000))
            load(port, "repeated", 100, repeated * 200)
            load(port, "never seen", 100, list(islice(unseen, 600)))
        finally:
            server.terminate()
            server.wait(LONGEST)
        server = start(port, kept, known=True)
        try:
            beside(port)
        finally:
            server.terminate()
            server.wait(LONGEST)


def crowd(port: int, addresses: list[str]) -> int:
    """One visitor on twenty connections at once; tells how many pages it got."""
    with ThreadPoolExecutor(20) as pool:
        found = pool.map(lambda i: visit(port, addresses[i::20]), range(20))
        return sum(whole for part in found for _, whole in part)


def beside(port: int) -> None:
    """The home page alone, then beside twenty connections of another that send long needs."""
    home = ["/"] * 100
    words = "ouvrir une recyclerie, un café associatif, des logements, une crèche parentale ; "
    long = [
        "/suggestions?" + urlencode({"commune": "34142", "besoin": f"{n} {words * 55}"})
        for n in range(400)
    ]
    visit(port, home)
    alone = quantiles([ms for ms, _ in visit(port, home, "192.0.2.2")], n=100)
    with ProcessPoolExecutor(1) as apart:  # the one does not slow the other on this side too
        sent = apart.submit(crowd, port, long)
        time.sleep(1)
        found = quantiles([ms for ms, _ in visit(port, home, "192.0.2.2")], n=100)
        answered = sent.result()
    print(
        f"home page: p50 {alone[49]:.1f} ms, p99 {alone[98]:.1f} ms alone; beside 20 connections "
        f"with long needs p50 {found[49]:.1f} ms, p99 {found[98]:.1f} ms "
        f"({answered} of their {len(long)} answered, the others told to wait)"
    )


def mixed(repeated: list[str], unseen: Iterator[str], count: int) -> list[str]:
    """Nine pages that were asked before for one that was not."""
    return [
        next(unseen) if i % 10 == 0 else repeated[i // 10 % len(repeated)] for i in range(count)
    ]


if __name__ == "__main__":
    main()
