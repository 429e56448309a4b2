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
from dataclasses import replace
from functools import cache
from multiprocessing import get_context

from synthetic import SEED, Synthesis

from matcher import Matcher, Need
from matcher.ranking import policy
from matcher.ranking.candidates import candidates
from matcher.ranking.criteria import CRITERIA
from matcher.ranking.policy import SCORE_STEPS

SIZES = [int(n) for n in os.environ.get("SIZES", "10000").split(",")]
NEEDS = int(os.environ.get("NEEDS", "1000"))
TOP = 10
SHARE = 20
"""Needs that a process takes at once."""
SILENT = tuple(replace(criterion, sentence=lambda *_: "") for criterion in CRITERIA)


def plain(matcher: Matcher, need: Need) -> list[tuple[str, float]]:
    """Ids and scores of the first, by the plain scorer; no sentence, which are most of its time."""
    question = matcher.question(need)
    found = candidates(question, matcher.coverage, matcher.profiles, matcher.territory)
    scored = policy.order(policy.weigh(question, candidate, SILENT) for candidate in found)
    return [(s.structure.id, s.score) for s in scored[:TOP]]


def differing(matcher: Matcher, asked: list[Need]) -> Iterator[tuple[Need, str]]:
    """The needs that the engine answers otherwise than the plain scorer, and how.

    Each need by itself; then the first of them as many communes ask it, in a batch.
    """
    for need, answer in zip(asked, matcher.match_many(asked, top=TOP), strict=True):
        ours = [(s.structure.id, s.score) for s in answer]
        if ours != (known := plain(matcher, need)):
            yield need, f"{ours}\ninstead of\n{known}"
    shared = [replace(asked[0], commune=need.commune) for need in asked]
    for need, listed in zip(shared, matcher.rank_many(shared, top=TOP), strict=True):
        known = [(i, round(score * SCORE_STEPS) / SCORE_STEPS) for i, score in plain(matcher, need)]
        if list(listed) != known:
            yield need, f"in a batch: {list(listed)}\ninstead of\n{known}"


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
        alike = f"{NEEDS:,} needs alone and {NEEDS:,} in batches answered alike"
        print(f"{count:,} structures: {alike}, in {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
