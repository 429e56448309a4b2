"""What `scale.py` measures, each part in a fresh process: `measures.py PART FOLDER COUNT`.

Prints one line of JSON. Peak memory is the largest resident set of the process, index pages that
were read from disk included.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

import oracle
from synthetic import Synthesis, write

from matcher import Matcher, Need

LIMIT_S = float(os.environ.get("LIMIT_S", "20"))
"""How long a part may go on asking: past it the rest is extrapolated, and the table says so."""
now = time.process_time if os.environ.get("CLOCK") == "processor" else time.perf_counter
"""The clock: on a machine that others use, `CLOCK=processor` tells what a part would take alone."""
QUERIES = 300
TEXTS = 20
"""Different needs of a batch: each is asked for one commune in twenty."""
SLOW_QUERIES = 40
FEW = 200
"""Communes that are ranked first, to see how long more would take."""
CHECKED = 3
"""Answers of a baseline that are compared with the plain scorer."""

Figures = dict[str, float | str]


def main() -> None:
    part, folder, count = sys.argv[1:]
    figures = PARTS[part](Path(folder), int(count))
    print(json.dumps(figures))


def written(folder: Path, count: int) -> Figures:
    """Write the synthetic tables."""
    write(folder, Synthesis(Matcher.open()).catalogue(count))
    return {}


def build(folder: Path, count: int) -> Figures:
    """From the tables to a first answer: the index is made on the way."""
    start = now()
    matcher = Matcher.open(folder)
    matcher.match(needs(matcher, 1)[0])
    return {"build_s": now() - start, "build_mb": peak_mb()}


def answer(folder: Path, count: int) -> Figures:
    """Open what was built, ask one need after the other, then ask for all the communes."""
    start = now()
    matcher = Matcher.open(folder)
    opened = now() - start
    asked = needs(matcher, 2 * QUERIES)
    first = milliseconds(lambda need: matcher.match(need), asked[:1])
    shown = milliseconds(lambda need: matcher.match(need), asked[1:QUERIES])
    plain = milliseconds(lambda need: next(matcher.match_many([need])), asked[QUERIES:])
    memory = peak_mb()
    done, spent = batch(matcher)
    return {
        "open_s": opened,
        "first_ms": first[0],
        "one_ms": median(shown),
        "one_p99_ms": high(shown),
        "plain_ms": median(plain),
        "plain_p99_ms": high(plain),
        "answer_mb": memory,
        "batch_done": done,
        "batch_s": spent / done * len(matcher.territory.communes),
        "batch_mb": peak_mb(),
    }


def baselines(folder: Path, count: int) -> Figures:
    """The policy as one would write it on paper, on the same structures and needs."""
    matcher = Matcher.open(folder)
    asked = needs(matcher, SLOW_QUERIES)
    for need in asked[:CHECKED]:
        ours = [found.structure.id for found in matcher.match(need)]
        plain = [scored.structure.id for scored in oracle.ranked(matcher, need)[: len(ours)]]
        assert ours == plain, "the plain scorer does not give the order of the matcher"
    return {"plain_scorer_ms": median(milliseconds(lambda n: oracle.ranked(matcher, n), asked))}


def needs(matcher: Matcher, count: int) -> list[Need]:
    """Needs in plain words, no text twice."""
    drawn = Synthesis(matcher).needs(2 * count + 20)
    return [need for need in drawn if len(need.text) > 40][:count]


def every_commune(matcher: Matcher) -> Iterator[Need]:
    """A need for each commune, in an order that has nothing to do with the map.

    The texts of a batch are few: `TEXTS` real-looking ones, taken in turn.
    """
    communes = list(matcher.territory.communes)
    random.Random(20261124).shuffle(communes)
    texts = cycle([need.text for need in needs(matcher, TEXTS)])
    return (Need(commune, text) for commune, text in zip(communes, texts, strict=False))


def batch(matcher: Matcher) -> tuple[int, float]:
    """Needs answered with their reasons, and the seconds; stops after `LIMIT_S`."""
    begun, start = time.perf_counter(), now()
    done = 0
    for done, _ in enumerate(matcher.match_many(every_commune(matcher), top=10), 1):
        if done % 64 == 0 and time.perf_counter() - begun > LIMIT_S:
            break
    return done, now() - start


def milliseconds(
    ask: Callable[[Need], object], asked: Iterable[Need], now: Callable[[], float] = now
) -> list[float]:
    """What each need takes; at least twenty of them, then stops after `LIMIT_S`."""
    begun = time.perf_counter()
    found: list[float] = []
    for need in asked:
        start = now()
        ask(need)
        found.append(1_000 * (now() - start))
        if len(found) >= 20 and time.perf_counter() - begun > LIMIT_S:
            break
    return found


def high(values: list[float]) -> float:
    """The 99th centile."""
    return quantiles(values, n=100)[98]


def peak_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1_024
    return float("nan")


PARTS = {"written": written, "build": build, "answer": answer, "baselines": baselines}

if __name__ == "__main__":
    main()
