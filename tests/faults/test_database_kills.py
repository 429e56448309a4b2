"""Writers that are killed at random moments (kill -9) lose nothing that was acknowledged.

As a test, a few kills; `python tests/faults/test_database_kills.py --kills 200` prints the figures.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a run as a script

from writers import REFUSED, State, Writer, print_both, state

from web.casework.store.database import Database

TOGETHER = 2
"""Writers at a time, killed at the same instant."""
LONGEST = 0.3
"""Seconds after which the writers are killed at the latest."""
MANY = 1_000_000


@dataclass
class Tally:
    """What was seen over the kills; `unsaid` were stored though their writer could not say so."""

    kills: int = 0
    acknowledged: int = 0
    refused: int = 0
    lost: int = 0
    unsaid: int = 0
    torn: int = 0
    faults: int = 0


def torment(url: str, kills: int, seed: int = 20261124) -> Tally:
    """Kill writers again and again, and check the whole database after each."""
    draw, tally, told = random.Random(seed), Tally(), set[str]()
    database, before = Database(url), State(frozenset(), 0, ())
    while tally.kills < kills:
        writers = [Writer.start(url, f"{tally.kills}-{i}", MANY) for i in range(TOGETHER)]
        if tally.kills % 4:  # of the others, some die while they open the database
            writers[0].wait_for_one()
        time.sleep(draw.uniform(0, LONGEST))
        for writer in writers:
            writer.kill()
        tally.kills += TOGETHER
        new = {reference for writer in writers for reference, _ in writer.told()}
        tally.refused += REFUSED in new
        told |= new - {REFUSED}
        after = state(database)
        tally.unsaid += len(after.dossiers - before.dossiers - new)
        tally.lost += len(told - after.dossiers)
        tally.torn += after.torn
        tally.faults += len(after.faults)
        before = after
    tally.acknowledged = len(told)
    database.engine.dispose()
    return tally


def test_kills_lose_nothing_acknowledged_and_tear_nothing(database_url: str) -> None:
    tally = torment(database_url, kills=12)
    assert tally.acknowledged >= 3, "a writer was waited for three times, however slow it was"
    assert (tally.lost, tally.torn, tally.faults, tally.refused) == (0, 0, 0, 0)
    assert tally.unsaid <= tally.kills, "at most the one that was under way"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_lost_or_torn_would_be_seen(database_url: str) -> None:
    database = Database(database_url)
    (_, *rest) = (reference for reference, _ in Writer.start(database_url, "x", 3).told())
    assert state(database).torn == 0
    with database.writing() as session:
        connection = session.connection()
        connection.exec_driver_sql("DELETE FROM dossiers WHERE id = 1")
    seen = state(database)
    assert seen.dossiers == set(rest)
    assert seen.torn == 2, "a line of the log and a contact, without their dossier"
    database.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    kills = parser.parse_args().kills
    print_both(lambda url: torment(url, kills))


if __name__ == "__main__":
    main()
