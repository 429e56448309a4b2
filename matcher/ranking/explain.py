"""Why this one: what each criterion brought to a score, read from the columns that ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.catalogue.model import Structure
from matcher.index.coverage import Reach

from .candidates import Candidate
from .policy import Criterion
from .question import Question

SUMMED = 3
"""Contributions named in a summary: more would no longer be one."""
DETAIL_ONLY = frozenset({"words", "reliability"})
"""Criteria that a summary leaves to the detail: words in common and a record well kept are no
reason that a mayor would be given."""


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
        Great circle from the nearest commune of the need to the seat, None when it is unknown.
    reach : Area or Radius
        Narrowest part of its coverage that contains one of the communes.
    rank_interval : tuple of int or None
        Best and worst rank when one weight changes by `WEIGHT_CHANGE`; None when it was not
        asked for.
    covered : tuple of str
        Insee codes of the communes of the need that it covers, in the order of the need.
    farthest_km : float or None
        Great circle from the farthest commune of the need to the seat.
    named : str
        The words by which the text calls for it: it comes first; "" when it does not.
    """

    rank: int
    structure: Structure
    score: float
    distance_km: float | None
    contributions: tuple[Contribution, ...]
    reach: Reach
    summary: str
    rank_interval: tuple[int, int] | None
    covered: tuple[str, ...] = ()
    farthest_km: float | None = None
    named: str = ""


def scored(
    question: Question,
    candidate: Candidate,
    criteria: Sequence[Criterion],
    scores: Sequence[float | None],
) -> Scored:
    """Say a score: the weighted mean of the criteria that apply, each with its sentence.

    Parameters
    ----------
    scores : sequence of float or None
        What the candidate has on each of the criteria, None where it cannot apply.
    """
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


def suggestion(rank: int, scored: Scored, interval: tuple[int, int] | None) -> Suggestion:
    """A candidate with its rank."""
    candidate = scored.candidate
    return Suggestion(
        rank=rank,
        structure=scored.structure,
        score=scored.score,
        distance_km=candidate.distance_km,
        contributions=scored.contributions,
        reach=candidate.reach,
        summary=summary(scored.contributions),
        rank_interval=interval,
        covered=candidate.covered,
        farthest_km=candidate.farthest_km,
        named=candidate.named,
    )


def summary(contributions: Sequence[Contribution]) -> str:
    """One French sentence made of the strongest contributions."""
    strongest = sorted(contributions, key=lambda c: (-c.points, c.criterion))
    told = [c for c in strongest if c.points > 0 and c.criterion not in DETAIL_ONLY]
    parts = [c.sentence for c in told[:SUMMED]]
    if not parts:
        return "Couvre votre commune."
    text = " ; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
