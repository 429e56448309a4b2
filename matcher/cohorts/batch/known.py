"""What a pack says of our knowledge: sources, replies, how near each structure is, gaps, doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from sys import intern
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import links, month, sentence, typographic
from matcher.catalogue.model import Need, Structure
from matcher.catalogue.vocabulary import Theme
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.records import structure_record
from matcher.reports.answer.trails import Trail
from matcher.reports.pack.records import (
    COVERED,
    LOCAL,
    NATIONAL,
    REASONS,
    REGIONAL,
    DoorLine,
    GapRecord,
    NeedRecord,
    Organisation,
    ReasonRecord,
    SourceRecord,
    SuggestedStructure,
)
from matcher.upkeep.directory.matrix import Cell, DoorState, Matrix

from ..gaps.covered import Gaps, Level, survey
from ..planning.introductions import Capacity
from .wording import Cohort

if TYPE_CHECKING:
    from matcher.ranking.question import Question


ELSEWHERE = "Elle tient aussi cette porte dans sa région : à confirmer pour ce département."
OPEN = "Licence Ouverte 2.0 (Etalab)"


def data_sources(matcher: Matcher, years: str) -> tuple[SourceRecord, ...]:
    """The sources of what a pack shows; details are in `data/README.md`.

    Parameters
    ----------
    years : str
        The spread of the years of the sources of the structures, in French (`Pack.years`).
    """
    return (
        SourceRecord(
            "Structures, projets et ressources",
            "Rédigés pour Maillage à partir de pages publiques, chacune citée dans sa ligne",
            "Citer Maillage et la page source de chaque structure",
            years,
            of_structures=True,
        ),
        SourceRecord(
            "Communes, intercommunalités, population, codes postaux",
            "Insee, DGCL, La Poste, par le découpage administratif d’Etalab",
            OPEN,
            "2026",
        ),
        SourceRecord(
            "Positions des communes",
            "Mairies de l’annuaire de service-public.fr, contrôlées sur le contour",
            OPEN,
            "2026",
        ),
        SourceRecord(
            "Contours",
            "D’après IGN, ADMIN EXPRESS, simplifiés pour l’affichage",
            "À vérifier : Licence Ouverte pour ADMIN EXPRESS",
            "2026",
        ),
        SourceRecord(
            "Petites villes de demain",
            "Agence nationale de la cohésion des territoires (ANCT)",
            "Liste publique",
            month(matcher.territory.pvd_vintage),
        ),
    )


def read_reply(
    id: str,
    need: Need,
    question: Question,
    records: Iterable[Mapping[str, Any]],
    level: Callable[[str, Sequence[str]], str],
    trail: Trail | None = None,
) -> NeedRecord:
    """A reply from `suggestion_record`s; texts that come again and again are kept once.

    Parameters
    ----------
    question : Question
        The need as it was read.
    level : callable
        From the id of a structure and the communes that ask to how near it is to one of them.
    trail : Trail, optional
        Why the names are but trails.
    """
    asking = need.places or (need.commune,)
    found = tuple(_proposal(one, level(one["structure"]["id"], asking)) for one in records)
    return NeedRecord(id, need, tuple(question.themes), found, question.status, trail)


def read_organisation(record: Mapping[str, Any]) -> Organisation:
    """A structure from the `structure` of a `suggestion_record`."""
    return Organisation(
        id=record["id"],
        name=typographic(record["nom"]),
        kind=typographic(record["type_libelle"]),
        description=sentence(record["description"]),
        seat=record["siege_insee"],
        website=next(iter(links(record["site"])), ""),
        source=record["source"],
        source_year=record["annee_source"],
        to_verify=record["a_verifier"],
        note=sentence(record["note"]),
    )


def _proposal(record: Mapping[str, Any], level: str) -> SuggestedStructure:
    parts = sorted(record["contributions"], key=lambda c: (-c["points"], c["critere"]))
    return SuggestedStructure(
        rank=record["rang"],
        score=record["score"],
        structure=intern(record["structure"]["id"]),
        distance_km=record["distance_km"],
        minutes=record["trajet_estime_min"],
        reach=intern(record["perimetre"]),
        summary=intern(typographic(record["resume"])),
        reasons=tuple(
            ReasonRecord(intern(c["libelle"]), intern(sentence(c["phrase"])), 100 * c["points"])
            for c in parts[:REASONS]
            if c["points"]
        ),
        level=level,
    )


class Nearness:
    """How near each structure is to each commune of a survey."""

    def __init__(self, structures: Sequence[Structure], seen: Gaps) -> None:
        self._rows = {structure.id: i for i, structure in enumerate(structures)}
        self._columns = {insee: i for i, insee in enumerate(seen.cohort.members)}
        self._reach = seen.reach

    def __call__(self, structure: str, communes: Sequence[str]) -> str:
        """One of `LOCAL`, `REGIONAL` and `NATIONAL`: the nearest that it is to one of them."""
        columns = [self._columns[commune] for commune in communes]
        reach = Level(self._reach[self._rows[structure], columns].max())
        return {Level.NATIONAL: NATIONAL, Level.REGIONAL: REGIONAL}.get(reach, LOCAL)


def survey_of(matcher: Matcher, structures: Sequence[Structure], communes: Iterable[str]) -> Gaps:
    """Who answers each theme in some communes."""
    members = tuple(sorted(communes))
    return survey(structures, matcher.territory, Cohort("", "", members), Capacity({}))


def gaps_of(
    seen: Gaps, matcher: Matcher, doors: Matrix, replies: Iterable[NeedRecord]
) -> Iterator[GapRecord]:
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
                yield GapRecord(
                    *(insee, theme, level.state, level.label, theme in asked[insee]),
                    *(national[t][i], generalists[i], ground.expected, ground.known),
                    intern(", ".join(door.short for door in ground.unknown)),
                )


def unsure_of(seen: Gaps) -> dict[str, frozenset[Theme]]:
    """The themes that only structures to verify cover, by commune; those that have some."""
    found = {
        insee: frozenset(theme for t, theme in enumerate(Theme) if seen.unsure[t, i])
        for i, insee in enumerate(seen.cohort.members)
    }
    return {insee: themes for insee, themes in found.items() if themes}


def door_line(cell: Cell, matcher: Matcher) -> DoorLine:
    """What a pack says of a door of a département."""
    found = {
        id: read_organisation(structure_record(matcher.structures[id]))
        for id in (*cell.verified, *cell.doubtful, *cell.partly)
    }
    for id in cell.doubtful:
        if not found[id].to_verify:  # the row is sure: that it is this door here is not
            found[id] = replace(found[id], to_verify=True, note=ELSEWHERE)
    return DoorLine(
        *(cell.door.label, cell.door.short, cell.state.label),
        *(cell.state is DoorState.UNKNOWN, cell.state is DoorState.DOUBTFUL),
        tuple(found.values()),
    )
