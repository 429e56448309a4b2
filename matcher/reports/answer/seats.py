"""Where the structures of an answer sit: on the map, and as GeoJSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import at
from matcher.catalogue.model import Commune
from matcher.ranking.explain import Suggestion
from matcher.reports.pack.choropleth import Frame, Outline, Point, read_outlines
from matcher.territory.nest import Territory, distance_km

from .records import suggestion_record

if TYPE_CHECKING:
    from .trails import Trails

NEAR_KM = 150.0
"""Seats farther away are named beside the map: it would show the whole country."""
LEAST_KM = 30.0
"""What the map shows at least around the commune, km."""
DEGREE_KM = 111.2
"""Kilometres in a degree of latitude."""
WIDTH, HEIGHT, MARGIN = 300, 240, 18
SIDE = HEIGHT - 2 * MARGIN
SEA, LAND, HOME, LINE, INK, PIN = (
    *("#dde7ea", "#fffdf9", "#f7e6d6"),
    *("#b9a591", "#2a211c", "#9c3a1d"),
)


@dataclass(frozen=True)
class SeatsMap:
    """A map with its equivalent in words.

    Parameters
    ----------
    svg : str
    near, far : str
        The seats drawn, and those out of the map, in French; "" when there are none.
    """

    svg: str
    near: str
    far: str


def seats_map(
    commune: Commune, suggestions: Sequence[Suggestion], territory: Territory, outlines: Path
) -> SeatsMap:
    """Draw where the suggested structures have their seat.

    Parameters
    ----------
    outlines : Path
        GeoJSON of the départements (WGS84).
    """
    ranks: dict[str, list[int]] = defaultdict(list)
    for suggestion in suggestions:
        if suggestion.structure.seat in territory.communes:
            ranks[str(suggestion.structure.seat)].append(suggestion.rank)
    near = {s: r for s, r in ranks.items() if territory.distance_km(commune.insee, s) <= NEAR_KM}
    far = {seat: r for seat, r in ranks.items() if seat not in near}
    km = max([LEAST_KM, *(territory.distance_km(commune.insee, seat) for seat in near)])
    frame = Frame(_corners(commune, km), MARGIN + (WIDTH - HEIGHT) / 2, MARGIN, SIDE, SIDE)
    shapes = [s for s in read_outlines(outlines) if _shows(s, commune, km)]
    return SeatsMap(
        _svg(commune, near, territory, frame, shapes),
        _said(near, territory),
        _said(far, territory),
    )


def _corners(commune: Commune, km: float) -> list[Point]:
    """Two corners of a square with the commune in its middle."""
    high = km / DEGREE_KM
    wide = high / cos(radians(commune.lat))
    return [
        (commune.lon - wide, commune.lat - high),
        (commune.lon + wide, commune.lat + high),
    ]


def _shows(shape: Outline, commune: Commune, km: float) -> bool:
    """Whether an area may be on the map: the others would only weigh."""
    return shape.code == commune.departement or any(
        distance_km(lon, lat, commune.lon, commune.lat) < 2 * km + LEAST_KM
        for ring in shape.rings
        for lon, lat in ring[::8]
    )


def _svg(
    commune: Commune,
    near: dict[str, list[int]],
    territory: Territory,
    frame: Frame,
    shapes: Sequence[Outline],
) -> str:
    drawn = [
        f'<path d="{frame.path(shape.rings)}" '
        f'fill="{HOME if shape.code == commune.departement else LAND}"/>'
        for shape in shapes
    ]
    x, y = frame.place(commune.lon, commune.lat)
    marks = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{INK}" stroke="{LAND}"/>']
    for seat, ranks in near.items():
        # A seat in the commune itself stands beside its point.
        side = 13 if seat == commune.insee else 0
        place = territory.communes[seat]
        marks.append(_pin(*frame.place(place.lon, place.lat), side, " · ".join(map(str, ranks))))
    marks.append(
        f'<text x="{x:.1f}" y="{y - 8:.1f}" font-weight="bold" fill="{INK}" stroke="{LAND}" '
        f'stroke-width="3" paint-order="stroke">{escape(commune.name)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{SEA}"/>'
        f'<g stroke="{LINE}" stroke-width="0.6" fill-rule="evenodd">{"".join(drawn)}</g>'
        f'<g font-family="Figtree" font-size="9" text-anchor="middle">{"".join(marks)}</g></svg>'
    )


def _pin(x: float, y: float, side: float, label: str) -> str:
    half = max(6.5, 2.6 * len(label) + 2)
    x = min(max(x + (side and side + half - 6.5), half + 1), WIDTH - half - 1)
    return (
        f'<rect x="{x - half:.1f}" y="{y - 6.5:.1f}" width="{2 * half:.1f}" height="13" rx="6.5" '
        f'fill="{PIN}" stroke="{LAND}"/>'
        f'<text x="{x:.1f}" y="{y + 3.2:.1f}" fill="{LAND}" font-weight="bold">{label}</text>'
    )


def _said(seats: dict[str, list[int]], territory: Territory) -> str:
    """« 1, 3 et 4 à Montpellier ; 2 à Paris »."""
    return " ; ".join(
        f"{' et '.join(filter(None, [', '.join(map(str, ranks[:-1])), str(ranks[-1])]))} "
        f"{at(territory.communes[seat].name)}"
        for seat, ranks in seats.items()
    )


def suggestions_geojson(
    suggestions: Iterable[Suggestion], territory: Territory, trails: Trails | None = None
) -> dict[str, Any]:
    """A FeatureCollection: the commune of the seat, or no geometry where it is unknown.

    Distances in km, scores in [0, 1]; whether the names are but trails is a member of the whole.
    """
    return {
        "type": "FeatureCollection",
        "pistes": trails and trails.record,
        "features": [_feature(suggestion, territory) for suggestion in suggestions],
    }


def _feature(suggestion: Suggestion, territory: Territory) -> dict[str, Any]:
    record = suggestion_record(suggestion, territory)
    seat = territory.communes.get(suggestion.structure.seat or "")
    structure = record.pop("structure")
    record.pop("contributions")
    return {
        "type": "Feature",
        "id": structure["id"],
        "geometry": {"type": "Point", "coordinates": [seat.lon, seat.lat]} if seat else None,
        "properties": {**record, **structure, "siege": seat.name if seat else None},
    }
