"""How a list is varied: local before its head, never ten of one kind, as the policy bounds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from matcher.index.arrays import Flags, Floats, Rows

from .policy import (
    BLOCK,
    FIRST_PLACES,
    LOCAL_MARGIN,
    MOST_OF_A_BODY,
    MOST_OF_A_KIND,
    MOST_OF_A_NETWORK,
    SCORE_STEPS,
)

NOBODY = -1
"""Instead of a position, where there is none."""
Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


def local_first(order: Iterable[int], branches: Rows) -> Iterator[int]:
    """Put the head of a network behind its best local branch, if scores are close.

    Behind the `FIRST_PLACES` too: they are not spent on who would send the town back to the branch.

    Parameters
    ----------
    order : iterable of int
        Positions, best first.
    branches : ndarray of int, shape (candidates,)
        The branch that each waits for, or `NOBODY`.

    Yields
    ------
    int
        Positions: the list is read no further than whoever asks.
    """
    placed: set[int] = set()
    held: dict[int, list[int]] = {}
    late: list[int] = []
    for i in order:
        branch = branches.item(i)
        if branch in placed and len(placed) < FIRST_PLACES:
            late.append(i)
        elif branch != NOBODY and branch not in placed:
            held.setdefault(branch, []).append(i)
        else:
            yield i
            placed.add(i)
            late += held.pop(i, [])
        if len(placed) >= FIRST_PLACES:
            yield from late
            placed.update(late)
            late.clear()
    yield from late


def is_close(head: Floats, branch: Floats) -> Flags:
    """Whether the score of a national head is so near to its branch's that the branch leads."""
    close: Flags = np.rint((head - branch) * SCORE_STEPS) <= LOCAL_MARGIN * SCORE_STEPS
    return close


def varied(sorts: Iterable[Sort[Name]]) -> Iterator[list[int]]:
    """Vary each block of ten: what would be too many of one sort moves to the next block.

    Each structure, best first, takes a place in the first block that still has room for its sort.
    Nothing is lost, and where only one sort is left the order stays as it is.

    Yields
    ------
    list of int
        Positions in `sorts`, block after block, each as soon as nothing more can change it.
    """
    blocks: list[_Block[Name]] = []
    first_open = 0
    for position, sort in enumerate(sorts):
        for block in islice(blocks, first_open, None):
            if block.has_room(*sort):
                break
        else:
            block = _Block[Name]()
            blocks.append(block)
        block.add(position, *sort)
        while first_open < len(blocks) and len(blocks[first_open].members) == BLOCK:
            yield blocks[first_open].members
            first_open += 1
    for block in blocks[first_open:]:
        yield block.members


class _Block(Generic[Name]):
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self._bodies: defaultdict[Name, int] = defaultdict(int)
        self._networks: defaultdict[Name, int] = defaultdict(int)
        self._kinds: defaultdict[Name, int] = defaultdict(int)

    def has_room(self, body: Name, network: Name, kind: Name) -> bool:
        return (
            len(self.members) < BLOCK
            and self._bodies[body] < MOST_OF_A_BODY
            and (not network or self._networks[network] < MOST_OF_A_NETWORK)
            and self._kinds[kind] < MOST_OF_A_KIND
        )

    def add(self, position: int, body: Name, network: Name, kind: Name) -> None:
        self.members.append(position)
        self._bodies[body] += 1
        self._networks[network] += 1
        self._kinds[kind] += 1
