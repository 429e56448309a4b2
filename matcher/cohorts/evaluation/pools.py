"""Pools of structures to be graded blind: what several rankings put first, in a random order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.records import reach_name

from .relevance import DEPTH, Judged, answer

HEADER = (
    "id", "commune", "departement", "habitants", "besoin", "structure_id", "nom", "type", "themes",
    "couverture", "a_verifier", "texte", "juge_a",
)  # fmt: skip
"""What a judge sees, and the column to fill: no rank, no score, not which ranking proposed it."""
OTHERS_DEPTH = 5
"""How many of the first of each baseline join the first ten of the ranking under test."""

Row = tuple[str, ...]


def rows(matcher: Matcher, needs: Iterable[Judged], seed: int) -> Iterator[Row]:
    """Give the pools need after need, each shuffled.

    Parameters
    ----------
    seed : int
        Of the shuffle: the same seed gives the same file.
    """
    draw = random.Random(seed)
    for need in needs:
        commune = matcher.commune(need.commune, "insee")
        asked = (
            need.id,
            commune.name,
            matcher.territory.name(Area(Scale.DEPARTEMENT, commune.departement)),
            str(commune.population or ""),
            need.text,
        )
        found = proposed(matcher, need)
        draw.shuffle(found)
        for key in found:
            yield *asked, *_record(matcher, key), ""


def proposed(matcher: Matcher, need: Judged) -> list[str]:
    """Ids that some ranking puts first, each once, by id."""
    first = answer(matcher, need).first
    depth = {"Maillage": DEPTH}
    return sorted(
        {key for name, ids in first.items() for key in ids[: depth.get(name, OTHERS_DEPTH)]}
    )


def _record(matcher: Matcher, key: str) -> Row:
    structure = matcher.structures[key]
    themes = ["généraliste"] if structure.generalist else []
    return (
        key,
        structure.name,
        structure.kind.label,
        ", ".join([*themes, *(theme.label for theme in structure.themes)]),
        ", ".join(reach_name(part, matcher.territory) for part in structure.coverage),
        "oui" if structure.to_verify else "non",
        structure.description,
    )
