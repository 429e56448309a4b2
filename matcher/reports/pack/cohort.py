"""The pack of a cohort: what was asked, answered, changed, and the figures drawn from it.

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
from matcher.catalogue.french import counted, order_key, typographic
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.tables.asked import asked_by
from matcher.territory.nest import Territory

from .choropleth import Outline
from .records import (
    COVERED,
    STATES,
    DoorLine,
    GapRecord,
    LoadRecord,
    NeedRecord,
    Organisation,
    RunChange,
    SourceRecord,
)

ALONE = "Sans intercommunalité"
"""Where the communes of no EPCI are told."""
MOST_TOLD = 4
"""Years from which the middle one is told beside the first and the last."""


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
    gaps : tuple of GapRecord
        Empty when they were not looked for (`surveyed` is then False).
    unsure : mapping of str to frozenset of Theme
        By Insee code, the themes covered by structures that are all to verify.
    changes : tuple of RunChange or None
        None when there is no former run to compare with.
    outlines : mapping of str to Outline
        Contours of the départements, by code.
    doors : mapping of str to str
        By Insee code, one French line on what we know of the basic doors there.
    contours : Path or None
        Folder of the outlines that the GeoPackage draws; None draws none.
    door_lines : mapping of str to tuple of DoorLine
        By code of a département, all its basic doors.
    lines : mapping of str to int
        What `tables.understood.counts` said of the file of needs; empty where there is none.
    settings : mapping of str to str
        What else a reader has to know to make the pack again, in French.
    """

    name: str
    territory: Territory
    vintage: int
    replies: tuple[NeedRecord, ...]
    structures: Mapping[str, Organisation]
    sources: tuple[SourceRecord, ...]
    gaps: tuple[GapRecord, ...] = ()
    surveyed: bool = False
    unsure: Mapping[str, frozenset[Theme]] = field(default_factory=dict)
    refused: tuple[Fault, ...] = ()
    changes: tuple[RunChange, ...] | None = None
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    doors: Mapping[str, str] = field(default_factory=dict)
    contours: Path | None = None
    door_lines: Mapping[str, tuple[DoorLine, ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_commune(self) -> dict[str, list[NeedRecord]]:
        """Replies of each commune, communes by Insee code."""
        found: dict[str, list[NeedRecord]] = defaultdict(list)
        for reply in self.replies:
            found[reply.need.commune].append(reply)
        return dict(sorted(found.items()))

    @cached_property
    def together(self) -> dict[str, str]:
        """The names of those that ask together, by the key of their need; others are not there."""
        several = (reply for reply in self.replies if reply.need.places)
        return {reply.id: asked_by(reply.need, self.territory) for reply in several}

    def asker(self, id: str, insee: str) -> str:
        """Who asks, by the key of a need and the commune that speaks for it."""
        return self.together.get(id) or self.territory.communes[insee].name

    def sheet_name(self, insee: str) -> str:
        """Whom a sheet is for: those that ask together where all its needs are theirs."""
        names = {self.asker(reply.id, insee) for reply in self.by_commune[insee]}
        return names.pop() if len(names) == 1 else self.territory.communes[insee].name

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

    @property
    def several(self) -> bool:
        """Whether it is of several départements: then a note says them together."""
        return len(self.by_departement) > 1

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """Communes with a sheet: they said a need, or a suggested structure is seated there."""
        seats = {self.structures[load.structure].seat for load in self.loads()}
        return tuple(i for i in self.by_commune if not self.panorama or i in seats)

    @cached_property
    def years(self) -> str:
        """The true spread of the years of the sources of what is suggested, in French."""
        return self.years_in()

    def years_in(self, communes: Iterable[str] | None = None) -> str:
        """The same of what is suggested in some communes."""
        found = [self.structures[one.structure].source_year for one in self.loads(communes)]
        dated = sorted(year for year in found if year)
        blank = len(found) - len(dated)
        if not dated:
            return "sources non datées"
        first, last = dated[0], dated[-1]
        said = f"sources de {first}" if first == last else f"sources de {first} à {last}"
        if first < last and len(dated) > MOST_TOLD:
            said += f" (la moitié d’avant {dated[len(dated) // 2] + 1})"
        return f"{said}, {counted(blank, 'non datée', 'non datées')}" if blank else said

    def states(self, communes: Iterable[str], asked: bool | None = None) -> dict[str, int]:
        """Pairs of a commune and a theme in each state; `asked`: those asked for, or not."""
        counts = dict.fromkeys(STATES, 0)
        for insee in communes:
            gaps = [g for g in self.gaps_of.get(insee, ()) if asked in (None, g.asked)]
            for gap in gaps:
                counts[gap.state] += 1
            total = len(Theme)
            if asked is not None:
                mine = len(self.asked_in(insee))
                total = mine if asked else total - mine
            counts[COVERED] += total - len(gaps)
        return counts

    def unsure_in(self, communes: Iterable[str], asked: bool | None = None) -> int:
        """Of the covered pairs of `states`, those that only rows to verify cover."""
        return self.unsure_by_theme(communes, asked).total()

    def unsure_by_theme(self, communes: Iterable[str], asked: bool | None = None) -> Counter[Theme]:
        """The same by theme."""
        return Counter(
            theme
            for insee in communes
            for among in (self.asked_in(insee),)
            for theme in self.unsure.get(insee, ())
            if asked is None or (theme in among) is asked
        )

    def asked_in(self, insee: str) -> frozenset[Theme]:
        """The themes that a commune asked for."""
        return frozenset(t for reply in self.by_commune[insee] for t in reply.themes)

    def by_epci(self, departement: str) -> list[tuple[str, list[Commune]]]:
        """The communes of a département by EPCI, both in the order of French names."""
        found: dict[str, list[Commune]] = defaultdict(list)
        for commune in self.by_departement[departement]:
            code = commune.epci
            name = self.territory.name(Area(Scale.EPCI, code)) if code else ALONE
            found[name].append(commune)
        return [
            (name, sorted(found[name], key=lambda c: (order_key(c.name), c.insee)))
            for name in sorted(found, key=order_key)
        ]

    @cached_property
    def gaps_of(self) -> dict[str, list[GapRecord]]:
        """Gaps of each commune that has some."""
        found: dict[str, list[GapRecord]] = defaultdict(list)
        for gap in self.gaps:
            found[gap.commune].append(gap)
        return found

    @cached_property
    def changes_of(self) -> dict[str, list[RunChange]]:
        """Changes of each commune that has some."""
        found: dict[str, list[RunChange]] = defaultdict(list)
        for change in self.changes or ():
            found[change.commune].append(change)
        return found

    def loads(self, communes: Iterable[str] | None = None) -> list[LoadRecord]:
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
        found = [LoadRecord(s, n, len(places[s]), firsts[s], best[s]) for s, n in proposals.items()]
        return sorted(found, key=lambda load: (-load.communes, -load.proposals, load.structure))

    def trails(self, communes: Iterable[str] | None = None) -> int:
        """Needs whose suggestions are but trails; a panorama has themes only, and so none."""
        among = self.by_commune if communes is None or self.panorama else communes
        found = [reply.trail for insee in among for reply in self.by_commune[insee]]
        return 0 if self.panorama else len(list(filter(None, found)))

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


def told_changes(pack: Pack, insee: str) -> list[RunChange]:
    """The changes that change what a commune reads: not a score with the same rank."""
    return [c for c in pack.changes_of.get(insee, ()) if not c.structure or c.before != c.after]


def change_sentence(change: RunChange) -> str:
    """One change in a French sentence."""
    if not change.structure:
        return f"{change.nature.capitalize()}\u00a0: {change.id}"
    name = typographic(change.structure)
    if change.before is None:
        return f"{name} entre au rang {change.after}."
    if change.after is None:
        return f"{name} n’est plus suggérée (rang {change.before} auparavant)."
    return f"{name} passe du rang {change.before} au rang {change.after}."


def told_of(pack: Pack, communes: Iterable[str]) -> list[str]:
    """What changed in several communes, a sentence a structure and nature, most communes first."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for insee in communes:
        for change in told_changes(pack, insee):
            found[typographic(change.structure), _verb(change)].add(insee)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        f"{name or 'Besoins'} {verb} dans {counted(len(where), 'commune', 'communes')}."
        for (name, verb), where in ordered
    ]


def _verb(change: RunChange) -> str:
    if not change.structure:
        return f"({change.nature})"
    if change.before is None:
        return "entre dans les suggestions"
    if change.after is None:
        return "n’est plus suggérée"
    return "gagne des rangs" if change.after < change.before else "perd des rangs"
