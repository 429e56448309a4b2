"""The outlines of a pack in its GeoPackage, and how each of its layers is drawn.

EPCI and départements as they are drawn, communes as cells: we hold no contour of a commune. A cell
has what is nearer to the point of its commune than to any other of its département, within the
outline of that département. Its layer says so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.territory.nest import Territory

from . import qgis
from .qgis import Drawn

if TYPE_CHECKING:
    from .cohort import Pack


SMALL = 0.005
"""Radius of the disk of a commune that its outline leaves out, degrees (500 m)."""


def shapes(folder: Path, layer: str, codes: Iterable[str]) -> dict[str, Any]:
    """The outlines of some areas of `folder/layer.geojson`, by code."""
    import shapely

    wanted = set(codes)
    features = json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]
    return {
        code: shapely.multipolygons(shapely.get_parts(shapely.geometry.shape(one["geometry"])))
        for one in features
        if (code := one["properties"]["code"]) in wanted
    }


def cells(
    departements: Mapping[str, Any], wanted: Iterable[str], territory: Territory
) -> dict[str, Any]:
    """The cell of each wanted commune, by Insee code: a valid polygon or several, never empty."""
    asked = set(wanted)
    within: dict[str, list[Commune]] = {}
    for commune in territory.communes.values():
        within.setdefault(commune.departement, []).append(commune)
    found: dict[str, Any] = {}
    for code, outline in departements.items():
        if asked.intersection(commune.insee for commune in within[code]):
            found.update(_of_one(outline, within[code], asked))
    return found


def _of_one(outline: Any, communes: list[Commune], asked: set[str]) -> dict[str, Any]:
    import shapely

    points = shapely.points([(c.lon, c.lat) for c in communes])
    made = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.envelope(outline))
    )
    tree = shapely.STRtree(made)
    found = {}
    for commune, point in zip(communes, points, strict=True):
        if commune.insee not in asked:
            continue
        own = made[int(tree.nearest(point))]
        cell = shapely.make_valid(shapely.intersection(own, outline))
        flat = [part for part in shapely.get_parts(cell) if part.geom_type.endswith("Polygon")]
        # A point that the simplified outline leaves in the sea keeps a small disk.
        whole = shapely.union_all(flat) if flat else shapely.buffer(point, SMALL)
        found[commune.insee] = shapely.multipolygons(shapely.get_parts(whole))
    return found


OUTLINES = {
    "departements": "Départements",
    "epci": "Intercommunalités",
    "zones": "Communes (zones approchées : le plus près du point de la commune)",
}
"""Layers of outlines, from the lowest, and their titles."""
ALIASES = (("code", "Code"), ("nom", "Nom"), ("communes", "Communes de ce paquet"))
"""Fields of an outline, and their names for a reader."""
FORMAT = {"VERSION": "1.2"}
"""The GeoPackage that the QGIS of a Debian of 2021 reads without a warning; dates are the same."""
MANY = 15
"""Suggestions from which the place of a structure is drawn larger."""
NAMED = 25
"""Communes named on the map when it opens; a click names the others."""
Classes = tuple[tuple[float, float, str], ...]
_ASKED: tuple[str, Classes] = (
    "besoins",
    ((0, 1, "un besoin"), (1, 5, "2 à 5 besoins"), (5, 10**6, "plus de 5 besoins")),
)
_COVERED: Classes = (
    (0, 3, "3 thèmes couverts au plus"),
    (3, 8, "4 à 8 thèmes couverts"),
    (8, len(Theme), "9 thèmes couverts ou plus"),
)
_COUNTED = {"besoins": "besoins", "couverts": "thèmes couverts, à notre connaissance"}


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
            dataset_options=FORMAT,
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
            Counter(commune.insee for commune in communes),
        ),
    }


def drawn(pack: Pack) -> list[Drawn]:
    """How QGIS draws the layers of a pack, from the lowest to the one on top."""
    how = {
        "departements": qgis.single(qgis.fill("0", qgis.SOFT, 0, 0.6)),
        "epci": qgis.single(qgis.fill("0", qgis.SOFT, 0, 0.3)),
        "zones": qgis.single(qgis.fill("0", qgis.SOFT, 60, 0.1)),
    }
    below = [Drawn(n, OUTLINES[n], "MultiPolygon", how[n]) for n in outlined(pack)]
    links = qgis.single(qgis.line("0", qgis.INK, 0.2))
    field, classes = ("couverts", _COVERED) if pack.panorama and pack.surveyed else _ASKED
    sizes = zip((2.0, 3.0, 4.5), (qgis.SOFT, qgis.MIDDLE, qgis.INK), strict=True)
    marks = [qgis.mark(str(i), colour, size) for i, (size, colour) in enumerate(sizes)]
    seats = qgis.ruled(
        (
            ('"a_verifier"', "Fiche à vérifier : appelez d’abord"),
            (f'NOT "a_verifier" AND "suggestions" > {MANY}', f"Plus de {MANY} suggestions"),
            (f'NOT "a_verifier" AND "suggestions" <= {MANY}', f"{MANY} suggestions au plus"),
        ),
        [
            qgis.mark("0", qgis.DOUBT, 3.5, "triangle"),
            qgis.mark("1", qgis.SEAT, 4.0, "square"),
            qgis.mark("2", qgis.SEAT, 2.5, "square"),
        ],
    )
    # Hundreds of lines hide the map: they are there to be ticked.
    joined = Drawn("liens", "Liens entre une commune et un siège", "LineString", links, False)
    towns = qgis.classed(field, classes, marks, _known(pack))
    return [
        *below,
        joined,
        Drawn("communes", f"Communes, par nombre de {_COUNTED[field]}", "Point", towns),
        Drawn("structures", "Structures (commune du siège)", "Point", seats),
    ]


def _known(pack: Pack) -> str:
    """The expression that names the most populous communes, as many as a map has room for."""
    people = sorted(
        (pack.territory.communes[insee].population or 0 for insee in pack.by_commune), reverse=True
    )
    least = people[min(NAMED, len(people)) - 1] if people else 0
    return f'if("population" >= {least}, "nom", NULL)'
