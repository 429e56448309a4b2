"""Suggestions as points for a map: GeoJSON in WGS84, one feature each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matcher.ranking.explain import Suggestion
from matcher.territory.nest import Territory

from .records import suggestion_record


def suggestions_geojson(suggestions: Iterable[Suggestion], territory: Territory) -> dict[str, Any]:
    """A FeatureCollection: the commune of the seat, or no geometry where it is unknown.

    Distances in km, scores in [0, 1].
    """
    return {
        "type": "FeatureCollection",
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
