"""What is wanted of a plan, and the plan that contacts make once they are chosen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .introductions import ListedStructure, NeedAllocation, Plan, UnservedCommune
from .programme import Bounds, Solved
from .told import NO_FORMER, FormerPlan, Rates

ALTERNATES = 2
"""Structures to call in turn when the one that was chosen declines."""


@dataclass(frozen=True)
class Wishes:
    """What else is wanted of a plan.

    Parameters
    ----------
    rates : Rates or None
        Share of introductions that each structure accepts: the expected number of communes with
        one accepted is maximised. None: everybody is believed to answer.
    recourse : int
        Contacts that hold a place for a commune beside its introductions, should these be declined;
        none where everybody is believed to answer.
    least : int
        Contacts of a structure that takes part: so many at least, or none.
    areas : mapping of str to str or None
        Area of each commune in which counterparts shall be as few as can be, for 1 % of the score
        at most.
    forbidden : frozenset of (str, str)
        Pairs of a commune and a structure that must not meet.
    former : FormerPlan
        What became of a former plan: what was accepted or is under way stays, who declined is not
        asked again.
    underway : mapping of str to int
        Introductions that are taken off the capacity of a structure already.
    """

    rates: Rates | None = None
    recourse: int = ALTERNATES
    least: int = 1
    areas: Mapping[str, str] | None = None
    forbidden: frozenset[tuple[str, str]] = frozenset()
    former: FormerPlan = NO_FORMER
    underway: Mapping[str, int] = field(default_factory=dict)


NO_WISHES = Wishes()


@dataclass(frozen=True)
class Made:
    """Contacts that were chosen, to be put in order: who is introduced, who is called next."""

    needs: Mapping[str, str]
    listed: Sequence[ListedStructure]
    standing: Sequence[ListedStructure]
    solved: Solved
    bounds: Bounds
    per_commune: int
    wishes: Wishes

    def plan(self) -> Plan:
        """Gather the contacts by need, and say why some communes have none."""
        own: dict[str, list[ListedStructure]] = defaultdict(list)
        for choice in self.listed:
            own[choice.need].append(choice)
        taken = [*self.standing, *self.solved.taken]
        given, reserved = self._split(taken)
        load = Counter(c.structure for found in given.values() for c in found)
        held = Counter(c.structure for c in self.standing)
        places = {s: n + held[s] for s, n in self.bounds.places.items()}
        served = {choice.commune for choice in taken}
        left = dict.fromkeys(commune for commune in self.needs.values() if commune not in served)
        spare = Counter(c.structure for found in reserved.values() for c in found)
        room = {s: places[s] - load[s] - spare[s] for s in places}
        return Plan(
            answers=tuple(
                NeedAllocation(
                    *(need, commune, own[need][0], tuple(given[need])),
                    self._alternates(own[need], given[need], given, reserved, room),
                )
                for need, commune in self.needs.items()
                if need in given
            ),
            waiting={n: c for n, c in self.needs.items() if n not in given and c in served},
            left_out=_left_out(left, self.listed, taken, places),
            load=dict(sorted(load.items())),
            proved=self.solved.proved,
            reserved={need: tuple(found) for need, found in reserved.items()},
            places=places,
            expected=self._expected(taken),
            above=self.solved.above,
            kept=frozenset((c.commune, c.structure) for c in self.standing),
            aside=self._aside(places),
            per_commune=self.per_commune,
        )

    def _split(
        self, taken: Sequence[ListedStructure]
    ) -> tuple[dict[str, list[ListedStructure]], dict[str, list[ListedStructure]]]:
        """By need: who is introduced, best first, and who holds a place for later."""
        by_commune: dict[str, list[ListedStructure]] = defaultdict(list)
        turn = {need: i for i, need in enumerate(self.needs)}
        for choice in sorted(taken, key=lambda c: (c.rank, c.structure)):
            by_commune[choice.commune].append(choice)
        given: dict[str, list[ListedStructure]] = defaultdict(list)
        reserved: dict[str, list[ListedStructure]] = defaultdict(list)
        stands = {(c.commune, c.structure) for c in self.standing}
        for mine in by_commune.values():
            seen: Counter[str] = Counter()
            order = {}
            for choice in mine:
                key = ((choice.commune, choice.structure) not in stands, seen[choice.need])
                order[choice] = (*key, -choice.share, turn[choice.need], choice.rank)
                seen[choice.need] += 1
            kept = sum((c.commune, c.structure) in stands for c in mine)
            ranked = sorted(mine, key=order.__getitem__)
            for i, choice in enumerate(ranked):
                first = i < max(self.per_commune, kept)
                (given if first else reserved)[choice.need].append(choice)
        for found in given.values():
            found.sort(key=lambda c: (c.rank, c.structure))
        return given, reserved

    def _alternates(
        self,
        own: Sequence[ListedStructure],
        given: Sequence[ListedStructure],
        introduced: Container[str],
        reserved: Mapping[str, Sequence[ListedStructure]],
        room: Mapping[str, int],
    ) -> tuple[ListedStructure, ...]:
        """Whom to call next: who holds a place, or has one left, one a body.

        Places that are held for a need of the commune without introduction come after its own.
        """
        need, commune = given[0].need, given[0].commune
        if self.wishes.rates is not None:
            mine = (
                choice
                for other, found in reserved.items()
                if other == need or (self.needs[other] == commune and other not in introduced)
                for choice in found
            )
            return tuple(sorted(mine, key=lambda c: (c.need != need, c.rank)))
        bodies = {choice.body for choice in given}
        found: list[ListedStructure] = []
        for choice in own:
            if choice.body not in bodies and room[choice.structure] > 0:
                bodies.add(choice.body)
                found.append(choice)
        return tuple(found[: self.wishes.recourse])

    def _expected(self, taken: Sequence[ListedStructure]) -> float | None:
        if self.bounds.rates is None:
            return None
        none = dict.fromkeys((c.commune for c in taken), 1.0)
        for choice in taken:
            sure = (choice.commune, choice.structure) in self.wishes.former.accepted
            none[choice.commune] *= 0.0 if sure else 1.0 - self.bounds.rates[choice.structure]
        return sum(1.0 - p for p in none.values())

    def _aside(self, places: Mapping[str, int]) -> dict[str, int]:
        asked: dict[str, set[str]] = defaultdict(set)
        for choice in self.listed:
            if not places[choice.structure]:
                asked[choice.structure].add(choice.commune)
        return {s: len(found) for s, found in sorted(asked.items())}


def _left_out(
    communes: Iterable[str],
    listed: Sequence[ListedStructure],
    taken: Sequence[ListedStructure],
    places: Mapping[str, int],
) -> tuple[UnservedCommune, ...]:
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
        room = sum(places[s] for s in structures)
        rivals = tuple(c for c, own in asks.items() if own and own.keys() <= structures.keys())
        found.append(
            UnservedCommune(commune, tuple(asks[commune]), rivals, tuple(structures), room)
        )
    return tuple(found)
