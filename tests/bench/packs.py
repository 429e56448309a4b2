"""The pack of the Petites villes de demain, from the batch to each format, timed in one run."""

import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from matcher import Matcher
from matcher.cohorts.batch.packing import read_pack, write_pack
from matcher.cohorts.batch.run import Batch, BatchRequest, panorama
from matcher.cohorts.batch.wording import parse_cohort

LIMIT_S = 180
"""What a pack with its workbook, its layers and its pages may take, seconds."""

T = TypeVar("T")


def timed(name: str, step: Callable[[], T]) -> tuple[T, float, float]:
    """Do a step and say its seconds, and those of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = step()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:<42}{wall:8.1f} s {cpu:8.1f} s of processor")
    return done, wall, cpu


def main() -> None:
    territory = Matcher.open().territory
    cohort = parse_cohort("pvd", territory)
    request = BatchRequest(panorama(cohort), top=3, about={"nom": cohort.name})
    with tempfile.TemporaryDirectory() as folder:
        results, out = Path(folder) / "results", Path(folder) / "pack"
        batch = Batch(request, results, territory)
        timed("batch", lambda: batch.run(jobs=os.cpu_count() or 1))
        pack, wall, cpu = timed("read the results, find the gaps", lambda: read_pack(results))
        print(
            f"{len(pack.by_commune)} communes, {sum(len(r.proposals) for r in pack.replies)} rows"
        )
        for formats in (("xlsx",), ("gpkg", "geojson"), ("html",)):
            step = timed(
                f"write {', '.join(formats)}", lambda f=formats: list(write_pack(pack, out, f))
            )
            wall, cpu = wall + step[1], cpu + step[2]
        print(f"{'pack':<42}{wall:8.1f} s {cpu:8.1f} s of processor (limit: {LIMIT_S} s)")
        print(f"{LIMIT_S / wall:.1f} times under the limit")
        timed(
            "and the documents of the départements, pdf",
            lambda: list(write_pack(pack, out, ["pdf"])),
        )
    for who, name in ((resource.RUSAGE_SELF, "memory"), (resource.RUSAGE_CHILDREN, "a worker")):
        print(f"{name}: {resource.getrusage(who).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
