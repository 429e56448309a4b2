"""A batch that is killed at random moments, or meets a full disk, loses and breaks nothing.

As a test, ten kills; `python tests/faults/test_batch_kills.py --kills 100` prints the figures.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a run as a script

from builders import NEEDS, ONE_A_REGION
from disks import small_disk

from matcher import Matcher, Need
from matcher.catalogue import files
from matcher.cohorts.batch import parts, workers
from matcher.cohorts.batch import run as batch
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.batch.run import Batch, BatchRequest

JOBS = 2
DISK_FULL = 7


@dataclass
class Tally:
    """What was seen over the kills; `redone` is the most parts that one kill had done again."""

    kills: int = 0
    runs_done: int = 0
    partial: int = 0
    redone: int = 0
    identical: bool = False


def a_batch(matcher: Matcher, out: Path) -> Batch:
    demands = [
        Demand(f"{insee}-{i}", Need(insee, text))
        for insee in ONE_A_REGION.values()
        for i, text in enumerate(NEEDS[:2])
    ]
    return Batch(BatchRequest(demands, 5), out, matcher.territory, largest=2)


def visible(out: Path) -> dict[str, bytes]:
    """The files that a person would open; those being written have a name of their own."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(files.TEMPORARY)
    }


def torment(matcher: Matcher, folder: Path, kills: int, seed: int = 20261124) -> Tally:
    """Kill the process group of a run again and again; take each run up until it is done."""
    draw, tally = random.Random(seed), Tally()
    log = folder / "commencées.log"

    def logged(part: parts.Part) -> bytes:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{part.key}\n")
        return parts.run_part(part)

    start = time.monotonic()
    a_batch(matcher, folder / "tranquille").run(jobs=JOBS)
    lasts = time.monotonic() - start
    expected = visible(folder / "tranquille")
    out = folder / "troublé"
    workers.run_part, answer = logged, workers.run_part
    try:
        while tally.kills < kills:
            before = len(list(out.glob("parts/*.jsonl")))
            log.write_text("", encoding="utf-8")
            if killed(lambda: a_batch(matcher, out).run(jobs=JOBS), draw.uniform(0, lasts)):
                tally.kills += 1
                seen = visible(out)
                tally.partial += sum(expected.get(name) != data for name, data in seen.items())
                started = len(log.read_text(encoding="utf-8").split())
                ended = sum(name.startswith("parts/") for name in seen) - before
                tally.redone = max(tally.redone, started - ended)
            else:
                tally.runs_done += 1
                shutil.rmtree(out)
    finally:
        workers.run_part = answer
    a_batch(matcher, out).run(jobs=JOBS)
    left = [path for path in out.rglob("*") if path.name.startswith(files.TEMPORARY)]
    tally.identical = visible(out) == expected and not left
    return tally


def killed(run: Callable[[], object], after: float) -> bool:
    """Run in a process group of its own, killed `after` seconds; False when it ended before."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        try:
            run()
            os._exit(0)
        except BaseException:
            os._exit(1)
    time.sleep(after)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # ended, or not yet at its `setsid`
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return os.WIFSIGNALED(status)


@pytest.fixture(autouse=True)
def open_once(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded data are opened once for all the runs."""
    monkeypatch.setattr(parts, "opened", lambda folder, digest: matcher)
    monkeypatch.setattr(batch, "opened", lambda folder, digest: matcher)


def test_ten_kills_leave_no_partial_file_and_the_same_bytes(matcher: Matcher, tmp_path: Path):
    tally = torment(matcher, tmp_path, kills=10)
    assert tally.kills == 10
    assert tally.partial == 0
    assert tally.identical
    assert tally.redone <= JOBS, "at most one part a worker"


def test_a_full_disk_has_its_exit_code_and_the_run_is_taken_up_again(
    matcher: Matcher, tmp_path: Path
):
    from matcher.commands import main

    needs = tmp_path / "besoins.csv"
    rows = [f"{insee},{text}" for insee in ONE_A_REGION.values() for text in NEEDS[:2]]
    needs.write_text("\n".join(["commune,besoin", *rows]), encoding="utf-8")

    def run(out: Path):
        arguments = ["batch", str(needs), "--out", str(out), "--jobs", "2"]
        return CliRunner().invoke(main, arguments)

    assert run(tmp_path / "large").exit_code == 0
    expected = visible(tmp_path / "large")
    disk = tmp_path / "petit"
    disk.mkdir()
    with small_disk(disk) as enlarge:
        result = run(disk)
        assert result.exit_code == DISK_FULL, result.output
        assert "Le disque est plein" in result.stderr
        assert "Traceback" not in result.stderr
        assert not list(disk.rglob(f"{files.TEMPORARY}*"))
        seen = visible(disk)
        assert all(expected[name] == data for name, data in seen.items())
        assert "manifeste.json" not in seen
        enlarge()
        assert run(disk).exit_code == 0
        assert visible(disk) == expected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    kills = parser.parse_args().kills
    matcher = Matcher.open()
    parts.opened = batch.opened = lambda folder, digest: matcher
    with tempfile.TemporaryDirectory() as folder:
        tally = torment(matcher, Path(folder), kills)
    print(
        f"{tally.kills} kills of the process group ({tally.runs_done} runs ended before theirs): "
        f"{tally.partial} partial files; identical bytes: {tally.identical}; "
        f"at most {tally.redone} parts done again after a kill, {JOBS} workers"
    )


if __name__ == "__main__":
    main()
