"""Build `data/reference/` from its pinned sources: `make data`. The service never imports it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matcher.catalogue.tables import write_rows

from . import communes, pvd
from .pinned import CONTOURS, GEOGRAPHY, SourceError, fetch, note_vintages, packages

__all__ = ["build"]


def build(folder: Path, cache: Path, say: Callable[[str], None] = print, year: str = "") -> None:
    """Write the reference tables and outlines of a data folder.

    Parameters
    ----------
    folder : Path
        The data folder: `folder/reference/` is written, `folder/raw/` is read.
    cache : Path
        Where the archives are kept between two runs.
    say : callable
        Takes each line of the report, in French.
    year : str
        The year of the communes and EPCI; the newest that `raw/packages.csv` pins by default.

    Raises
    ------
    SourceError
        When a source cannot be fetched, is not the pinned one, or has not the communes of the year.
    DataError
        When no package of that year is pinned.
    """
    # shapely, pyproj: half a second that no other command should wait for.
    from . import contours

    pinned = packages(folder, year)
    administrative = communes.Administrative(
        fetch(pinned.administrative, cache, say), fetch(pinned.history, cache, say)
    )
    try:
        places = contours.read_places(
            fetch(pinned.contours, cache, say),
            fetch(pinned.older_contours, cache, say),
            administrative.communes,
            administrative.current,
        )
    except ValueError as error:  # two sources of different years
        raise SourceError(f"Géographie de {pinned.year} : {error}") from None
    tables = {
        "communes": (communes.COMMUNE_COLUMNS, administrative.commune_rows(places)),
        "former": (communes.FORMER_COLUMNS, administrative.former_rows()),
        "epci": (communes.EPCI_COLUMNS, administrative.epci_rows()),
        "departements": (communes.DEPARTEMENT_COLUMNS, administrative.departement_rows()),
        "regions": (communes.REGION_COLUMNS, administrative.region_rows()),
    }
    for name, (columns, rows) in tables.items():
        write_rows(folder / "reference" / f"{name}.csv", columns, rows)
        say(f"reference/{name}.csv : {len(rows)} lignes")
    for fact in administrative.facts(places):
        say(fact)
    note_vintages(folder, pinned.year, GEOGRAPHY)
    note_vintages(folder, "", (CONTOURS,))  # the wheel does not say
    say(pvd.build(folder))

    layers = {"departements": "departement", "regions": "region", "epci": "epci"}
    names = {layer: {row["code"]: row["name"] for row in tables[layer][1]} for layer in layers}
    groups = {
        layer: {row["insee"]: row[column] for row in tables["communes"][1]}
        for layer, column in layers.items()
    }
    for line in contours.build(folder / "reference" / "outlines", places, groups, names):
        say(line)
