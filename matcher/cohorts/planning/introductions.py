"""Introductions to spread, and what each structure can take on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from matcher.reports.answer.trails import Trail

DEFAULT_CAPACITY = 10
"""Introductions that a structure takes on in one plan when nothing else is said of it: about one a
month. A working hypothesis, to be replaced by what each structure declares."""


class Capacity:
    """How many introductions each structure takes on: what is said of it, or the default."""

    def __init__(self, said: Mapping[str, int], default: int = DEFAULT_CAPACITY) -> None:
        self._said = said
        self._default = default

    def __getitem__(self, structure: str) -> int:
        return self._said.get(structure, self._default)

    def is_supposed(self, structure: str) -> bool:
        """Whether nothing is said of a structure: its number is a hypothesis."""
        return structure not in self._said

    def with_said(self, said: Mapping[str, int]) -> Capacity:
        """The same, with what is said since of some structures."""
        return Capacity({**self._said, **said}, self._default)


@dataclass(frozen=True, slots=True)
class ListedStructure:
    """A structure in the own list of a need.

    Parameters
    ----------
    commune, need, structure : str
        Insee code, key of the need, id of the structure.
    body : str
        The body behind the structure: a commune meets one body once.
    rank : int
        From 1, in the list of this need.
    score : float
        In [0, 1]; it orders the list of this need and says nothing beside that of another need.
    share : float
        In [0, 1]: its score over the best one of the same need (see `shared`), which can be
        compared and added up from one need to another.
    trail : Trail or None
        Why the structures of this need are but trails.
    """

    commune: str
    need: str
    structure: str
    body: str
    rank: int
    score: float
    share: float = 1.0
    trail: Trail | None = None


def shared(choices: Iterable[ListedStructure]) -> list[ListedStructure]:
    """The choices in their order, each with its share of the best score of its need.

    What cannot apply to a need is left out of its scores and the rest scaled up: they order the
    structures of one need, and are never compared with those of another.
    """
    listed = list(choices)
    best: dict[str, float] = defaultdict(float)
    for choice in listed:
        best[choice.need] = max(best[choice.need], choice.score)
    return [replace(c, share=c.score / best[c.need] if best[c.need] else 1.0) for c in listed]


@dataclass(frozen=True, slots=True)
class NeedAllocation:
    """What a need was given, best first, and its first choice: its cost is between the two.

    Parameters
    ----------
    alternates : tuple of ListedStructure
        Whom to call in turn when an introduction is declined: contacts that hold a place in the
        plan, or, where everybody is believed to answer, the next ones that have a place left.
    """

    need: str
    commune: str
    first: ListedStructure
    given: tuple[ListedStructure, ...]
    alternates: tuple[ListedStructure, ...] = ()

    @property
    def rank_lost(self) -> int:
        """Ranks between its best introduction and its first choice."""
        return self.given[0].rank - self.first.rank

    @property
    def share_lost(self) -> float:
        """Share of its first choice less that of its best introduction."""
        return self.first.share - self.given[0].share


@dataclass(frozen=True, slots=True)
class UnservedCommune:
    """A commune without any introduction, and the full structures that it waits for.

    Parameters
    ----------
    asked : tuple of str
        Its structures, best first; none when no structure is eligible.
    rivals : tuple of str
        Communes that have none but `structures`, itself included; none when it has none.
    structures : tuple of str
        All those structures: together they have fewer places than there are rivals.
    places : int
        Introductions that these structures take on in all.
    """

    commune: str
    asked: tuple[str, ...]
    rivals: tuple[str, ...]
    structures: tuple[str, ...]
    places: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who meets whom.

    Parameters
    ----------
    answers : tuple of NeedAllocation
        Needs with at least one introduction, in the order of the cohort.
    waiting : mapping of str to str
        Needs without one whose commune has one for another need; their communes.
    left_out : tuple of UnservedCommune
    load : mapping of str to int
        Introductions by structure, of those that have some.
    proved : bool
        False when the solver ran out of time: the plan is good, but may not be the best.
    reserved : mapping of str to tuple of ListedStructure
        By need, the contacts that hold a place for when an introduction is declined.
    places : mapping of str to int
        Contacts that each structure of a list can have, those that are kept included.
    expected : float or None
        Communes of which an introduction is expected to be accepted; None where everybody is
        believed to answer.
    above : float
        Communes by which a better plan may be above `expected`, at most; 0 when it is the best.
    kept : frozenset of (str, str)
        Pairs of a commune and a structure that a former plan made and that stand.
    aside : mapping of str to int
        Structures that take nobody, and the communes that have them in their lists.
    per_commune : int
        Introductions that a commune may have, over all its needs.
    """

    answers: tuple[NeedAllocation, ...]
    waiting: Mapping[str, str]
    left_out: tuple[UnservedCommune, ...]
    load: Mapping[str, int]
    proved: bool = True
    reserved: Mapping[str, tuple[ListedStructure, ...]] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    expected: float | None = None
    above: float = 0.0
    kept: frozenset[tuple[str, str]] = frozenset()
    aside: Mapping[str, int] = field(default_factory=dict)
    per_commune: int = 1

    @property
    def share(self) -> float:
        """Sum of the shares of all introductions."""
        return sum(choice.share for answer in self.answers for choice in answer.given)

    @property
    def spare(self) -> Counter[str]:
        """Contacts that hold a place in case another declines, by structure."""
        return Counter(c.structure for held in self.reserved.values() for c in held)

    @property
    def held_back(self) -> tuple[str, ...]:
        """The needs that wait because their commune has all the introductions that it may have."""
        given: Counter[str] = Counter()
        for answer in self.answers:
            given[answer.commune] += len(answer.given)
        return tuple(n for n, commune in self.waiting.items() if given[commune] >= self.per_commune)

    def full(self, structure: str) -> bool:
        """Whether a structure has no place left."""
        used = self.load.get(structure, 0) + self.spare[structure]
        return used >= self.places.get(structure, used + 1)
