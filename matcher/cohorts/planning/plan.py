"""Introductions spread over a cohort: what is asked of the programme, and the plan."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from matcher.cohorts.batch.demand import Demand
from matcher.ranking.matcher import Matcher

from .former import NO_FORMER, Former
from .introductions import Capacity, Choice, Plan, shared
from .made import NO_WISHES, Made, Wishes
from .programme import Bounds, Programme, Solved, weight

DEPTH = 20
"""Structures that a need may be given: past them an answer helps little."""
MOST_PER_COMMUNE = 3
"""Introductions of a commune at most: a small town cannot follow more at once."""


def plan_demands(
    matcher: Matcher,
    demands: Sequence[Demand],
    capacity: Capacity,
    per_commune: int = 1,
    depth: int = DEPTH,
    wishes: Wishes = NO_WISHES,
) -> Plan:
    """Plan the needs of a cohort, each with the first `depth` structures of its own ranking.

    Needs that are out of scope or say nothing are left out: nobody is introduced for them.
    """
    demands = [demand for demand in demands if matcher.status(demand.need).ranked]
    choices = listed_choices(matcher, demands, depth, wishes.former)
    needs = {d.id: d.need.commune for d in demands}
    return plan(needs, choices, capacity, per_commune, wishes)


def listed_choices(
    matcher: Matcher, demands: Sequence[Demand], depth: int = DEPTH, former: Former = NO_FORMER
) -> list[Choice]:
    """The first structures of each need, and those of a former plan that its list has no more."""
    ranked = matcher.match_many([demand.need for demand in demands], top=depth, on_theme=True)
    found = [
        Choice(d.need.commune, d.id, s.structure.id, s.structure.body, s.rank, s.score)
        for d, suggestions in zip(demands, ranked, strict=True)
        for s in suggestions
    ]
    listed = {(choice.commune, choice.structure) for choice in found}
    needs: dict[str, str] = {}
    for demand in demands:
        needs.setdefault(demand.need.commune, demand.id)
    return found + [
        Choice(
            commune, needs[commune], structure, matcher.structure(structure).body, depth + 1, 0.0
        )
        for commune, structure in sorted(former.standing - listed)
        if commune in needs
    ]


def plan(
    needs: Mapping[str, str],
    choices: Iterable[Choice],
    capacity: Capacity,
    per_commune: int = 1,
    wishes: Wishes = NO_WISHES,
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


def _standing(listed: Sequence[Choice], former: Former) -> list[Choice]:
    """The contacts of a former plan that stand, each once."""
    found: dict[tuple[str, str], Choice] = {}
    for choice in listed:
        pair = (choice.commune, choice.structure)
        if pair in former.standing and (pair not in found or found[pair].rank > choice.rank):
            found[pair] = choice
    return list(found.values())


def _bounds(
    listed: Sequence[Choice],
    standing: Sequence[Choice],
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
    return Bounds(
        places,
        most,
        {structure: max(wishes.least - held[structure], 1) for structure in places},
        rates,
        start,
        areas,
        frozenset((areas[c.commune], c.structure) for c in standing) if areas else frozenset(),
        wishes.former.pairs,
    )
