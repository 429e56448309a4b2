"""Outlines of areas, and how longitudes and latitudes fall on a sheet of paper."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = Sequence[Point]


@dataclass(frozen=True)
class Outline:
    """An area: its code, its name and the rings of its contour (longitude, latitude; WGS84)."""

    code: str
    name: str
    rings: tuple[Ring, ...]


def read_outlines(path: Path) -> list[Outline]:
    """The areas of a GeoJSON whose features have the properties `code` and `name`."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [
        Outline(f["properties"]["code"], f["properties"]["name"], tuple(_rings(f["geometry"])))
        for f in features
    ]


def _rings(geometry: Mapping[str, Any]) -> Iterable[Ring]:
    polygons = geometry["coordinates"]
    for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
        yield from polygon


class Frame:
    """Degrees to pixels: points fill a box, longitudes narrowed as at their middle latitude.

    Parameters
    ----------
    points : iterable of (longitude, latitude)
        What has to fit; at least two distinct ones.
    left, upper, width, height : float
        The box, pixels. What is smaller than the box starts at its upper left corner.
    """

    def __init__(
        self, points: Iterable[Point], left: float, upper: float, width: float, height: float
    ) -> None:
        lon, lat = zip(*points, strict=True)
        self._west, self._north = min(lon), max(lat)
        self._narrow = math.cos(math.radians((min(lat) + self._north) / 2))
        wide, high = (max(lon) - self._west) * self._narrow, self._north - min(lat)
        self._scale = min(width / wide, height / high)
        self._left, self._upper = left, upper
        self.width, self.height = wide * self._scale, high * self._scale

    def place(self, lon: float, lat: float) -> Point:
        """Where a point falls, pixels from the upper left corner of the picture."""
        x = self._left + (lon - self._west) * self._narrow * self._scale
        return x, self._upper + (self._north - lat) * self._scale

    def path(self, rings: Iterable[Ring]) -> str:
        """The `d` of an SVG path that draws rings."""
        drawn = []
        for ring in rings:
            at = (self.place(*point) for point in ring)
            drawn.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in at) + "Z")
        return "".join(drawn)
