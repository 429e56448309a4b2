"""From one need to ordered, explained suggestions."""

from .explain import Contribution
from .policy import CRITERIA
from .whynot import WhyNot

__all__ = [
    "CRITERIA",
    "Contribution",
    "WhyNot",
]
