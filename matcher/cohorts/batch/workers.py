"""Workers: processes that take one part at a time, of this machine or of several (Dask).

The same parts give the same bytes on one machine and on several; with several, only this one
writes. A process of this machine that dies is seen at once, its task goes to another one, and
nothing else is lost.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from matcher.catalogue import files

from .parts import Part, run_part

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
"""Times that a task is given to a process: past it, it is the task that kills them."""


class Killed(RuntimeError):
    """A task killed `TRIES` processes.

    Parameters
    ----------
    task : object
        The one that did.
    """

    def __init__(self, task: Any) -> None:
        super().__init__()
        self.task = task


class _Died(Exception):
    """A process died at its task."""


@dataclass
class _Worker(Generic[T]):
    """A process, the line to it, the tasks that it still takes, and the one that it is at."""

    process: BaseProcess
    line: Connection
    left: int
    task: tuple[int, T] | None = None

    @classmethod
    def start(cls, work: Callable[[T], Any], lasts: int, apart: bool) -> _Worker[T]:
        """Start a process that waits for tasks."""
        fork = sys.platform == "linux" and not apart
        context: Any = multiprocessing.get_context("fork" if fork else "spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(work, theirs, ours, lasts), daemon=True)
        process.start()
        theirs.close()  # the worker alone holds its end: when it dies, the line tells
        return cls(process, ours, lasts)

    def give(self, task: tuple[int, T]) -> None:
        """Hand over a task; a worker that is already dead is told by `wait`, as any other."""
        self.task = task
        with suppress(OSError):
            self.line.send(task[1])

    def result(self) -> Any:
        """What it made of its task; `_Died` when it died at it."""
        try:
            result, error = self.line.recv()
        except (EOFError, OSError):
            raise _Died from None
        if error is not None:
            raise error
        return result

    def stop(self) -> None:
        """Put away a process that ended."""
        self.line.close()
        self.process.join()


def spread(
    work: Callable[[T], R],
    tasks: Iterable[T],
    jobs: int,
    *,
    apart: bool = False,
    lasts: int = -1,
) -> Iterator[tuple[T, R]]:
    """Do tasks with `jobs` processes: each with its result, as they end.

    Parameters
    ----------
    work : callable
        What a process does with a task.
    apart : bool
        Whether processes are started anew; by default they share the memory of this one (forked,
        where the system can), which takes no other thread here.
    lasts : int
        Tasks after which a process is replaced, -1 for never.

    Raises
    ------
    Killed
        When a task killed `TRIES` processes.
    Exception
        What a task raised.
    """
    numbered, again = enumerate(tasks), deque[tuple[int, T]]()
    tries, crew = Counter[int](), list[_Worker[T]]()

    def hand_out() -> dict[Connection, _Worker[T]]:
        """Give tasks to those who have none; those who are at work, by their lines."""
        idle = [worker for worker in crew if worker.task is None]
        while len(crew) - len(idle) < jobs:
            task = again.popleft() if again else next(numbered, None)
            if task is None:
                break
            if not idle:
                crew.append(worker := _Worker[T].start(work, lasts, apart))
                idle.append(worker)
            idle.pop().give(task)
        return {worker.line: worker for worker in crew if worker.task is not None}

    try:
        while busy := hand_out():
            for line in wait(list(busy)):
                worker = busy[cast(Connection, line)]
                number, done = task = cast(tuple[int, T], worker.task)
                try:
                    result = worker.result()
                except _Died:
                    crew.remove(worker)
                    worker.stop()
                    tries[number] += 1
                    if tries[number] == TRIES:
                        raise Killed(done) from None
                    again.append(task)
                    continue
                worker.task, worker.left = None, worker.left - 1
                if worker.left == 0:
                    crew.remove(worker)
                    worker.stop()
                yield done, result
    finally:
        _dismiss(crew)


def _dismiss(crew: Sequence[_Worker[T]]) -> None:
    """Close the lines: each worker ends the task it is at, finds nobody, and stops."""
    for worker in crew:
        worker.line.close()
    for worker in crew:
        worker.process.join()


def _serve(work: Callable[[T], R], line: Connection, ours: Connection, lasts: int) -> None:
    """Take tasks until nobody gives any more. Only the parent listens to Ctrl-C and to `kill`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ours.close()  # else the worker would hold its own line open, and never see the parent go
    while lasts:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        result: R | None = None
        error: BaseException | None = None
        try:
            result = work(task)
        except Exception as caught:
            error = caught
        with suppress(OSError):
            line.send((result, error))
        lasts -= 1


class WorkersLost(RuntimeError):
    """Workers keep dying on one part, or on one document; the message is French."""


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
    try:
        for part, _ in spread(partial(_answer, folder), parts, jobs):
            yield part
    except Killed as error:
        raise WorkersLost(
            f"La partie {error.task.key} a arrêté {TRIES} processus de calcul (mémoire "
            "insuffisante ?). Ce qui est fait est gardé : relancez la même commande, avec moins "
            "de processus (--jobs), pour reprendre."
        ) from None


def _answer(folder: Path, part: Part) -> None:
    """Answer a part, and write its file."""
    files.write(folder / f"{part.key}.jsonl", (run_part(part),))


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
