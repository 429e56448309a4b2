"""What a call is worth: how many structures its answer would bring into first fives, as expected.

A list is a commune and a theme, as the panorama has it: each commune counts for as much. A row that
is confirmed is no longer doubtful and its source is of the day; one that is not there leaves the
list; a door that is found comes in. All of it is ranked by the policy itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from matcher.index.arrays import Flags, Floats
from matcher.index.columns import Index
from matcher.ranking.engine import Ranking
from matcher.ranking.order import WITHOUT_REASON, Order

from ..batch.run import panorama
from .asked import Calls

FIRST = 5
"""Places that a call may change: what a reader looks at before ringing anybody."""
CALLS = 20
"""Calls that are told: a week of somebody who has other work."""
PART = 1e-3
"""What a newcomer counts for beside a list that moves."""
AWAY = WITHOUT_REASON - 1
"""Tier, and score -1, of who is not there."""


@dataclass(frozen=True)
class Effects:
    """What each call may change.

    Parameters
    ----------
    lists : int
        All the lists of the cohort.
    firsts : list of ndarray of int
        By call, the lists whose first five hold its structure today (none, for a door).
    touched : list of ndarray of int
        By call, the lists that its answer may change, ascending.
    newcomers : list of ndarray of float
        By call, the structures that its answer brings into the first five of each, as expected.
    moved : list of ndarray of float
        By call, the chance that its answer brings somebody into the first five of each.
    """

    lists: int
    firsts: list[npt.NDArray[np.int64]]
    touched: list[npt.NDArray[np.int64]]
    newcomers: list[Floats]
    moved: list[Floats]

    def expected(self, call: int) -> float:
        """What a call is worth: newcomers in all the lists, as expected."""
        return float(self.newcomers[call].sum())

    def chosen(self, count: int = CALLS) -> list[tuple[int, float]]:
        """The calls to make, best first, and the lists that each is expected to move beside those
        that the calls before it move already; none that changes nothing.

        Greedy: the best next one, time after time. What is moved once is not moved twice, so that
        no choice of as many calls moves more than 1 / (1 - 1/e) times as much, answers being
        independent. Newcomers part calls that move as many lists.
        """
        still = np.ones(self.lists)
        waiting = [(-np.inf, call) for call in range(len(self.touched))]
        order: list[tuple[int, float]] = []
        while waiting and len(order) < count:
            _, call = heapq.heappop(waiting)
            lists = float((still[self.touched[call]] * self.moved[call]).sum())
            worth = round(lists + PART * self.expected(call), 9)
            if waiting and (-worth, call) > waiting[0]:  # what it was worth before is worth less
                heapq.heappush(waiting, (-worth, call))
            elif worth <= 0.0:
                break
            else:
                order.append((call, lists))
                still[self.touched[call]] *= 1.0 - self.moved[call]
        return order

    def best(self, count: int = CALLS) -> list[int]:
        """The calls to make, best first."""
        return [call for call, _ in self.chosen(count)]


class First:
    """The first five of a ranking, were some rows away and others confirmed.

    Parameters
    ----------
    index : Index
        Of the matcher that knows the guessed doors.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    def sure(self, rows: Collection[int]) -> Index:
        """The index, were some of its rows confirmed."""
        doubtful = self._index.to_verify.copy()
        doubtful[list(rows)] = False
        return replace(self._index, to_verify=doubtful)

    def of(self, ranking: Ranking, away: Flags, sure: Index, gain: Floats) -> tuple[int, ...]:
        """Rows of the first five.

        Parameters
        ----------
        away : ndarray of bool, shape (structures,)
        gain : ndarray of float, shape (candidates,)
            What the score of each gains by being confirmed: see `gains`.
        """
        pool = ranking.pool
        gone = away[pool.rows]
        confirmed = pool.index.to_verify[pool.rows] & ~sure.to_verify[pool.rows]
        scores = np.where(gone, -1.0, ranking.scores + np.where(confirmed, gain, 0.0))
        tiers = np.where(gone, AWAY, ranking.tiers).astype(np.int8)
        order = Order(replace(pool, index=sure), tiers).listed(scores)
        shown = ranking.on_theme & ~gone
        return tuple(int(pool.rows[i]) for i in islice((i for i in order if shown[i]), FIRST))


def _before_a_head(ranking: Ranking) -> Flags:
    """Who is of the network of a national head: without its branch a head may come forward."""
    index, rows = ranking.pool.index, ranking.pool.rows
    networks = index.support.network[rows]
    found: Flags = np.isin(networks, networks[index.heads[rows]]) & ~index.heads[rows]
    return found


def newcomers(before: Collection[int], after: Collection[int]) -> int:
    """How many of a list were not in it before; a change of order brings nobody."""
    return len(set(after) - set(before))


def gains(ranking: Ranking) -> Floats:
    """What the score of each candidate would gain, were it sure and its source of the day."""
    found = np.zeros(len(ranking.pool))
    for criterion, column in zip(ranking.criteria, ranking.columns, strict=True):
        if criterion.code == "reliability" and column is not None:
            found = criterion.weight / ranking.weights.sum() * (1.0 - column)
    return found


def rows_of(calls: Calls) -> npt.NDArray[np.int64]:
    """Row of the structure of each call."""
    rows = calls.matcher.profiles.rows
    return np.array([rows[call.structure.id] for call in calls.calls], dtype=np.int64)


def guessed(calls: Calls, index: Index) -> Flags:
    """Which rows are doors that are only guessed, shape (structures,)."""
    found = np.zeros(len(index), dtype=bool)
    found[[row for row, c in zip(rows_of(calls), calls.calls, strict=True) if c.door]] = True
    return found


def rankings(calls: Calls) -> Iterator[Ranking]:
    """The ranking of each list of the cohort, guessed doors among them."""
    for demand in panorama(calls.cohort):
        yield calls.matcher.ranking(demand.need)


def effects(calls: Calls, step: Callable[[int], None] | None = None) -> Effects:
    """Find what the answer of each call would change, one list after the other.

    Parameters
    ----------
    step : callable, optional
        Told the number of each list that is done.
    """
    rows = rows_of(calls)
    size = len(calls.calls)
    call_of = {int(row): i for i, row in enumerate(rows)}
    firsts: list[list[int]] = [[] for _ in range(size)]
    found: list[dict[int, tuple[float, float]]] = [{} for _ in range(size)]
    one = _OneList(calls, call_of)
    number = -1
    for number, ranking in enumerate(rankings(calls)):
        first, changed = one.changes(ranking)
        for row in first:
            if row in call_of:
                firsts[call_of[row]].append(number)
        for call, brings, moves in changed:
            found[call][number] = brings, moves
        if step:
            step(number + 1)
    return Effects(
        number + 1,
        [np.array(lists, dtype=np.int64) for lists in firsts],
        [np.array(list(lists), dtype=np.int64) for lists in found],
        [np.array([brings for brings, _ in lists.values()], dtype=float) for lists in found],
        [np.array([moves for _, moves in lists.values()], dtype=float) for lists in found],
    )


class _OneList:
    """Says which calls may change one list after the other."""

    def __init__(self, calls: Calls, call_of: dict[int, int]) -> None:
        self._calls, self._call_of, index = calls.calls, call_of, calls.index
        self._first = First(index)
        self._today, self._away = self._first.sure(()), guessed(calls, index)
        self._asked = np.zeros(len(index), dtype=bool)
        self._asked[list(call_of)] = True
        self._sure: dict[int, Index] = {}

    def changes(self, ranking: Ranking) -> tuple[tuple[int, ...], list[tuple[int, float, float]]]:
        """The rows of the first five today; what each call that may change them brings in, and the
        chance that it brings anybody.
        """
        gain, pool = gains(ranking), ranking.pool
        first = self._first.of(ranking, self._away, self._today, gain)
        at = {int(row): i for i, row in enumerate(pool.rows)}
        least = min((ranking.scores[at[row]] for row in first), default=-1.0)
        if len(first) < FIRST:
            least = -1.0
        near = self._asked[pool.rows] & (ranking.scores + gain >= least)
        near |= self._asked[pool.rows] & (np.isin(pool.rows, first) | _before_a_head(ranking))
        found = []
        for row in pool.rows[near].tolist():
            call = self._calls[self._call_of[row]]
            away = self._away.copy()
            away[row] = not self._away[row]
            turned = newcomers(first, self._first.of(ranking, away, self._today, gain))
            sure, yes = turned, call.chance
            if call.door is None:
                confirmed = self._first.of(ranking, self._away, self._confirmed(row), gain)
                sure = newcomers(first, confirmed)
            no = 1.0 - yes if call.door is None else 0.0
            if brings := yes * sure + no * turned:
                found.append((self._call_of[row], brings, yes * (sure > 0) + no * (turned > 0)))
        return first, found

    def _confirmed(self, row: int) -> Index:
        if row not in self._sure:
            self._sure[row] = self._first.sure((row,))
        return self._sure[row]
