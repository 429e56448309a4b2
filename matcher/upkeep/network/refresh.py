"""Refresh the structures of one source: read it whole, then import it, and flag what is gone.

Everything goes through the import: rules, look-alikes, kinds that are proposed, what is to be
verified. What a person decided is never written again, and a row that the source has no more is
flagged, never removed.

The commune of a structure whose address is known and whose Insee code is not is asked of the BAN:
`POST /search/csv` takes the file as `data`, `columns` (the address, in order), `postcode` (the
column that filters), and adds `result_citycode`, `result_score` (0 to 1) and `result_status` to
each row (https://geoservices.ign.fr/node/1408; README of addok/addok-csv); 50 requests a second,
429 with `Retry-After` past it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import is_digits
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import full_day
from matcher.catalogue.rows import Row
from matcher.catalogue.schemas import NOTE, YES

from ..inclusion import imported
from ..intake import Intake
from ..merging import Departed, merge
from ..report import ImportReport
from .client import Client
from .structures import READERS

SURE = 0.7
"""A score under it is another street or another town too often: the seat stays unknown."""
CHUNK = 1_000
"""Addresses of one request."""
SENT = ("rang", "adresse", "code_postal", "commune")
RESULT = ("rang", "result_citycode", "result_score")


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
class Asked:
    """What of a source is wanted: a département, activities (NAF codes); "" for all."""

    departement: str = ""
    activity: str = ""


def refresh(
    client: Client, ban: Client, asked: Asked, folder: Path, today: date, *, dry: bool
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
