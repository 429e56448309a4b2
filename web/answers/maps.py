"""What a map needs: outlines of areas, and the places of an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import url_for

from matcher import Commune, Matcher, Structure, Suggestion
from matcher.catalogue import Area, Radius, Scale

FILES = {
    Scale.EPCI: "epci.geojson",
    Scale.DEPARTEMENT: "departements.geojson",
    Scale.REGION: "regions.geojson",
}


class Outlines:
    """The outlines of a data folder, read when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, scale: Scale) -> Path | None:
        """The file of a level, None when there is none."""
        path = self.folder / FILES[scale] if scale in FILES else None
        return path if path is not None and path.is_file() else None

    @cached_property
    def _features(self) -> dict[Area, dict[str, Any]]:
        found: dict[Area, dict[str, Any]] = {}
        for scale in FILES:
            if path := self.path(scale):
                for feature in json.loads(path.read_text("utf-8"))["features"]:
                    found[Area(scale, feature["properties"]["code"])] = feature
        return found

    def feature(self, area: Area) -> dict[str, Any] | None:
        """The outline of one area as a GeoJSON feature."""
        return self._features.get(area)


def drawing(
    matcher: Matcher, commune: Commune, suggestions: Sequence[Suggestion]
) -> dict[str, Any]:
    """The places of an answer, for the script of the map."""
    return {
        "fond": url_for("public.outlines", niveau=Scale.DEPARTEMENT.value),
        "commune": {"nom": commune.name, "lat": commune.lat, "lon": commune.lon},
        "structures": [{"rang": s.rank, **_drawn(matcher, s.structure)} for s in suggestions],
    }


def place(matcher: Matcher, structure: Structure) -> dict[str, Any]:
    """The seat and the coverage of one structure, for the script of the map."""
    return {
        "fond": url_for("public.outlines", niveau=Scale.DEPARTEMENT.value),
        "commune": None,
        "structures": [{"rang": "", **_drawn(matcher, structure)}],
    }


def _drawn(matcher: Matcher, structure: Structure) -> dict[str, Any]:
    return {
        "nom": structure.name,
        "entiere": structure.scale is Scale.NATIONAL,
        **_seat(matcher, structure),
        **_coverage(structure),
    }


def _seat(matcher: Matcher, structure: Structure) -> dict[str, Any]:
    seat = matcher.territory.communes.get(structure.seat or "")
    return {"lat": seat.lat, "lon": seat.lon, "siege": seat.name} if seat else {}


def _coverage(structure: Structure) -> dict[str, Any]:
    """Addresses of the outlines, or the radius; nothing for the whole country."""
    outlines = [
        url_for("public.outline", niveau=part.scale.value, code=part.code)
        for part in structure.coverage
        if isinstance(part, Area) and part.scale in FILES
    ]
    radius = [part.km for part in structure.coverage if isinstance(part, Radius)]
    return {"contours": outlines} | ({"rayon_km": max(radius)} if radius else {})
