"""How the engine grows with the catalogue: `python tests/bench/growth.py 10000 100000 200000`.

For each size: make a folder of synthetic structures, index it, start from it, answer one need at a
time, answer one need for each commune. Each step is a process of its own, so that its memory is its
own. Times are processor times: other work on the machine changes them less.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic import Synthesis, write

from matcher import Matcher
from matcher.catalogue import kept

ONE_BY_ONE = 500
TEXTS = 16
"""Needs that are asked of all communes in turn."""
STARTS = 5


def spent() -> float:
    return time.process_time()


def synthesis(folder: str, count: str) -> dict[str, float]:
    write(Path(folder), Synthesis(Matcher.open()).catalogue(int(count)))
    return {}


def index(folder: str, count: str) -> dict[str, float]:
    start = spent()
    Matcher.open(folder)
    place = kept.place(Path(folder))
    assert place is not None
    weight = sum(file.stat().st_size for file in place.iterdir())
    return {"index_s": spent() - start, "index_mo": weight / 2**20, "index_peak_mo": peak()}


def start(folder: str, count: str) -> dict[str, float]:
    command = [sys.executable, "-m", "matcher", "match", "34142", "--data", folder]
    took = []
    for _ in range(STARTS):
        before = getrusage(RUSAGE_CHILDREN)
        done = subprocess.run([*command, "--need", "Ouvrir une recyclerie"], capture_output=True)
        assert done.returncode == 0, done.stderr
        after = getrusage(RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"start_s": median(took), "start_peak_mo": after.ru_maxrss / 1_024}


def one(folder: str, count: str) -> dict[str, float]:
    matcher = Matcher.open(folder)
    needs = Synthesis(Matcher.open()).needs(2 * ONE_BY_ONE)
    took = []
    for need in needs:
        start = spent()
        matcher.match(need)
        took.append(1_000 * (spent() - start))
    took = took[ONE_BY_ONE:]
    return {"one_p50_ms": median(took), "one_p99_ms": quantiles(took, n=100)[98], "one_mo": peak()}


def batch(folder: str, count: str) -> dict[str, float]:
    matcher = Matcher.open(folder)
    texts = [need for need in Synthesis(Matcher.open()).needs(200) if need.text][:TEXTS]
    communes = list(matcher.territory.communes)
    needs = [replace(texts[i % TEXTS], commune=insee) for i, insee in enumerate(communes)]
    start = spent()
    found = sum(1 for _ in matcher.rank_many(needs))
    assert found == len(communes)
    return {"batch_s": spent() - start, "batch_mo": peak()}


def peak() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1_024


STEPS: tuple[Callable[[str, str], dict[str, float]], ...] = (synthesis, index, start, one, batch)


def main() -> None:
    by_name = {step.__name__: step for step in STEPS}
    if sys.argv[1] in by_name:
        print(json.dumps(by_name[sys.argv[1]](*sys.argv[2:])))
        return
    for count in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, kept.VARIABLE: f"{folder}/cache"}
            found: dict[str, float] = {}
            for name in by_name:
                command = [sys.executable, __file__, name, f"{folder}/data", count]
                done = subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, check=True, text=True
                )
                found |= json.loads(done.stdout)
        print(count, *(f"{key} {value:.1f}" for key, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
