"""Build `data/reference/` from its pinned sources: `make data`. The service never imports it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matcher.catalogue.tables import write_rows

from . import communes, pvd
from .download import ADMINISTRATIVE, CONTOURS, HISTORY, OLDER_CONTOURS, fetch

__all__ = ["build"]


def build(folder: Path, cache: Path, say: Callable[[str], None] = print) -> None:
    """Write the reference tables and outlines of a data folder.

    Parameters
    ----------
    folder : Path
        The data folder: `folder/reference/` is written, `folder/raw/` is read.
    cache : Path
        Where the archives are kept between two runs.
    say : callable
        Takes each line of the report, in French.

    Raises
    ------
    SourceError
        When a source cannot be fetched or is not the pinned one.
    """
    # shapely, pyproj: half a second that no other command should wait for.
    from . import contours, outlines

    administrative = communes.Administrative(
        fetch(ADMINISTRATIVE, cache, say), fetch(HISTORY, cache, say)
    )
    places = contours.read_places(
        fetch(CONTOURS, cache, say),
        fetch(OLDER_CONTOURS, cache, say),
        administrative.communes,
        administrative.current,
    )
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
    say(pvd.build(folder))

    layers = {"departements": "departement", "regions": "region", "epci": "epci"}
    names = {layer: {row["code"]: row["name"] for row in tables[layer][1]} for layer in layers}
    groups = {
        layer: {row["insee"]: row[column] for row in tables["communes"][1]}
        for layer, column in layers.items()
    }
    for line in outlines.build(folder / "reference" / "outlines", places, groups, names):
        say(line)
