"""All the communes in one batch, then two Dask workers against one, in one run: `make bench`."""

import csv
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from distributed import Client, LocalCluster

from matcher import Matcher, Need
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.batch.manifest import Versions
from matcher.cohorts.batch.parts import opened
from matcher.cohorts.batch.run import Batch, BatchRequest
from matcher.territory.nest import Territory

CASES = Path(__file__).parents[1] / "cases" / "besoins_reformules.csv"
JOBS = 2
SHARED_OUT = 20_000
"""Needs that the cluster answers: enough for the workers, little for the clock."""


def used() -> float:
    """Processor time so far of this process and of those that ended, seconds."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def peak(who: int) -> float:
    """Largest resident memory, MB; of the children, that of the largest one."""
    return resource.getrusage(who).ru_maxrss / 1_024


def everyone(territory: Territory, folder: Path, name: str, texts: Sequence[str]) -> None:
    """Print what one batch of all the communes takes, with reasons, top 10."""
    needs = zip(territory.communes, cycle(texts), strict=False)
    demands = [Demand(insee, Need(insee, text)) for insee, text in needs]
    start, before = time.perf_counter(), used()
    manifest = Batch(BatchRequest(demands, 10), folder, territory).run(jobs=JOBS)
    lasts, spent = time.perf_counter() - start, used() - before
    ours, worker = peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN)
    print(
        f"{name}: {manifest.counts['besoins']:,} needs, {manifest.counts['suggestions']:,} "
        f"suggestions, {JOBS} jobs: {lasts:.0f} s, {spent:.0f} s of processor, "
        f"so {spent / JOBS:.0f} s a core; load {os.getloadavg()[0]:.1f}\n"
        f"  peak memory: {ours:.0f} MB, and {worker:.0f} MB for the largest worker, "
        f"much of it shared: {ours + JOBS * worker:.0f} MB at the very most",
        flush=True,
    )


def warm(digest: str) -> None:
    """Open the data in a worker: one cache a process, found by its name and not sent."""
    from matcher.cohorts.batch import parts

    parts.opened(None, digest)


def cluster(territory: Territory, folder: Path, workers: int, texts: Sequence[str]) -> float:
    """Seconds that a Dask cluster takes for the parts of `SHARED_OUT` needs, once it is warm."""
    needs = zip(list(territory.communes)[:SHARED_OUT], cycle(texts), strict=False)
    demands = [Demand(insee, Need(insee, text)) for insee, text in needs]
    run = Batch(BatchRequest(demands, 10), folder, territory, largest=100)
    ended: list[float] = []

    def timed(done, missing):
        ended.append(time.perf_counter())
        yield from done
        ended.append(time.perf_counter())

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as machines,
        Client(machines) as client,
    ):
        client.run(warm, run.versions.digest)
        run.run(scheduler=machines.scheduler_address, progress=timed)
    return ended[1] - ended[0]


def main() -> None:
    territory = Territory.open(Matcher.embedded())
    with CASES.open(encoding="utf-8") as file:
        texts = [row["besoin"] for row in csv.DictReader(file)]
    opened(None, Versions.of(Matcher.embedded()).digest)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        everyone(territory, folder / "un", "one text", texts[:1])
        everyone(territory, folder / "tous", f"{len(texts)} real texts", texts)
        one = cluster(territory, folder / "une", 1, texts)
        two = cluster(territory, folder / "deux", 2, texts)
    print(
        f"Dask, {SHARED_OUT:,} needs: {one:.1f} s with one worker, {two:.1f} s with two, "
        f"{one / two:.2f} times; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
