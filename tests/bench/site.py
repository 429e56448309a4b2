"""The site under load: `python tests/bench/site.py` serves this checkout and asks it pages.

Bounded, and on this machine only. `--beside 6f76928` serves that commit too, from a copy of its
own, and asks both the same pages, in turn, the one first in one round and the other in the next:
each line ends with today's pages a second over the former's, and its p99 over the former's (the
middle round, and the lowest and the highest): those hold on a busy machine too. The needs never
seen are real sentences asked for communes drawn by lot: the server has kept none of them. Last
comes what a visitor who sends long needs does to the home page of another.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from former import checkout
from visits import COMMUNES, HERE, TEXTS, Browser, centiles, need, served

REPEATED = 10
"""Needs asked again and again."""
CROWD = 20
"""Connections of the visitor who sends long needs."""
WORDS = "ouvrir une recyclerie, un café associatif, des logements, une crèche parentale ; "
HEAD = "needs                 connections            pages  p50, ms  p99, ms  pages/s  errors"


@dataclass
class Load:
    """What one round of one kind of pages gave."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    errors: int = 0

    @property
    def rate(self) -> float:
        """Pages a second."""
        return len(self.times) / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return centiles(self.times)[1]


def unseen() -> Iterator[str]:
    """Addresses of pages of suggestions, without end, all different."""
    pairs = [(commune, text) for commune in COMMUNES for text in TEXTS]
    for commune, text in random.Random(20261124).sample(pairs, 20_000):
        yield need(commune, text)


def mixed(repeated: list[str], fresh: Iterator[str], count: int) -> list[str]:
    """Nine pages that were asked before for one that was not."""
    return [next(fresh) if i % 10 == 0 else repeated[i // 10 % len(repeated)] for i in range(count)]


def crowded(port: int, connections: int, paths: Sequence[str]) -> Load:
    """Share addresses among connections that ask at once."""
    parts = [paths[i::connections] for i in range(connections)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        found = [
            one for part in pool.map(lambda p: Browser(port).ask_all(p), parts) for one in part
        ]
    spent = time.perf_counter() - begun
    return Load([ms for ms, _ in found], spent, sum(bool(wrong) for _, wrong in found))


def shown(name: str, connections: int, side: str, loads: Sequence[Load]) -> str:
    """One line: all the rounds of one site together."""
    times = [ms for load in loads for ms in load.times]
    p50, p99 = centiles(times)
    rate = len(times) / sum(load.seconds for load in loads)
    errors = sum(load.errors for load in loads)
    return (
        f"{name:<22}{connections:>11} {side:<8}{len(times):>8}{p50:>9.0f}{p99:>9.0f}"
        f"{rate:>9.0f}{errors:>8}"
    )


def ratio(values: Sequence[float]) -> str:
    """The middle of some ratios, with the lowest and the highest."""
    return f"{median(values):.2f} [{min(values):.2f} ; {max(values):.2f}]"


def loads(ports: dict[str, int], rounds: int) -> None:
    """Ask each kind of pages, in turn of each site; print what they saw."""
    fresh = unseen()
    repeated = list(islice(fresh, REPEATED))
    for port in ports.values():
        Browser(port).ask_all(repeated)
    part = max(1, 6 // rounds)
    kinds = (
        ("asked before", 20, lambda: repeated * 33 * part),
        ("never seen", 1, lambda: list(islice(fresh, 20 * part))),
        ("never seen", 20, lambda: list(islice(fresh, 100 * part))),
        ("one in ten never seen", 20, lambda: mixed(repeated, fresh, 160 * part)),
        ("asked before", 100, lambda: repeated * 33 * part),
        ("never seen", 100, lambda: list(islice(fresh, 100 * part))),
    )
    print(HEAD)
    for name, connections, paths in kinds:
        found: dict[str, list[Load]] = {side: [] for side in ports}
        for number in range(rounds):
            asked = paths()
            for side in sorted(ports, reverse=bool(number % 2)):
                found[side].append(crowded(ports[side], connections, asked))
        for side, seen in found.items():
            print(shown(name, connections, side, seen), flush=True)
        if len(ports) > 1:
            pairs = list(zip(found["former"], found["today"], strict=True))
            print(
                f"{'':>34}pages/s x {ratio([b.rate / a.rate for a, b in pairs])}, "
                f"p99 x {ratio([b.p99 / a.p99 for a, b in pairs])}",
                flush=True,
            )


def crowd(port: int, paths: Sequence[str]) -> int:
    """One visitor on twenty connections at once; tells how many pages it got."""
    load = crowded(port, CROWD, paths)
    return len(load.times) - load.errors


def neighbour(port: int, side: str) -> None:
    """The home page alone, then beside twenty connections of another that send long needs."""
    home, long = ["/"] * 100, [need("34142", f"{n} {WORDS * 55}") for n in range(400)]

    def asked() -> tuple[float, float]:
        return centiles([ms for ms, _ in Browser(port, "192.0.2.2").ask_all(home)])

    Browser(port).ask_all(home)
    alone = asked()
    with ProcessPoolExecutor(1) as apart:  # the one does not slow the other on this side too
        sent = apart.submit(crowd, port, long)
        time.sleep(1)
        found = asked()
        answered = sent.result()
    print(
        f"home page, {side}: p50 {alone[0]:.1f} ms, p99 {alone[1]:.1f} ms alone; beside {CROWD} "
        f"connections with long needs p50 {found[0]:.1f} ms, p99 {found[1]:.1f} ms "
        f"({answered} of their {len(long)} answered, the others told to wait)",
        flush=True,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=HERE)
    asked.add_argument("--beside", metavar="COMMIT")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--processes", type=int, default=0, help="0: as each checkout has it")
    told = asked.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    with TemporaryDirectory() as place:
        folders = {"today": told.folder.resolve()}
        if told.beside:
            folders["former"] = checkout(told.beside, Path(place))
        with ExitStack() as stack:
            ports = {}
            for side, folder in sorted(folders.items()):
                site = stack.enter_context(served(folder, processes=told.processes))
                ((first, _),) = Browser(site.port).ask_all([need(COMMUNES[-1], TEXTS[-1])])
                print(f"{side}: ready in {site.ready_seconds:.1f} s, first page {first:.0f} ms")
                ports[side] = site.port
            loads(ports, told.rounds)
        for side, folder in sorted(folders.items()):
            with served(folder, processes=told.processes, proxied=True) as site:
                neighbour(site.port, side)


if __name__ == "__main__":
    main()
