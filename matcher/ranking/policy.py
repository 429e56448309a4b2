"""Weigh, order, diversify, cut: from candidates to ranked suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from matcher.catalogue.model import Structure

from .candidates import Candidate
from .coverage import Reach
from .criteria import CRITERIA
from .criterion import Criterion
from .question import Question

BLOCK = 10
"""Suggestions that a reader sees at once: variety is judged within each block of these."""
LOCAL_MARGIN = 0.05
"""Lead in score that a national head gives up to its own local branch: the branch is the one to
call, and it knows its head."""
MOST_OF_A_NETWORK = 2
"""Branches of one network in a block: the local one and its head; more would say the same."""
MOST_OF_A_KIND = 6
"""Structures of one kind in a block: the first ten are never ten of one kind."""
MOST_OF_A_BODY = 1
"""Rows of one body in a block: one body, one answer."""

WEIGHT_CHANGE = 0.2
"""Relative change of one weight under which the rank interval is measured."""

SCORE_STEPS = 10**9
"""Two scores are equal when they round to the same billionth: a sum of floats depends on its
order, and the order of suggestions must not."""

Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion brings to a score.

    Parameters
    ----------
    score : float or None
        In [0, 1]; None when the criterion cannot apply to this need.
    weight : float
        The criterion's weight.
    points : float
        weight x score / sum of the weights that apply; the points of a suggestion add up to its
        score.
    sentence : str
        French; "" when the criterion cannot apply.
    """

    criterion: str
    label: str
    score: float | None
    weight: float
    points: float
    sentence: str


@dataclass(frozen=True)
class Scored:
    """A candidate with its score in [0, 1] and the parts of it."""

    candidate: Candidate
    score: float
    contributions: tuple[Contribution, ...]

    @property
    def structure(self) -> Structure:
        """The structure scored."""
        return self.candidate.structure


@dataclass(frozen=True)
class Suggestion:
    """A ranked answer, with all that explains it.

    Parameters
    ----------
    rank : int
        From 1.
    score : float
        In [0, 1]: the sum of the points of its contributions.
    distance_km : float or None
        Great circle from the commune to the seat, None when the seat is unknown.
    reach : Area or Radius
        Narrowest part of its coverage that contains the commune.
    rank_interval : tuple of int or None
        Best and worst rank when one weight changes by `WEIGHT_CHANGE`; None when it was not
        asked for.
    """

    rank: int
    structure: Structure
    score: float
    distance_km: float | None
    contributions: tuple[Contribution, ...]
    reach: Reach
    summary: str
    rank_interval: tuple[int, int] | None


def weigh(
    question: Question, candidate: Candidate, criteria: Sequence[Criterion] = CRITERIA
) -> Scored:
    """Score a candidate: the weighted mean of the criteria that apply."""
    scores = [criterion.score(question, candidate) for criterion in criteria]
    total = sum(c.weight for c, s in zip(criteria, scores, strict=True) if s is not None)
    contributions = tuple(
        Contribution(
            criterion.code,
            criterion.label,
            score,
            criterion.weight,
            0.0 if score is None else criterion.weight * score / total,
            "" if score is None else criterion.sentence(question, candidate, score),
        )
        for criterion, score in zip(criteria, scores, strict=True)
    )
    return Scored(candidate, sum(c.points for c in contributions), contributions)


def order(scored: Iterable[Scored]) -> list[Scored]:
    """Best first, local before head, then varied. Equal scores: verified first, then by id."""
    plain = sorted(scored, key=place)
    structures = [s.structure for s in plain]
    nearest = local_first(
        range(len(plain)),
        [s.score for s in plain],
        [s.network for s in structures],
        [s.national_head for s in structures],
    )
    return diversify([plain[i] for i in nearest])


def local_first(
    best_first: Iterable[int],
    scores: Sequence[float],
    networks: Sequence[Name],
    heads: Sequence[bool],
) -> list[int]:
    """Put the national head of a network right behind its best local branch, if scores are close.

    Parameters
    ----------
    best_first : iterable of int
        Positions in the three other sequences.
    scores, networks, heads
        Score, network and whether it is the head, by position.
    """
    listed: list[int] = list(best_first)
    if True not in heads:
        return listed
    local: dict[Name, int] = {}
    for i in listed:
        if networks[i] and not heads[i]:
            local.setdefault(networks[i], i)
    moved: list[int] = []
    placed: set[int] = set()
    held: dict[int, list[int]] = {}
    for i in listed:
        branch: int = local.get(networks[i], i) if heads[i] else i
        if branch != i and branch not in placed and is_close(scores[i], scores[branch]):
            held.setdefault(branch, []).append(i)
            continue
        moved.append(i)
        moved += held.pop(i, [])
        placed.add(i)
    return moved


def is_close(head: float, branch: float) -> bool:
    """Whether the score of a national head is so near to its branch's that the branch leads."""
    return round((head - branch) * SCORE_STEPS) <= LOCAL_MARGIN * SCORE_STEPS


def place(scored: Scored) -> tuple[int, bool, str]:
    """What puts one before another, variety aside."""
    return (-round(scored.score * SCORE_STEPS), scored.structure.to_verify, scored.structure.id)


def diversify(ordered: Sequence[Scored]) -> list[Scored]:
    """Vary each block of ten: see `varied`."""
    blocks = varied(sort_of(s.structure) for s in ordered)
    return [ordered[i] for block in blocks for i in block]


def sort_of(structure: Structure) -> Sort[str]:
    """What variety looks at."""
    return (structure.body, structure.network, structure.kind.value)


def varied(sorts: Iterable[Sort[Name]]) -> Iterator[list[int]]:
    """Vary each block of ten: what would be too many of one sort moves to the next block.

    Each structure, best first, takes a place in the first block that still has room for its sort.
    Nothing is lost, and where only one sort is left the order stays as it is.

    Yields
    ------
    list of int
        Positions in `sorts`, block after block, each as soon as nothing more can change it.
    """
    blocks: list[_Block[Name]] = []
    first_open = 0
    for position, sort in enumerate(sorts):
        for block in islice(blocks, first_open, None):
            if block.has_room(*sort):
                break
        else:
            block = _Block[Name]()
            blocks.append(block)
        block.add(position, *sort)
        while first_open < len(blocks) and len(blocks[first_open].members) == BLOCK:
            yield blocks[first_open].members
            first_open += 1
    for block in blocks[first_open:]:
        yield block.members


class _Block(Generic[Name]):
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self._bodies: defaultdict[Name, int] = defaultdict(int)
        self._networks: defaultdict[Name, int] = defaultdict(int)
        self._kinds: defaultdict[Name, int] = defaultdict(int)

    def has_room(self, body: Name, network: Name, kind: Name) -> bool:
        return (
            len(self.members) < BLOCK
            and self._bodies[body] < MOST_OF_A_BODY
            and (not network or self._networks[network] < MOST_OF_A_NETWORK)
            and self._kinds[kind] < MOST_OF_A_KIND
        )

    def add(self, position: int, body: Name, network: Name, kind: Name) -> None:
        self.members.append(position)
        self._bodies[body] += 1
        self._networks[network] += 1
        self._kinds[kind] += 1
