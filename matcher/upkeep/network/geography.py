"""Communes and EPCI of the year, as the API Géo gives them; how tables of places change.

`GET /communes?fields=…` and `GET /epcis?fields=…` give lists: a commune has `nom`, `code`,
`codeDepartement`, `codeRegion`, `codeEpci` (absent on four islands), `population`, `codesPostaux`;
an EPCI has `nom` and `code` (https://geo.api.gouv.fr/decoupage-administratif; the guide utiliser-
les-api-geographiques/utiliser-lapi-decoupage-administratif of guides.data.gouv.fr). It serves the
year of today and does not say which: the operator does. What it changes here are the EPCI, names,
populations and postal codes. A commune that comes or goes needs contours and former codes: it is
told, and `data --annee` takes it.

Tables of places and what of the catalogue follows change together: all or nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import alone_in
from matcher.catalogue.french import counted
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import PROJECTS, STRUCTURES
from matcher.catalogue.tables import write_bytes_whole, write_rows
from matcher.territory.nest import Territory
from matcher.territory.reference.communes import COMMUNE_COLUMNS, EPCI_COLUMNS
from matcher.territory.reference.pinned import GEOGRAPHY, note_vintages

from ..audit import gather, told, use_codes_of_today, use_place_of_today
from ..report import ValueChange, clipped, differing
from .client import Client

Rows = Sequence[Mapping[str, str]]
FOLLOWING = ((STRUCTURES, use_codes_of_today), (PROJECTS, use_place_of_today))
"""Tables whose columns of place follow from a code, and how."""


def change_places(
    folder: Path, tables: Mapping[str, tuple[Sequence[str], Rows]], *, dry: bool
) -> int:
    """Write reference tables; how many rows of the catalogue follow (a name, a label).

    Parameters
    ----------
    folder : Path
        The data folder.
    tables : mapping of str to (columns, rows)
        By file, in the order in which they are written.
    dry : bool
        Check only.

    Raises
    ------
    DataError
        With each error that the folder would have and has not today; nothing is written.
    """
    with alone_in(folder / "catalogue"), TemporaryDirectory() as name:
        staged = Path(name)
        _stage(folder, staged, tables)
        followed, count = _follow(staged)
        if broken := _errors(staged):
            before = {_kind(fault) for fault in _errors(folder)}
            broken = [fault for fault in broken if _kind(fault) not in before]
        if broken:
            raise DataError(broken)
        if not dry:
            for file in (*tables, *followed):
                write_bytes_whole(folder / file, (staged / file).read_bytes())
    return count


def _stage(folder: Path, staged: Path, tables: Mapping[str, tuple[Sequence[str], Rows]]) -> None:
    """A folder like the data folder, with the new tables in the place of the old ones."""
    shutil.copytree(folder / "catalogue", staged / "catalogue")
    (staged / "reference").mkdir()
    for path in (folder / "reference").iterdir():
        if f"reference/{path.name}" not in tables:
            (staged / "reference" / path.name).symlink_to(path.resolve())
    for file, (columns, rows) in tables.items():
        write_rows(staged / file, columns, rows)


def _follow(staged: Path) -> tuple[list[str], int]:
    """Put the names and labels of today into the catalogue; its files that change, and how many."""
    territory = Territory.open(staged)
    files, count = [], 0
    for table, use in FOLLOWING:
        rows = read_rows(staged / table.file, table.names, name=table.file)
        now = [dict(row) for row in rows]
        for row in now:
            use(row, territory)
        if changed := sum(dict(row) != new for row, new in zip(rows, now, strict=True)):
            write_rows(staged / table.file, table.names, now)
            files.append(table.file)
            count += changed
    return files, count


def _errors(folder: Path) -> list[Fault]:
    return [fault for fault in told(*gather(folder)) if fault.level == "erreur"]


def _kind(fault: Fault) -> Fault:
    """A fault wherever its row is: writing a table anew may move its lines."""
    return replace(fault, line=None)


COMMUNES, EPCI = "reference/communes.csv", "reference/epci.csv"
FIELDS = "nom,code,codeDepartement,codeRegion,codeEpci,population,codesPostaux"
NEEDED = ("nom", "code", "codeDepartement", "codeRegion", "population", "codesPostaux")
MOST_GONE = 0.03
"""Share of the communes that may go in one year: past it, the answer was cut. A year has seen some
hundreds of the 35,000 merge, never more than a thousand."""
TYPES = ("CC", "CA", "CU")
"""Kinds of EPCI that its name begins with; the others are métropoles."""


@dataclass(frozen=True, slots=True)
class Geography:
    """What the year changes.

    Parameters
    ----------
    year : str
        The year that the operator says.
    received : int
        Communes that came.
    changes : tuple of ValueChange
        Values of communes and EPCI that change.
    added, gone : tuple of str
        Communes, « code (nom) », that only one of the two has: told, not written.
    epci_added, epci_gone : tuple of str
        EPCI that come; that no commune is in any more, whose row is kept.
    followed : int
        Rows of the catalogue that follow.
    written : bool
        Whether anything was written.
    """

    year: str
    received: int
    changes: tuple[ValueChange, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    epci_added: tuple[str, ...]
    epci_gone: tuple[str, ...]
    followed: int
    written: bool

    def lines(self) -> Iterator[str]:
        """The difference, in French."""
        yield f"Communes de {self.year} : {self.received} reçues"
        for title, which in (
            ("valeurs qui changent", self.changes),
            ("EPCI nouveaux (leurs contours : `data --annee`)", self.epci_added),
            ("EPCI sans commune, gardés", self.epci_gone),
            ("communes nouvelles, à prendre par `data --annee`", self.added),
            ("communes disparues, gardées, à reprendre par `data --annee`", self.gone),
        ):
            yield f"  {title} : {len(which)}"
            yield from clipped(which, "    ")
        follow = counted(self.followed, "ligne", "lignes")
        yield f"  {follow} du catalogue à mettre à jour (nom de commune, label)"
        yield "Écrit dans reference/." if self.written else "Rien n’a été écrit."


def refresh_geography(client: Client, folder: Path, year: str, *, dry: bool) -> Geography:
    """Bring the EPCI, names, populations and postal codes of the year, all or nothing.

    Raises
    ------
    DataError
        The API cannot be read, lost communes, or the catalogue would break a rule.
    """
    known = {row["insee"]: dict(row) for row in read_rows(folder / COMMUNES, COMMUNE_COLUMNS)}
    groups = {row["code"]: dict(row) for row in read_rows(folder / EPCI, EPCI_COLUMNS)}
    departements = {row["departement"] for row in known.values()}
    fresh = {
        one["code"]: one
        for one in _listed(client, "communes", FIELDS, NEEDED)
        if one["codeDepartement"] in departements
    }
    names = {one["code"]: one["nom"] for one in _listed(client, "epcis", "nom,code", NEEDED[:2])}
    gone = sorted(known.keys() - fresh.keys())
    if len(gone) > MOST_GONE * len(known):
        rule = f"{len(gone)} communes sur {len(known)} n’y sont plus : réponse sans doute coupée"
        client.fail("communes", rule)

    rows = [_commune(row, fresh.get(code)) for code, row in known.items()]
    used = {row["epci"] for row in rows} - {""}
    if unknown := sorted(used - names.keys() - groups.keys()):
        client.fail("communes", "EPCI absent de la liste", column="codeEpci", value=unknown[0])
    epci = {code: _epci(code, groups.get(code), names.get(code)) for code in {*groups, *used}}
    changes = [
        *(c for row in rows for c in _changes(row["insee"], known[row["insee"]], row)),
        *(c for code, row in groups.items() for c in _changes(code, row, epci[code])),
    ]
    new = sorted(epci.keys() - groups.keys())
    followed = 0
    if changes or new:
        tables = {
            EPCI: (EPCI_COLUMNS, [epci[code] for code in sorted(epci)]),  # first: more, never less
            COMMUNES: (COMMUNE_COLUMNS, rows),
        }
        followed = change_places(folder, tables, dry=dry)
    added = sorted(fresh.keys() - known.keys())
    if not (dry or added or gone):
        note_vintages(folder, year, GEOGRAPHY)
    return Geography(
        year,
        len(fresh),
        tuple(changes),
        tuple(f"{code} ({fresh[code]['nom']})" for code in added),
        tuple(f"{code} ({known[code]['name']})" for code in gone),
        tuple(f"{code} ({epci[code]['name']})" for code in new),
        tuple(f"{code} ({groups[code]['name']})" for code in sorted(groups.keys() - used)),
        followed,
        bool(changes or new) and not dry,
    )


def _listed(
    client: Client, path: str, fields: str, needed: tuple[str, ...]
) -> list[Mapping[str, Any]]:
    """The records at a path, each with the fields that are needed."""
    data = client.json(f"/{path}", path, {"fields": fields, "format": "json"})
    if not isinstance(data, list) or not data:
        client.fail(path, "liste attendue : le format de la source a changé")
    for rank, record in enumerate(data, 1):
        if not isinstance(record, dict):
            client.fail(path, "objet attendu", line=rank)
        # Six communes without inhabitants have no population there.
        for field in (f for f in needed if f not in record and f != "population"):
            client.fail(path, "champ absent : le format a changé", line=rank, column=field)
    return data


def _commune(row: Mapping[str, str], fresh: Mapping[str, Any] | None) -> dict[str, str]:
    """A commune with what the year says of it; as it was when the year says nothing."""
    if fresh is None:
        return dict(row)
    postal = SEPARATOR.join(map(str, fresh["codesPostaux"]))
    same = set(postal.split(SEPARATOR)) == set(row["postcodes"].split(SEPARATOR))
    people = int(fresh.get("population") or 0)
    return {
        **row,
        "name": fresh["nom"],
        "departement": fresh["codeDepartement"],
        "region": fresh["codeRegion"],
        "epci": fresh.get("codeEpci") or "",
        "population": str(people),
        "postcodes": row["postcodes"] if same else postal,
        "density": f"{people / float(row['area_km2']):.1f}",
    }


def _epci(code: str, row: Mapping[str, str] | None, name: str | None) -> dict[str, str]:
    name = name or (row["name"] if row else "")
    first = name.split(" ")[0]
    kind = first if first in TYPES else row["type"] if row else "METRO"
    return {"code": code, "name": name, "type": kind}


def _changes(code: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[ValueChange]:
    """What changes in a row, without what follows from the rest."""
    return differing(code, before, after, (column for column in before if column != "density"))
