"""Introductions spread over a cohort: what is asked of the programme, the plan, a trial of plans.

In each world of a trial every pair of a commune and a structure has one answer, the same for all
plans. A commune calls its contacts in turn until one accepts; a structure is called as often as it
has places, whoever accepts. Nothing is worked out from formulas.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from matcher.catalogue.french import decimal
from matcher.cohorts.batch.demand import Demand
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.trails import trail_of

from .introductions import Capacity, ListedStructure, Plan, shared
from .made import NO_WISHES, Made, Wishes
from .programme import Bounds, Programme, Solved
from .solver import weight
from .told import NO_FORMER, FormerPlan, Rates

DEPTH = 20
"""Structures that a need may be given: past them an answer helps little."""
MOST_PER_COMMUNE = 3
"""Introductions of a commune at most: a small town cannot follow more at once."""
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


def listed_choices(
    matcher: Matcher, demands: Sequence[Demand], depth: int = DEPTH, former: FormerPlan = NO_FORMER
) -> list[ListedStructure]:
    """The first structures of each need, and those of a former plan that its list has no more."""
    ranked = matcher.match_many([demand.need for demand in demands], top=depth, on_theme=True)
    found = [
        ListedStructure(
            *(d.need.commune, d.id, s.structure.id, s.structure.body, s.rank, s.score),
            trail=trail,
        )
        for d, suggestions in zip(demands, ranked, strict=True)
        for trail in (trail_of(matcher.question(d.need), next(iter(suggestions), None)),)
        for s in suggestions
    ]
    listed = {(choice.commune, choice.structure) for choice in found}
    needs: dict[str, str] = {}
    for demand in demands:
        needs.setdefault(demand.need.commune, demand.id)
    return found + [
        ListedStructure(
            commune, needs[commune], structure, matcher.structure(structure).body, depth + 1, 0.0
        )
        for commune, structure in sorted(former.standing - listed)
        if commune in needs
    ]


def plan(
    needs: Mapping[str, str],
    choices: Iterable[ListedStructure],
    capacity: Capacity,
    per_commune: int = 1,
    wishes: Wishes = NO_WISHES,
) -> Plan:
    """Choose the introductions of a cohort.

    Parameters
    ----------
    needs : mapping of str to str
        Insee code of the commune of each need, in the order to be answered in.
    choices : iterable of ListedStructure
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
    banned = (wishes.forbidden | wishes.former.declined) - wishes.former.standing
    listed = sorted(
        (c for c in shared(choices) if (c.commune, c.structure) not in banned),
        key=lambda c: (c.commune, c.need, c.rank, c.structure),
    )
    standing = _standing(listed, wishes.former)
    bounds = _bounds(listed, standing, capacity, per_commune, wishes)
    bodies = {(c.commune, c.body) for c in standing}
    open_ = [
        c
        for c in listed
        if bounds.places[c.structure] > 0
        and bounds.most[c.commune] > 0
        and (c.commune, c.body) not in bodies
    ]
    solved = Programme(open_, bounds).solve() if open_ else Solved((), True)
    return Made(needs, listed, standing, solved, bounds, per_commune, wishes).plan()


def _standing(listed: Sequence[ListedStructure], former: FormerPlan) -> list[ListedStructure]:
    """The contacts of a former plan that stand, each once."""
    found: dict[tuple[str, str], ListedStructure] = {}
    for choice in listed:
        pair = (choice.commune, choice.structure)
        if pair in former.standing and (pair not in found or found[pair].rank > choice.rank):
            found[pair] = choice
    return list(found.values())


def _bounds(
    listed: Sequence[ListedStructure],
    standing: Sequence[ListedStructure],
    capacity: Capacity,
    per_commune: int,
    wishes: Wishes,
) -> Bounds:
    """What is left to be taken, once what stands is taken off."""
    held = Counter(c.structure for c in standing)
    places = {}
    for structure in {c.structure for c in listed}:
        counted = max(held[structure] - wishes.underway.get(structure, 0), 0)
        places[structure] = max(capacity[structure] - counted, 0)
    own = Counter(c.commune for c in standing)
    yes = Counter(c.commune for c in standing if (c.commune, c.structure) in wishes.former.accepted)
    spare = 0 if wishes.rates is None else wishes.recourse
    most = {
        c: 0 if yes[c] >= per_commune else max(per_commune + spare - own[c], 0)
        for c in {choice.commune for choice in listed}
    }
    known = wishes.rates
    rates = None if known is None else {structure: known[structure] for structure in places}
    start: dict[str, float] = defaultdict(float)
    for choice in standing:
        sure = (choice.commune, choice.structure) in wishes.former.accepted
        start[choice.commune] += (
            math.inf if sure else weight(rates[choice.structure]) if rates else 0
        )
    areas = wishes.areas
    begun: dict[str, frozenset[str]] = {}
    for choice in standing:
        begun[choice.commune] = begun.get(choice.commune, frozenset()) | {choice.need}
    return Bounds(
        places,
        most,
        {structure: max(wishes.least - held[structure], 1) for structure in places},
        rates,
        start,
        areas,
        frozenset((areas[c.commune], c.structure) for c in standing) if areas else frozenset(),
        wishes.former.pairs,
        per_commune,
        begun,
    )


@dataclass(frozen=True)
class MeanRates:
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
    choices: Sequence[ListedStructure],
    capacity: Capacity,
    per_commune: int,
    wishes: Wishes,
    worlds: int = WORLDS,
    seed: int = SEED,
) -> Iterator[MeanRates]:
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
            yield MeanRates(
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
        first: dict[str, list[ListedStructure]] = {}
        then: dict[str, list[ListedStructure]] = {}
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


def trial_lines(lines: Sequence[MeanRates], communes: int) -> Iterator[str]:
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
