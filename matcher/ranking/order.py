"""The order of the list: best first, local before its head, varied; and how sure each rank is.

Whom the text calls for by name comes first; last, who works on no theme of the need, nor subject,
and has no trade that its situation or a legal form calls for; of a vague need, who is no generalist
of the territory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from matcher.index.arrays import ALONE, Flags, Floats, Rows
from matcher.index.coverage import BY_RADIUS, Pool

from .policy import BLOCK, LIKE_FIT, SCORE_STEPS, WEIGHT_CHANGE
from .variety import (
    NOBODY,
    SHOWN_STEPS,
    Below,
    Sort,
    crowded,
    in_parts,
    is_close,
    local_first,
    noting,
    ranks_in,
    varied,
)

Tiers = npt.NDArray[np.int8]
"""By candidate, the tier that its reasons give: see `engine.tiers`."""


ASKED_FOR, WITH_REASON, WITHOUT_REASON = 1, 0, -1
"""Tiers of the list, from the first to the last."""


class Order:
    """How the candidates of a need are listed, whatever their scores.

    Parameters
    ----------
    pool : Pool
        The candidates; a position is a place in `pool.rows`.
    tiers : Tiers, shape (candidates,)
        See `engine.tiers`.
    """

    def __init__(self, pool: Pool, tiers: Tiers) -> None:
        index = pool.index
        self._index, self._rows, self._tiers = index, pool.rows, tiers
        self._to_verify = index.to_verify[pool.rows].astype(np.int64)
        self._sure: Flags = (pool.levels != BY_RADIUS) & ~index.approximate[pool.rows]
        self._networks = index.support.network[pool.rows]
        # Who is asked for by name stays first, be it a head.
        heads = index.heads[pool.rows] & (tiers != ASKED_FOR)
        listed = np.flatnonzero(heads & (self._networks != ALONE))
        local = np.flatnonzero(~heads & _among(self._networks, self._networks[listed]))
        self._branches = local[np.argsort(self._networks[local], kind="stable")]
        networks = self._networks[self._branches]
        self._starts = np.flatnonzero(np.diff(networks, prepend=ALONE))
        self._heads = listed[_among(self._networks[listed], networks)]
        self._of_heads = np.searchsorted(networks[self._starts], self._networks[self._heads])
        self._sorts: dict[int, Sort[int]] = {}

    def with_tiers(self, tiers: Tiers) -> Order:
        """The same candidates in other situations: who is asked for by name does not change.

        Parameters
        ----------
        tiers : Tiers, shape (lists, candidates)
        """
        other = copy(self)
        other._tiers = tiers
        return other

    def by_score(self, scores: Floats) -> Iterator[int]:
        """Positions, best first in each tier; equal scores: verified first, then by id.

        Never first is who reaches the place by a radius only, or a park by a whole département,
        when somebody else of the same tier surely covers it; nor a row to verify, when a verified
        one of that tier is within `LIKE_FIT`.
        """
        ((keys, _),) = self._plans(scores[np.newaxis])
        return chain.from_iterable(in_parts(keys))

    def listed(self, scores: Floats) -> Iterator[int]:
        """Positions as the policy lists them, one rank after the other."""
        ((keys, branches),) = self._plans(scores[np.newaxis])
        return self.read(keys, branches)

    def listings(self, scores: Floats) -> list[Listing]:
        """The lists of several rows of scores, shape (lists, candidates), each to be read twice."""
        tiers = np.broadcast_to(self._tiers, scores.shape)
        plans = zip(self._plans(scores), tiers, strict=True)
        return [Listing(self, keys, branches, row) for (keys, branches), row in plans]

    def read(self, keys: Rows, branches: Rows, near: list[int] | None = None) -> Iterator[int]:
        """Positions of one list, from what `_plans` says of it; `near`: told them less varied."""
        order = chain.from_iterable(in_parts(keys))
        return self._listed(order, branches, [] if near is None else near)

    def intervals(
        self, scores: Floats, weights: Floats, parts: Floats, positions: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down."""
        if not positions:
            return []
        total = weights.sum()
        more = np.outer(weights, (-WEIGHT_CHANGE, WEIGHT_CHANGE)).reshape(-1, 1)
        changed = (scores * total + more * parts.repeat(2, axis=0)) / (total + more)
        table = np.array(self._ranks(np.vstack([scores, changed]), positions))
        return list(zip(table.min(axis=0).tolist(), table.max(axis=0).tolist(), strict=True))

    def _ranks(self, scores: Floats, positions: Sequence[int]) -> list[list[int]]:
        """Ranks of some positions, from 1, in several lists; those that begin alike are read once.

        A list is read no further than the last of the positions.
        """
        found: list[list[int]] = []
        known: list[tuple[list[int], list[int], list[int]]] = []
        for keys, branches in self._plans(scores):
            parts = in_parts(keys)
            first = next(parts)
            alike = (
                ranks
                for read, held, ranks in known
                if first[: len(read)] == read and branches[read].tolist() == held
            )
            ranks = next(alike, None)
            if ranks is None:
                read = list[int]()
                order = noting(chain(first, chain.from_iterable(parts)), read)
                ranks = ranks_in(self._listed(order, branches, []), positions)
                known.append((read, branches[read].tolist(), ranks))
            found.append(ranks)
        return found

    def _listed(self, order: Iterable[int], branches: Rows, near: list[int]) -> Iterator[int]:
        def sorts() -> Iterator[Sort[int]]:
            for i in local_first(order, branches):
                near.append(i)
                yield self._sort(i)

        for block in varied(sorts()):
            yield from (near[i] for i in block)

    def rule(self, at: int, first: Sequence[int], near: list[int], of: Listing) -> Below | None:
        """Why the one at an index has more points and is below; `near`: before it is varied."""
        above, one = first[at - 1], first[at]
        if of.tiers[above] > of.tiers[one]:
            return Below.NAMED if of.tiers[above] == ASKED_FOR else Below.REASON
        if near.index(one) < near.index(above):
            return crowded(self._sort(one), map(self._sort, first[at - BLOCK : at]))
        if of.branches[one] != NOBODY and of.keys[one] < of.keys[above]:
            return Below.BRANCH if of.branches[one] == above else Below.HEAD
        if self._sure[above] and not self._sure[one]:
            return Below.SURE
        return Below.VERIFIED if self._to_verify[one] > self._to_verify[above] else None

    def _sort(self, position: int) -> Sort[int]:
        """What variety looks at of a candidate."""
        if position not in self._sorts:
            row, index = self._rows.item(position), self._index
            network = self._networks.item(position)
            self._sorts[position] = index.bodies.item(row), network, index.kind_codes.item(row)
        return self._sorts[position]

    def _plans(self, scores: Floats) -> Iterable[tuple[Rows, Rows]]:
        """By list, what puts the positions in order and the branch that each head waits for.

        Parameters
        ----------
        scores : ndarray of float, shape (lists, candidates)

        Returns
        -------
        iterable of (Rows, Rows)
            Keys, the smallest first, and positions or `NOBODY`; shape (candidates,) each.
        """
        keys, each = self._keys(scores), np.arange(len(scores))
        branches = self._close_branches(keys, scores)
        if keys.size:
            least, leaders = keys.min(), self._leaders(keys, scores)
            for before, leader in enumerate(leaders, 1):
                keys[each, leader] = least - before
            # The first place is not given up to a row to verify.
            branch = branches[each, leader]
            kept = each[self._to_verify[branch] > self._to_verify[leader]]
            branches[kept, leader[kept]] = NOBODY
        return zip(keys, branches, strict=True)

    def _keys(self, scores: Floats) -> Rows:
        steps = np.rint(scores * SCORE_STEPS).astype(np.int64)
        keys: Rows = self._to_verify - 2 * (steps + 2 * SCORE_STEPS * self._tiers.astype(int))
        return keys

    def _leaders(self, keys: Rows, scores: Floats) -> list[Rows]:
        """Who comes first whatever the others' keys, the very first is last; shape (lists,)."""
        leader = keys.argmin(axis=1)
        leaders, tiers = [leader], np.broadcast_to(self._tiers, keys.shape)
        first = tiers[np.arange(len(keys)), leader][:, np.newaxis]
        free = first[:, 0] != ASKED_FOR
        lists = np.flatnonzero(free & ~self._sure[leader])
        if len(lists):
            among = (tiers[lists] == first[lists]) & self._sure
            leader = _smallest(keys, lists, among, leader)
            leaders.append(leader)
        lists = np.flatnonzero(free & (self._to_verify[leader] > 0))
        if len(lists):
            ahead = leader[lists, np.newaxis]
            lead = np.rint((scores[lists[:, np.newaxis], ahead] - scores[lists]) * SCORE_STEPS)
            among = (tiers[lists] == first[lists]) & (self._to_verify == 0)
            among &= (lead <= LIKE_FIT * SCORE_STEPS) & (self._sure | ~self._sure[ahead])
            leaders.append(_smallest(keys, lists, among, leader))
        return leaders

    def _close_branches(self, keys: Rows, scores: Floats) -> Rows:
        """Position of the best local branch of each head that is close to it, else `NOBODY`."""
        found: Rows = np.full(keys.shape, NOBODY)
        if len(self._branches):
            ordered = keys.take(self._branches, axis=1) * keys.shape[1] + self._branches
            best = np.minimum.reduceat(ordered, self._starts, axis=1) % keys.shape[1]
            best = best.take(self._of_heads, axis=1)
            branches = scores[np.arange(len(scores))[:, np.newaxis], best]
            close = is_close(scores.take(self._heads, axis=1), branches)
            found[:, self._heads] = np.where(close, best, NOBODY)
        return found


@dataclass(frozen=True)
class Listing:
    """One list: positions, best first, found as far as they are read; the first ones once.

    Parameters
    ----------
    keys, branches
        See `Order._plans`.
    tiers : Tiers, shape (candidates,)
    """

    order: Order
    keys: Rows
    branches: Rows
    tiers: Tiers

    def __iter__(self) -> Iterator[int]:
        """Positions as the policy lists them."""
        yield from self._block
        if len(self._block) == BLOCK:
            yield from islice(self.order.read(self.keys, self.branches), BLOCK, None)

    def rules(self, first: Sequence[int], scores: Floats) -> list[Below | None]:
        """What puts each of the first ones below one that is shown with fewer points."""
        found: list[Below | None] = [None] * len(first)
        below = np.flatnonzero(np.diff(np.rint(scores[first] * SHOWN_STEPS)) > 0) + 1
        near: list[int] = []
        if len(below):
            deque(islice(self.order.read(self.keys, self.branches, near), len(first)), 0)
        for at in below.tolist():
            found[at] = self.order.rule(at, first, near, self)
        return found

    @cached_property
    def _block(self) -> list[int]:
        """The first ones, which are found together: a page asks for some of them several times."""
        return list(islice(self.order.read(self.keys, self.branches), BLOCK))


def _among(networks: Rows, some: Rows) -> Flags:
    """Which networks are among some: `np.isin` for small numbers, five times as quick."""
    known = np.zeros(int(networks.max(initial=ALONE)) + 1, dtype=bool)
    known[some] = True
    found: Flags = known[networks]
    return found


def _smallest(keys: Rows, lists: Rows, among: Flags, others: Rows) -> Rows:
    """In some lists the position of the smallest key among some, where there is one."""
    best = np.where(among, keys[lists], np.iinfo(keys.dtype).max).argmin(axis=1)
    some = among[np.arange(len(lists)), best]
    found = others.copy()
    found[lists[some]] = best[some]
    return found
