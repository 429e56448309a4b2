"""Candidates of many communes on one question: the first of each list, as far as it is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from .arrays import Flags, Floats, Rows
from .policy import BLOCK, MOST_OF_A_BODY, MOST_OF_A_KIND, MOST_OF_A_NETWORK
from .pool import Pool
from .standing import HEADS, keys_of, listed, sure_key
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
        assert self.pool.turns is not None, "each candidate is before one of the communes"
        keys = self.pool.turns * SPAN + keys_of(self.pool, self.scores)
        order = np.argsort(keys, kind="stable")
        communes = np.arange(len(self.above)) * SPAN
        starts = np.searchsorted(keys, communes - SPAN // 2, sorter=order)
        sure = communes + np.array([sure_key(above) for above in self.above.tolist()])
        ends = np.searchsorted(keys, sure, side="right", sorter=order)
        enough = np.flatnonzero(ends - starts >= top)
        best = order[starts[enough, None] + np.arange(top)]
        settled = self._plain(best)
        for i in np.flatnonzero(~settled).tolist():
            start, end = starts.item(enough[i]), ends.item(enough[i])
            branch = partial(self.branch, enough.item(i))
            for count in (HEADS[0], HEADS[-1]):
                some = order[start : min(start + count, end)]
                found = list(islice(listed(self.pool, self.scores, some, branch), top))
                if len(found) == top:
                    best[i], settled[i] = some[found], True
                    break
        return enough[settled], best[settled]

    def _plain(self, best: Rows) -> Flags:
        """Whether the policy leaves the best, shape (communes, top), as they are: see `settled`."""
        index, rows = self.pool.index, self.pool.rows[best]
        if best.shape[1] > BLOCK:
            return np.zeros(len(best), dtype=bool)
        networks = index.support.network[rows]
        free = np.where(networks == ALONE, -1 - np.arange(best.shape[1]), networks)
        too_many = _more(index.bodies[rows], MOST_OF_A_BODY)
        too_many |= _more(free, MOST_OF_A_NETWORK) | _more(index.kind_codes[rows], MOST_OF_A_KIND)
        plain: Flags = ~(too_many | index.heads[rows].any(axis=1))
        return plain


def _more(values: Rows, most: int) -> Flags:
    """Whether a row of values has one more often than `most`."""
    ordered = np.sort(values, axis=1)
    found: Flags = (ordered[:, most:] == ordered[:, :-most]).any(axis=1)
    return found
