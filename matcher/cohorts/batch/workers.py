"""Workers: processes that take one part at a time, of this machine or of several (Dask).

A worker that dies is seen at once, its part goes to another one, and nothing else is lost. The
same parts give the same bytes on one machine and on several; with several, only this one writes.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from matcher.catalogue import files

from .parts import Part, run_part

TRIES = 3
"""Times that a part is given to a worker: past it, it is the part that kills them."""

CONTEXT: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
"""Forked workers share the memory of the matcher; spawned ones open their own."""


class WorkersLost(RuntimeError):
    """Workers keep dying on one part; the message is French."""


@dataclass
class Worker:
    """A process, the line to it, and the part it is at."""

    process: BaseProcess
    line: Connection
    part: Part | None = None

    @classmethod
    def start(cls, folder: Path) -> Worker:
        """Start a process that waits for parts."""
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=_work, args=(theirs, ours, folder), daemon=True)
        process.start()
        theirs.close()  # the worker alone holds its end: when it dies, the line tells
        return cls(process, ours)

    def give(self, part: Part) -> None:
        """Hand over a part; a worker that is already dead is told by `wait`, as any other."""
        self.part = part
        with suppress(OSError):
            self.line.send(part)


def run_here(parts: Sequence[Part], folder: Path, jobs: int) -> Iterator[Part]:
    """Answer parts with `jobs` processes; each part is given back once its file is on the disk.

    Parameters
    ----------
    folder : Path
        Where the files go: `<key>.jsonl`.

    Raises
    ------
    WorkersLost
        When a part killed `TRIES` workers.
    OSError, WrongVersions, DataError
        What stopped a worker.
    """
    waiting, tries = deque(parts), Counter[str]()
    crew = [Worker.start(folder) for _ in range(min(jobs, len(parts)))]
    try:
        while waiting or any(worker.part for worker in crew):
            for worker in crew:
                if worker.part is None and waiting:
                    worker.give(waiting.popleft())
            busy = {worker.line: worker for worker in crew if worker.part}
            for line in wait(list(busy)):
                worker = busy[cast(Connection, line)]
                part = cast(Part, worker.part)
                try:
                    error = worker.line.recv()
                except (EOFError, OSError):  # it died at this part
                    tries[part.key] += 1
                    if tries[part.key] == TRIES:
                        raise WorkersLost(
                            f"La partie {part.key} a arrêté {TRIES} processus de calcul (mémoire "
                            "insuffisante ?). Ce qui est fait est gardé : relancez la même "
                            "commande, avec moins de processus (--jobs), pour reprendre."
                        ) from None
                    waiting.appendleft(part)
                    worker.line.close()
                    worker.process.join()
                    crew[crew.index(worker)] = Worker.start(folder)
                    continue
                if error is not None:
                    raise error
                worker.part = None
                yield part
    finally:
        _dismiss(crew)


def _dismiss(crew: Sequence[Worker]) -> None:
    """Close the lines: each worker ends the part it is at, finds nobody, and stops."""
    for worker in crew:
        worker.line.close()
    for worker in crew:
        worker.process.join()


def _work(line: Connection, ours: Connection, folder: Path) -> None:
    """Take parts until nobody gives any more. Only the parent listens to Ctrl-C and to `kill`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ours.close()  # else the worker would hold its own line open, and never see the parent go
    while True:
        try:
            part = line.recv()
        except (EOFError, OSError):
            return
        error: BaseException | None = None
        try:
            files.write(folder / f"{part.key}.jsonl", (run_part(part),))
        except Exception as caught:
            error = caught
        with suppress(OSError):
            line.send(error)


AHEAD = 2
"""Parts under way per thread of the cluster: one at work, one ready, and no heap of answers."""
TIMEOUT = 10
"""Seconds to reach the scheduler."""


class NoCluster(RuntimeError):
    """The cluster cannot be used; the message is French."""


def run_there(parts: Sequence[Part], folder: Path, address: str) -> Iterator[Part]:
    """Answer parts on a cluster; each is given back once its file is on the disk here.

    Parameters
    ----------
    folder : Path
        Where the files go: `<key>.jsonl`.
    address : str
        Of the Dask scheduler: `tcp://10.0.0.1:8786`. Its machines have the same code and data.

    Raises
    ------
    NoCluster
        When the extra is not installed or nobody answers at this address.
    WorkersLost
        When a part killed as many workers as the scheduler allows.
    OSError, WrongVersions, DataError
        What stopped a worker, or the writing here.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise NoCluster(
            "Le calcul sur plusieurs machines demande le module « distributed » : "
            "pip install maillage[cluster]."
        ) from None
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise NoCluster(f"Aucun ordonnanceur Dask ne répond à « {address} ».") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError:
            raise NoCluster(f"L’ordonnanceur « {address} » n’a aucune machine de calcul.") from None
        threads = sum(client.nthreads().values())
        waiting = iter(parts)
        asked = {}

        def ask() -> None:
            """Send the next part, if there is one."""
            for part in waiting:
                future = client.submit(run_part, part, key=f"{part.key}-{part.fingerprint}")
                asked[future.key] = part
                under_way.add(future)
                return

        under_way = as_completed(loop=client.loop)
        for _ in range(AHEAD * threads):
            ask()
        for future in under_way:
            part = asked.pop(future.key)
            try:
                data = future.result()
            except KilledWorker:
                raise WorkersLost(
                    f"La partie {part.key} a arrêté plusieurs machines de calcul. Ce qui est fait "
                    "est gardé : relancez la même commande pour reprendre."
                ) from None
            files.write(folder / f"{part.key}.jsonl", (data,))
            future.release()
            ask()
            yield part
