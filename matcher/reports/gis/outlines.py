"""Outlines for a GeoPackage: EPCI and départements as they are drawn, communes as cells.

We hold no contour of a commune: a cell has what is nearer to the point of its commune than to any
other of its département, within the outline of that département. Its layer says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matcher.catalogue.model import Commune
from matcher.territory.nest import Territory

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
