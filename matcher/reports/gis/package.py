"""The outlines of a pack in its GeoPackage, and how each of its layers is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale

from . import styles
from .outlines import cells, shapes
from .project import Drawn

if TYPE_CHECKING:
    from ..pack.cohort import Pack

OUTLINES = {
    "departements": "Départements",
    "epci": "Intercommunalités",
    "zones": "Communes (zones approchées : le plus près du point de la commune)",
}
"""Layers of outlines, from the lowest, and their titles."""
ALIASES = (("code", "Code"), ("nom", "Nom"), ("communes", "Communes de ce paquet"))
"""Fields of an outline, and their names for a reader."""
FEW, MANY = 5, 15
"""Suggestions from which the place of a structure is drawn larger."""


def outlined(pack: Pack) -> tuple[str, ...]:
    """The layers of outlines of a pack, from the lowest; none where their folder is not known."""
    return tuple(OUTLINES) if pack.contours else ()


def write_outlines(pack: Pack, path: Path, about: str) -> None:
    """Write the outlines of the areas of a pack into its GeoPackage, the largest first."""
    import geopandas as gpd  # a second: only this format needs it
    import pyogrio

    if not pack.contours:
        return
    for layer, (found, names, counts) in _areas(pack, pack.contours).items():
        codes = sorted(found)
        frame = gpd.GeoDataFrame(
            {
                "code": codes,
                "nom": [names[code] for code in codes],
                "communes": [counts[code] for code in codes],
            },
            geometry=[found[code] for code in codes],
            crs="EPSG:4326",
        )
        pyogrio.write_dataframe(
            frame,
            path,
            layer=layer,
            driver="GPKG",
            geometry_type="MultiPolygon",
            append=path.exists(),
            layer_options={"IDENTIFIER": OUTLINES[layer], "DESCRIPTION": about},
        )


def _areas(
    pack: Pack, folder: Path
) -> dict[str, tuple[dict[str, Any], Mapping[str, str], Counter[str]]]:
    """By layer: the shapes, the names and the communes of the pack in each, by code."""
    territory = pack.territory
    communes = [territory.communes[insee] for insee in pack.by_commune]
    of_departement = Counter(commune.departement for commune in communes)
    of_epci = Counter(commune.epci for commune in communes if commune.epci)
    departements = shapes(folder, "departements", of_departement)
    return {
        "departements": (
            departements,
            {c: territory.name(Area(Scale.DEPARTEMENT, c)) for c in departements},
            of_departement,
        ),
        "epci": (
            shapes(folder, "epci", of_epci),
            {c: territory.name(Area(Scale.EPCI, c)) for c in of_epci},
            of_epci,
        ),
        "zones": (
            cells(departements, pack.by_commune, territory),
            {commune.insee: commune.name for commune in communes},
            Counter(pack.by_commune),
        ),
    }


def drawn(pack: Pack) -> list[Drawn]:
    """How QGIS draws the layers of a pack, from the lowest to the one on top."""
    how = {
        "departements": styles.single(styles.fill("0", styles.SOFT, 0, 0.6)),
        "epci": styles.single(styles.fill("0", styles.SOFT, 0, 0.3), "nom"),
        "zones": styles.single(styles.fill("0", styles.SOFT, 60, 0.1)),
    }
    below = [Drawn(n, OUTLINES[n], "MultiPolygon", how[n]) for n in outlined(pack)]
    links = styles.single(styles.line("0", styles.SOFT, 0.2))
    communes = styles.classed(
        "besoins",
        ((0, 1, "un besoin"), (1, FEW, f"{FEW} au plus"), (FEW, 10**6, f"plus de {FEW}")),
        [styles.mark(str(i), styles.INK, size) for i, size in enumerate((2.0, 3.0, 4.5))],
        "nom",
    )
    seats = styles.ruled(
        (
            ('"a_verifier"', "Fiche à vérifier : appelez d’abord"),
            (f'NOT "a_verifier" AND "suggestions" > {MANY}', f"Plus de {MANY} suggestions"),
            (f'NOT "a_verifier" AND "suggestions" <= {MANY}', f"{MANY} suggestions au plus"),
        ),
        [
            styles.mark("0", styles.DOUBT, 3.0, "triangle"),
            styles.mark("1", styles.INK, 4.0, "square"),
            styles.mark("2", styles.INK, 2.5, "square"),
        ],
    )
    return [
        *below,
        Drawn("liens", "Liens entre une commune et un siège", "LineString", links),
        Drawn("communes", "Communes", "Point", communes),
        Drawn("structures", "Structures (commune du siège)", "Point", seats),
    ]
