"""What is missing near a commune: themes of a need that no local structure works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matcher import Area, Scale, Suggestion, Theme

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


def gaps(themes: Iterable[Theme], suggestions: Sequence[Suggestion]) -> list[Gap]:
    """The themes on which no structure of the commune, its EPCI or its département works.

    Parameters
    ----------
    suggestions : sequence of Suggestion
        All of the answer, not only the page.
    """
    found = []
    for theme in themes:
        levels = {_level(s) for s in suggestions if theme in s.structure.themes}
        if levels <= set(WIDE):
            nearest = next((scale for scale in WIDE if scale in levels), None)
            found.append(Gap(theme, NEAREST[nearest]))
    return found


def _level(suggestion: Suggestion) -> Scale | None:
    """The level at which it covers the commune; None for a radius, which is local."""
    return suggestion.reach.scale if isinstance(suggestion.reach, Area) else None
