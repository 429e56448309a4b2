"""Eight processes that write at the same time wait their turn, and none is refused.

As a test, a few writes each; `python tests/faults/test_writers.py --writes 200` prints the figures.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a run as a script

from writers import REFUSED, Writer, print_both, state

from web.casework.store.database import Database

TOGETHER = 8


@dataclass(frozen=True)
class Tally:
    """What was seen; `worst` and `median` are seconds that a write took, waiting included."""

    written: int
    refused: int
    lost: int
    torn: int
    faults: int
    worst: float
    median: float
    seconds: float


def crowd(url: str, writes: int) -> Tally:
    """Write from all the processes at once."""
    begun = time.perf_counter()
    writers = [Writer.start(url, str(i), writes) for i in range(TOGETHER)]
    told = [line for writer in writers for line in writer.told()]
    lasted = time.perf_counter() - begun
    references = {reference for reference, _ in told} - {REFUSED}
    times = sorted(seconds for _, seconds in told)
    database = Database(url)
    after = state(database)
    database.engine.dispose()
    return Tally(
        written=len(references),
        refused=sum(reference == REFUSED for reference, _ in told),
        lost=len(references - after.dossiers),
        torn=after.torn,
        faults=len(after.faults),
        worst=round(times[-1], 3),
        median=round(times[len(times) // 2], 4),
        seconds=round(lasted, 1),
    )


def test_eight_writers_at_once_all_have_their_turn(database_url: str) -> None:
    tally = crowd(database_url, writes=15)
    assert tally.written == TOGETHER * 15
    assert (tally.refused, tally.lost, tally.torn, tally.faults) == (0, 0, 0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=200)
    writes = parser.parse_args().writes
    print_both(lambda url: crowd(url, writes))


if __name__ == "__main__":
    main()
