"""Weigh, order, diversify, cut: from candidates to ranked suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matcher.catalogue.model import Structure

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

    Nothing is lost, and where only one sort is left the order stays as it is.
    """
    varied: list[Scored] = []
    waiting = list(ordered)
    while waiting:
        block, later = _block(waiting)
        varied += block
        if len(block) < BLOCK:  # nothing left but too many of the same: keep their order
            return varied + later
        waiting = later
    return varied


def _block(waiting: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    limits: tuple[tuple[Callable[[Structure], str], int], ...] = (
        (lambda s: s.body, MOST_OF_A_BODY),
        (lambda s: s.network, MOST_OF_A_NETWORK),
        (lambda s: s.kind, MOST_OF_A_KIND),
    )
    counts = [Counter[str]() for _ in limits]
    block: list[Scored] = []
    later: list[Scored] = []
    for i, scored in enumerate(waiting):
        if len(block) == BLOCK:
            later += waiting[i:]
            break
        keys = [key(scored.structure) for key, _ in limits]
        full = any(
            key and count[key] >= most
            for key, count, (_, most) in zip(keys, counts, limits, strict=True)
        )
        if full:
            later.append(scored)
            continue
        block.append(scored)
        for key, count in zip(keys, counts, strict=True):
            count[key] += 1
    return block, later
