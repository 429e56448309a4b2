"""The nouns of a plan: what a need may be given, what it was given, who was left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Choice:
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
    """

    commune: str
    need: str
    structure: str
    body: str
    rank: int
    score: float
    share: float = 1.0


def shared(choices: Iterable[Choice]) -> list[Choice]:
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
class Answer:
    """What a need was given, best first, and its first choice: its cost is between the two."""

    need: str
    commune: str
    first: Choice
    given: tuple[Choice, ...]

    @property
    def rank_lost(self) -> int:
        """Ranks between its best introduction and its first choice."""
        return self.given[0].rank - self.first.rank

    @property
    def share_lost(self) -> float:
        """Share of its first choice less that of its best introduction."""
        return self.first.share - self.given[0].share


@dataclass(frozen=True, slots=True)
class LeftOut:
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
    answers : tuple of Answer
        Needs with at least one introduction, in the order of the cohort.
    waiting : tuple of str
        Needs without one whose commune has one for another need.
    left_out : tuple of LeftOut
    load : mapping of str to int
        Introductions by structure, of those that have some.
    proved : bool
        False when the solver ran out of time: the plan is good, but may not be the best.
    """

    answers: tuple[Answer, ...]
    waiting: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    load: Mapping[str, int]
    proved: bool = True

    @property
    def share(self) -> float:
        """Sum of the shares of all introductions."""
        return sum(choice.share for answer in self.answers for choice in answer.given)
