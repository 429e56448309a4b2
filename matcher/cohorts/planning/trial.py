"""A trial of plans: who is served in drawn worlds, where structures answer or do not.

In each world every pair of a commune and a structure has one answer, the same for all plans. A
commune calls its contacts in turn until one accepts; a structure is called as often as it has
places, whoever accepts. Nothing is worked out from formulas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from matcher.catalogue.french import decimal

from .introductions import Capacity, Choice, Plan
from .made import Wishes
from .plan import plan
from .told import Rates

RATES = (0.17, 0.3, 0.6)
"""Mean shares of introductions that are accepted, for which plans are compared."""
WORLDS = 200
"""Worlds that are drawn: the mean then holds to less than a commune in a hundred."""
SEED = 20261129
"""The same worlds at each run."""
SPREAD = 4.0
"""Sum of the two parameters of the beta law by which rates differ: at 30 %, half of the structures
are between 13 and 44 %."""
INTERVAL = (2.5, 97.5)
"""Percentiles between which a number of communes is told."""

Served = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """What plans serve at one mean rate, in communes by world, shape (worlds,).

    Parameters
    ----------
    unequal : bool
        Whether each structure has its own rate, known to the plan that counts on it.
    alone : ndarray of int
        The plan that believes everybody answers, as it is: nobody is called after a refusal.
    recourse : ndarray of int
        The same, each commune calling its next choices while they have places left.
    aware : ndarray of int
        The plan that counts on rates, its contacts called in turn.
    """

    rate: float
    unequal: bool
    alone: Served
    recourse: Served
    aware: Served


def trial(
    needs: Mapping[str, str],
    choices: Sequence[Choice],
    capacity: Capacity,
    per_commune: int,
    wishes: Wishes,
    worlds: int = WORLDS,
    seed: int = SEED,
) -> Iterator[Line]:
    """Compare both plans at each rate, structures alike and then unlike."""
    believing = plan(needs, choices, capacity, per_commune, replace(wishes, rates=None))
    structures = sorted({choice.structure for choice in choices})
    for rate in RATES:
        draw = np.random.default_rng(seed)
        spread = draw.beta(rate * SPREAD, (1 - rate) * SPREAD, len(structures)).tolist()
        own = Rates(dict(zip(structures, spread, strict=True)))
        for unequal, rates in ((False, Rates(default=rate)), (True, own)):
            aware = plan(needs, choices, capacity, per_commune, replace(wishes, rates=rates))
            world = _Worlds(rates, worlds, seed)
            yield Line(
                rate,
                unequal,
                world.served(believing, 0),
                world.served(believing, wishes.recourse),
                world.served(aware, wishes.recourse),
            )


class _Worlds:
    """Answers of every pair, drawn once."""

    def __init__(self, rates: Rates, count: int, seed: int) -> None:
        self._rates, self._count, self._seed = rates, count, seed
        self._numbers: dict[str, int] = {}
        self._answers: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}

    def _yes(self, commune: str, structure: str) -> npt.NDArray[np.bool_]:
        pair = (commune, structure)
        if pair not in self._answers:
            key = [self._seed, *f"{commune} {structure}".encode()]
            drawn = np.random.default_rng(key).random(self._count)
            self._answers[pair] = drawn < self._rates[structure]
        return self._answers[pair]

    def served(self, made: Plan, recourse: int) -> Served:
        """Communes with an introduction accepted, by world, shape (worlds,)."""
        first: dict[str, list[Choice]] = {}
        then: dict[str, list[Choice]] = {}
        for answer in made.answers:
            first.setdefault(answer.commune, []).extend(answer.given)
            then.setdefault(answer.commune, []).extend(answer.alternates)
        left = {s: np.full(self._count, n) for s, n in made.places.items()}
        done = {commune: np.zeros(self._count, dtype=bool) for commune in first}
        for commune, given in first.items():
            for choice in given:
                left[choice.structure] -= 1
                done[commune] |= self._yes(commune, choice.structure)
        for turn in range(recourse):
            for commune, later in then.items():
                if turn < len(later):
                    structure = later[turn].structure
                    calls = ~done[commune] & (left[structure] > 0)
                    left[structure] -= calls
                    done[commune] |= calls & self._yes(commune, structure)
        total = np.zeros(self._count, dtype=np.int64)
        for one in done.values():
            total += one
        return total


def told(lines: Sequence[Line], communes: int) -> Iterator[str]:
    """What the trial found, in French."""
    worlds = len(lines[0].aware)
    yield (
        f"Essai : {worlds} tirages des réponses, graine {SEED} ; communes servies sur "
        f"{decimal(communes)}, en moyenne [intervalle à 95 %]."
    )
    for line in lines:
        alike = "taux inégaux, connus du plan" if line.unequal else "même taux pour toutes"
        yield f"  {decimal(100 * line.rate)} % d’introductions acceptées ({alike}) :"
        yield f"    plan qui croit que toutes répondent : {_said(line.alone)}"
        yield f"    le même, avec recours au fil de l’eau : {_said(line.recourse)}"
        yield f"    plan qui compte avec les refus : {_said(line.aware)}"
        yield (
            f"    gain : {_said(line.aware - line.alone, True)} sur le premier, "
            f"{_said(line.aware - line.recourse, True)} sur le second"
        )


def _said(counts: Served, signed: bool = False) -> str:
    low, high = (float(one) for one in np.percentile(counts, INTERVAL))
    mean = fmean(counts.tolist())
    sign = "+" if signed and mean > 0 else ""
    return f"{sign}{decimal(mean, 1)} [{decimal(low)} ; {decimal(high)}]"
