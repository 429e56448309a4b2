"""The same batch on a cluster: the same bytes as here, even when a machine dies on the way."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from builders import NEEDS, ONE_A_REGION

from matcher import Matcher, Need
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.batch.parts import Part
from matcher.cohorts.batch.run import Batch, BatchRequest
from matcher.cohorts.batch.workers import NoCluster

distributed = pytest.importorskip("distributed")


def two_workers() -> "distributed.LocalCluster":
    """A process each."""
    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )


def a_batch(matcher: Matcher, out: Path) -> Batch:
    demands = [
        Demand(f"{insee}-{i}", Need(insee, text))
        for insee in ONE_A_REGION.values()
        for i, text in enumerate(NEEDS)
    ]
    return Batch(BatchRequest(demands, 5), out, matcher.territory, largest=3)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(matcher: Matcher, tmp_path: Path):
    a_batch(matcher, tmp_path / "ici").run()  # first: no process is forked beside Dask's threads
    victims: list[int] = []

    def kill_one(done: Iterator[Part], missing: Sequence[Part]) -> Iterator[Part]:
        for count, part in enumerate(done):
            if count == 1:
                victims.append(cluster.workers[0].pid)
                os.kill(victims[0], signal.SIGKILL)
            yield part

    with two_workers() as cluster:
        a_batch(matcher, tmp_path / "là-bas").run(
            scheduler=cluster.scheduler_address, progress=kill_one
        )
    assert len(victims) == 1
    assert files(tmp_path / "là-bas") == files(tmp_path / "ici")


def test_an_address_where_nobody_answers_is_told_in_french(
    matcher: Matcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("matcher.cohorts.batch.workers.TIMEOUT", 1)
    with pytest.raises(NoCluster, match="Aucun ordonnanceur Dask ne répond"):
        a_batch(matcher, tmp_path).run(scheduler="tcp://127.0.0.1:9")
