"""What is known of a structure beside itself: what it asks, and how it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .french import decimal
from .terms import Cost, Limit, Way

if TYPE_CHECKING:
    from .model import Commune

MAINLAND, OVERSEAS = "métropole", "outre-mer"
"""The values of `Limit.TERRITOIRE`; Corsica is of the first."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a structure asks: a commune or a project that does not have it is not for it."""

    limit: Limit
    value: str

    @property
    def told(self) -> str:
        """In French, without a verb."""
        number = self.value.isascii() and self.value.isdigit()
        value = decimal(int(self.value)) if number else self.value
        return self.limit.label.format(value)

    @property
    def decides(self) -> bool:
        """Whether what we know of a commune tells who meets it."""
        return self.limit.decides

    def allows(self, commune: Commune) -> bool:
        """Whether a commune meets it; one of which we do not know does."""
        if self.limit is Limit.TERRITOIRE:
            return commune.overseas != (self.value == MAINLAND)
        if self.limit is Limit.PVD:
            return "pvd" in commune.labels
        if not self.decides or commune.population is None:
            return True
        small = commune.population < int(self.value)
        return small if self.limit is Limit.POPULATION_MOINS else not small


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a structure, or what its help costs, with the page that says so.

    Parameters
    ----------
    source, day : str
        The page, and its year, month or day ("" when it is not dated).
    of : str
        "" when the page speaks of the structure; else the kind or the network of which it is told.
    """

    way: Way
    value: str
    source: str
    day: str
    of: str = ""

    @property
    def told(self) -> str:
        """The value in French."""
        return Cost(self.value).label if self.way is Way.COUT else self.value
