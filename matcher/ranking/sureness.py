"""How sure a rank is: what becomes of it when one weight changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from .arrays import Flags, Floats, Rows
from .policy import BLOCK, WEIGHT_CHANGE
from .pool import Pool
from .standing import Standing, branches_of, ranks_of
from .standings import Standings

LIKELY = 128
"""How many of the best are looked at first, under all the changes at once."""
BLOCKS = 2
"""Blocks of the list in which the ranks are first sought."""


def intervals(
    standing: Standing, weights: Floats, parts: Floats, positions: Sequence[int]
) -> list[tuple[int, int]]:
    """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down.

    The whole policy is applied again for each change, so that the interval holds for the list that
    people see. A changed weight moves a score by a known amount at most: those who are far behind
    are left out, unless one of them might come in.

    Parameters
    ----------
    standing : Standing
        All the candidates, under the weights as they are.
    weights, parts
        As in `Ranking`.
    positions : sequence of int
        The candidates whose ranks are asked, best first.
    """
    if not positions:
        return []
    changes = _Changes(standing, weights, parts)
    likely = np.zeros(len(standing.scores), dtype=bool)
    likely[standing.best(LIKELY)] = likely[positions] = True
    known, ranks = changes.ranks(np.flatnonzero(likely), ~likely, positions)
    unknown = sorted({*range(len(changes))}.difference(known.tolist()))
    found = np.array([*ranks, *(changes.ranks_among_all(i, positions) for i in unknown)])
    return list(zip(found.min(axis=0).tolist(), found.max(axis=0).tolist(), strict=True))


class _Changes:
    """The standings under changed weights: none, then each down and up."""

    def __init__(self, standing: Standing, weights: Floats, parts: Floats) -> None:
        self._standing, self._parts = standing, parts
        total = float(weights.sum())
        self._points = standing.scores * total
        self._criteria = np.append(0, np.repeat(np.arange(len(weights)), 2))
        down_up = np.outer(weights, (-WEIGHT_CHANGE, WEIGHT_CHANGE))
        self._more = np.append(0.0, down_up.ravel())
        self._totals = total + self._more

    def __len__(self) -> int:
        """How many."""
        return len(self._more)

    def ranks(self, some: Rows, others: Flags, positions: Sequence[int]) -> tuple[Rows, Rows]:
        """The changes under which some of the candidates tell the ranks, and these ranks.

        Parameters
        ----------
        some : ndarray of int
            `positions` included, ascending.
        others : ndarray of bool, shape (candidates,)
            The rest: whether they can pass is known from the best of them.
        """
        count, pool = len(self._more), self._standing.pool
        behind = float(self._points.max(where=others, initial=0.0))
        scores = self._points[some] + self._more[:, None] * self._parts[self._criteria][:, some]
        scores /= self._totals[:, None]
        above = (behind + np.maximum(0.0, self._more)) / self._totals  # a part is in [0, 1]
        repeated = Pool(
            pool.index,
            np.tile(pool.rows[some], count),
            np.tile(pool.levels[some], count),
            pool.points,
            pool.overseas,
            np.repeat(np.arange(count), len(some)),
        )
        standings = Standings(repeated, scores.ravel(), above, self._branch)
        among = np.searchsorted(some, positions) + len(some) * np.arange(count)[:, None]
        return standings.ranks(among, BLOCKS * BLOCK)

    def ranks_among_all(self, change: int, positions: Sequence[int]) -> list[int]:
        """Ranks of positions under one change."""
        everyone = np.arange(len(self._points))
        standing = Standing(self._standing.pool, self._scores(everyone, change))
        found = standing.find(partial(ranks_of, positions))
        assert found is not None, "among all the candidates, every rank is found"
        return found

    def _branch(self, change: int, network: int) -> float | None:
        pool = self._standing.pool
        found = branches_of(pool, network)
        return Standing(pool.only(found), self._scores(found, change)).branch(network)

    def _scores(self, some: Rows, change: int) -> Floats:
        changed = (
            self._points[some] + self._more[change] * self._parts[self._criteria[change], some]
        )
        scores: Floats = changed / self._totals[change]
        return scores
