"""The order of the list: best first, local before its head, varied; and how sure each rank is.

Whom the text calls for by name comes first; last, who works on no theme of the need, nor subject,
has no trade that its situation calls for and has done nothing alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from matcher.index.arrays import Flags, Floats, Rows
from matcher.index.coverage import BY_RADIUS, Pool

from .policy import (
    BLOCK,
    LIKE_FIT,
    LOCAL_MARGIN,
    MOST_OF_A_BODY,
    MOST_OF_A_KIND,
    MOST_OF_A_NETWORK,
    SCORE_STEPS,
    WEIGHT_CHANGE,
)

FIRST_PART, LARGER = 512, 8
"""How many candidates are sorted at first, and how many times more in each next part: a page reads
some tens of them, of thousands."""

Tiers = npt.NDArray[np.int8]
"""By candidate, the tier that its reasons give: see `engine.tiers`."""
Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


NOBODY = -1
"""Instead of a position, where there is none."""
ASKED_FOR, WITH_REASON, WITHOUT_REASON = 1, 0, -1
"""Tiers of the list, from the first to the last."""


class Order:
    """How the candidates of a need are listed, whatever their scores.

    Parameters
    ----------
    pool : Pool
        The candidates; a position is a place in `pool.rows`.
    tiers : Tiers
        See `engine.tiers`.
    """

    def __init__(self, pool: Pool, tiers: Tiers) -> None:
        index = pool.index
        self._index, self._rows, self._tiers = index, pool.rows, tiers
        self._to_verify = index.to_verify[pool.rows].astype(np.int64)
        self._sure: Flags = pool.levels != BY_RADIUS
        self._networks = index.support.network[pool.rows]
        # Who is asked for by name stays first, be it a head.
        heads = index.heads[pool.rows] & (tiers != ASKED_FOR)
        listed = np.flatnonzero(heads & (self._networks != 0))
        local = np.flatnonzero(~heads & np.isin(self._networks, self._networks[listed]))
        self._branches = local[np.argsort(self._networks[local], kind="stable")]
        names, self._starts = np.unique(self._networks[self._branches], return_index=True)
        self._heads = listed[np.isin(self._networks[listed], names)]
        self._of_heads = np.searchsorted(names, self._networks[self._heads])

    def with_tiers(self, tiers: Tiers) -> Order:
        """The same candidates in another situation: who is asked for by name does not change."""
        other = copy(self)
        other._tiers = tiers
        return other

    def by_score(self, scores: Floats) -> Iterator[int]:
        """Positions, best first in each tier; equal scores: verified first, then by id.

        Never first is who reaches the place by a radius only, when somebody else of the same tier
        surely covers it; nor a row to verify, when a verified one of that tier is within
        `LIKE_FIT`.
        """
        keys = self._keys(scores)
        return _in_order(keys, self._leaders(keys, scores))

    def listed(self, scores: Floats) -> Iterator[int]:
        """Positions as the policy lists them, one rank after the other."""
        keys, near = self._keys(scores), list[int]()
        leaders, branches = self._leaders(keys, scores), self._best_branches(keys)
        if leaders and self._to_verify[branches[leaders[0]]] > self._to_verify[leaders[0]]:
            branches[leaders[0]] = NOBODY  # the first place is not given up to a row to verify

        def sorts() -> Iterator[Sort[int]]:
            for i in local_first(_in_order(keys, leaders), scores, branches):
                near.append(i)
                row = self._rows[i]
                bodies, kinds = self._index.bodies, self._index.kind_codes
                yield int(bodies[row]), int(self._networks[i]), int(kinds[row])

        for block in varied(sorts()):
            yield from (near[i] for i in block)

    def ranks(self, scores: Floats, positions: Sequence[int]) -> list[int]:
        """Ranks of some positions, from 1; the list is read no further than the last of them."""
        found = dict.fromkeys(positions, 0)
        missing = len(found)
        for rank, position in enumerate(self.listed(scores), 1):
            if position in found:
                found[position] = rank
                missing -= 1
                if not missing:
                    break
        return list(found.values())

    def intervals(
        self, scores: Floats, weights: Floats, parts: Floats, positions: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down."""
        if not positions:
            return []
        total = weights.sum()
        found = [self.ranks(scores, positions)]
        for weight, part in zip(weights, parts, strict=True):
            for more in (-WEIGHT_CHANGE * weight, WEIGHT_CHANGE * weight):
                changed = (scores * total + more * part) / (total + more)
                found.append(self.ranks(changed, positions))
        table = np.array(found)
        return list(zip(table.min(axis=0).tolist(), table.max(axis=0).tolist(), strict=True))

    def _keys(self, scores: Floats) -> Rows:
        """What puts the positions in order, the smallest first, shape (candidates,)."""
        steps = np.rint(scores * SCORE_STEPS).astype(np.int64)
        keys: Rows = self._to_verify - 2 * (steps + 2 * SCORE_STEPS * self._tiers.astype(int))
        return keys

    def _leaders(self, keys: Rows, scores: Floats) -> list[int]:
        """Who comes first whatever the others' keys, best first; nobody when there is nobody."""
        if not len(keys):
            return []
        leaders = [int(keys.argmin())]
        tier = self._tiers == self._tiers[leaders[0]]
        if self._tiers[leaders[0]] == ASKED_FOR:
            return leaders
        if not self._sure[leaders[0]]:
            leaders[:0] = _smallest(keys, tier & self._sure)
        if self._to_verify[leaders[0]]:
            lead = np.rint((scores[leaders[0]] - scores) * SCORE_STEPS)
            alike = tier & (self._to_verify == 0) & (lead <= LIKE_FIT * SCORE_STEPS)
            leaders[:0] = _smallest(keys, alike & (self._sure | ~self._sure[leaders[0]]))
        return leaders

    def _best_branches(self, keys: Rows) -> Rows:
        """Position of the best local branch of each head, else `NOBODY`, shape (candidates,)."""
        found: Rows = np.full(len(keys), NOBODY)
        if len(self._branches):
            ordered = keys[self._branches] * len(keys) + self._branches
            best = np.minimum.reduceat(ordered, self._starts) % len(keys)
            found[self._heads] = best[self._of_heads]
        return found


def _in_order(keys: Rows, leaders: Sequence[int]) -> Iterator[int]:
    """The leaders, then the others by growing key."""
    yield from leaders
    yield from (position for position in in_parts(keys) if position not in leaders)


def _smallest(keys: Rows, among: Flags) -> list[int]:
    """The position of the smallest key of some, the first of equals; nobody where they are none."""
    positions = np.flatnonzero(among)
    return [int(positions[keys[positions].argmin()])] if len(positions) else []


def in_parts(keys: Rows) -> Iterator[int]:
    """Positions by growing key, then as they stand; a part is sorted once it is reached."""
    left, part = np.arange(len(keys)), FIRST_PART
    while len(left):
        here = keys[left]
        now = (
            here <= np.partition(here, part)[part] if len(left) > part else np.full(len(left), True)
        )
        yield from left[now][np.argsort(here[now], kind="stable")].tolist()
        left, part = left[~now], part * LARGER


def local_first(order: Iterable[int], scores: Floats, branches: Rows) -> Iterator[int]:
    """Put the national head of a network right behind its best local branch, if scores are close.

    Parameters
    ----------
    order : iterable of int
        Positions in `scores`, best first.
    branches : ndarray of int, shape (candidates,)
        See `Order._best_branches`.

    Yields
    ------
    int
        Positions: the list is read no further than whoever asks.
    """
    placed: set[int] = set()
    held: dict[int, list[int]] = {}
    for i in order:
        branch = branches.item(i)
        if branch != NOBODY and branch not in placed and is_close(scores[i], scores[branch]):
            held.setdefault(branch, []).append(i)
            continue
        yield i
        yield from held.pop(i, [])
        placed.add(i)


def is_close(head: float, branch: float) -> bool:
    """Whether the score of a national head is so near to its branch's that the branch leads."""
    return round((head - branch) * SCORE_STEPS) <= LOCAL_MARGIN * SCORE_STEPS


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
