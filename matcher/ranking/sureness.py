"""How sure a rank is: what becomes of it when one weight changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from .arrays import Floats, Rows
from .policy import WEIGHT_CHANGE
from .standing import Standing

LIKELY = 384
"""How many of the best are looked at first."""


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
    everyone = np.arange(len(standing.scores))
    mask = np.zeros(len(everyone), dtype=bool)
    mask[standing.best(LIKELY)] = mask[positions] = True
    likely = np.flatnonzero(mask)
    behind = changes.highest_but(likely)
    ranks = [standing.find(partial(_ranks, positions))]
    for criterion, weight in enumerate(weights.tolist()):
        for more in (-WEIGHT_CHANGE * weight, WEIGHT_CHANGE * weight):
            found = changes.ranks(likely, criterion, more, positions, behind)
            ranks.append(found or changes.ranks(everyone, criterion, more, positions))
    listed = [found for found in ranks if found]
    assert len(listed) == len(ranks), "among all the candidates, every rank is found"
    return [(min(of), max(of)) for of in zip(*listed, strict=True)]


class _Changes:
    """The standings under changed weights."""

    def __init__(self, standing: Standing, weights: Floats, parts: Floats) -> None:
        self._standing, self._parts = standing, parts
        self._total = float(weights.sum())
        self._points = standing.scores * self._total

    def ranks(
        self,
        some: Rows,
        criterion: int,
        more: float,
        positions: Sequence[int],
        behind: float = 0.0,
    ) -> list[int] | None:
        """Ranks of positions under a change, among some of the candidates, `positions` included.

        Parameters
        ----------
        behind : float
            Points that none of the other candidates passes.
        """
        among = np.searchsorted(some, positions).tolist()
        return self._standing_of(some, criterion, more, behind).find(partial(_ranks, among))

    def _standing_of(self, some: Rows, criterion: int, more: float, behind: float) -> Standing:
        changed = self._scores(some, criterion, more)
        pool, scores = self._standing.pool, self._standing.scores
        if len(some) == len(scores):
            return Standing(pool, changed)

        def branches(network: int) -> Standing:
            index = pool.index
            member = (index.support.network[pool.rows] == network) & ~index.heads[pool.rows]
            found = np.flatnonzero(member)
            return Standing(pool.only(found), self._scores(found, criterion, more))

        above = (behind + max(0.0, more)) / (self._total + more)
        return Standing(pool.only(some), changed, above, branches)  # a part is in [0, 1]

    def _scores(self, some: Rows, criterion: int, more: float) -> Floats:
        changed: Floats = self._points[some] + more * self._parts[criterion, some]
        return changed / (self._total + more)

    def highest_but(self, some: Rows) -> float:
        """Points of the best of the others."""
        others = np.ones(len(self._points), dtype=bool)
        others[some] = False
        return float(self._points.max(where=others, initial=0.0))


def _ranks(positions: Sequence[int], listed: Iterator[int]) -> list[int] | None:
    """Ranks of positions in a list, None when it ends before they are all met."""
    ranks: dict[int, int] = {}
    wanted = set(positions)
    for rank, position in enumerate(listed, 1):
        if position in wanted:
            ranks[position] = rank
            if len(ranks) == len(wanted):
                return [ranks[p] for p in positions]
    return None
