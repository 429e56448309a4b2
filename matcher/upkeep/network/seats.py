"""The commune of a structure whose address is known and whose Insee code is not: the BAN says it.

`POST /search/csv` takes the file as `data`, `columns` (the address, in order), `postcode` (the
column that filters), and adds `result_citycode`, `result_score` (0 to 1) and `result_status` to
each row (https://geoservices.ign.fr/node/1408; README of addok/addok-csv); 50 requests a second,
429 with `Retry-After` past it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from matcher.catalogue.columns import is_digits
from matcher.catalogue.rows import Row

from .client import Client

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
