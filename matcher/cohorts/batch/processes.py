"""Processes of this machine that take one task at a time.

One that dies is seen at once, its task goes to another one, and nothing else is lost.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar, cast

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
