"""Long jobs beside a former commit, in one run: `python tests/bench/former.py --beside 6f76928`.

The same commands, on the data that each commit embeds, in turn, the one first in one round and the
other in the next: a need, all the communes of France in one batch with their reasons, a pack of the
Petites villes de demain. Told are the seconds, those of processor (which hold on a busy machine),
the memory of the largest process, and today's over the former's. `--cohort departement:48` is a
pack of a minute.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from visits import HERE, TEXTS, column

FORMATS = [word for one in ("xlsx", "gpkg", "geojson", "html") for word in ("--format", one)]
QUESTION = ["match", "34142", "--need", "Ouvrir une recyclerie dans l’ancienne gare"]


@dataclass
class Cost:
    """What one command took."""

    seconds: float
    processor: float
    memory_mb: float


def checkout(commit: str, place: Path) -> Path:
    """A copy of a commit."""
    command = ["git", "-C", str(HERE), "archive", commit]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(place, filter="data")
    return place


def cost(folder: Path, words: list[str]) -> Cost:
    """Run a command of the matcher in a checkout; it may not fail."""
    begun = time.perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "matcher", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0, (folder, words, run.returncode)
    spent = time.perf_counter() - begun
    return Cost(spent, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def every_commune(path: Path) -> Path:
    """A file of needs: one for each commune, the real texts in turn."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = zip(column("data/reference/communes.csv", "insee"), cycle(TEXTS), strict=False)
        csv.writer(file).writerows([("commune", "besoin"), *rows])
    return path


def jobs(place: Path, cohort: str) -> dict[str, list[str]]:
    """What is measured: a name and the words of a command; `{}` is a folder of the checkout."""
    needs = every_commune(place / "besoins.csv")
    return {
        "a need, from the start": QUESTION,
        "all communes, with reasons": ["batch", str(needs), "--out", "{}/france"],
        f"panorama of {cohort}": ["batch", "--cohort", cohort, "--out", "{}/panorama"],
        "its pack": ["pack", "{}/panorama", "--out", "{}/paquet", *FORMATS],
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--beside", metavar="COMMIT", default="6f76928")
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--cohort", default="pvd")
    told = asked.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before; the middle of each")
    print(f"{'':<28}{'':<8}{'s':>8}{'s of processor':>16}{'MB':>8}")
    with TemporaryDirectory() as made:
        place = Path(made)
        sides = {"former": checkout(told.beside, place / "former"), "today": HERE}
        found: dict[tuple[str, str], list[Cost]] = {}
        wanted = jobs(place, told.cohort)
        for folder in sides.values():
            cost(folder, QUESTION)  # what a first start keeps on the disk is there for both
        for number in range(told.rounds):
            for name, words in wanted.items():
                for side in sorted(sides, reverse=bool(number % 2)):
                    out = str(place / f"{side}-{number}")
                    spent = cost(sides[side], [word.replace("{}", out) for word in words])
                    found.setdefault((name, side), []).append(spent)
        for name in wanted:
            for side in sides:
                costs = found[name, side]
                print(
                    f"{name if side == 'former' else '':<28}{side:<8}"
                    f"{median(c.seconds for c in costs):>8.1f}"
                    f"{median(c.processor for c in costs):>16.1f}"
                    f"{median(c.memory_mb for c in costs):>8.0f}"
                )
            pairs = list(zip(found[name, "former"], found[name, "today"], strict=True))
            print(
                f"{'':<36}x {median(b.seconds / a.seconds for a, b in pairs):>6.2f}"
                f"{median(b.processor / a.processor for a, b in pairs):>16.2f}"
                f"{median(b.memory_mb / a.memory_mb for a, b in pairs):>8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
