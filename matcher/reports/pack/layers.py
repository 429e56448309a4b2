"""The layers of a pack for a map: communes, structures and the links between them, in WGS84.

GeoJSON for the web, GeoPackage and project for QGIS, written from the same rows in the same order.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cohort import Pack
from .geopackage import ALIASES, FORMAT, drawn, outlined, write_outlines
from .qgis import project, write_styles
from .records import SuggestedStructure

Points = tuple[tuple[float, float], ...]
"""No point: no geometry; one: a point; two: a line. Longitude and latitude, degrees."""
TYPES = {"texte": "str", "entier": "Int64", "nombre": "Float64", "oui_non": "boolean"}
"""Columns of a data frame by what a field holds: each can be blank."""
AROUND = 0.1
"""What a project shows first around its communes, degrees."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a layer: its name in files, what it holds, its name for a reader."""

    name: str
    kind: str
    alias: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one kind; each row has the points of its geometry, then its fields in order."""

    name: str
    title: str
    geometry: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[tuple[Any, ...]]]


def layers(pack: Pack) -> list[Layer]:
    """The layers of a pack: lines first, so that points are drawn above them."""
    return [_links(pack), _communes(pack), _structures(pack)]


def geojson(pack: Pack) -> Iterator[tuple[str, str]]:
    """One FeatureCollection a layer: its file name and its text.

    What has no place is left out, for a map cannot draw it: it is in the workbook.
    """
    about = [f"{s.data} : {s.origin} ; {s.licence} ; {s.date}" for s in pack.sources]
    for layer in layers(pack):
        head = {"type": "FeatureCollection", "name": layer.title, "sources": about}
        text = json.dumps(head, ensure_ascii=False)[:-1]
        lines = ",\n".join(
            json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            for feature in _features(layer)
        )
        yield f"maillage-{layer.name}.geojson", f'{text}, "features": [\n{lines}\n]}}\n'


def _features(layer: Layer) -> Iterator[dict[str, Any]]:
    names = [field.name for field in layer.fields]
    for points, *values in layer.rows():
        if points:
            properties = dict(zip(names, values, strict=True))
            yield {"type": "Feature", "geometry": _geometry(points), "properties": properties}


def write_geopackage(pack: Pack, path: Path) -> None:
    """Write one layer a table, with the aliases of the fields, the outlines, styles and sources.

    The dates that the format asks for are those of the data: the same data give the same bytes
    with one version of GDAL.
    """
    import geopandas as gpd  # a second: only this format needs it
    import pandas as pd
    import pyogrio
    import shapely

    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{pack.vintage}-01-01T00:00:00.000Z"})
    try:
        write_outlines(pack, path, _about(pack))
        for layer in layers(pack):
            rows = list(layer.rows())
            shapes = [
                None if not p else shapely.Point(p[0]) if len(p) == 1 else shapely.LineString(p)
                for p in (row[0] for row in rows)
            ]
            columns = {
                field.name: pd.array([row[i] for row in rows], dtype=TYPES[field.kind])
                for i, field in enumerate(layer.fields, 1)
            }
            frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")
            pyogrio.write_dataframe(
                frame,
                path,
                layer=layer.name,
                driver="GPKG",
                geometry_type=layer.geometry,
                promote_to_multi=False,
                append=path.exists(),
                dataset_options=FORMAT,
                layer_options={"IDENTIFIER": layer.title, "DESCRIPTION": _about(pack)},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    _name_fields(pack, path)
    styles = {one.name: one.style for one in drawn(pack)}
    write_styles(path, styles, f"{pack.vintage}-01-01T00:00:00.000Z", _about(pack))


def write_project(pack: Pack) -> bytes:
    """The QGIS project of the GeoPackage; it opens on the mainland, where some of it is there."""
    every = [pack.territory.communes[insee] for insee in pack.by_commune]
    communes = [one for one in every if not one.overseas] or every
    lon, lat = [one.lon for one in communes], [one.lat for one in communes]
    extent = (min(lon) - AROUND, min(lat) - AROUND, max(lon) + AROUND, max(lat) + AROUND)
    return project(pack.name, "maillage.gpkg", drawn(pack), extent)


def _name_fields(pack: Pack, path: Path) -> None:
    """Give each field its name for a reader, by the schema extension of the format."""
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL,"
            " column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,"
            " constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
            " CONSTRAINT gdc_tn UNIQUE (table_name, name))"
        )
        base.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT,"
            " extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,"
            " CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
        )
        base.execute(
            "INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema',"
            " 'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
        )
        base.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title)"
            " VALUES (?, ?, ?, ?)",
            [
                *((la.name, f.name, f.alias, f.alias) for la in layers(pack) for f in la.fields),
                *((one, name, alias, alias) for one in outlined(pack) for name, alias in ALIASES),
            ],
        )


def _about(pack: Pack) -> str:
    return " ; ".join(f"{s.data} : {s.origin}, {s.licence}, {s.date}" for s in pack.sources)


def _geometry(points: Points) -> dict[str, Any]:
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "LineString", "coordinates": points}


def _communes(pack: Pack) -> Layer:
    fields = (
        Field("insee", "texte", "Code Insee"),
        Field("nom", "texte", "Commune"),
        Field("departement", "texte", "Département"),
        Field("epci", "texte", "Intercommunalité (SIREN)"),
        Field("population", "entier", "Population"),
        Field("besoins", "entier", "Thèmes examinés" if pack.panorama else "Besoins"),
        Field("themes", "texte", "Lesquels" if pack.panorama else "Thèmes des besoins"),
        *([Field("ensemble", "texte", "Demande aussi pour")] if pack.together else []),
        *([] if pack.panorama else [Field("pistes", "entier", "Besoins qui n’ont que des pistes")]),
        Field("structures", "entier", "Structures suggérées"),
        Field("premiere", "texte", "Structure le plus souvent au premier rang"),
        Field("premiers_rangs", "entier", "Besoins où elle est au premier rang"),
        Field("premiere_a_verifier", "oui_non", "Cette structure est à vérifier"),
        Field("premiere_motif", "texte", "Pourquoi elle est à vérifier"),
        Field("premiere_annee", "entier", "Année de sa source"),
        Field("places_a_verifier", "entier", "Premières places à vérifier"),
        Field("couverts", "entier", "Thèmes couverts"),
        Field("couverts_a_verifier", "entier", "Dont par des fiches toutes à vérifier"),
        Field("larges", "entier", "Thèmes national ou régional seulement"),
        Field("non_recenses", "entier", "Thèmes non recensés"),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for insee, replies in pack.by_commune.items():
            commune = pack.territory.communes[insee]
            found = [one for reply in replies for one in reply.proposals]
            firsts = Counter(one.structure for one in found if one.rank == 1)
            first, times = firsts.most_common(1)[0] if firsts else (None, None)
            one = pack.structures[first] if first else None
            themes = dict.fromkeys(theme.label for reply in replies for theme in reply.themes)
            yield (
                ((commune.lon, commune.lat),),
                *(insee, commune.name, commune.departement, commune.epci, commune.population),
                *(len(replies), ", ".join(themes)),
                *([_together(pack, insee) or None] if pack.together else []),
                *([] if pack.panorama else [pack.trails([insee])]),
                len({one.structure for one in found}),
                *(one.name if one else None, times),
                *((one.to_verify, one.doubt or None, one.source_year) if one else [None] * 3),
                sum(n for s, n in firsts.items() if pack.structures[s].to_verify),
                *(_states(pack, insee) if pack.surveyed else [None] * 4),
            )

    return Layer("communes", "Communes", "Point", fields, rows)


def _together(pack: Pack, insee: str) -> str:
    """Those that ask together with a commune, each once."""
    keys = (reply.id for reply in pack.by_commune[insee])
    return " ; ".join(dict.fromkeys(pack.together[key] for key in keys if key in pack.together))


def _states(pack: Pack, insee: str) -> tuple[int, ...]:
    """Themes covered, those of them by rows to verify only, then the two other states."""
    covered, *others = pack.states([insee]).values()
    return covered, pack.unsure_in([insee]), *others


def _structures(pack: Pack) -> Layer:
    fields = (
        Field("id", "texte", "Identifiant"),
        Field("nom", "texte", "Structure"),
        Field("type", "texte", "Type"),
        Field("siege_insee", "texte", "Code Insee du siège"),
        Field("siege", "texte", "Commune du siège"),
        Field("communes", "entier", "Communes où elle est suggérée"),
        Field("suggestions", "entier", "Suggestions"),
        Field("premiers_rangs", "entier", "Fois au premier rang"),
        Field("meilleur_rang", "entier", "Meilleur rang"),
        Field("site", "texte", "Site"),
        Field("a_verifier", "oui_non", "À vérifier"),
        Field("motif", "texte", "Pourquoi à vérifier"),
        Field("source", "texte", "Source"),
        Field("annee_source", "entier", "Année de la source"),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for load in sorted(pack.loads(), key=lambda load: load.structure):
            structure = pack.structures[load.structure]
            seat = pack.territory.communes.get(structure.seat or "")
            yield (
                ((seat.lon, seat.lat),) if seat else (),
                *(load.structure, structure.name, structure.kind),
                *((seat.insee, seat.name) if seat else (None, None)),
                *(load.communes, load.proposals, load.firsts, load.best),
                *(structure.website or None, structure.to_verify, structure.doubt or None),
                *(structure.source or None, structure.source_year),
            )

    return Layer("structures", "Structures (commune du siège)", "Point", fields, rows)


def _links(pack: Pack) -> Layer:
    fields = (
        Field("insee", "texte", "Code Insee"),
        Field("commune", "texte", "Commune"),
        Field("structure_id", "texte", "Identifiant de la structure"),
        Field("structure", "texte", "Structure"),
        Field("rang", "entier", "Meilleur rang"),
        Field("premiers_rangs", "entier", "Fois au premier rang"),
        Field("besoins", "entier", "Besoins"),
        Field("distance_km", "nombre", "Distance à vol d’oiseau (km)"),
        Field("a_verifier", "oui_non", "À vérifier"),
        Field("motif", "texte", "Pourquoi à vérifier"),
        Field("annee_source", "entier", "Année de la source"),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for insee, replies in pack.by_commune.items():
            commune = pack.territory.communes[insee]
            pairs: dict[str, list[SuggestedStructure]] = {}
            for one in (one for reply in replies for one in reply.proposals):
                pairs.setdefault(one.structure, []).append(one)
            for structure_id, found in sorted(pairs.items()):
                structure = pack.structures[structure_id]
                seat = pack.territory.communes.get(structure.seat or "")
                if seat is None or seat is commune:
                    continue  # no line to draw; both are in the other layers
                yield (
                    ((commune.lon, commune.lat), (seat.lon, seat.lat)),
                    *(insee, commune.name, structure_id, structure.name),
                    min(one.rank for one in found),
                    sum(one.rank == 1 for one in found),
                    *(len(found), found[0].distance_km),
                    *(structure.to_verify, structure.doubt or None, structure.source_year),
                )

    return Layer("liens", "Liens entre une commune et un siège", "LineString", fields, rows)
