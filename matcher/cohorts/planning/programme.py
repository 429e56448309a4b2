"""The programme that a plan solves: contacts to take, within what structures can take on.

Where everybody is believed to answer, as many communes as can be are served, then as many have a
second introduction, and so on. Where structures accept at a rate, the expected number of communes
with an introduction accepted is maximised: that of a commune is `1 - exp(-z)`, with `z` the sum of
`-log(1 - rate)` over its contacts. It is concave, so that the lines through its attainable points
bound it from above and meet it there: the linear programme is the true one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .introductions import ListedStructure
from .solver import Goal, MixedProgramme, Numbers, Vector, lines, weight

WHOLE = 0.5
"""A binary variable is 1 above it: the solver gives 0.9999999."""
KEPT_SHARE = 0.99
"""Share of the score that is kept when fewer counterparts are wanted."""
FAITHFUL = 0.02
"""What a pair of a former plan counts for beside its share: of two plans that are nearly alike, the
one that changes least."""
GAP = 1e-3
"""Share by which the solver may stay under the best, where structures accept at rates that differ;
what it is under is told."""
SLACK = 1e-6
"""What a question may lose of the one before, for the rounding of the solver."""


@dataclass(frozen=True)
class Bounds:
    """What contacts are taken within. Contacts that are made already are in none of it.

    Parameters
    ----------
    places : mapping of str to int
        Contacts that each structure can still have.
    most : mapping of str to int
        Contacts that each commune can still have.
    least : mapping of str to int
        Contacts that each structure has at least, if it has one; none is 1.
    rates : mapping of str to float or None
        In ]0, 1[, by structure; None: everybody answers.
    start : mapping of str to float
        Sum of `-log(1 - rate)` over the contacts that a commune has already, infinite where one
        was accepted.
    areas : mapping of str to str or None
        Area of each commune in which counterparts shall be few; None: as many as may be.
    met : frozenset of (str, str)
        Areas and structures that are in touch already.
    former : frozenset of (str, str)
        Pairs of a commune and a structure of a former plan: what is told once is better kept.
    answered : int
        Needs of a commune that are introduced at most: its other contacts are better theirs too.
    begun : mapping of str to frozenset of str
        The needs of each commune that have contacts already.
    """

    places: Mapping[str, int]
    most: Mapping[str, int]
    least: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] | None = None
    start: Mapping[str, float] = field(default_factory=dict)
    areas: Mapping[str, str] | None = None
    met: frozenset[tuple[str, str]] = frozenset()
    former: frozenset[tuple[str, str]] = frozenset()
    answered: int = 1
    begun: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Solved:
    """Contacts taken.

    Parameters
    ----------
    taken : tuple of ListedStructure
    proved : bool
        False when the solver ran out of time: nothing says that it is the best.
    above : float
        Expected communes that a better plan may have more, at most.
    """

    taken: tuple[ListedStructure, ...]
    proved: bool
    above: float = 0.0


class Programme:
    """Choices to take within bounds."""

    def __init__(self, choices: Sequence[ListedStructure], bounds: Bounds) -> None:
        self._choices, self._bounds = choices, bounds
        self._model = MixedProgramme()
        self._taken = self._model.variables(len(choices))
        self._structure, structures = _numbered(c.structure for c in choices)
        self._needs: dict[str, int] = {}
        self._commune, self._communes = _numbered(c.commune for c in choices)
        body, bodies = _numbered((c.commune, c.body) for c in choices)
        self._places = np.array([bounds.places[s] for s in structures], dtype=float)
        self._count(self._structure, self._places)
        self._count(body, np.ones(len(bodies)))
        self._count(self._commune, np.array([bounds.most[c] for c in self._communes], dtype=float))
        least = np.array([bounds.least.get(s, 1) for s in structures], dtype=float)
        if (least > 1).any():
            self._share_out(least)
        self._questions = self._levels() if bounds.rates is None else self._expected(bounds.rates)
        need, needs = _numbered(c.need for c in choices)
        if len(needs) > len(self._communes):
            self._needs = needs
            self._answered = self._model.variables(len(needs))
            self._tie(need, self._answered, 1.0)
            self._questions.append((self._answered, np.ones(len(needs))))
        pairs = [(c.commune, c.structure) in bounds.former for c in choices]
        worth = np.array([c.share for c in choices]) + FAITHFUL * np.array(pairs)
        self._questions.append((self._taken, worth))

    def _count(self, keys: Numbers, high: Vector) -> None:
        """The contacts of each key are at most so many."""
        self._model.rows(keys, self._taken, np.ones(len(keys)), -np.inf, high)

    def _tie(self, keys: Numbers, tied: Numbers, times: float | Vector) -> None:
        """A variable, times a number, is at most the contacts of its key."""
        n = len(tied)
        self._model.rows(
            np.concatenate([np.arange(n), keys]),
            np.concatenate([tied, self._taken]),
            np.concatenate([np.broadcast_to(times, n), -np.ones(len(keys))]),
            -np.inf,
            np.zeros(n),
        )

    def _share_out(self, least: Vector) -> None:
        """A structure has its least number of contacts, or none."""
        n = len(least)
        used = self._model.variables(n)
        self._tie(self._structure, used, least)
        self._model.rows(
            np.concatenate([self._structure, np.arange(n)]),
            np.concatenate([self._taken, used]),
            np.concatenate([np.ones(len(self._structure)), -self._places]),
            -np.inf,
            np.zeros(n),
        )

    def _levels(self) -> list[Goal]:
        """Communes with at least one introduction, then with two, and so on."""
        most = [self._bounds.most[c] for c in self._communes]
        commune = np.repeat(np.arange(len(most)), most)
        levels = self._model.variables(len(commune))
        self._model.rows(
            np.concatenate([commune, self._commune]),
            np.concatenate([levels, self._taken]),
            np.concatenate([np.ones(len(levels)), -np.ones(len(self._commune))]),
            0.0,
            np.zeros(len(most)),
        )
        # A commune that has contacts already is at a higher level with its next one.
        top = max(most, default=0)
        level = np.concatenate([np.arange(top - n, top) for n in most])
        return [(levels[level == k], np.ones((level == k).sum())) for k in range(top)]

    def _expected(self, rates: Mapping[str, float]) -> list[Goal]:
        """The communes that are expected to be served."""
        self._weights = np.array([weight(rates[c.structure]) for c in self._choices])
        own: list[list[int]] = [[] for _ in self._communes]
        for i, commune in enumerate(self._commune):
            own[commune].append(i)
        open_ = [n for n, c in enumerate(self._communes) if self._start(c) < np.inf]
        served = self._model.variables(len(open_), whole=False)
        row: list[int] = []
        column: list[int] = []
        value: list[float] = []
        high: list[float] = []
        for variable, number in zip(served.tolist(), open_, strict=True):
            mine, commune = own[number], list(self._communes)[number]
            weights = tuple(sorted({round(float(self._weights[i]), 9) for i in mine}))
            for slope, start in lines(weights, self._bounds.most[commune], self._start(commune)):
                row += [len(high)] * (1 + len(mine))
                column += [variable, *self._taken[mine].tolist()]
                value += [1.0, *(-slope * self._weights[mine]).tolist()]
                high.append(start + slope * self._start(commune))
        self._model.rows(row, column, value, -np.inf, np.array(high))
        return [(served, np.ones(len(open_)))]

    def _start(self, commune: str) -> float:
        return self._bounds.start.get(commune, 0.0)

    def solve(self) -> Solved:
        """Ask the questions in turn, each keeping what the former ones gave."""
        kept: list[tuple[Goal, float]] = []
        found, bound, proved = self._ask(self._questions[0], kept, None)
        for question in self._questions[1:]:
            found, _, sure = self._ask(question, kept, found)
            proved &= sure
        if self._bounds.rates is not None and self._needs:
            kept = kept[:1]
            for question in (*self._same_needs(found), self._questions[-1]):
                found, _, sure = self._ask(question, kept, found)
                proved &= sure
        if self._bounds.areas is not None:
            goal, value = kept[-1]
            kept[-1] = (goal, KEPT_SHARE * value)
            found, _, sure = self._ask(self._few(self._bounds.areas), kept, found)
            proved &= sure
        taken = found[self._taken] > WHOLE
        return Solved(
            tuple(c for c, yes in zip(self._choices, taken, strict=True) if yes),
            proved,
            0.0 if self._bounds.rates is None else max(0.0, bound - self._true(taken)),
        )

    def _same_needs(self, found: Vector) -> list[Goal]:
        """The needs that are introduced stay so, and contacts are theirs wherever they can be."""
        own: dict[str, list[str]] = {c: list(self._bounds.begun.get(c, ())) for c in self._communes}
        taken = found[self._taken] > WHOLE
        mine = [c for c, yes in zip(self._choices, taken, strict=True) if yes]
        for choice in sorted(mine, key=lambda c: (-c.share, c.rank, c.need)):
            needs = own[choice.commune]
            if choice.need not in needs and len(needs) < self._bounds.answered:
                needs.append(choice.need)
        kept = {need for needs in own.values() for need in needs}
        stay = self._answered[[i for need, i in self._needs.items() if need in kept]]
        theirs = np.array([c.need in kept for c in self._choices], dtype=float)
        return [(stay, np.ones(len(stay))), (self._taken, theirs)]

    def _true(self, taken: npt.NDArray[np.bool_]) -> float:
        """The expected communes of the contacts taken, as they are and not as lines bound them."""
        found = np.bincount(self._commune[taken], self._weights[taken], len(self._communes))
        start = np.array([self._start(c) for c in self._communes])
        return float((1.0 - np.exp(-(found + start)))[start < np.inf].sum())

    def _ask(
        self, question: Goal, kept: list[tuple[Goal, float]], before: Vector | None
    ) -> tuple[Vector, float, bool]:
        """The best answer, what is kept of it, and what none can exceed.

        Where none came in time, the one before stands.
        """
        gap = 0.0 if self._bounds.rates is None else GAP
        found, bound, proved = self._model.maximise(question, kept, gap)
        if found is None:
            if before is None:
                raise RuntimeError("Le solveur n’a rien trouvé dans le temps imparti.")
            found = np.concatenate([before, np.ones(self._model.size - len(before))])
        value = _value(question, found)
        # What is not the best itself is kept nearly: a row that just holds is hard on the solver.
        slack = GAP if bound - value > SLACK * (1 + abs(value)) else SLACK
        whole = slack == SLACK and abs(value - round(value)) < SLACK
        kept.append((question, round(value) if whole else value - slack * (1 + abs(value))))
        return found, bound, proved

    def _few(self, areas: Mapping[str, str]) -> Goal:
        """The counterparts of the areas, to be as few as can be."""
        pair, pairs = _numbered((areas[c.commune], c.structure) for c in self._choices)
        met = self._model.variables(len(pairs))
        n = len(pair)
        self._model.rows(
            np.concatenate([np.arange(n)] * 2),
            np.concatenate([self._taken, met[pair]]),
            np.concatenate([np.ones(n), -np.ones(n)]),
            -np.inf,
            np.zeros(n),
        )
        return met, -np.array([p not in self._bounds.met for p in pairs], dtype=float)


def _value(question: Goal, found: Vector) -> float:
    return float(found[question[0]] @ question[1])


def _numbered(keys: Iterable[Any]) -> tuple[Numbers, dict[Any, int]]:
    """The number of each key, and the keys by their number."""
    number: dict[Any, int] = {}
    found = [number.setdefault(key, len(number)) for key in keys]
    return np.array(found, dtype=np.intp), number
