"""A criterion: a number in [0, 1], its weight, its reason and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .candidates import Candidate
from .question import Question

Score = Callable[[Question, Candidate], float | None]
Sentence = Callable[[Question, Candidate, float], str]


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
    score, sentence : callable
        The number in [0, 1] or None, and the French sentence that says it.
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
