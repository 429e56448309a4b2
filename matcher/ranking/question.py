"""The need, read once: everything that the criteria may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.catalogue.model import OLD_SOURCE_YEARS, Commune, Need
from matcher.catalogue.statuses import Status
from matcher.catalogue.vocabulary import Audience, Kind, Stage, Theme
from matcher.index.vectors import Vector
from matcher.reading.knowledge import Knowledge, Role
from matcher.reading.needs import Reading


@dataclass(frozen=True)
class Question:
    """A need as the criteria see it.

    Parameters
    ----------
    places : tuple of Commune
        The communes of the need, at least one; the first one speaks for them.
    empty : bool
        The text says nothing: see `Nothing`.
    themes : mapping of Theme to float
        Weights in ]0, 1], declared themes first; empty when the need is vague or out of scope.
    subjects : Vector
        What the text speaks of, finer than a theme.
    stages : mapping of Stage to float
        Weights that add up to 1; one stage when declared, several when read, none when unknown.
    stage_declared : bool
        True when the stage comes from the commune, False when it was read in the text.
    """

    need: Need
    places: tuple[Commune, ...]
    reading: Reading
    empty: bool
    themes: Mapping[Theme, float]
    subjects: Vector
    words: Vector
    stages: Mapping[Stage, float]
    stage_declared: bool
    audience: Audience | None
    knowledge: Knowledge
    communes: Mapping[str, Commune]
    year: int

    @property
    def commune(self) -> Commune:
        """The commune that asks, or that speaks for those that do."""
        return self.places[0]

    @property
    def roles(self) -> Mapping[tuple[Stage, Kind], Role]:
        """Role of each kind in each situation."""
        return self.knowledge.roles

    def is_old(self, year: int) -> bool:
        """True when a source of `year` calls for a warning."""
        return self.year - year > OLD_SOURCE_YEARS

    @property
    def out_of_scope(self) -> bool:
        """True when the text speaks of something else than the themes, and none is declared."""
        return not self.themes and bool(self.reading.out_of_scope)

    @property
    def status(self) -> Status:
        """What the need is as a whole; what the commune declares outweighs its text."""
        if self.themes or self.subjects:
            return Status.LU
        if self.reading.out_of_scope:
            return Status.HORS_CHAMP
        return Status.VIDE if self.empty and not self.stage_declared else Status.VAGUE

    @property
    def vague(self) -> bool:
        """True when neither a theme nor a subject is known: any generalist may do."""
        return not self.themes and not self.subjects
