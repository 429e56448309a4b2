"""How well the ranking finds, on accompaniments that really took place; the measures, in French.

A case is judged without the projects of its commune or of its source, so that the track record
cannot give away the answer. Only the documented structures count as right, although others may
serve as well: the ceiling is below 100 %.
"""

from __future__ import annotations

import random
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import decimal
from matcher.catalogue.model import Need
from matcher.catalogue.tables import read_rows
from matcher.ranking.matcher import Matcher
from matcher.ranking.policy import Scored
from matcher.tables.asked import NeedError, check_text
from matcher.territory.nest import UnknownCommune

DEPTHS = (1, 5, 10)
"""Ranks at which a hit is counted."""
RESAMPLES = 2_000
"""Draws of the bootstrap."""
INTERVAL = (0.025, 0.975)
"""Quantiles of the interval: 95 %."""
SEED = 20210101
"""Seed of the bootstrap, so that a report comes out the same twice."""

_URL = re.compile(r"https?://[^\s;]+")


@dataclass(frozen=True, slots=True)
class Case:
    """A documented accompaniment: the need as said before, and who really helped."""

    id: str
    commune: str
    text: str
    right: frozenset[str]
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class RankedCase:
    """Rank of the first right structure in each ranking; None when it is not eligible."""

    case: Case
    ranks: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean in [0, 1] with its bootstrap interval."""

    value: float
    low: float
    high: float


Ranking = Callable[[Sequence[Scored]], list[Scored]]


def _by(criterion: str) -> Ranking:
    def ranking(scored: Sequence[Scored]) -> list[Scored]:
        part = {s.structure.id: _score(s, criterion) for s in scored}
        return sorted(scored, key=lambda s: (-part[s.structure.id], s.structure.id))

    return ranking


def _nearest(scored: Sequence[Scored]) -> list[Scored]:
    far = float("inf")
    distance = {
        s.structure.id: far if s.candidate.distance_km is None else s.candidate.distance_km
        for s in scored
    }
    return sorted(scored, key=lambda s: (distance[s.structure.id], s.structure.id))


RANKINGS: Mapping[str, Ranking] = {
    "Maillage": list,
    "siège le plus proche": _nearest,
    "texte seul": _by("words"),
    "thèmes seuls": _by("themes"),
}
"""The ranking under test and the three baselines, all over the same eligible structures."""


def read_cases(path: Path) -> list[Case]:
    """Read a CSV of cases: `id, insee_query, besoin, structure_ids, source_url`.

    Raises
    ------
    DataError
        When the file cannot be read, or has no case.
    """
    columns = ("id", "insee_query", "besoin", "structure_ids", "source_url")
    rows = read_rows(path, columns)
    if not rows:
        raise DataError([Fault(path.name, None, None, None, "aucun cas dans ce fichier")])
    return [
        Case(
            row["id"],
            row["insee_query"],
            row["besoin"],
            frozenset(row["structure_ids"].split("|")),
            frozenset(_URL.findall(row["source_url"])),
        )
        for row in rows
    ]


def check_cases(matcher: Matcher, cases: Sequence[Case], file: str) -> None:
    """Refuse cases that cannot be judged, before any is.

    Raises
    ------
    DataError
        Every case with an unknown commune or structure, or an empty need.
    """
    faults: list[Fault] = []
    for line, case in enumerate(cases, 2):
        faults += unasked(matcher, file, line, "insee_query", case.commune, case.text)
        for unknown in sorted(case.right - matcher.structures.keys()):
            faults.append(Fault(file, line, "structure_ids", unknown, "structure inconnue"))
    if faults:
        raise DataError(faults)


def unasked(
    matcher: Matcher, file: str, line: int, column: str, commune: str, text: str
) -> Iterator[Fault]:
    """Why a need of a file cannot be asked: its commune, of a column, or its text."""
    try:
        matcher.commune(commune, "insee")
    except UnknownCommune as error:
        yield Fault(file, line, column, commune, error.reason)
    try:
        check_text(text)
    except NeedError as error:
        yield Fault(file, line, "besoin", text, str(error))


def judge(matcher: Matcher, case: Case) -> RankedCase:
    """Rank one case with its own projects withheld."""
    blind = withhold(matcher, case)
    commune = matcher.commune(case.commune, "insee")
    scored = blind.ranked(Need(commune.insee, case.text))
    ranks = {}
    for name, ranking in RANKINGS.items():
        ids = [s.structure.id for s in ranking(scored)]
        ranks[name] = next((i for i, key in enumerate(ids, 1) if key in case.right), None)
    return RankedCase(case, ranks)


def withhold(matcher: Matcher, case: Case) -> Matcher:
    """Give a matcher without the projects of the case's commune or of its source."""
    commune = matcher.commune(case.commune, "insee").insee
    return matcher.with_projects(
        p
        for p in matcher.catalogue.projects
        if p.commune != commune and not case.sources.intersection(_URL.findall(p.source))
    )


def measure(ranks: Sequence[int | None]) -> dict[str, Measure]:
    """hit@1, hit@5, hit@10 and MRR, each with its interval."""
    measures = {
        f"hit@{k}": bootstrap([float(r is not None and r <= k) for r in ranks]) for k in DEPTHS
    }
    measures["MRR"] = bootstrap([1 / r if r else 0.0 for r in ranks])
    return measures


def group(matcher: Matcher, results: Iterable[RankedCase], key: str) -> dict[str, list[int | None]]:
    """Ranks of `Maillage` by kind of the right structures, or by région."""
    groups: dict[str, list[int | None]] = defaultdict(list)
    for result in results:
        if key == "kind":
            names = {matcher.structure(i).kind.label for i in result.case.right}
        else:
            names = {region_of(matcher, result.case.commune)}
        for name in names:
            groups[name].append(result.ranks["Maillage"])
    return dict(sorted(groups.items()))


def region_of(matcher: Matcher, commune: str) -> str:
    """Name of the région of a commune, by its Insee code."""
    territory = matcher.territory
    return territory.name(territory.areas_of(matcher.commune(commune, "insee"))[-2])


def _score(scored: Scored, criterion: str) -> float:
    part = next(c for c in scored.contributions if c.criterion == criterion)
    return part.score or 0.0


def bootstrap(values: Sequence[float]) -> Measure:
    """Mean of values with the interval of its resamples."""
    draw = random.Random(SEED)
    means = sorted(statistics.fmean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low, high = (means[int(q * (RESAMPLES - 1))] for q in INTERVAL)
    return Measure(statistics.fmean(values), low, high)


NAME_WIDTH = 26


def lines(matcher: Matcher, results: Sequence[RankedCase]) -> Iterator[str]:
    """Yield the table against the baselines, then by kind and by région."""
    yield (
        f"{len(results)} cas ; projets de la même commune ou de la même source retirés ; "
        "intervalle à 95 % par rééchantillonnage."
    )
    yield ""
    for name in RANKINGS:
        measures = measure([result.ranks[name] for result in results])
        cells = "  ".join(f"{label} {interval(found)}" for label, found in measures.items())
        yield f"{name:<{NAME_WIDTH}}{cells}"
    for title, key in (("Par type de structure attendue", "kind"), ("Par région", "region")):
        yield ""
        yield f"{title} :"
        for name, ranks in group(matcher, results, key).items():
            measures = measure(ranks)
            cells = "  ".join(f"{label} {decimal(m.value, 2)}" for label, m in measures.items())
            yield f"  {name[:44]:<46}{len(ranks):>3} cas  {cells}"


def misses(results: Sequence[RankedCase], depth: int) -> Iterator[str]:
    """Yield the cases whose first right structure is below `depth`, worst first."""
    late = [r for r in results if (r.ranks["Maillage"] or 10**6) > depth]
    for result in sorted(late, key=lambda r: (-(r.ranks["Maillage"] or 10**6), r.case.id)):
        rank = result.ranks["Maillage"]
        place = f"rang {rank}" if rank else "hors périmètre"
        yield f"{result.case.id}  {place}  {', '.join(sorted(result.case.right))}"


def interval(found: Measure) -> str:
    """A measure with its interval, in French."""
    return f"{decimal(found.value, 2)} [{decimal(found.low, 2)}–{decimal(found.high, 2)}]"
