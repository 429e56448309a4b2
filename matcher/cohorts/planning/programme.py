"""The mixed integer programme of a plan, solved by HiGHS.

It answers these questions in turn, each without giving up anything of those before it:

1. how many communes can have at least one introduction, then at least two, at least three;
2. where a commune has several needs, how many needs can be answered;
3. which introductions add up to the highest total of `Choice.share`: raw scores of two needs are
   never added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .capacity import Capacity
from .introductions import Choice

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
