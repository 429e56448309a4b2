"""The measures of an evaluation, laid out for a terminal in French."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcher.catalogue.french import decimal
from matcher.ranking.matcher import Matcher

from .cases import RANKINGS, Measure, Result, group, measure

NAME_WIDTH = 26


def lines(matcher: Matcher, results: Sequence[Result]) -> Iterator[str]:
    """Yield the table against the baselines, then by kind and by région."""
    yield (
        f"{len(results)} cas ; projets de la même commune ou de la même source retirés ; "
        "intervalle à 95 % par rééchantillonnage."
    )
    yield ""
    for name in RANKINGS:
        measures = measure([result.ranks[name] for result in results])
        cells = "  ".join(f"{label} {_interval(found)}" for label, found in measures.items())
        yield f"{name:<{NAME_WIDTH}}{cells}"
    for title, key in (("Par type de structure attendue", "kind"), ("Par région", "region")):
        yield ""
        yield f"{title} :"
        for name, ranks in group(matcher, results, key).items():
            measures = measure(ranks)
            cells = "  ".join(f"{label} {decimal(m.value, 2)}" for label, m in measures.items())
            yield f"  {name[:44]:<46}{len(ranks):>3} cas  {cells}"


def misses(results: Sequence[Result], depth: int) -> Iterator[str]:
    """Yield the cases whose first right structure is below `depth`, worst first."""
    late = [r for r in results if (r.ranks["Maillage"] or 10**6) > depth]
    for result in sorted(late, key=lambda r: (-(r.ranks["Maillage"] or 10**6), r.case.id)):
        rank = result.ranks["Maillage"]
        place = f"rang {rank}" if rank else "hors périmètre"
        yield f"{result.case.id}  {place}  {', '.join(sorted(result.case.right))}"


def _interval(found: Measure) -> str:
    return f"{decimal(found.value, 2)} [{decimal(found.low, 2)}–{decimal(found.high, 2)}]"
