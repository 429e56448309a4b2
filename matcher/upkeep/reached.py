"""How the structures of a source are reached -> rows of `catalogue/contacts.csv`.

Only what is generic, by the rules of that table: a box or a number that may be a person's is left
out and counted. What is known already stays as it is, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import CONTACTS
from matcher.catalogue.tables import write_rows
from matcher.catalogue.terms import Way

from .contacts import tidy_value, value_rule

FIELDS = {"courriel": Way.COURRIEL, "telephone": Way.TELEPHONE, "siret": Way.SIRET}
"""Fields of data.inclusion that say how a structure is reached."""
PAGE = "https://api.data.inclusion.gouv.fr/api/v1/structures/"
"""Where data.inclusion shows one structure: the proof, when the record gives no page of its own."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What a record says of how its structure is reached.

    Parameters
    ----------
    structure : str
        Our identifier.
    values : tuple of (str, str)
        Ways, each with its value as it was read.
    source, day : str
        The page that says it, and the day of the record.
    """

    structure: str
    values: tuple[tuple[str, str], ...]
    source: str
    day: str


def reached(structure: str, record: Mapping[str, str]) -> Reached:
    """What a record in the layout of data.inclusion says."""
    values = tuple((way.value, v) for f, way in FIELDS.items() if (v := record.get(f, "")))
    page = record.get("lien_source") or f"{PAGE}{quote(record.get('id', ''))}"
    return Reached(structure, values, page, record.get("date_maj", ""))


@dataclass(frozen=True, slots=True)
class Taken:
    """How many contacts an import adds, and how many it leaves out."""

    added: int = 0
    left: int = 0


NONE_TAKEN = Taken()
"""Of a file that says nothing of contacts."""


def add_contacts(
    folder: Path,
    said: Sequence[Reached],
    structures: Mapping[str, Mapping[str, str]],
    *,
    dry: bool,
) -> Taken:
    """Add to `catalogue/contacts.csv` what it lacks of these structures, by identifier."""
    if not said:
        return NONE_TAKEN
    known = read_rows(folder / CONTACTS.file, CONTACTS.names, name=CONTACTS.file)
    there = {(row["structure"], row["contact"]) for row in known}
    rows, left = [], 0
    for one in (one for one in said if one.structure in structures):
        for row in _rows(one):
            if (one.structure, row["contact"]) in there:
                continue
            there.add((one.structure, row["contact"]))
            fits = _fit(row, structures[one.structure])
            rows += [row] if fits else []
            left += not fits
    if rows and not dry:
        write_rows(folder / CONTACTS.file, CONTACTS.names, [*known, *rows])
    return Taken(len(rows), left)


def _rows(one: Reached) -> Iterator[dict[str, str]]:
    for way, value in one.values:
        yield dict.fromkeys(CONTACTS.names, "") | {
            "id": f"{one.structure}-{way.replace('_', '-')}",
            "structure": one.structure,
            "contact": way,
            "value": tidy_value(way, value),
            "source_url": one.source,
            "source_date": one.day,
        }


def _fit(row: Mapping[str, str], structure: Mapping[str, str]) -> bool:
    """Whether a row keeps every rule of its table."""
    if value_rule(row["contact"], row["value"], structure):
        return False
    return not any(list(c.faults(row[c.name])) for c in CONTACTS.columns)
