"""Weigh, order, diversify, cut: from candidates to ranked suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Kind

from .candidates import Candidate
from .coverage import Reach
from .criteria import CRITERIA, Criterion
from .question import Question

BLOCK = 10
"""Suggestions that a reader sees at once: variety is judged within each block of these."""
MOST_OF_A_NETWORK = 2
"""Branches of one network in a block: the local one and its head; more would say the same."""
MOST_OF_A_KIND = 6
"""Structures of one kind in a block: the first ten are never ten of one kind."""
MOST_OF_A_BODY = 1
"""Rows of one body in a block: one body, one answer."""


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
    rank_interval : tuple of int
        Best and worst rank when one weight changes by 20 %.
    """

    rank: int
    structure: Structure
    score: float
    distance_km: float | None
    contributions: tuple[Contribution, ...]
    reach: Reach
    summary: str
    rank_interval: tuple[int, int]


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
    """Best first, then varied. Equal scores: a verified row first, then by id."""
    plain = sorted(scored, key=lambda s: (-s.score, s.structure.to_verify, s.structure.id))
    return diversify(plain)


def diversify(ordered: Sequence[Scored]) -> list[Scored]:
    """Vary each block of ten: what would be too many of one sort moves to the next block.

    Each structure, best first, takes a place in the first block that still has room for its sort.
    Nothing is lost, and where only one sort is left the order stays as it is.
    """
    blocks: list[_Block] = []
    first_open = 0
    for scored in ordered:
        block = next((b for b in islice(blocks, first_open, None) if b.has_room(scored)), None)
        if block is None:
            block = _Block()
            blocks.append(block)
        block.add(scored)
        while first_open < len(blocks) and len(blocks[first_open].members) == BLOCK:
            first_open += 1
    return [scored for block in blocks for scored in block.members]


class _Block:
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[Scored] = []
        self._bodies: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()
        self._kinds: Counter[Kind] = Counter()

    def has_room(self, scored: Scored) -> bool:
        structure = scored.structure
        return (
            len(self.members) < BLOCK
            and self._bodies[structure.body] < MOST_OF_A_BODY
            and (not structure.network or self._networks[structure.network] < MOST_OF_A_NETWORK)
            and self._kinds[structure.kind] < MOST_OF_A_KIND
        )

    def add(self, scored: Scored) -> None:
        structure = scored.structure
        self.members.append(scored)
        self._bodies[structure.body] += 1
        self._networks[structure.network] += 1
        self._kinds[structure.kind] += 1
