"""Many needs shared out among processes of one machine: those of one text stay together."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from threading import Thread

from matcher.catalogue.model import Need

from .door import NeedError
from .engine import Engine
from .many import Firsts
from .question import Question


@dataclass(frozen=True)
class Work:
    """Needs to rank, and the places of those of each share."""

    read: Callable[[Need], Question]
    engine: Engine
    needs: Sequence[Need]
    top: int
    shares: Sequence[Sequence[int]]

    def done(self, share: int) -> Firsts | tuple[int, NeedError]:
        """Rank a share; or give the place of the first need that cannot be read, and why."""
        questions = []
        for place in self.shares[share]:
            try:
                questions.append(self.read(self.needs[place]))
            except NeedError as error:
                return place, error
        return Firsts.of(self.engine, questions, self.top)


_work: Work | None = None
"""In a process that was forked for a share: what it has from the one that shares out."""


def firsts_of(
    read: Callable[[Need], Question],
    engine: Engine,
    needs: Sequence[Need],
    top: int,
    processes: int,
) -> Firsts:
    """Read and rank needs; the processes share the index, where the system can fork.

    Raises
    ------
    NeedError
        At the first need that cannot be read.
    BrokenProcessPool
        When one of the processes was killed.
    """
    top = max(1, min(top, len(engine.index)))  # no list is longer, however many are asked for
    count = min(processes, len(needs)) if sys.platform == "linux" else 1
    if count <= 1:
        return Firsts.of(engine, [read(need) for need in needs], top)
    by_text = sorted(range(len(needs)), key=lambda place: str(getattr(needs[place], "text", "")))
    size = -(-len(by_text) // count)
    shares = [sorted(by_text[i : i + size]) for i in range(0, len(by_text), size)]
    engine.index.places  # noqa: B018 - made once, before it is shared
    work = Work(read, engine, needs, top, shares)
    # An executor, not a pool: the end of a process that was killed is an error, no endless wait.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(len(shares), context, _begin, (work,)) as executor:
        found = list(executor.map(_done, range(len(shares))))
    refused = [one for one in found if isinstance(one, tuple)]
    if refused:
        raise min(refused, key=lambda one: one[0])[1]
    whole = Firsts.empty(len(needs), top)
    for places, firsts in zip(shares, found, strict=True):
        assert isinstance(firsts, Firsts), "what was refused is raised above"
        whole.rows[places], whole.scores[places] = firsts.rows, firsts.scores
    return whole


def _begin(work: Work) -> None:
    global _work
    _work = work
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nobody waits any more for a share whose parent was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a share is done in a process of its own"
    wait([parent.sentinel])
    os._exit(1)


def _done(share: int) -> Firsts | tuple[int, NeedError]:
    assert _work is not None, "a process begins with its work"
    return _work.done(share)
