"""Outlines for maps: communes dissolved, then simplified with their borders in common.

GeoJSON, WGS84, overseas in its true place, one feature a line. Imports shapely: for the building
step only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from matcher.catalogue import files

from .contours import Place

GAP = 0.003
"""Gaps between contours that are closed, degrees (300 m): contours of communes do not fit exactly.
Wider ones are true: Llívia is a piece of Spain."""

SNAP = 1e-5
"""Vertices nearer than this are one, degrees (1 m)."""

GRID = 1e-3
"""Step of the coordinates, degrees (110 m): below a pixel of a map of a département."""

TOLERANCE = {"departements": 0.02, "regions": 0.02, "epci": 0.015}
"""How much is smoothed: a corner goes when its triangle is smaller than the square of this, in
square degrees (0.02: 3 km²). Chosen for the weight of a page: 140 KB, 60 KB, under 800 KB."""

ISLET = 5e-4
"""Islands smaller than this, in square degrees (4 km²), are left out, unless a commune has its
point there."""


def build(
    target: Path,
    places: Mapping[str, Place],
    groups: Mapping[str, Mapping[str, str]],
    names: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    """Write `target/*.geojson`; say what was written, in French.

    Parameters
    ----------
    target : Path
        Folder of the outlines.
    places : mapping of str to Place
        Contour and point of each commune, by Insee code.
    groups : mapping of str to mapping of str to str
        For each layer (`departements`), the code of the area of each commune, "" for none.
    names : mapping of str to mapping of str to str
        For each layer, the names of the areas by code.
    """
    target.mkdir(exist_ok=True)
    contours = np.array([place.contour for place in places.values()])
    clean = shapely.coverage_clean(contours, gap_width=GAP, snapping_distance=SNAP)
    desert = _islets(clean, [(place.lon, place.lat) for place in places.values()])
    for layer, tolerance in TOLERANCE.items():
        codes, whole = _dissolve(clean, [groups[layer][code] for code in places])
        shapes = np.array([_without(shape, desert) for shape in whole])
        shapes = shapely.set_precision(shapely.coverage_simplify(shapes, tolerance), GRID)
        shapes = shapely.orient_polygons(shapes)
        path = target / f"{layer}.geojson"
        files.write(path, (_collection(codes, shapes, names[layer]).encode(),))
        yield (
            f"reference/outlines/{path.name} : {len(codes)} contours, "
            f"{path.stat().st_size / 1000:.0f} ko, {int(shapely.is_valid(shapes).sum())} valides"
        )


def _dissolve(contours: Any, groups: list[str]) -> tuple[list[str], list[Any]]:
    """The union of the contours of each group, by code of the group."""
    members: dict[str, list[Any]] = {}
    for contour, group in zip(contours, groups, strict=True):
        if group:
            members.setdefault(group, []).append(contour)
    codes = sorted(members)
    return codes, [shapely.coverage_union_all(members[code]) for code in codes]


def _islets(contours: Any, towns: list[tuple[float, float]]) -> Any:
    """Small islands without a town. A small piece of land within another area is none of them."""
    points = shapely.multipoints(towns)
    shapely.prepare(points)
    islands = shapely.get_parts(shapely.coverage_union_all(contours))
    small = [island for island in islands if island.area < ISLET and not points.intersects(island)]
    desert = shapely.multipolygons(small)
    shapely.prepare(desert)
    return desert


def _without(shape: Any, desert: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if not desert.contains(p.representative_point())]
    return shapely.multipolygons(parts) if len(parts) > 1 else parts[0]


def _collection(codes: list[str], shapes: Any, names: Mapping[str, str]) -> str:
    features = (
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": code, "name": names[code]},
                "geometry": _geometry(shape),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for code, shape in zip(codes, shapes, strict=True)
    )
    lines = ",\n".join(features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _geometry(shape: Any) -> dict[str, Any]:
    """The GeoJSON of a shape, its coordinates with no more digits than they mean."""
    rounded = shapely.transform(shape, lambda xy: np.round(xy, 3))
    geometry: dict[str, Any] = shapely.geometry.mapping(rounded)
    return geometry
