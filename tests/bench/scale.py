"""The engine on catalogues of growing size, beside the plain scorer, in one run.

`make bench` runs it. `SIZES=10000,100000` names the sizes, `AGAINST=10000` the one at which the
plain scorer is measured too, `LIMIT_S=20` the seconds that a part may go on asking: past them, a
sample is extrapolated to all the communes. Where others work too, `CLOCK=processor` counts
processor time: what each would take alone. Each part is a process of its own, one after the other.
Nothing is kept. The policy stands in the engine and in the plain scorer, nowhere else.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SIZES = [int(n) for n in os.environ.get("SIZES", "10000,100000").split(",")]
AGAINST = int(os.environ.get("AGAINST", "10000"))
"""Size at which the plain scorer is measured too, when it is among the sizes."""
COMMUNES = 34_875
QUESTION = ("match", "34142", "--need", "Ouvrir une recyclerie dans l’ancienne gare")
STARTS = 5
LONG_S = 3.0
"""A start that takes longer is not measured again."""

Figures = dict[str, float]


def now() -> float:
    """Seconds, by the clock that `CLOCK` names."""
    if os.environ.get("CLOCK") != "processor":
        return time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def part(name: str, folder: Path, count: int) -> Figures:
    """Measure one part in a fresh process."""
    begun = time.perf_counter()
    paths = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("measures.py")), name, folder, str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    spent, load = time.perf_counter() - begun, os.getloadavg()[0]
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    known = ", ".join(
        f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()
    )
    print(
        f"  {count:,} {name}: {spent:.0f} s, load {load:.1f}; {known}", file=sys.stderr, flush=True
    )
    return figures


def cold_start(folder: Path | None) -> float:
    """Seconds from the start of a process to its answer on the screen, median."""
    data = ("--data", str(folder)) if folder else ()
    found: list[float] = []
    while len(found) < STARTS:
        begun = now()
        subprocess.run(
            [sys.executable, "-m", "matcher", *QUESTION, *data],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        found.append(now() - begun)
        if found[-1] > LONG_S:
            break
    return median(found)


def measured(folder: Path, count: int) -> Figures:
    """All that is measured of the engine at one size."""
    part("written", folder, count)
    figures = part("build", folder, count)
    figures["cold_s"] = cold_start(folder)
    return figures | part("answer", folder, count)


def row(name: str, sizes: Mapping[int, Figures], key: str, form: str, goal: str = "") -> None:
    """Print one measure at each size."""
    cells = "".join(f"{figures[key]:>14{form}}" for figures in sizes.values())
    print(f"{name:<44}{cells}   {goal}")


def table(embedded_s: float, sizes: Mapping[int, Figures]) -> None:
    """Print what the engine takes at each size, and what was asked of it."""
    print(f"\n{'the engine, structures':<44}{''.join(f'{n:>14,}' for n in sizes)}   goal")
    row("from the tables to a first answer, s", sizes, "build_s", ".1f")
    row("  peak memory, MB", sizes, "build_mb", ".0f", "800 at 100,000")
    row("process start to printed answer, s", sizes, "cold_s", ".2f", "0.6 at 100,000")
    row("open, s", sizes, "open_s", ".2f")
    row("  first answer, ms", sizes, "first_ms", ".0f")
    row("one need, all explained, p50, ms", sizes, "one_ms", ".2f")
    row("  p99, ms", sizes, "one_p99_ms", ".2f", "5 at 100,000")
    row("one need, no rank interval, p50, ms", sizes, "plain_ms", ".2f")
    row("  p99, ms", sizes, "plain_p99_ms", ".2f")
    row("  peak memory, MB", sizes, "answer_mb", ".0f", "300 at 100,000")
    row(f"{COMMUNES:,} communes, top 10, reasons, s", sizes, "batch_s", ".1f")
    row("  communes really answered", sizes, "batch_done", ",.0f", "the rest extrapolated")
    row("  peak memory, MB", sizes, "batch_mb", ".0f")
    small, large = min(sizes), max(sizes)
    growth = sizes[large]["batch_s"] / sizes[small]["batch_s"]
    print(f"growth of the batch, {small:,} to {large:,}: {growth:.1f} times")
    print(f"process start to printed answer, embedded data: {embedded_s:.2f} s (goal: 0.5)")


def against(count: int, ours: Figures, others: Figures) -> None:
    """Print the plain scorer beside the engine."""
    plain, one = others["plain_scorer_ms"], ours["one_ms"]
    print(
        f"\n{count:,} structures, one need, ms: plain scorer {plain:.1f}, engine {one:.2f}, ",
        end="",
    )
    print(f"ratio {plain / one:.1f}")


def machine() -> str:
    """Processor, memory, versions and load."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(": ")[2] if models else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_024**3
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scikit-learn"))
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB; {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}; load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    print(machine())
    if os.environ.get("CLOCK") == "processor":
        print("times are processor times")
    sizes: dict[int, Figures] = {}
    others: Figures = {}
    failed: list[str] = []
    cold_start(None)  # the files are in memory from here on
    embedded_s = cold_start(None)
    with TemporaryDirectory() as place:
        for count in sorted(SIZES):
            folder = Path(place) / str(count)
            folder.mkdir()
            try:
                sizes[count] = measured(folder, count)
                if count == AGAINST:
                    others = part("baselines", folder, count)
            except subprocess.CalledProcessError:  # it said why; what was measured is still shown
                failed.append(f"{count:,}")
    if sizes:
        table(embedded_s, sizes)
    if others:
        against(AGAINST, sizes[AGAINST], others)
    if failed:
        sys.exit(f"not measured: {', '.join(failed)} structures")


if __name__ == "__main__":
    main()
