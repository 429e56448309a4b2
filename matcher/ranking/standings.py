"""Candidates of many communes on one question: the first of each list, as far as it is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from .arrays import Flags, Floats, Rows
from .policy import BLOCK, MOST_OF_A_BODY, MOST_OF_A_KIND, MOST_OF_A_NETWORK
from .pool import Pool
from .standing import HEADS, Find, first, keys_of, listed, ranks_of, sure_key
from .support import ALONE

SPAN = 2**33
"""More than the keys of a commune take: a commune and a key make one number."""

Branch = Callable[[int, int], float | None]
"""From a commune and a network to the score of its best branch there; None when it has none."""


@dataclass(frozen=True)
class Standings:
    """Some candidates of each of many communes.

    Parameters
    ----------
    scores : ndarray of float, shape (candidates,)
    above : ndarray of float, shape (communes,)
        No other candidate has a higher score; -1 when all are here.
    """

    pool: Pool
    scores: Floats
    above: Floats
    branch: Branch

    def first(self, top: int) -> tuple[Rows, Rows]:
        """The communes whose list is settled, and positions of its first `top`."""
        enough, best, settled = self._best(top)
        for i in np.flatnonzero(~settled).tolist():
            found = self._find(enough.item(i), partial(first, top))
            if found:
                best[i], settled[i] = found, True
        return enough[settled], best[settled]

    def ranks(self, positions: Rows, likely: int) -> tuple[Rows, Rows]:
        """The communes where the ranks of positions are settled, and these ranks.

        Parameters
        ----------
        positions : ndarray of int, shape (communes, sought)
        likely : int
            Ranks up to which they may be found at once.
        """
        found, known = np.zeros(positions.shape, int), np.zeros(len(positions), bool)
        enough, best, plain = self._best(likely)
        here = best[plain, :, None] == positions[enough[plain], None, :]
        found[enough[plain]] = here.argmax(axis=1) + 1
        known[enough[plain]] = here.any(axis=1).all(axis=1)
        for turn in np.flatnonzero(~known).tolist():
            ranks = self._find(turn, partial(ranks_of, positions[turn].tolist()))
            if ranks:
                found[turn], known[turn] = ranks, True
        settled = np.flatnonzero(known)
        return settled, found[settled]

    @cached_property
    def _order(self) -> tuple[Rows, Rows, Rows]:
        """Positions in order, commune after commune; where each begins, and what is sure ends."""
        assert self.pool.turns is not None, "each candidate is before one of the communes"
        keys = self.pool.turns * SPAN + keys_of(self.pool, self.scores)
        order = np.argsort(keys, kind="stable")
        communes = np.arange(len(self.above)) * SPAN
        starts = np.searchsorted(keys, communes - SPAN // 2, sorter=order)
        sure = communes + np.array([sure_key(above) for above in self.above.tolist()])
        return order, starts, np.searchsorted(keys, sure, side="right", sorter=order)

    def _best(self, top: int) -> tuple[Rows, Rows, Flags]:
        """The communes with enough that is sure, their best, and whether these are the list."""
        order, starts, ends = self._order
        enough = np.flatnonzero(ends - starts >= top)
        best = order[starts[enough, None] + np.arange(top)]
        return enough, best, self._plain(best)

    def _find(self, turn: int, find: Find) -> list[int] | None:
        """Search the list of a commune; None when the candidates here do not settle it."""
        order, starts, ends = self._order
        start, end = starts.item(turn), ends.item(turn)
        for count in HEADS:
            some = order[start : min(start + count, end)]
            places = listed(self.pool, self.scores, some, partial(self.branch, turn))
            found = find(some.item(place) for place in places)
            if found or count >= end - start:
                return found
        return None

    def _plain(self, best: Rows) -> Flags:
        """Whether the policy leaves the best, shape (communes, top), as they are: see `varied`."""
        count, top = best.shape
        if top > BLOCK and top % BLOCK:
            return np.zeros(count, dtype=bool)
        index, rows = self.pool.index, self.pool.rows[best].reshape(-1, min(top, BLOCK))
        networks = index.support.network[rows]
        free = np.where(networks == ALONE, -1 - np.arange(rows.shape[1]), networks)
        plain = ~index.heads[rows].any(axis=1)
        plain &= ~_more(index.bodies[rows], MOST_OF_A_BODY)
        plain &= ~_more(free, MOST_OF_A_NETWORK)
        plain &= ~_more(index.kind_codes[rows], MOST_OF_A_KIND)
        return np.asarray(plain.reshape(count, max(1, top // BLOCK)).all(axis=1), bool)


def _more(values: Rows, most: int) -> Flags:
    """Whether a row of values has one more often than `most`."""
    ordered = np.sort(values, axis=1)
    found: Flags = (ordered[:, most:] == ordered[:, :-most]).any(axis=1)
    return found
