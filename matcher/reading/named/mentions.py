"""What a text names: a structure, a network, a kind, or a form or device that points at a kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Scale


class Sort(StrEnum):
    """What is named."""

    STRUCTURE = "structure"
    """One structure, by its name or an alias: `code` is its id."""
    NETWORK = "network"
    """A network, by which any branch is meant: « le CAUE », « Terre de Liens »."""
    KIND = "kind"
    """A kind, by its label or its acronym: « un DLA », « l’URSCOP », « une foncière »."""
    FORM = "form"
    """A legal form, a place or a device whose kind may help: « SCIC », « BRS », « tiers-lieu ». It
    says what the project is, not whom to call: weaker than the others."""


@dataclass(frozen=True, slots=True)
class Named:
    """An actor named in a text.

    Parameters
    ----------
    code : str
        Id of the structure, code of the network or of the kind.
    words : str
        As the text has them.
    start, end : int
        Their span in the text.
    """

    sort: Sort
    code: str
    words: str
    start: int
    end: int

    @property
    def is_actor(self) -> bool:
        """Whether somebody is called for by name, rather than a form or a device."""
        return self.sort is not Sort.FORM

    def means(self, structure: Structure) -> bool:
        """Whether a structure is what is named, or one of it.

        A national body that has the kind beside its own is none of it: « le DLA » is a local door.
        """
        if self.sort is Sort.STRUCTURE:
            return self.code == structure.id
        if self.sort is Sort.NETWORK:
            return self.code == structure.network
        if self.code == structure.kind:
            return True
        return self.code in structure.other_kinds and structure.scale is not Scale.NATIONAL
