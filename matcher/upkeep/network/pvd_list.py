"""The list of the Petites villes de demain: the newest CSV of the ANCT on data.gouv.fr.

`insee_com, lib_com, id_pvd, date_signature`, in `liste-pvd-com2025-20260427.csv` (data set
`programme-petites-villes-de-demain`). A commune that the newest list has no more keeps its row with
the month of its last list: the label is no longer shown, and `check` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import LISTED, Fault
from matcher.catalogue.french import month
from matcher.catalogue.rows import read_rows
from matcher.territory.reference.pvd import COLUMNS, OFFICIAL_COLUMNS, TABLE, official_rows

from . import sources
from .client import Client
from .geography import change_places

FILE = r"liste-pvd-.*\.csv$"


@dataclass(frozen=True, slots=True)
class Listed:
    """What the newest list changes.

    Parameters
    ----------
    vintage : str
        Its month.
    received : int
        Its communes.
    added, gone : tuple of str
        Codes that it has and that the former did not, and the other way round.
    warnings : tuple of Fault
        What to know about its rows.
    written : bool
        Whether the table was written.
    """

    vintage: str
    received: int
    added: tuple[str, ...]
    gone: tuple[str, ...]
    warnings: tuple[Fault, ...]
    written: bool

    def lines(self) -> Iterator[str]:
        """The difference, in French."""
        of = "d’" if month(self.vintage)[0] in "ao" else "de "
        when = f"liste du mois {of}{month(self.vintage)}"
        yield f"Petites villes de demain, {when} : {self.received} communes"
        for title, codes in (
            ("nouvelles", self.added),
            ("qui n’y sont plus (gardées, label non affiché, à vérifier)", self.gone),
        ):
            shown = f" : {', '.join(codes[:LISTED])}" if codes else ""
            yield f"  {title} : {len(codes)}{shown}{'…' if len(codes) > LISTED else ''}"
        yield from map(str, self.warnings[:LISTED])
        yield f"Écrit dans {TABLE}." if self.written else "Rien n’a été écrit."


def refresh_list(client: Client, folder: Path, *, dry: bool) -> Listed:
    """Bring the newest list into `reference/pvd.csv`, whole or not at all.

    Raises
    ------
    DataError
        The list cannot be read, is older than ours, or lost half of its communes.
    """
    file = sources.newest(client, FILE)
    rows = client.table(file.address, OFFICIAL_COLUMNS, "liste")
    warnings: list[Fault] = []
    name = client.name("liste")
    fresh = {r["insee"]: r for r in official_rows(rows, name, folder, file.month, warnings.append)}
    known = {row["insee"]: dict(row) for row in read_rows(folder / TABLE, COLUMNS, name=TABLE)}
    newest = max((row["vintage"] for row in known.values()), default="")
    if file.month < newest:
        rule = f"plus ancienne que la nôtre ({newest}) : rien n’est changé"
        client.fail("liste", rule, value=file.month)
    before = {code for code, row in known.items() if row["vintage"] == newest}
    gone = sorted(before - fresh.keys())
    if 2 * len(gone) > len(before):
        rule = f"{len(gone)} communes sur {len(before)} n’y sont plus : liste sans doute coupée"
        client.fail("liste", rule)
    # A second list of the same month cannot tell the two apart: the row goes a month back.
    kept = {code: dict(row) for code, row in known.items() if code not in fresh}
    for code in gone:
        if kept[code]["vintage"] == file.month:
            kept[code]["vintage"] = _before(file.month)
    table = [dict(row) for _, row in sorted((kept | fresh).items())]
    changed = table != [row for _, row in sorted(known.items())]
    if changed:  # with the label of the projects, which follows
        change_places(folder, {TABLE: (COLUMNS, table)}, dry=dry)
    added = tuple(sorted(fresh.keys() - before))
    return Listed(file.month, len(fresh), added, tuple(gone), tuple(warnings), changed and not dry)


def _before(when: str) -> str:
    year, number = map(int, when.split("-"))
    return f"{year}-{number - 1:02}" if number > 1 else f"{year - 1}-12"
