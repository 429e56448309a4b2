"""Gaps as people read them: tables, points for a map, where to add a structure, a few sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.reports.pack.records import COVERED, STATES
from matcher.territory.nest import Territory
from matcher.upkeep.directory.matrix import Matrix

from .covered import CHARGE_UNKNOWN, Gaps, Level
from .covering import Covering

THEMES = tuple(Theme)
_BY_LEVEL = (Level.LOCAL, Level.REGIONAL, Level.NATIONAL)
COLUMNS = (
    *("insee", "commune", "departement", "population", "theme", "libelle", "niveau"),
    *("structures_locales", "structures_regionales", "structures_nationales", "places_par_commune"),
    *("generalistes_locaux", "generalistes_regionaux", "generalistes_nationaux"),
    *(
        "etat",
        "a_verifier",
        "charge",
        "portes_attendues",
        "portes_connues",
        "portes_non_recensees",
        "releve",
    ),
)
THEME_COLUMNS = (
    *("theme", "libelle"),
    *STATES,
    "dont_couvert_a_verifier",
    *(f"dont {level.label}" for level in Level if level.label not in STATES),
    *("communes_a_pourvoir", "habitants_a_pourvoir", "dont_terrain_releve", "portes"),
)
SITE_COLUMNS = (
    *("theme", "libelle", "ordre", "insee", "commune", "zone_desservie", "communes_pourvues"),
    *("habitants_pourvus", "cumul_communes", "a_pourvoir", "maximum_possible", "optimal"),
    *("portes", "ce_qui_le_rendrait_faux"),
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


def surveyed(gaps: Gaps, territory: Territory, doors: Matrix) -> npt.NDArray[np.bool_]:
    """Where the ground was looked at enough for a gap to speak of the place, as `Gaps.levels`."""
    communes = _communes(gaps, territory)
    return np.array([[doors.ground(t, c).surveyed for c in communes] for t in THEMES], dtype=bool)


def gap_rows(gaps: Gaps, territory: Territory, doors: Matrix) -> Iterator[tuple[Any, ...]]:
    """One row a commune and theme (`COLUMNS`)."""
    levels, counts, places = gaps.levels.tolist(), gaps.counts.tolist(), gaps.places.tolist()
    generalists, told, unsure = (
        array.tolist() for array in (gaps.generalists, gaps.told, gaps.unsure)
    )
    for i, commune in enumerate(_communes(gaps, territory)):
        start = (commune.insee, commune.name, commune.departement, commune.population)
        general = [generalists[level][i] for level in _BY_LEVEL]
        for t, theme in enumerate(THEMES):
            level, ground = Level(levels[t][i]), doors.ground(theme, commune)
            local = level.state == COVERED
            charge = "connue" if told[t][i] else CHARGE_UNKNOWN
            yield (
                *(*start, theme.value, theme.label, level.label),
                *(counts[one][t][i] for one in _BY_LEVEL),
                *(round(places[t][i], 3) if local and told[t][i] else None, *general),
                *(level.state, ("oui" if unsure[t][i] else "non") if local else None),
                *(charge if local else None, ground.expected, ground.known),
                "|".join(door.short for door in ground.unknown),
                "oui" if ground.surveyed else "non",
            )


def theme_rows(gaps: Gaps, territory: Territory, doors: Matrix) -> Iterator[tuple[Any, ...]]:
    """One row a theme: communes in each state and level, those in want, doors expected and known.

    Doors are added up over the départements of the cohort.
    """
    inhabitants, looked = people(gaps, territory), surveyed(gaps, territory, doors)
    places = {c.departement: c for c in _communes(gaps, territory)}.values()
    for t, theme in enumerate(THEMES):
        at = np.bincount(gaps.levels[t], minlength=len(Level)).tolist()
        wanting = gaps.wanting[t]
        states = [sum(at[one] for one in Level if one.state == state) for state in STATES]
        grounds = [doors.ground(theme, place) for place in places]
        known, expected = sum(g.known for g in grounds), sum(g.expected for g in grounds)
        yield (
            *(theme.value, theme.label, *states, int(gaps.unsure[t].sum())),
            *(at[one] for one in Level if one.label not in STATES),
            *(int(wanting.sum()), int(inhabitants[wanting].sum())),
            *(int((wanting & looked[t]).sum()), f"{known} connues sur {expected} attendues"),
        )


def site_rows(
    gaps: Gaps,
    coverings: Mapping[Theme, Covering],
    zone: str,
    territory: Territory,
    doors: Matrix,
) -> Iterator[tuple[Any, ...]]:
    """One row a theme and site, the site that closes most first (`SITE_COLUMNS`)."""
    looked = surveyed(gaps, territory, doors)
    inhabitants = people(gaps, territory)
    for theme, found in coverings.items():
        total = 0
        for order, (site, closed) in enumerate(zip(found.sites, found.closed, strict=True), 1):
            total += len(closed)
            yield (
                *(theme.value, theme.label, order, site.commune),
                *(territory.communes[site.commune].name, zone, len(closed)),
                *(int(inhabitants[list(closed)].sum()), total),
                int((gaps.wanting & looked)[THEMES.index(theme)].sum()),
                *(found.bound, "oui" if found.exact else "non"),
                doors.ground(theme, territory.communes[site.commune]).sentence,
                false_if(theme, territory.communes[site.commune]),
            )


def false_if(theme: Theme, where: Commune) -> str:
    """What would make the advice of one more structure false, in French."""
    return (
        f"Une structure qui travaille déjà sur le thème « {theme.label} » près de {where.name}, et "
        "que nous n’avons pas recensée : à demander à l’intercommunalité et au Département."
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
    gaps: Gaps,
    coverings: Mapping[Theme, Covering],
    zone: str,
    territory: Territory,
    doors: Matrix,
) -> Iterator[str]:
    """The gaps in a few French sentences, and where one more structure would close most."""
    looked = surveyed(gaps, territory, doors)
    inhabitants = people(gaps, territory)
    size = len(gaps.cohort.members)
    yield f"{gaps.cohort.name} : {counted(size, 'commune', 'communes')}, {len(THEMES)} thèmes."
    pairs = gaps.levels.size
    for state in STATES:
        count = int(np.isin(gaps.levels, [one for one in Level if one.state == state]).sum())
        share = decimal(100 * count / pairs)
        doubt = int(gaps.unsure.sum()) if state == COVERED else 0
        doubtful = f", dont {decimal(doubt)} par des fiches toutes à vérifier" if doubt else ""
        said = counted(count, "couple", "couples")
        yield f"  {state} : {said} commune × thème ({share} %){doubtful}"
    yield "Non recensé veut dire que nous ne connaissons personne, pas qu’il n’y a personne."
    silent = gaps.wanting & ~looked
    if silent.any():
        yield (
            f"Terrain non relevé pour {counted(int(silent.sum()), 'couple', 'couples')} sans "
            "structure locale ni régionale connue : aucune structure nouvelle n’y est conseillée, "
            "il faut d’abord chercher les portes d’entrée qui manquent."
        )
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
            f"{decimal((gaps.wanting & looked)[THEMES.index(theme)].sum())} communes à pourvoir "
            f"({doors.ground(theme, territory.communes[found.sites[0].commune]).sentence})."
        )
    if firsts:
        yield "Ce conseil est faux si une structure que nous n’avons pas recensée y travaille déjà."


def _communes(gaps: Gaps, territory: Territory) -> Sequence[Commune]:
    return [territory.communes[insee] for insee in gaps.cohort.members]
