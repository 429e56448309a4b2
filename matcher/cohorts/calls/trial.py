"""A trial of the choice: twenty calls by their worth beside twenty at random, in drawn worlds.

In each world every doubtful structure is there or not, and every missing door exists or not, by
the chances of the calls. Both twenties are asked, each list is ranked again with all that they
teach, and the lists in whose first five somebody new stands are counted, and who is new. Nothing is
added up from single calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.index.arrays import Flags
from matcher.index.columns import Index

from .asked import Calls
from .worth import Effects, First, gains, guessed, newcomers, rankings, rows_of

WORLDS = 20
"""Worlds that are drawn: the mean of a twenty then holds to a few lists in a hundred."""
SEED = 20261129
"""The same worlds and the same random calls at each run."""


@dataclass(frozen=True)
class Trial:
    """What the chosen calls and random ones moved.

    Parameters
    ----------
    calls, possible, lists : int
        Calls that are made, calls that could be, lists of the cohort.
    by_worth, at_random : tuple of (int, int)
        World by world: first fives that moved, and newcomers in them.
    """

    calls: int
    possible: int
    lists: int
    by_worth: tuple[tuple[int, int], ...]
    at_random: tuple[tuple[int, int], ...]

    @property
    def times(self) -> float:
        """How many times more first fives move by worth than at random."""
        return _sum(self.by_worth, 0) / max(1, _sum(self.at_random, 0))

    @property
    def newcomers_times(self) -> float:
        """How many times more newcomers there are by worth than at random."""
        return _sum(self.by_worth, 1) / max(1, _sum(self.at_random, 1))


def _sum(worlds: Sequence[tuple[int, int]], which: int) -> int:
    return sum(world[which] for world in worlds)


@dataclass(frozen=True)
class _Learnt:
    """What some calls taught in one world: who is away, and the index with the confirmed rows."""

    away: Flags
    sure: Index


def trial(
    calls: Calls, found: Effects, count: int, worlds: int = WORLDS, seed: int = SEED
) -> Trial:
    """Draw worlds, make both twenties of calls in each, and count the lists that move."""
    draw = np.random.default_rng(seed)
    chances = np.array([call.chance for call in calls.calls])
    best = found.best(count)
    index = calls.index
    first = First(index)
    learnt: list[_Learnt] = []
    for _ in range(worlds):
        true = draw.random(len(chances)) < chances
        random = draw.choice(len(chances), size=min(count, len(chances)), replace=False)
        learnt += [_after(calls, index, made, true) for made in (best, random.tolist())]
    moved = np.zeros((2, len(learnt)), dtype=int)
    today, away = first.sure(()), guessed(calls, index)
    for ranking in rankings(calls):
        gain = gains(ranking)
        before = first.of(ranking, away, today, gain)
        after = (first.of(ranking, one.away, one.sure, gain) for one in learnt)
        new = np.array([newcomers(before, firsts) for firsts in after])
        moved += [new > 0, new]
    return Trial(
        count,
        len(chances),
        found.lists,
        tuple(zip(*moved[:, ::2].tolist(), strict=True)),
        tuple(zip(*moved[:, 1::2].tolist(), strict=True)),
    )


def _after(calls: Calls, index: Index, made: Sequence[int], true: Flags) -> _Learnt:
    rows, away = rows_of(calls), guessed(calls, index)
    away[rows[[i for i in made if calls.calls[i].door is None and not true[i]]]] = True
    away[rows[[i for i in made if calls.calls[i].door and true[i]]]] = False
    confirmed = rows[[i for i in made if calls.calls[i].door is None and true[i]]]
    return _Learnt(away, First(index).sure(confirmed.tolist()))
