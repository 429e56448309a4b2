"""Gaps as people read them: tables, points for a map, where to add a structure, a few sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.territory.nest import Territory

from .covered import Gaps, Level
from .covering import Covering

THEMES = tuple(Theme)
_BY_LEVEL = (Level.LOCAL, Level.REGIONAL, Level.NATIONAL)
COLUMNS = (
    *("insee", "commune", "departement", "population", "theme", "libelle", "niveau"),
    *("structures_locales", "structures_regionales", "structures_nationales", "places_par_commune"),
    *("generalistes_locaux", "generalistes_regionaux", "generalistes_nationaux"),
)
THEME_COLUMNS = (
    *("theme", "libelle"),
    *(level.label for level in Level),
    *("communes_a_pourvoir", "habitants_a_pourvoir"),
)
SITE_COLUMNS = (
    *("theme", "libelle", "ordre", "insee", "commune", "zone_desservie", "communes_pourvues"),
    *("habitants_pourvus", "cumul_communes", "a_pourvoir", "maximum_possible", "optimal"),
)
AREA_COLUMNS = (
    *("niveau", "code", "territoire", "communes", "themes_a_pourvoir_par_commune"),
    *(f"part_a_pourvoir_{theme.value}" for theme in THEMES),
)
THEMES_PER_COMMUNE = (1, 3, 6, 9)
"""Classes of the map of all themes, in themes out of 18: the same for every cohort."""
PERCENT = (20, 40, 60, 80)
"""Classes of the map of one theme, in % of the communes."""
SHOWN = 5
"""Sites named in the summary."""


def people(gaps: Gaps, territory: Territory) -> np.ndarray:
    """Inhabitants of each commune of the cohort, shape (communes,); 0 where unknown."""
    found = [commune.population or 0 for commune in _communes(gaps, territory)]
    return np.array(found, dtype=np.float64)


def gap_rows(gaps: Gaps, territory: Territory) -> Iterator[tuple[Any, ...]]:
    """One row a commune and theme (`COLUMNS`)."""
    levels, counts, places = gaps.levels.tolist(), gaps.counts.tolist(), gaps.places.tolist()
    generalists = gaps.generalists.tolist()
    for i, commune in enumerate(_communes(gaps, territory)):
        start = (commune.insee, commune.name, commune.departement, commune.population)
        general = [generalists[level][i] for level in _BY_LEVEL]
        for t, theme in enumerate(THEMES):
            yield (
                *(*start, theme.value, theme.label, Level(levels[t][i]).label),
                *(counts[level][t][i] for level in _BY_LEVEL),
                *(round(places[t][i], 3), *general),
            )


def theme_rows(gaps: Gaps, territory: Territory) -> Iterator[tuple[Any, ...]]:
    """One row a theme: communes at each level, communes and inhabitants in want."""
    inhabitants = people(gaps, territory)
    for t, theme in enumerate(THEMES):
        at = np.bincount(gaps.levels[t], minlength=len(Level)).tolist()
        wanting = gaps.wanting[t]
        yield (
            *(theme.value, theme.label, *at),
            *(int(wanting.sum()), int(inhabitants[wanting].sum())),
        )


def site_rows(
    gaps: Gaps, coverings: Mapping[Theme, Covering], zone: str, territory: Territory
) -> Iterator[tuple[Any, ...]]:
    """One row a theme and site, the site that closes most first (`SITE_COLUMNS`)."""
    inhabitants = people(gaps, territory)
    for theme, found in coverings.items():
        total = 0
        for order, (site, closed) in enumerate(zip(found.sites, found.closed, strict=True), 1):
            total += len(closed)
            yield (
                *(theme.value, theme.label, order, site.commune),
                *(territory.communes[site.commune].name, zone, len(closed)),
                *(int(inhabitants[list(closed)].sum()), total),
                int(gaps.wanting[THEMES.index(theme)].sum()),
                *(found.bound, "oui" if found.exact else "non"),
            )


def area_rows(gaps: Gaps, territory: Territory, scale: Scale) -> list[tuple[Any, ...]]:
    """One row an area of a level: what its communes of the cohort want (`AREA_COLUMNS`).

    Themes in want per commune, then for each theme the share of the communes in want, in %.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for i, commune in enumerate(_communes(gaps, territory)):
        code = commune.epci if scale is Scale.EPCI else commune.departement
        if code is not None:
            groups[code].append(i)
    rows = []
    for code, members in sorted(groups.items()):
        shares = gaps.wanting[:, members].mean(axis=1)
        start = (scale.value, code, territory.name(Area(scale, code)), len(members))
        rows.append(
            (*start, round(float(shares.sum()), 2), *(round(100 * float(s), 1) for s in shares))
        )
    return rows


def gap_geojson(gaps: Gaps, territory: Territory) -> dict[str, Any]:
    """One point a commune (WGS84), with the level of each theme and how many are in want."""
    wanting, levels = gaps.wanting.sum(axis=0).tolist(), gaps.levels.T.tolist()
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": commune.insee,
                "geometry": {"type": "Point", "coordinates": [commune.lon, commune.lat]},
                "properties": {
                    "insee": commune.insee,
                    "nom": commune.name,
                    "departement": commune.departement,
                    "population": commune.population,
                    "themes_a_pourvoir": count,
                    **{t.value: Level(n).label for t, n in zip(THEMES, own, strict=True)},
                },
            }
            for commune, count, own in zip(_communes(gaps, territory), wanting, levels, strict=True)
        ],
    }


def summary(
    gaps: Gaps, coverings: Mapping[Theme, Covering], zone: str, territory: Territory
) -> Iterator[str]:
    """The gaps in a few French sentences, and where one more structure would close most."""
    inhabitants = people(gaps, territory)
    size = len(gaps.cohort.members)
    yield f"{gaps.cohort.name} : {counted(size, 'commune', 'communes')}, {len(THEMES)} thèmes."
    pairs = gaps.levels.size
    for level in Level:
        count = int((gaps.levels == level).sum())
        share = decimal(100 * count / pairs)
        yield f"  {level.label} : {counted(count, 'couple', 'couples')} commune × thème ({share} %)"
    firsts = sorted(
        ((theme, found) for theme, found in coverings.items() if found.sites),
        key=lambda item: (-len(item[1].closed[0]), item[0].value),
    )
    if firsts:
        yield f"Là où une structure de plus comblerait le plus ({zone}) :"
    for theme, found in firsts[:SHOWN]:
        closed = list(found.closed[0])
        where = territory.communes[found.sites[0].commune].name
        yield (
            f"  {theme.label}, à {where} : {counted(len(closed), 'commune', 'communes')} et "
            f"{decimal(inhabitants[closed].sum())} habitants, sur "
            f"{decimal(gaps.wanting[THEMES.index(theme)].sum())} communes à pourvoir."
        )


def _communes(gaps: Gaps, territory: Territory) -> Sequence[Commune]:
    return [territory.communes[insee] for insee in gaps.cohort.members]
