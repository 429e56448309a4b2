"""The policy: what counts, how much and why, what it brings to a score, bounds of variety.

One list, `CRITERIA`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matcher.catalogue.model import Structure
from matcher.index.arrays import Floats
from matcher.index.coverage import Pool

from . import criteria, explain
from .candidates import Candidate
from .explain import Suggestion
from .question import Question

Score = Callable[[Question, Pool], Floats | None]
Sentence = Callable[[Question, Candidate, float], str]

BLOCK = 10
"""Suggestions that a reader sees at once: variety is judged within each block of these."""
LOCAL_MARGIN = 0.05
"""Lead in score that a national head gives up to its own local branch: the branch is the one to
call, and it knows its head."""
FIRST_PLACES = 5
"""First places, which such a head leaves to others: it would send the town back to its branch."""
LIKE_FIT = 0.005
"""Lead in score that a row to verify gives up, for the first place alone, to a verified row of its
tier: half a point, what a page rounds. At 5 points the first answers of graded needs were right
less often (P@1 from 0.65 to 0.55 on those never tuned on), at 2 and at 1 still (0.60)."""
MOST_OF_A_NETWORK = 2
"""Branches of one network in a block: the local one and its head; more would say the same."""
MOST_OF_A_KIND = 6
"""Structures of one kind in a block: the first ten are never ten of one kind."""
MOST_OF_A_BODY = 1
"""Rows of one body in a block: one body, one answer."""

SUMMED = 3
"""Contributions named in a summary: more would no longer be one."""
DETAIL_ONLY = frozenset({"words", "reliability"})
"""Criteria left to the detail: such words and a record well kept are no reason for a mayor."""

WEIGHT_CHANGE = 0.2
"""Relative change of one weight under which the rank interval is measured."""

SCORE_STEPS = 10**9
"""Two scores are equal when they round to the same billionth: a sum of floats depends on its
order, and the order of suggestions must not."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One way in which a structure may answer a need.

    Parameters
    ----------
    code : str
        Stable name, for the data and the API.
    label : str
        French name, for pages.
    weight : float
        Share in the score, without unit; the score is the weighted mean over those that apply.
    reason : str
        Why it weighs what it weighs, in French.
    score : callable
        From the question and the pool to numbers in [0, 1], or None: see `criteria`.
    sentence : callable
        From the question, one candidate and its score to a French sentence: see `explain`.
    """

    code: str
    label: str
    weight: float
    reason: str
    score: Score
    sentence: Sentence

    @property
    def method(self) -> str:
        """The published method: the docstring of the score."""
        assert self.score.__doc__, f"{self.code}: a criterion explains itself"
        return " ".join(self.score.__doc__.split())


# fmt: off
CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "themes", "Thèmes", 0.12,
        "le premier motif d’une mise en relation est que la structure travaille sur le sujet",
        criteria.themes, explain.themes,
    ),
    Criterion(
        "subjects", "Sujet précis", 0.20,
        "deux besoins d’un même thème appellent souvent des spécialistes différents",
        criteria.subjects, explain.subjects,
    ),
    Criterion(
        "track_record", "Références", 0.12,
        "une preuve, mais rare : l’absence de projet recensé ne dit rien",
        criteria.track_record, explain.track_record,
    ),
    Criterion(
        "experience", "Expérience", 0.00,
        "affichée, non comptée : être très documenté n’est pas répondre au besoin",
        criteria.experience, explain.experience,
    ),
    Criterion(
        "role", "Rôle dans cette situation", 0.17,
        "faire émerger, financer ou acheter des murs sont des métiers différents",
        criteria.role, explain.role,
    ),
    Criterion(
        "likely_role", "Rôle probable", 0.13,
        "à sujet égal, une Fabrique à initiatives ou France Active est plus souvent le bon appel",
        criteria.likely_role, explain.likely_role,
    ),
    Criterion(
        "anchoring", "Ancrage local", 0.28,
        "une structure du métier et d’ici est la première que l’on appelle",
        criteria.anchoring, explain.anchoring,
    ),
    Criterion(
        "whole", "Territoire couvert", 0.17,
        "une structure qui couvre toutes les communes évite d’en chercher une autre pour le reste",
        criteria.whole, explain.whole,
    ),
    Criterion(
        "proximity", "Proximité", 0.05,
        "un premier rendez-vous est plus facile tout près",
        criteria.proximity, explain.proximity,
    ),
    Criterion(
        "words", "Mots en commun", 0.26,
        "une fiche et ses besoins types disent des métiers que ses thèmes taisent",
        criteria.words, explain.words,
    ),
    Criterion(
        "stage", "Étape du projet", 0.04,
        "faible : la moitié des étapes des fiches sont des valeurs par défaut de leur type",
        criteria.stage, explain.stage,
    ),
    Criterion(
        "audience", "Public accompagné", 0.03,
        "faible : la moitié des publics des fiches sont des valeurs par défaut de leur type",
        criteria.audience, explain.audience,
    ),
    Criterion(
        "reliability", "Fiabilité de la fiche", 0.02,
        "à égalité, une information vérifiée passe devant une information douteuse",
        criteria.reliability, explain.reliability,
    ),
)
# fmt: on
"""The policy: every criterion with its weight and its reason. The weights need not add up to 1."""


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
    cites : bool
        Whether the sentence says for which need like this one the structure is called.
    """

    criterion: str
    label: str
    score: float | None
    weight: float
    points: float
    sentence: str
    cites: bool = False


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

    @property
    def named(self) -> str:
        """The words by which the text calls for it; "" when it does not."""
        return self.candidate.named


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
            criterion.code == "words" and bool(score and candidate.typical),
        )
        for criterion, score in zip(criteria, scores, strict=True)
    )
    return Scored(candidate, sum(c.points for c in contributions), contributions)


def suggestion(
    rank: int, scored: Scored, interval: tuple[int, int] | None, lower: str = ""
) -> Suggestion:
    """A candidate with its rank; `lower`: why it is below one that has fewer points."""
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
        lower=lower,
    )


def summary(contributions: Sequence[Contribution]) -> str:
    """One French sentence made of the strongest contributions."""
    strongest = sorted(contributions, key=lambda c: (-c.points, c.criterion))
    told = [c for c in strongest if c.points and (c.criterion not in DETAIL_ONLY or c.cites)]
    text = " ; ".join(c.sentence for c in told[:SUMMED])
    return f"{text[0].upper()}{text[1:]}." if text else "Couvre votre commune."
