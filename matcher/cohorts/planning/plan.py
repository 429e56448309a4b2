"""Introductions spread over a cohort: the programme that is solved, and the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.cohorts.batch.demand import Demand
from matcher.ranking.matcher import Matcher

from .introductions import Answer, Capacity, Choice, LeftOut, Plan, shared

WHOLE = 0.5
"""A binary variable is 1 above it: the solver gives 0.9999999."""
TIME_LIMIT_S = 120.0
"""Seconds for one question to the solver; past them the plan says that it is not proved."""

Vector = npt.NDArray[np.float64]


class Programme:
    """Choices to take within the capacities. Its variables are, in this order: one for each
    choice (taken or not), one for each commune and level (it has at least that many introductions),
    one for each need (it is answered).
    """

    def __init__(self, choices: Sequence[Choice], capacity: Capacity, per_commune: int) -> None:
        from scipy import sparse  # with its solver: a second that only a plan has to wait for

        self.choices = choices
        self.per_commune = per_commune
        self._needs = _number(c.need for c in choices)
        self._communes = _number(c.commune for c in choices)
        m, communes, needs = len(choices), len(self._communes), len(self._needs)
        self._levels = m + np.arange(communes * per_commune).reshape(communes, per_commune)
        self._answered = m + communes * per_commune + np.arange(needs)
        self.size = m + communes * per_commune + needs

        def count(keys: Sequence[Any]) -> tuple[Any, dict[Any, int]]:
            """Matrix that counts the taken choices of each key, over all variables."""
            number = _number(keys)
            rows = [number[key] for key in keys]
            shape = (len(number), self.size)
            return sparse.csr_array((np.ones(m), (rows, np.arange(m))), shape=shape), number

        by_structure, structures = count([c.structure for c in choices])
        by_body, bodies = count([(c.commune, c.body) for c in choices])
        by_commune, _ = count([c.commune for c in choices])
        by_need, _ = count([c.need for c in choices])
        levels = sparse.csr_array(
            (
                np.ones(communes * per_commune),
                (np.repeat(np.arange(communes), per_commune), self._levels.ravel()),
            ),
            shape=(communes, self.size),
        )
        answered = sparse.csr_array(
            (np.ones(needs), (np.arange(needs), self._answered)), shape=(needs, self.size)
        )
        self._matrix = sparse.vstack(
            [by_structure, by_body, by_commune - levels, answered - by_need], format="csr"
        )
        self._upper = np.concatenate(
            [
                [capacity[s] for s in structures],
                np.ones(len(bodies)),
                np.zeros(communes),
                np.zeros(needs),
            ]
        )
        # A commune has exactly as many introductions as levels reached.
        self._lower = np.full(len(self._upper), -np.inf)
        self._lower[len(structures) + len(bodies) : -needs] = 0.0

    def solve(self) -> tuple[list[Choice], bool]:
        """Ask the questions in turn; the choices taken, and whether each answer was proved."""
        several = len(self._needs) > len(self._communes)
        questions = [self._levels[:, level] for level in range(self.per_commune)]
        if several:
            questions.append(self._answered)
        kept: list[tuple[Vector, float]] = []
        proved = True
        for variables in questions:
            goal = np.zeros(self.size)
            goal[variables] = 1.0
            found, sure = self._maximise(goal, kept)
            proved &= sure
            kept.append((goal, round(float(goal @ found))))
        goal = np.zeros(self.size)
        goal[: len(self.choices)] = [c.share for c in self.choices]
        found, sure = self._maximise(goal, kept)
        taken = [c for c, x in zip(self.choices, found, strict=False) if x > WHOLE]
        return taken, proved and sure

    def _maximise(self, goal: Vector, kept: Sequence[tuple[Vector, float]]) -> tuple[Vector, bool]:
        from scipy.optimize import Bounds, LinearConstraint, milp

        constraints = [LinearConstraint(self._matrix, self._lower, self._upper)]
        constraints += [LinearConstraint(g, value, np.inf) for g, value in kept]
        result = milp(
            -goal,
            integrality=np.ones(self.size),
            bounds=Bounds(0, 1),
            constraints=constraints,
            options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
        )
        if result.x is None:
            raise RuntimeError(f"Le solveur n’a rien trouvé : {result.message}")
        return result.x, result.status == 0


def _number(keys: Iterable[Any]) -> dict[Any, int]:
    return {key: i for i, key in enumerate(dict.fromkeys(keys))}


DEPTH = 20
"""Structures that a need may be given: past them an answer helps little."""
ALTERNATES = 2
"""Structures to call in turn when the one that was chosen declines."""
MOST_PER_COMMUNE = 3
"""Introductions of a commune at most: a small town cannot follow more at once."""


def plan_demands(
    matcher: Matcher,
    demands: Sequence[Demand],
    capacity: Capacity,
    per_commune: int = 1,
    depth: int = DEPTH,
    forbidden: Container[tuple[str, str]] = frozenset(),
) -> Plan:
    """Plan the needs of a cohort, each with the first `depth` structures of its own ranking.

    `forbidden` are pairs of a commune and a structure that must not meet, or that met already.
    Needs that are out of scope or say nothing are left out: nobody is introduced for them.
    """
    demands = [demand for demand in demands if matcher.status(demand.need).ranked]
    ranked = matcher.match_many([demand.need for demand in demands], top=depth, on_theme=True)
    choices = [
        Choice(d.need.commune, d.id, s.structure.id, s.structure.body, s.rank, s.score)
        for d, suggestions in zip(demands, ranked, strict=True)
        for s in suggestions
        if (d.need.commune, s.structure.id) not in forbidden
    ]
    return plan({d.id: d.need.commune for d in demands}, choices, capacity, per_commune)


def plan(
    needs: Mapping[str, str],
    choices: Iterable[Choice],
    capacity: Capacity,
    per_commune: int = 1,
) -> Plan:
    """Choose the introductions of a cohort.

    Parameters
    ----------
    needs : mapping of str to str
        Insee code of the commune of each need, in the order to be answered in.
    choices : iterable of Choice
        The own list of each need; their shares are worked out here.
    capacity : Capacity
    per_commune : int
        Introductions of a commune at most, over all its needs: 1 to `MOST_PER_COMMUNE`.

    Returns
    -------
    Plan
        The same for the same input, in whatever order the choices come.
    """
    if not 1 <= per_commune <= MOST_PER_COMMUNE:
        raise ValueError(f"per_commune doit valoir de 1 à {MOST_PER_COMMUNE}.")
    listed = sorted(shared(choices), key=lambda c: (c.commune, c.need, c.rank, c.structure))
    open_ = [c for c in listed if capacity[c.structure] > 0]
    taken, proved = Programme(open_, capacity, per_commune).solve() if open_ else ([], True)
    return _plan(needs, listed, taken, capacity, proved)


def _plan(
    needs: Mapping[str, str],
    listed: Sequence[Choice],
    taken: Sequence[Choice],
    capacity: Capacity,
    proved: bool,
) -> Plan:
    """Gather the choices taken by need, and say why some have none."""
    own: dict[str, list[Choice]] = defaultdict(list)
    given: dict[str, list[Choice]] = defaultdict(list)
    load: dict[str, int] = defaultdict(int)
    for choice in listed:
        own[choice.need].append(choice)
    for choice in taken:
        given[choice.need].append(choice)
        load[choice.structure] += 1
    served = {choice.commune for choice in taken}
    left = dict.fromkeys(commune for commune in needs.values() if commune not in served)
    return Plan(
        answers=tuple(
            Answer(
                *(need, commune, own[need][0], tuple(given[need])),
                _alternates(own[need], given[need], load, capacity),
            )
            for need, commune in needs.items()
            if need in given
        ),
        waiting=tuple(n for n, commune in needs.items() if n not in given and commune in served),
        left_out=_left_out(left, listed, taken, capacity),
        load=dict(sorted(load.items())),
        proved=proved,
    )


def _alternates(
    own: Sequence[Choice], given: Sequence[Choice], load: Mapping[str, int], capacity: Capacity
) -> tuple[Choice, ...]:
    """The next structures of a need's own list that have a place left, one a body."""
    bodies = {choice.body for choice in given}
    found: list[Choice] = []
    for choice in own:
        if choice.body not in bodies and load.get(choice.structure, 0) < capacity[choice.structure]:
            bodies.add(choice.body)
            found.append(choice)
    return tuple(found[:ALTERNATES])


def _left_out(
    communes: Iterable[str],
    listed: Sequence[Choice],
    taken: Sequence[Choice],
    capacity: Capacity,
) -> tuple[LeftOut, ...]:
    """Why each of these communes has nothing: too many communes for the places they could have.

    From its structures, all full, to the communes that hold their places, to the structures that
    those could turn to, and so on: none has a place left, or the plan would have found it.
    """
    asks: dict[str, dict[str, None]] = defaultdict(dict)
    holders: dict[str, list[str]] = defaultdict(list)
    for choice in sorted(listed, key=lambda c: (c.rank, c.structure)):
        asks[choice.commune][choice.structure] = None
    for choice in taken:
        holders[choice.structure].append(choice.commune)
    found = []
    for commune in communes:
        structures = dict.fromkeys(asks[commune])
        queue, seen = list(structures), set()
        while queue:
            for holder in holders[queue.pop()]:
                if holder not in seen:
                    seen.add(holder)
                    new = [s for s in asks[holder] if s not in structures]
                    structures.update(dict.fromkeys(new))
                    queue += new
        places = sum(capacity[s] for s in structures)
        rivals = tuple(c for c, own in asks.items() if own and own.keys() <= structures.keys())
        found.append(LeftOut(commune, tuple(asks[commune]), rivals, tuple(structures), places))
    return tuple(found)
