"""Introductions over a cohort within what each structure can take on: optimal and fair.

Optimal in this order: as many communes as possible have at least one introduction, then two, then
three; as many needs as possible are answered; each need has as much as possible of its own best
score (see `programme`). So no commune is left out while another could give one of its introductions
up for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from matcher.ranking.matcher import Matcher

from ..batch.demand import Demand
from .capacity import Capacity
from .introductions import Answer, Choice, LeftOut, Plan, shared
from .programme import Programme

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
) -> Plan:
    """Plan the needs of a cohort, each with the first `depth` structures of its own ranking.

    Needs that are out of scope or say nothing are left out: nobody is introduced for them.
    """
    demands = [demand for demand in demands if matcher.status(demand.need).ranked]
    ranked = matcher.match_many([demand.need for demand in demands], top=depth)
    choices = [
        Choice(d.need.commune, d.id, s.structure.id, s.structure.body, s.rank, s.score)
        for d, suggestions in zip(demands, ranked, strict=True)
        for s in suggestions
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
            Answer(need, commune, own[need][0], tuple(given[need]))
            for need, commune in needs.items()
            if need in given
        ),
        waiting=tuple(n for n, commune in needs.items() if n not in given and commune in served),
        left_out=_left_out(left, listed, taken, capacity),
        load=dict(sorted(load.items())),
        proved=proved,
    )


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
