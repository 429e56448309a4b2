"""The choropleth of a pack: outlines of communes, coloured."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from matcher.catalogue.french import decimal

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


PALETTE = ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404")
"""ColorBrewer YlOrBr, five classes, light to dark: safe for colour-blind readers and in grey."""
BLANK = "#e5e5e5"
"""An area of the map without a value."""
WIDTH, HEIGHT = 640, 640
"""Size of the main panel, pixels."""
INSET = 104
"""Side of the panel of an overseas département, pixels."""
MARGIN = 24
LEGEND = 210
"""Width of the legend, pixels."""


def choropleth(
    values: Mapping[str, float],
    outlines: Path,
    title: str,
    unit: str,
    bounds: Sequence[int],
    size: int = 12,
) -> str:
    """The SVG of a map.

    Parameters
    ----------
    values : mapping of str to float
        Number of each area by its code, from 0.
    outlines : Path
        GeoJSON (WGS84) whose features have the properties `code` and `name`. Areas without a value
        are drawn in grey, where the map is of all France; otherwise they are left out.
    title : str
        What is shown, in French.
    unit : str
        What the number counts, in the plural: « thèmes ».
    bounds : sequence of four whole numbers
        Where the second to the fifth class begin.
    size : int
        Height of the letters, pixels: larger where the map is printed smaller.
    """
    shapes = read_outlines(outlines)
    if len(values) < len(shapes) / 2:
        shapes = [shape for shape in shapes if shape.code in values]
    main = [shape for shape in shapes if not shape.code.startswith("97")] or shapes
    insets = [shape for shape in shapes if shape not in main]
    parts = [_panel(main, values, unit, bounds, MARGIN, 56, WIDTH, HEIGHT)]
    for i, shape in enumerate(insets):
        left = MARGIN + i * (INSET + MARGIN)
        parts.append(
            _panel([shape], values, unit, bounds, left, 56 + HEIGHT + MARGIN, INSET, INSET)
        )
        parts.append(_text(left, 56 + HEIGHT + 2 * MARGIN + INSET, shape.name, size))
    height = 56 + HEIGHT + MARGIN + (INSET + 2 * MARGIN if insets else 0)
    width = WIDTH + 2 * MARGIN + LEGEND
    parts.append(_legend(MARGIN + WIDTH, 72, unit, bounds, size))
    described = f"{title}. Les valeurs de chaque territoire sont dans le tableau joint."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" lang="fr" '
        f'role="img" aria-labelledby="titre description" font-family="sans-serif">\n'
        f'<title id="titre">{escape(title)}</title>\n'
        f'<desc id="description">{escape(described)}</desc>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        f"{_text(MARGIN, 32, title, size * 3 // 2)}\n" + "\n".join(parts) + "\n</svg>\n"
    )


def colour(value: float, bounds: Sequence[int]) -> str:
    """The colour of the class that a value, rounded, is in: each bound begins a class."""
    return PALETTE[sum(round(value) >= bound for bound in bounds)]


def _panel(
    shapes: Sequence[Outline],
    values: Mapping[str, float],
    unit: str,
    bounds: Sequence[int],
    left: float,
    upper: float,
    width: float,
    height: float,
) -> str:
    """Areas drawn to fill a box."""
    points = (point for shape in shapes for ring in shape.rings for point in ring)
    frame = Frame(points, left, upper, width, height)
    drawn = []
    for shape in shapes:
        value = values.get(shape.code)
        said = "sans objet" if value is None else f"{decimal(value)} {unit}"
        fill = BLANK if value is None else colour(value, bounds)
        drawn.append(
            f'<path d="{frame.path(shape.rings)}" fill="{fill}">'
            f"<title>{escape(f'{shape.name} : {said}')}</title></path>"
        )
    group = '<g stroke="#666666" stroke-width="0.5" fill-rule="evenodd">'
    return group + "\n".join(drawn) + "</g>"


def _legend(left: float, upper: float, unit: str, bounds: Sequence[int], size: int) -> str:
    said = [
        f"moins de {bounds[0]} {unit}",
        *(
            f"{low} {unit}" if high - low == 1 else f"de {low} à {high - 1} {unit}"
            for low, high in pairwise(bounds)
        ),
        f"{bounds[-1]} {unit} et plus",
    ]
    rows = []
    for i, (fill, words) in enumerate(zip(PALETTE, said, strict=True)):
        y = upper + (size + 14) * i
        rows.append(
            f'<rect x="{left}" y="{y}" width="22" height="{size + 4}" '
            f'fill="{fill}" stroke="#666666"/>'
        )
        rows.append(_text(left + 30, y + size + 1, words, size))
    return "\n".join(rows)


def _text(x: float, y: float, words: str, size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="#1a1a1a">{escape(words)}</text>'
