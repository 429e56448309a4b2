"""The pack of a cohort: what was asked, what was answered, and the figures drawn from it.

Everything that is written in a pack comes from here, so that its tables, its maps and its pages
never say two things.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.catalogue.model import Area, Commune, Need
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.territory.nest import Territory

from .choropleth import Outline

REASONS = 3
"""Reasons kept of a proposal: what a reader of a pack reads; the batch has them all."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A criterion that speaks for a structure, in French; `points` out of 100."""

    label: str
    sentence: str
    points: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A structure suggested for a need: a `suggestion_record` without what the catalogue says.

    Parameters
    ----------
    score : float
        In [0, 1]; it is not compared with a score of another need.
    distance_km, minutes : float, int or None
        From the commune to the seat; None when the seat is unknown.
    reach : str
        The area through which the structure covers the commune, in French.
    reasons : tuple of Reason
        The `REASONS` that weigh most, most points first.
    """

    rank: int
    score: float
    structure: str
    distance_km: float | None
    minutes: int | None
    reach: str
    summary: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A need and what was suggested for it.

    Parameters
    ----------
    id : str
        Its key in the table of needs.
    themes : tuple of Theme
        Those declared and those read in the text, first ones first.
    """

    id: str
    need: Need
    themes: tuple[Theme, ...]
    proposals: tuple[Proposal, ...]


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


@dataclass(frozen=True, slots=True)
class Gap:
    """A theme that nobody of the territory answers in a commune.

    Parameters
    ----------
    level : str
        French: « pas connu de nous », « national seulement ».
    national, generalists : int
        National structures on this theme; generalists of any reach.
    """

    commune: str
    theme: Theme
    level: str
    national: int
    generalists: int


@dataclass(frozen=True, slots=True)
class Change:
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
class Source:
    """Where data come from, under which licence, and their date."""

    data: str
    origin: str
    licence: str
    date: str


@dataclass(frozen=True, slots=True)
class Load:
    """What a cohort asks of a structure: suggestions, communes, first ranks, best rank."""

    structure: str
    proposals: int
    communes: int
    firsts: int
    best: int


@dataclass(frozen=True)
class Pack:
    """All that the files of a pack are written from.

    Parameters
    ----------
    name : str
        Of the cohort, in French.
    vintage : int
        Year of the newest source of the catalogue: the date of the pack, never that of the day.
    structures : mapping of str to Organisation
        By id, those that are suggested at least.
    gaps : tuple of Gap
        Empty when they were not looked for (`surveyed` is then False).
    changes : tuple of Change or None
        None when there is no former run to compare with.
    outlines : mapping of str to Outline
        Contours of the départements, by code.
    doors : mapping of str to str
        By Insee code, one French line on what we know of the basic doors there.
    contours : Path or None
        Folder of the outlines that the GeoPackage draws; None draws none.
    settings : mapping of str to str
        What else a reader has to know to make the pack again, in French.
    """

    name: str
    territory: Territory
    vintage: int
    replies: tuple[Reply, ...]
    structures: Mapping[str, Organisation]
    sources: tuple[Source, ...]
    gaps: tuple[Gap, ...] = ()
    surveyed: bool = False
    refused: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] | None = None
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    doors: Mapping[str, str] = field(default_factory=dict)
    contours: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_commune(self) -> dict[str, list[Reply]]:
        """Replies of each commune, communes by Insee code."""
        found: dict[str, list[Reply]] = defaultdict(list)
        for reply in self.replies:
            found[reply.need.commune].append(reply)
        return dict(sorted(found.items()))

    @cached_property
    def panorama(self) -> bool:
        """Whether no commune said anything: the themes were asked one by one in their place."""
        return not any(reply.need.text for reply in self.replies)

    @cached_property
    def by_departement(self) -> dict[str, list[Commune]]:
        """Communes of each département that have a reply."""
        found: dict[str, list[Commune]] = defaultdict(list)
        for insee in self.by_commune:
            commune = self.territory.communes[insee]
            found[commune.departement].append(commune)
        return dict(sorted(found.items()))

    @cached_property
    def gaps_of(self) -> dict[str, list[Gap]]:
        """Gaps of each commune that has some."""
        found: dict[str, list[Gap]] = defaultdict(list)
        for gap in self.gaps:
            found[gap.commune].append(gap)
        return found

    @cached_property
    def changes_of(self) -> dict[str, list[Change]]:
        """Changes of each commune that has some."""
        found: dict[str, list[Change]] = defaultdict(list)
        for change in self.changes or ():
            found[change.commune].append(change)
        return found

    def loads(self, communes: Iterable[str] | None = None) -> list[Load]:
        """What each structure is asked, most communes first; `communes`: these Insee codes only."""
        proposals: Counter[str] = Counter()
        firsts: Counter[str] = Counter()
        best: dict[str, int] = {}
        places: dict[str, set[str]] = defaultdict(set)
        for insee in self.by_commune if communes is None else communes:
            for reply in self.by_commune[insee]:
                for one in reply.proposals:
                    proposals[one.structure] += 1
                    firsts[one.structure] += one.rank == 1
                    best[one.structure] = min(best.get(one.structure, one.rank), one.rank)
                    places[one.structure].add(insee)
        found = [Load(s, n, len(places[s]), firsts[s], best[s]) for s, n in proposals.items()]
        return sorted(found, key=lambda load: (-load.communes, -load.proposals, load.structure))

    def themes(self, communes: Iterable[str] | None = None) -> list[tuple[Theme, int]]:
        """Themes of the needs with the number of needs, most asked first."""
        counts = Counter(
            theme
            for insee in (self.by_commune if communes is None else communes)
            for reply in self.by_commune[insee]
            for theme in reply.themes
        )
        order = list(Theme)
        return sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0])))

    def departement(self, code: str) -> str:
        """Name of a département."""
        return self.territory.name(Area(Scale.DEPARTEMENT, code))
