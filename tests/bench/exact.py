"""The engine against the plain scorer on random needs: same ids, same order, same scores.

`SIZES=10000,100000 NEEDS=1000 PYTHONPATH=tests python tests/bench/exact.py`: minutes for a thousand
needs at 100,000 structures, as the plain scorer takes its time; the tests do the same at sizes that
take seconds. Ends with 1 at the first need that is answered otherwise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

from synthetic import SEED, Synthesis

from matcher import Matcher, Need

SIZES = [int(n) for n in os.environ.get("SIZES", "10000").split(",")]
NEEDS = int(os.environ.get("NEEDS", "1000"))
TOP = 10
SHARE = 20
"""Needs that a process takes at once."""


def differing(matcher: Matcher, asked: list[Need]) -> Iterator[tuple[Need, str]]:
    """The needs that the engine answers otherwise than the plain scorer, and how."""
    for need, found in zip(asked, matcher.match_many(asked, top=TOP), strict=True):
        plain = [(s.structure.id, s.score) for s in matcher.ranked(need)[:TOP]]
        ours = [(s.structure.id, s.score) for s in found]
        if ours != plain:
            yield need, f"{ours}\ninstead of\n{plain}"


@cache
def opened(count: int) -> Matcher:
    """One matcher a process."""
    return Synthesis(Matcher.open()).opened(count)


def share(count: int, first: int) -> list[tuple[Need, str]]:
    """Compare some of the needs."""
    matcher = opened(count)
    return list(differing(matcher, Synthesis(matcher).needs(NEEDS, SEED + count)[first:][:SHARE]))


def main() -> None:
    for count in SIZES:
        begun = time.perf_counter()
        opened(count)  # the processes have it from this one
        with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as pool:
            firsts = range(0, NEEDS, SHARE)
            for found in pool.map(share, [count] * len(firsts), firsts):
                for need, how in found:
                    sys.exit(f"{count:,} structures, {need}:\n{how}")
        opened.cache_clear()
        spent = time.perf_counter() - begun
        print(f"{count:,} structures: {NEEDS:,} needs answered alike, in {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
