"""How the structures of a source are reached -> rows of `catalogue/contacts.csv`.

Only what is generic, by the rules of that table: a box or a number that may be a person's is left
out and counted. What is known already stays as it is, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import alone_in
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import CONTACTS
from matcher.catalogue.tables import write_rows
from matcher.catalogue.terms import CONFIRMATION, Way

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


def by_confirmation(
    structure: str, values: Mapping[str, str], reference: str, day: date
) -> Reached:
    """What a structure answered by its signed link, under the reference of its answer."""
    told = f"{CONFIRMATION}{reference}"
    return Reached(structure, tuple(values.items()), told, day.isoformat())


def by_page(structure: str, values: Mapping[str, str], page: str, day: date) -> Reached:
    """What a public page says of how a structure is reached, seen on that day."""
    return Reached(structure, tuple(values.items()), page, day.isoformat())


@dataclass(frozen=True, slots=True)
class TakenContacts:
    """How many contacts an import adds, and how many it leaves out."""

    added: int = 0
    left: int = 0


NONE_TAKEN = TakenContacts()
"""Of a file that says nothing of contacts."""


def add_contacts(
    folder: Path,
    said: Sequence[Reached],
    structures: Mapping[str, Mapping[str, str]],
    *,
    dry: bool,
) -> TakenContacts:
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
    return TakenContacts(len(rows), left)


def contacts_of(folder: Path, structure: str) -> dict[str, str]:
    """What the table says of one structure itself, by way, as it is on the disk now."""
    rows = read_rows(folder / CONTACTS.file, CONTACTS.names, name=CONTACTS.file)
    return {row["contact"]: row["value"] for row in rows if row["structure"] == structure}


def change_contacts(
    folder: Path,
    structure: Mapping[str, str],
    said: Reached,
    *,
    write: bool = True,
) -> None:
    """Write what a structure said of how it is reached: whole or not at all.

    Parameters
    ----------
    structure : mapping of str to str
        Its row.
    said : Reached
        The ways that change, with their source; an empty value takes the contact away. A value
        that is there already keeps its source.
    write : bool
        False to check only.

    Raises
    ------
    DataError
        With each rule of the table that a value breaks, the column being its way.
    """
    with alone_in(folder / "catalogue"):
        known = read_rows(folder / CONTACTS.file, CONTACTS.names, name=CONTACTS.file)
        wanted = {row["contact"]: row for row in _rows(said)}
        if faults := [
            f for row in wanted.values() if row["value"] for f in _faults(row, structure)
        ]:
            raise DataError(faults)
        kept: list[Mapping[str, str]] = []
        for row in known:
            new = wanted.pop(row["contact"], None) if row["structure"] == said.structure else None
            if new is None or new["value"] == row["value"]:
                kept.append(row)
            elif new["value"]:
                kept.append({**new, "id": row["id"]})
        kept += [row for row in wanted.values() if row["value"]]
        if write and kept != known:
            write_rows(folder / CONTACTS.file, CONTACTS.names, kept)


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
    return not list(_faults(row, structure))


def _faults(row: Mapping[str, str], structure: Mapping[str, str]) -> Iterator[Fault]:
    """Each rule of its table that a row breaks, at its way."""
    way = row["contact"]
    rules = [rule for c in CONTACTS.columns for rule in c.faults(row[c.name])]
    for rule in (*rules, value_rule(way, row["value"], structure)):
        if rule:
            yield Fault(CONTACTS.file, None, way, row["value"], rule)
