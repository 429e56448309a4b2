"""Refresh the structures of one source, or the list of the Petites villes de demain.

Structures: read the source whole, then import it, and flag what is gone.

Everything goes through the import: rules, look-alikes, kinds that are proposed, what is to be
verified. What a person decided is never written again, and a row that the source has no more is
flagged, never removed.

The commune of a structure whose address is known and whose Insee code is not is asked of the BAN:
`POST /search/csv` takes the file as `data`, `columns` (the address, in order), `postcode` (the
column that filters), and adds `result_citycode`, `result_score` (0 to 1) and `result_status` to
each row (https://geoservices.ign.fr/node/1408; README of addok/addok-csv); 50 requests a second,
429 with `Retry-After` past it.

The list: the newest CSV of the ANCT on data.gouv.fr, `insee_com, lib_com, id_pvd, date_signature`,
in `liste-pvd-com2025-20260427.csv` (data set `programme-petites-villes-de-demain`). A commune that
the newest list has no more keeps its row with the month of its last list: the label is no longer
shown, and `check` says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import is_digits
from matcher.catalogue.faults import LISTED, DataError, Fault
from matcher.catalogue.french import full_day, month, of
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.schemas import NOTE, YES
from matcher.territory.reference.pvd import COLUMNS, OFFICIAL_COLUMNS, TABLE, official_rows
from matcher.upkeep.inclusion import imported
from matcher.upkeep.intake import Intake
from matcher.upkeep.merging import Departed, merge
from matcher.upkeep.report import ImportReport

from . import sources
from .client import Client
from .geography import change_places
from .structures import READERS

SURE = 0.7
"""A score under it is another street or another town too often: the seat stays unknown."""
CHUNK = 1_000
"""Addresses of one request."""
SENT = ("rang", "adresse", "code_postal", "commune")
RESULT = ("rang", "result_citycode", "result_score")
LIST_FILE = r"liste-pvd-.*\.csv$"


def complete(client: Client, rows: list[Row]) -> list[Row]:
    """The rows, with the Insee code of those that give an address and no code."""
    wanted = [rank for rank, row in enumerate(rows) if _wanted(row)]
    found: dict[int, str] = {}
    for start in range(0, len(wanted), CHUNK):
        found |= dict(_asked(client, rows, wanted[start : start + CHUNK]))
    return [
        Row((row | {"code_insee": found[rank]}).items(), row.line) if rank in found else row
        for rank, row in enumerate(rows)
    ]


def _wanted(row: Row) -> bool:
    place = row.get("code_postal") or row.get("commune")
    return not row.get("code_insee") and bool(place)


def _asked(client: Client, rows: list[Row], ranks: list[int]) -> Iterator[tuple[int, str]]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(SENT)
    for rank in ranks:
        writer.writerow([rank, *(rows[rank].get(column, "") for column in SENT[1:])])
    asked = {*ranks}
    params: dict[str, Sequence[str]] = {
        "columns": ["adresse", "commune"],
        "postcode": "code_postal",
    }
    for answer in client.post_csv("/search/csv", text.getvalue(), RESULT, params):
        sent, score = answer["rang"], answer["result_score"] or "0"
        try:
            sure = float(score) >= SURE
        except ValueError:
            client.fail("", "nombre attendu", line=answer.line, column=RESULT[2], value=score)
        if not is_digits(sent) or int(sent) not in asked:
            client.fail("", "ligne inconnue", line=answer.line, column="rang", value=sent)
        if sure and answer["result_citycode"]:
            yield int(sent), answer["result_citycode"]


GONE = "N’est plus dans"
"""How the note of a row begins to say that its source has it no more."""
FEW = 10
"""Rows of a source under which half of them may go at once without a doubt on the answer."""


@dataclass(frozen=True, slots=True)
class SourceExtract:
    """What of a source is wanted: a département, activities (NAF codes); "" for all."""

    departement: str = ""
    activity: str = ""


def refresh(
    client: Client, ban: Client, asked: SourceExtract, folder: Path, today: date, *, dry: bool
) -> tuple[ImportReport, int]:
    """Bring the structures of a source into the catalogue; the report, and how many came.

    Parameters
    ----------
    client, ban : Client
        The source, and the one that finds the communes of addresses.
    folder : Path
        The data folder.
    dry : bool
        Say what would be done, and write nothing.

    Raises
    ------
    DataError
        The source cannot be read whole: nothing is written.
    """
    source = client.source
    records = READERS[source.name](client, asked.departement, asked.activity)
    if not records:
        client.fail("", "aucune structure reçue : rien n’est changé")
    intake = Intake.of_records(
        client.cache / f"{source.name}.json",
        records,
        source.label,
        lambda rows: complete(ban, rows),
    )
    # With an activity, those that are not listed may be of another one: nobody is gone.
    gone = None if asked.activity else departed(source.label, asked.departement, today)
    client.cache.mkdir(parents=True, exist_ok=True)  # for the file of the refused rows
    return merge(lambda: intake, folder, dry=dry, departed=gone), len(records)


def import_with_seats(
    ban: Client, file: Path, folder: Path, *, dry: bool
) -> tuple[ImportReport, int]:
    """Import a file of structures once the BAN has found the communes that it leaves out."""
    intake = Intake.read(file, lambda rows: complete(ban, rows))
    return merge(lambda: intake, folder, dry=dry), len(intake.rows)


def departed(label: str, departement: str, today: date) -> Departed:
    """The function that flags the rows that a source has no more."""
    said = f"{GONE} {label}"

    def flagged(known: Mapping[str, Row], read: Collection[str]) -> dict[str, Row]:
        there = set(read)
        mine = [
            row
            for row in known.values()
            if imported(label) in row["note"]
            and said not in row["note"]
            and row["seat_insee"].startswith(departement)
        ]
        gone = [row for row in mine if row["id"] not in there]
        if len(mine) >= FEW and 2 * len(gone) > len(mine):
            rule = f"{len(gone)} structures sur {len(mine)} n’y sont plus : réponse sans doute"
            rule += " incomplète, rien n’est changé"
            raise DataError([Fault(label, None, None, None, rule)])
        return {row["id"]: _flagged(row, f"{said} le {full_day(today)}.") for row in gone}

    return flagged


def _flagged(row: Row, told: str) -> Row:
    note = f"{row['note']} {told}".strip()
    if len(note) > NOTE.length:
        note = row["note"]
    # At no line of the file: no row of it is refused for this one.
    return Row((row | {"to_verify": YES, "note": note}).items(), 0)


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
        when = f"liste du mois {of(month(self.vintage))}"
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
    file = sources.newest(client, LIST_FILE)
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
