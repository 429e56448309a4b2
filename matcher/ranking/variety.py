"""How a list is read: in parts, local before its head, never ten of one kind; what moved whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from matcher.catalogue.terms import Term
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


class Below(Term):
    """Why a structure stands below another that has fewer points."""

    NAMED = ("nommee", "que votre texte nomme")
    REASON = ("motif", "mais celles qui ont un motif de répondre passent d’abord")
    SURE = (
        "perimetre",
        "mais elle ne couvre votre commune que par un rayon ou un périmètre approché : "
        "jamais première",
    )
    VERIFIED = (
        "verifiee",
        "mais sa fiche est à vérifier : à un demi-point près, une fiche vérifiée passe devant",
    )
    BRANCH = ("antenne", "son antenne locale, qui passe devant")
    HEAD = (
        "tete",
        f"mais une tête de réseau laisse les {FIRST_PLACES} premières places à d’autres",
    )
    BODY = ("organisme", f"mais le même organisme est déjà parmi les {BLOCK} d’avant")
    NETWORK = (
        "reseau",
        f"mais {MOST_OF_A_NETWORK} structures de son réseau sont déjà parmi les {BLOCK} d’avant",
    )
    KIND = (
        "type",
        f"mais {MOST_OF_A_KIND} structures de ce type sont déjà parmi les {BLOCK} d’avant",
    )

    def said(self, above: str) -> str:
        """Why it stands below the structure of that name, a French sentence."""
        return f"Plus de points que {above}, {self.label}."


FIRST_PART, LARGER = 512, 8
"""How many candidates are sorted at first, and how many times more in each next part: a page reads
some tens of them, of thousands."""

SHOWN_STEPS = 1000
"""Steps in which points are shown, tenths of one of a hundred: what is not seen needs no why."""
NOBODY = -1
"""Instead of a position, where there is none."""
Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


def in_parts(keys: Rows) -> Iterator[list[int]]:
    """Positions by growing key, then as they stand; a part is sorted once it is reached."""
    left, part = np.arange(len(keys)), FIRST_PART
    while len(left) > part:
        here = keys[left]
        now = here <= np.partition(here, part)[part]
        yield left[now][np.argsort(here[now], kind="stable")].tolist()
        left, part = left[~now], part * LARGER
    yield left[np.argsort(keys[left], kind="stable")].tolist()


def noting(order: Iterable[int], read: list[int]) -> Iterator[int]:
    """Positions, each noted in `read` once it is asked for."""
    for position in order:
        read.append(position)
        yield position


def ranks_in(listed: Iterable[int], positions: Sequence[int]) -> list[int]:
    """Ranks of some positions of a list, from 1."""
    found = dict.fromkeys(positions, 0)
    missing = len(found)
    for rank, position in enumerate(listed, 1):
        if position in found:
            found[position] = rank
            missing -= 1
            if not missing:
                break
    return list(found.values())


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


def crowded(sort: Sort[Name], block: Iterable[Sort[Name]]) -> Below | None:
    """Which limit of a block keeps one more of this sort out of it."""
    full = _Block[Name]()
    for position, other in enumerate(block):
        full.add(position, *other)
    return full.limit(*sort)


class _Block(Generic[Name]):
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self._bodies: defaultdict[Name, int] = defaultdict(int)
        self._networks: defaultdict[Name, int] = defaultdict(int)
        self._kinds: defaultdict[Name, int] = defaultdict(int)

    def has_room(self, body: Name, network: Name, kind: Name) -> bool:
        return len(self.members) < BLOCK and self.limit(body, network, kind) is None

    def limit(self, body: Name, network: Name, kind: Name) -> Below | None:
        if self._bodies[body] >= MOST_OF_A_BODY:
            return Below.BODY
        if network and self._networks[network] >= MOST_OF_A_NETWORK:
            return Below.NETWORK
        return Below.KIND if self._kinds[kind] >= MOST_OF_A_KIND else None

    def add(self, position: int, body: Name, network: Name, kind: Name) -> None:
        self.members.append(position)
        self._bodies[body] += 1
        self._networks[network] += 1
        self._kinds[kind] += 1
