"""Plain scorer against engine, side by side in one run: `make bench`."""

import csv
import gc
import platform
import random
import resource
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
import oracle

from matcher import Matcher, Need
from matcher.ranking.policy import summary

CASES = Path(__file__).parents[1] / "cases" / "besoins_reformules.csv"
TEXT = "Ouvrir une recyclerie dans l'ancienne gare"
COMMUNES = 2_000
ONE_IN = 20
"""The plain scorer is timed on one commune in twenty: it would take minutes."""
ALL_COMMUNES = 34_875


def timed(ask: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    ask()
    return 1_000 * (time.perf_counter() - start)


def plain(matcher: Matcher, need: Need) -> list[str]:
    """Ten suggestions with their reasons, all the candidates scored one at a time."""
    first = oracle.ranked(matcher, need)[:10]
    for scored in first:
        summary(scored.contributions)
    return [scored.structure.id for scored in first]


def engine(matcher: Matcher, need: Need, intervals: bool = False) -> list[str]:
    """Ten suggestions with their reasons, the candidates scored all at once."""
    (found,) = matcher.match_many([need], intervals=intervals)
    return [suggestion.structure.id for suggestion in found]


def compare(matcher: Matcher, name: str, needs: list[Need]) -> None:
    """Print the medians per need; both must give the same answer."""
    slow, fast, sure = [], [], []
    spent = 0.0
    for i, need in enumerate(needs):
        start = time.process_time()
        fast.append(timed(lambda need=need: engine(matcher, need)))
        spent += time.process_time() - start
        if i % ONE_IN == 0:
            assert plain(matcher, need) == engine(matcher, need)
            slow.append(timed(lambda need=need: plain(matcher, need)))
            sure.append(timed(lambda need=need: engine(matcher, need, intervals=True)))
    one = median(fast)
    print(
        f"{name:<34}{median(slow):>9.2f}{one:>9.2f}{median(slow) / one:>8.1f}{median(sure):>12.2f}"
        f"{spent / len(needs) * ALL_COMMUNES:>12.0f}"
    )


def main() -> None:
    opened = time.perf_counter()
    matcher = Matcher.open()
    opened = time.perf_counter() - opened
    first = timed(lambda: engine(matcher, Need("34142", TEXT)))
    gc.collect()
    gc.freeze()  # as a server or a batch does: the catalogue is not garbage
    draw = random.Random(20261124)
    communes = draw.sample(sorted(matcher.territory.communes), COMMUNES)
    with CASES.open(encoding="utf-8") as file:
        texts = cycle([row["besoin"] for row in csv.DictReader(file)])
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, ", end=""
    )
    print(f"numpy {np.__version__}; {len(matcher.structures)} structures")
    print(f"opening {opened:.2f} s, first answer {first:.0f} ms with the index; no thread\n")
    print("ms a need (median)                    plain   engine   ratio  + intervals  all, s")
    compare(matcher, "one commune, asked again", [Need("34142", TEXT)] * 200)
    compare(matcher, f"{COMMUNES:,} communes, one text", [Need(c, TEXT) for c in communes])
    compare(
        matcher,
        f"{COMMUNES:,} communes, real texts",
        [Need(c, text) for c, text in zip(communes, texts, strict=False)],
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(f"\npeak memory {peak:.0f} MB; « all, s »: processor time of {ALL_COMMUNES:,} communes")


if __name__ == "__main__":
    main()
