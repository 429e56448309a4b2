"""Communes, EPCI, départements, régions and the codes of former days: the geography of a year."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.french import place_key

if TYPE_CHECKING:
    from .contours import CommuneShape  # it imports what only maps need

COMMUNE_COLUMNS = (
    "insee",
    "name",
    "departement",
    "region",
    "epci",
    "population",
    "postcodes",
    "lon",
    "lat",
    "coord_source",
    "area_km2",
    "density",
)
FORMER_COLUMNS = ("code", "name", "current", "nature")
EPCI_COLUMNS = ("code", "name", "type")
DEPARTEMENT_COLUMNS = ("code", "name", "region")
REGION_COLUMNS = ("code", "name")

NATURES = {
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
    "arrondissement-municipal": "arrondissement",
}

Record = dict[str, Any]
Rows = list[dict[str, str]]


class Administrative:
    """The tables of the npm packages, without the collectivités d’outre-mer (975, 977, 978, 98x).

    Parameters
    ----------
    archive, history : Path
        Archives of `Packages.administrative` and `Packages.history`.
    """

    def __init__(self, archive: Path, history: Path) -> None:
        with tarfile.open(archive) as tar:
            everything = _read(tar, "communes")
            self.epci = sorted(_read(tar, "epci"), key=_code)
            self.departements = [d for d in _read(tar, "departements") if d["zone"] != "com"]
            self.regions = [r for r in _read(tar, "regions") if r["zone"] != "com"]
        with tarfile.open(history) as tar:
            self.history = _read(tar, "historique-communes")
        self.communes: dict[str, Record] = {
            c["code"]: c
            for c in sorted(everything, key=_code)
            if c["type"] == "commune-actuelle" and c["zone"] != "com"
        }
        self.parts = [c for c in everything if c["type"] in NATURES]
        gone = {
            former: code
            for code, commune in self.communes.items()
            for former in commune.get("anciensCodes", ())
        }
        # Where the two lists disagree (55273, 60455), the one of the parts is Insee's own.
        self.current = gone | {p["code"]: p.get("commune") or p["chefLieu"] for p in self.parts}
        self.epci_of = {m["code"]: e["code"] for e in self.epci for m in e["membres"]}

    def commune_rows(self, places: Mapping[str, CommuneShape]) -> Rows:
        """The rows of communes.csv, sorted by Insee code."""
        return [self._commune(record, places[code]) for code, record in self.communes.items()]

    def _commune(self, record: Record, place: CommuneShape) -> dict[str, str]:
        code, population = record["code"], record["population"]
        return {
            "insee": code,
            "name": record["nom"],
            "departement": record["departement"],
            "region": record["region"],
            "epci": self.epci_of.get(code, ""),
            "population": str(population),
            "postcodes": SEPARATOR.join(record["codesPostaux"]),
            "lon": f"{place.lon:.5f}",
            "lat": f"{place.lat:.5f}",
            "coord_source": place.coord_source,
            "area_km2": f"{place.area_km2:.2f}",
            "density": f"{population / place.area_km2:.1f}",
        }

    def former_rows(self) -> Rows:
        """The rows of former.csv, sorted: codes and names of former days and of parts of communes.

        A delegated commune may have the code of the commune of today, a commune may have changed
        its name: a code comes with several names then, and may be one of today.
        """
        rows: dict[tuple[str, str], dict[str, str]] = {}
        parts = {part["code"]: part for part in self.parts}
        for code, part in parts.items():
            name, nature = part["nom"], NATURES[part["type"]]
            rows[code, place_key(name)] = _former(code, name, self.current[code], nature)
        names = {record["code"]: record["nom"] for record in self.history}
        for former, code in self.current.items():
            if former not in parts:
                name = names[former]  # the last one
                rows[former, place_key(name)] = _former(former, name, code, "ancienne")
        for record in self.history:
            code, name = record["code"], record["nom"]
            if record["type"] != "COM" or code not in self.communes:
                continue
            if place_key(name) != place_key(self.communes[code]["nom"]):
                rows.setdefault((code, place_key(name)), _former(code, name, code, "ancien_nom"))
        return [rows[key] for key in sorted(rows)]

    def epci_rows(self) -> Rows:
        """The rows of epci.csv: those with a commune of today, sorted by SIREN."""
        used = {self.epci_of.get(code) for code in self.communes}
        return [
            {"code": e["code"], "name": e["nom"], "type": e["type"]}
            for e in self.epci
            if e["code"] in used
        ]

    def departement_rows(self) -> Rows:
        """The rows of departements.csv, sorted by code."""
        return [
            {"code": d["code"], "name": d["nom"], "region": d["region"]}
            for d in sorted(self.departements, key=_code)
        ]

    def region_rows(self) -> Rows:
        """The rows of regions.csv, sorted by code."""
        return [{"code": r["code"], "name": r["nom"]} for r in sorted(self.regions, key=_code)]

    def facts(self, places: Mapping[str, CommuneShape]) -> Iterator[str]:
        """What was built, in French sentences: the figures that data/README.md gives."""
        sources = [place.coord_source for place in places.values()]
        islands = [c["nom"] for code, c in self.communes.items() if code not in self.epci_of]
        yield f"{len(self.communes)} communes, jointes à 100 % avec leurs contours"
        yield f"{len(islands)} communes sans EPCI : {', '.join(islands)}"
        for source in sorted(set(sources)):
            yield f"point « {source} » : {sources.count(source)} communes"


def _former(code: str, name: str, current: str, nature: str) -> dict[str, str]:
    return {"code": code, "name": name, "current": current, "nature": nature}


def _code(record: Record) -> str:
    return str(record["code"])


def _read(tar: tarfile.TarFile, table: str) -> list[Record]:
    file = tar.extractfile(f"package/data/{table}.json")
    if file is None:
        raise ValueError(f"{table}.json n’est pas dans l’archive")
    records: list[Record] = json.load(file)
    return records
