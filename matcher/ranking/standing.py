"""Candidates under one set of weights: the head of the policy's list, as far as they settle it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from .arrays import Floats, Rows
from .head import Branch, settled
from .policy import SCORE_STEPS
from .pool import Pool

HEADS = (24, 96, 768)
"""How many of the best are looked at for the head of the list: these, one after the other, then
all."""
FEW = 1_000
"""Candidates that are sorted at once; among more, the best are looked for."""
_SLACK = 1e-9
"""A bound holds but for the noise of sums of floats, which is far below this."""

Find = Callable[[Iterator[int]], list[int] | None]
"""Takes what it looks for from the head of a list, None where the head is too short for it."""


@dataclass(frozen=True)
class Standing:
    """All the candidates of a commune under one set of weights.

    Parameters
    ----------
    scores : ndarray of float, shape (candidates,)
    """

    pool: Pool
    scores: Floats

    @cached_property
    def keys(self) -> Rows:
        """What orders: see `keys_of`."""
        return keys_of(self.pool, self.scores)

    def best(self, count: int) -> Rows:
        """Positions of the best, in order; some more when they equal the last of them."""
        keys = self.keys
        if count < len(keys) and len(keys) > FEW:
            some = np.flatnonzero(keys <= np.partition(keys, count - 1)[count - 1])
            best: Rows = some[np.argsort(keys[some], kind="stable")]
            return best
        return self._order[:count]

    @cached_property
    def _order(self) -> Rows:
        return np.argsort(self.keys, kind="stable")

    def find(self, find: Find) -> list[int] | None:
        """Search the policy's list, rank after rank, in heads of growing length.

        None when what is looked for is not among the candidates.
        """
        for count in (*HEADS, len(self.scores)):
            found = find(self._settled(self.best(count)))
            if found is not None or count >= len(self.scores):
                return found
        return None

    def _settled(self, best: Rows) -> Iterator[int]:
        whole = len(best) == len(self.scores)
        found = listed(self.pool, self.scores, best, None if whole else self.branch)
        return (best.item(place) for place in found)

    def branch(self, network: int) -> float | None:
        """Score of the best branch of a network; None when there is none."""
        found = branches_of(self.pool, network)
        return self.scores.item(found[self.keys[found].argmin()]) if len(found) else None


def branches_of(pool: Pool, network: int) -> Rows:
    """Positions of the branches of a network, its heads aside."""
    index, rows = pool.index, pool.rows
    return np.flatnonzero((index.support.network[rows] == network) & ~index.heads[rows])


def keys_of(pool: Pool, scores: Floats) -> Rows:
    """What orders, lowest first, as `policy.place`; equal keys by row, which is by id."""
    steps: Rows = np.rint(scores * SCORE_STEPS).astype(np.int64)
    return pool.index.to_verify[pool.rows] - 2 * steps


def sure_key(above: float) -> int:
    """The highest key that nobody passes whose score is not above a number."""
    return 1 - 2 * math.ceil((above + 2 * _SLACK) * SCORE_STEPS)


def listed(pool: Pool, scores: Floats, best: Rows, branch: Branch | None) -> Iterator[int]:
    """Places, among the best of a commune, of what they settle of the policy's list."""
    index, rows = pool.index, pool.rows[best]
    sorts = zip(
        index.bodies[rows].tolist(),
        index.support.network[rows].tolist(),
        index.kind_codes[rows].tolist(),
        strict=True,
    )
    return settled(scores[best].tolist(), list(sorts), index.heads[rows].tolist(), branch)


def first(count: int, listed: Iterator[int]) -> list[int] | None:
    """Take the first `count` of a list, None when it ends before."""
    found = list(islice(listed, count))
    return found if len(found) == count else None


def ranks_of(positions: Sequence[int], listed: Iterator[int]) -> list[int] | None:
    """Ranks of positions in a list, None when it ends before they are all met."""
    ranks: dict[int, int] = {}
    wanted = set(positions)
    for rank, position in enumerate(listed, 1):
        if position in wanted:
            ranks[position] = rank
            if len(ranks) == len(wanted):
                return [ranks[p] for p in positions]
    return None
