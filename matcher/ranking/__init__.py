"""From one need to ordered, explained suggestions."""

from .engine import Ranking
from .inspiration import Neighbour, Visit
from .policy import CRITERIA, Contribution
from .question import Question
from .whynot import WhyNot

__all__ = [
    "CRITERIA",
    "Contribution",
    "Neighbour",
    "Question",
    "Ranking",
    "Visit",
    "WhyNot",
]
