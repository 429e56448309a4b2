"""What is missing near a commune: themes of a need that no local structure works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matcher import Theme
from matcher.catalogue import Area, Scale

from .kept import Covered

WIDE = (Scale.REGION, Scale.NATIONAL)
"""Levels that are not local, narrow to wide."""
NEAREST = {
    Scale.REGION: "des structures régionales y travaillent",
    Scale.NATIONAL: "des structures nationales y travaillent",
    None: "aucune autre non plus dans notre catalogue",
}


@dataclass(frozen=True)
class Gap:
    """A theme without a local specialist, and who is the nearest to one, in French."""

    theme: Theme
    instead: str


def gaps(themes: Iterable[Theme], covered: Sequence[Covered]) -> list[Gap]:
    """The themes on which no structure of the commune, its EPCI or its département works.

    Parameters
    ----------
    covered : sequence of Covered
        Every structure that answers in the commune.
    """
    found = []
    for theme in themes:
        levels = {_level(c) for c in covered if theme in c.structure.themes}
        if levels <= set(WIDE):
            nearest = next((scale for scale in WIDE if scale in levels), None)
            found.append(Gap(theme, NEAREST[nearest]))
    return found


def _level(covered: Covered) -> Scale | None:
    """The level at which it covers the commune; None for a radius, which is local."""
    return covered.reach.scale if isinstance(covered.reach, Area) else None
