"""The order of the list: best first, local before its head, varied; and how sure each rank is.

Whom the text calls for by name comes first; last, who works on no theme of the need, nor subject,
has no trade that its situation calls for and has done nothing alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import chain

import numpy as np
import numpy.typing as npt

from matcher.index.arrays import ALONE, Flags, Floats, Rows
from matcher.index.coverage import BY_RADIUS, Pool

from .policy import FIRST_PLACES, LIKE_FIT, LOCAL_MARGIN, SCORE_STEPS, WEIGHT_CHANGE, Sort, varied

FIRST_PART, LARGER = 512, 8
"""How many candidates are sorted at first, and how many times more in each next part: a page reads
some tens of them, of thousands."""

Tiers = npt.NDArray[np.int8]
"""By candidate, the tier that its reasons give: see `engine.tiers`."""


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
        listed = np.flatnonzero(heads & (self._networks != ALONE))
        local = np.flatnonzero(~heads & _among(self._networks, self._networks[listed]))
        self._branches = local[np.argsort(self._networks[local], kind="stable")]
        networks = self._networks[self._branches]
        self._starts = np.flatnonzero(np.diff(networks, prepend=ALONE))
        self._heads = listed[_among(self._networks[listed], networks)]
        self._of_heads = np.searchsorted(networks[self._starts], self._networks[self._heads])
        self._sorts: dict[int, Sort[int]] = {}

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
        ((keys, _),) = self._plans(scores[np.newaxis])
        return chain.from_iterable(in_parts(keys))

    def listed(self, scores: Floats) -> Iterator[int]:
        """Positions as the policy lists them, one rank after the other."""
        ((keys, branches),) = self._plans(scores[np.newaxis])
        return self._listed(chain.from_iterable(in_parts(keys)), branches)

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
                order = _noting(chain(first, chain.from_iterable(parts)), read)
                ranks = _ranks_in(self._listed(order, branches), positions)
                known.append((read, branches[read].tolist(), ranks))
            found.append(ranks)
        return found

    def _listed(self, order: Iterable[int], branches: Rows) -> Iterator[int]:
        near = list[int]()

        def sorts() -> Iterator[Sort[int]]:
            for i in local_first(order, branches):
                near.append(i)
                yield self._sort(i)

        for block in varied(sorts()):
            yield from (near[i] for i in block)

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
        leaders = [leader]
        free = self._tiers[leader] != ASKED_FOR
        lists = np.flatnonzero(free & ~self._sure[leader])
        if len(lists):
            among = self._tier_of(leader[lists]) & self._sure
            leader = _smallest(keys, lists, among, leader)
            leaders.append(leader)
        lists = np.flatnonzero(free & (self._to_verify[leader] > 0))
        if len(lists):
            ahead = leader[lists, np.newaxis]
            lead = np.rint((scores[lists[:, np.newaxis], ahead] - scores[lists]) * SCORE_STEPS)
            among = self._tier_of(leader[lists]) & (self._to_verify == 0)
            among &= (lead <= LIKE_FIT * SCORE_STEPS) & (self._sure | ~self._sure[ahead])
            leaders.append(_smallest(keys, lists, among, leader))
        return leaders

    def _tier_of(self, positions: Rows) -> Flags:
        """Who is of the tier of each of some, shape (positions, candidates)."""
        same: Flags = self._tiers == self._tiers[positions, np.newaxis]
        return same

    def _close_branches(self, keys: Rows, scores: Floats) -> Rows:
        """Position of the best local branch of each head that is close to it, else `NOBODY`."""
        found: Rows = np.full(keys.shape, NOBODY)
        if len(self._branches):
            ordered = keys[:, self._branches] * keys.shape[1] + self._branches
            best = np.minimum.reduceat(ordered, self._starts, axis=1) % keys.shape[1]
            best = best[:, self._of_heads]
            branches = scores[np.arange(len(scores))[:, np.newaxis], best]
            close = is_close(scores[:, self._heads], branches)
            found[:, self._heads] = np.where(close, best, NOBODY)
        return found


def _among(networks: Rows, some: Rows) -> Flags:
    """Which networks are among some: `np.isin` for small numbers, five times as quick."""
    known = np.zeros(int(networks.max(initial=ALONE)) + 1, dtype=bool)
    known[some] = True
    found: Flags = known[networks]
    return found


def _noting(order: Iterable[int], read: list[int]) -> Iterator[int]:
    """Positions, each noted in `read` once it is asked for."""
    for position in order:
        read.append(position)
        yield position


def _ranks_in(listed: Iterable[int], positions: Sequence[int]) -> list[int]:
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


def _smallest(keys: Rows, lists: Rows, among: Flags, others: Rows) -> Rows:
    """In some lists the position of the smallest key among some, where there is one."""
    best = np.where(among, keys[lists], np.iinfo(keys.dtype).max).argmin(axis=1)
    some = among[np.arange(len(lists)), best]
    found = others.copy()
    found[lists[some]] = best[some]
    return found


def in_parts(keys: Rows) -> Iterator[list[int]]:
    """Positions by growing key, then as they stand; a part is sorted once it is reached."""
    left, part = np.arange(len(keys)), FIRST_PART
    while len(left) > part:
        here = keys[left]
        now = here <= np.partition(here, part)[part]
        yield left[now][np.argsort(here[now], kind="stable")].tolist()
        left, part = left[~now], part * LARGER
    yield left[np.argsort(keys[left], kind="stable")].tolist()


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
