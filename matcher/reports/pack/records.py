"""What a pack is made of: needs and answers, structures, gaps, doors, changes, sources; its tables.

A table has columns with their kind and width, and its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from matcher.catalogue.model import Need
from matcher.catalogue.terms import Status
from matcher.catalogue.vocabulary import Theme
from matcher.reports.answer.trails import Trail
from matcher.territory.nest import Territory
from matcher.territory.together import place_of

REASONS = 3
"""Reasons kept of a proposal: what a reader of a pack reads; the batch has them all."""


LOCAL, REGIONAL, NATIONAL = "locale", "régionale", "nationale"
"""How near a structure is to a commune."""


@dataclass(frozen=True, slots=True)
class ReasonRecord:
    """A criterion that speaks for a structure, in French; `points` out of 100."""

    label: str
    sentence: str
    points: float


@dataclass(frozen=True, slots=True)
class SuggestedStructure:
    """A structure suggested for a need: a `suggestion_record` without what the catalogue says.

    Parameters
    ----------
    score : float
        In [0, 1]; it is not compared with a score of another need.
    distance_km, minutes : float, int or None
        From the commune to the seat; None when the seat is unknown.
    reach : str
        The area through which the structure covers the commune, in French.
    reasons : tuple of ReasonRecord
        The `REASONS` that weigh most, most points first.
    level : str
        How near it is to the commune: `LOCAL`, `REGIONAL` or `NATIONAL`.
    """

    rank: int
    score: float
    structure: str
    distance_km: float | None
    minutes: int | None
    reach: str
    summary: str
    reasons: tuple[ReasonRecord, ...]
    level: str


@dataclass(frozen=True, slots=True)
class NeedRecord:
    """A need and what was suggested for it.

    Parameters
    ----------
    id : str
        Its key in the table of needs.
    themes : tuple of Theme
        Those declared and those read in the text, first ones first.
    status : Status
        What the reading says of it as a whole.
    trail : Trail or None
        Why what is suggested is but trails.
    """

    id: str
    need: Need
    themes: tuple[Theme, ...]
    proposals: tuple[SuggestedStructure, ...]
    status: Status = Status.LU
    trail: Trail | None = None

    @property
    def near(self) -> tuple[SuggestedStructure, ...]:
        """What is not national: that is said once, in the annex."""
        return tuple(one for one in self.proposals if one.level != NATIONAL)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A structure as its record has it, in French; `seat` is an Insee code or None."""

    id: str
    name: str
    kind: str
    description: str
    seat: str | None
    website: str
    source: str
    source_year: int | None
    to_verify: bool
    note: str

    @property
    def doubt(self) -> str:
        """Why it is to verify, in French; "" when it is not."""
        return (self.note or "Fiche à confirmer.") if self.to_verify else ""

    @property
    def freshness(self) -> str:
        """The year of its source, in French."""
        return f"source de {self.source_year}" if self.source_year else "source non datée"

    @property
    def verified(self) -> str:
        """« à vérifier » or « vérifiée »."""
        return "à vérifier" if self.to_verify else "vérifiée"


@dataclass(frozen=True, slots=True)
class GapRecord:
    """A theme that no local structure known to us answers in a commune.

    Parameters
    ----------
    state, level : str
        French: which of the states of `STATES`, and more finely, who answers.
    asked : bool
        Whether the commune asked for this theme; always so in a panorama.
    national, generalists : int
        National structures on this theme; generalists of any reach.
    expected, known : int
        Doors that should answer it there, and those of them that we know.
    missing : str
        The doors that we do not know, in French.
    """

    commune: str
    theme: Theme
    state: str
    level: str
    asked: bool
    national: int
    generalists: int
    expected: int
    known: int
    missing: str


COVERED, WIDE, UNKNOWN = "couvert", "national ou régional seulement", "non recensé"
STATES = (COVERED, WIDE, UNKNOWN)
"""The three states of a theme in a commune; the last one speaks of us, not of the place."""
UNSURE = "par des fiches toutes à vérifier"
"""Said of what is covered by local structures of which none was verified."""


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A basic door of a département: what we know of it, in French, and who it is."""

    label: str
    short: str
    state: str
    unknown: bool
    doubtful: bool
    structures: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True)
class RunChange:
    """What a former run said otherwise, in French.

    Parameters
    ----------
    structure : str
        Its name; "" when it is the need that is new or withdrawn.
    nature : str
        What happened: « nouvelle », « disparue », « déplacée »…
    before, after : int or None
        Rank in the former run and in this one, None where the structure is not suggested.
    """

    id: str
    commune: str
    structure: str
    nature: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where data come from, under which licence, and their date.

    Those of the structures are dated by the structures that a page tells: `of_structures`.
    """

    data: str
    origin: str
    licence: str
    date: str
    of_structures: bool = False


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """What a cohort asks of a structure: suggestions, communes, first ranks, best rank."""

    structure: str
    proposals: int
    communes: int
    firsts: int
    best: int


class ValueKind(Enum):
    """What a column holds, and so how a spreadsheet shows it."""

    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    SCORE = "score"
    KM = "km"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PackColumn:
    """A column: its heading, what it holds, its width in characters."""

    heading: str
    width: float
    kind: ValueKind = ValueKind.TEXT


@dataclass(frozen=True, slots=True)
class PackTable:
    """A table of a pack.

    Parameters
    ----------
    pinned : int
        Columns that stay in sight when a reader scrolls to the right.
    printed : int or None
        Columns that go on paper, the first ones; None for all of them.
    rows : callable
        Gives the rows; each is as long as `columns`, None where a cell is blank.
    empty : str
        What to say when there is no row.
    """

    title: str
    columns: tuple[PackColumn, ...]
    pinned: int
    rows: Callable[[], Iterator[tuple[Any, ...]]]
    empty: str = ""
    printed: int | None = None


def asker_of(need: Need, territory: Territory) -> tuple[str | None, int | None]:
    """Code and inhabitants of who asks: of an EPCI its SIREN, of a list of communes no code."""
    asked = [territory.communes[insee] for insee in need.places or (need.commune,)]
    area = place_of(asked, territory).area
    code = asked[0].insee if len(asked) == 1 else area.code if area else None
    return code, sum(commune.population or 0 for commune in asked) or None
