"""What a pack says of our knowledge: how near each structure is, gaps, and the doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from sys import intern

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Theme
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.records import structure_record
from matcher.reports.pack.records import COVERED, LOCAL, NATIONAL, REGIONAL, DoorLine, Gap, Reply
from matcher.reports.pack.sources import read_organisation
from matcher.upkeep.directory.matrix import Cell, Matrix, State

from ..gaps.covered import Gaps, Level, survey
from ..planning.introductions import Capacity
from .cohort import Cohort


class Nearness:
    """How near each structure is to each commune of a survey."""

    def __init__(self, structures: Sequence[Structure], seen: Gaps) -> None:
        self._rows = {structure.id: i for i, structure in enumerate(structures)}
        self._columns = {insee: i for i, insee in enumerate(seen.cohort.members)}
        self._reach = seen.reach

    def __call__(self, structure: str, commune: str) -> str:
        """One of `LOCAL`, `REGIONAL` and `NATIONAL`."""
        reach = Level(self._reach[self._rows[structure], self._columns[commune]])
        # Communes that ask together: who covers another of them only is a neighbour, near enough.
        return {Level.NATIONAL: NATIONAL, Level.REGIONAL: REGIONAL}.get(reach, LOCAL)


def survey_of(matcher: Matcher, structures: Sequence[Structure], communes: Iterable[str]) -> Gaps:
    """Who answers each theme in some communes."""
    members = tuple(sorted(communes))
    return survey(structures, matcher.territory, Cohort("", "", members), Capacity({}))


def gaps_of(seen: Gaps, matcher: Matcher, doors: Matrix, replies: Iterable[Reply]) -> Iterator[Gap]:
    """Themes that nobody local is known to answer, by commune, then in the order of `Theme`."""
    asked: dict[str, set[Theme]] = defaultdict(set)
    for reply in replies:
        asked[reply.need.commune].update(reply.themes)
    levels, national = seen.levels.tolist(), seen.counts[Level.NATIONAL].tolist()
    generalists = seen.generalists.sum(axis=0).tolist()
    for i, insee in enumerate(seen.cohort.members):
        for t, theme in enumerate(Theme):
            level = Level(levels[t][i])
            if level.state != COVERED:
                ground = doors.ground(theme, matcher.territory.communes[insee])
                yield Gap(
                    *(insee, theme, level.state, level.label, theme in asked[insee]),
                    *(national[t][i], generalists[i], ground.expected, ground.known),
                    intern(", ".join(door.short for door in ground.unknown)),
                )


def door_line(cell: Cell, matcher: Matcher) -> DoorLine:
    """What a pack says of a door of a département."""
    found = [matcher.structures[i] for i in (*cell.verified, *cell.doubtful, *cell.partly)]
    return DoorLine(
        *(cell.door.label, cell.door.short, cell.state.label),
        *(cell.state is State.UNKNOWN, cell.state is State.DOUBTFUL),
        tuple(read_organisation(structure_record(structure)) for structure in found),
    )
