"""The tables of the territory: read fast, refused with file, line, column, value and rule."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.model import Commune
from matcher.catalogue.rows import decode, load
from matcher.catalogue.vocabulary import Scale

from .names import Former, NamedArea

PVD = "pvd"
"""Label of the Petites villes de demain in `Commune.labels`."""
COMMUNES = "insee,name,departement,region,epci,population,postcodes,lon,lat,coord_source,area_km2"
COMMUNES_FILE = "reference/communes.csv"
ELSEWHERE = "name,kind,departements,communes"
ELSEWHERE_FILE = "places_not_communes.csv"
ARTICLES: Mapping[str, str] = {
    "île": "une île",
    "îles": "un groupe d’îles",
    "ancienne région": "une ancienne région",
    "ancien département": "un ancien département",
    "région": "une région",
    "ensemble de départements": "un ensemble de départements",
    "ensemble de régions": "un ensemble de régions",
    "pays": "un territoire, pas une commune",
    "massif": "un massif",
    "collectivité": "une collectivité d’outre-mer hors de ces données",
    "pays étranger": "hors de France",
}
"""How each kind of `places_not_communes.csv` is said."""


class _Reader(Protocol):
    line_num: int

    def __next__(self) -> list[str]: ...

    def __iter__(self) -> Iterator[list[str]]: ...


NUMBERS: Mapping[str, tuple[float, float, str]] = {
    "population": (0, math.inf, "nombre d’habitants attendu, 0 ou plus"),
    "lon": (-180, 180, "longitude attendue, de -180 à 180"),
    "lat": (-90, 90, "latitude attendue, de -90 à 90"),
    "area_km2": (1e-6, 1e9, "surface attendue, en km², plus que 0"),
}
"""Columns of numbers of the communes: lowest and highest value, and the rule."""


def read_territory(
    reference: Path,
) -> tuple[dict[str, Commune], list[Former], dict[Scale, dict[str, str]], str, list[NamedArea]]:
    """What a `Territory` holds, in the order of its parameters.

    Raises
    ------
    DataError
        When a table is missing or is not what it should be.
    """
    labelled = list(read_values(reference / "pvd.csv", "current,vintage"))
    vintage = max((when for _, when in labelled), default="")
    # What an older list only has is kept in the table, to be verified, and not shown.
    vintages = {code: when for code, when in labelled if when == vintage}
    names = {
        scale: {row[0]: row[1] for row in read_values(reference / f"{file}.csv", "code,name")}
        for scale, file in (
            (Scale.EPCI, "epci"),
            (Scale.DEPARTEMENT, "departements"),
            (Scale.REGION, "regions"),
        )
    }
    former = [Former(*row) for row in read_values(reference / "former.csv", "code,name,current")]
    rows = list(read_communes(reference / "communes.csv", vintages))
    communes = dict(rows)
    faults = list(unresolved(communes, former, names))
    if len(communes) < len(rows):
        twice = next(code for code, n in Counter(c for c, _ in rows).items() if n > 1)
        faults.append(Fault(COMMUNES_FILE, None, "insee", twice, "commune donnée deux fois"))
    if faults:
        raise DataError(faults)
    return communes, former, names, vintage, read_elsewhere(reference)


def read_communes(path: Path, vintages: Mapping[str, str]) -> Iterator[tuple[str, Commune]]:
    """The communes in the order of the table, with the labels of `vintages` by Insee code.

    Raises
    ------
    DataError
        A number that cannot be one, or what `read_values` refuses.
    """
    plain: tuple[str, ...] = ()
    labelled = (PVD,)
    for line, row in enumerate(read_values(path, COMMUNES), 2):
        insee, name, departement, region, epci, population, postcodes, lon, lat, source, area = row
        try:
            commune = Commune(
                insee,
                name,
                departement,
                region,
                epci or None,
                int(population) if population else None,
                tuple(postcodes.split(SEPARATOR)),
                float(lon),
                float(lat),
                float(area) if area else None,
                source,
                labelled if insee in vintages else plain,
            )
        except ValueError:
            commune = None
        if commune is None or not _plausible(commune):
            numbers = zip(NUMBERS, (population, lon, lat, area), strict=True)
            raise DataError(_wrong_numbers(line, insee, numbers))
        yield insee, commune


def read_elsewhere(folder: Path) -> list[NamedArea]:
    """The places that are no commune and no area of ours; none where the table is not there.

    Raises
    ------
    DataError
        A kind that is not in `ARTICLES`.
    """
    path = folder / ELSEWHERE_FILE
    if not path.exists():
        return []
    found = []
    for line, (name, kind, departements, communes) in enumerate(read_values(path, ELSEWHERE), 2):
        if kind not in ARTICLES:
            rule = f"valeurs possibles : {', '.join(ARTICLES)}"
            raise DataError([Fault(f"reference/{ELSEWHERE_FILE}", line, "kind", kind, rule)])
        inside = tuple(filter(None, departements.split(SEPARATOR)))
        found.append(
            NamedArea(
                name, ARTICLES[kind], None, inside, tuple(filter(None, communes.split(SEPARATOR)))
            )
        )
    return found


def _plausible(commune: Commune) -> bool:
    """Whether the numbers are of this world; NaN is not."""
    return (
        -180 <= commune.lon <= 180
        and -90 <= commune.lat <= 90
        and (commune.population is None or commune.population >= 0)
        and (commune.area_km2 is None or 0 < commune.area_km2 < math.inf)
    )


def _wrong_numbers(line: int, insee: str, numbers: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    for column, value in numbers:
        low, high, rule = NUMBERS[column]
        try:
            good = not value if column in ("population", "area_km2") else False
            good = good or low <= float(value) <= high
        except ValueError:
            good = False
        if not good:
            yield Fault(COMMUNES_FILE, line, column, value, f"{rule} (commune {insee})")


def unresolved(
    communes: Mapping[str, Commune],
    former: Iterable[Former],
    names: Mapping[Scale, Mapping[str, str]],
) -> Iterator[Fault]:
    """Codes that one table gives and another does not know."""
    for line, commune in enumerate(communes.values(), 2):
        for column, scale, code in (
            ("departement", Scale.DEPARTEMENT, commune.departement),
            ("region", Scale.REGION, commune.region),
            ("epci", Scale.EPCI, commune.epci),
        ):
            if code is not None and code not in names[scale]:
                yield Fault(COMMUNES_FILE, line, column, code, "code absent de sa table")
    for line, old in enumerate(former, 2):
        if old.current not in communes:
            rule = "cette commune d’aujourd’hui n’existe pas"
            yield Fault("reference/former.csv", line, "current", old.current, rule)


def read_values(path: Path, columns: str) -> Iterator[list[str]]:
    """The values of the named columns, row by row.

    Not `rows.read_rows`: the file is our own, 35,000 rows long, and on the path of every start.

    Raises
    ------
    DataError
        When the file cannot be read, a column is absent, or a row is ragged.
    """
    name = f"{path.parent.name}/{path.name}"
    reader = csv.reader(io.StringIO(decode(load(path, name), name), newline=""), strict=True)
    try:
        yield from _values(reader, columns, name)
    except csv.Error as error:
        rule = "guillemet jamais refermé, ou valeur trop longue"
        raise DataError([Fault(name, reader.line_num, None, None, rule)]) from error


def _values(reader: _Reader, columns: str, name: str) -> Iterator[list[str]]:
    header = next(reader)
    wanted = columns.split(",")
    if missing := [column for column in wanted if column not in header]:
        raise DataError(Fault(name, 1, column, None, "colonne absente") for column in missing)
    at = [header.index(column) for column in wanted]
    width, first = len(header), at == list(range(len(at)))
    for row in reader:
        if len(row) != width:
            rule = f"{len(row)} valeurs au lieu de {width} sur la ligne"
            raise DataError([Fault(name, reader.line_num, None, None, rule)])
        yield row[: len(at)] if first else [row[i] for i in at]
