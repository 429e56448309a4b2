"""Everything that is wrong in a folder of data; what is put right in a row on its way in.

Put right: typing, codes of former days, what follows from what is told.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import Row, delimiter_of
from matcher.catalogue.schemas import (
    CONDITIONS,
    CONTACTS,
    PROJECTS,
    RESOURCES,
    STRUCTURES,
    TABLES,
    THEMES_TABLE,
    TRADES,
    VENUES,
)
from matcher.catalogue.tables import scan_table
from matcher.catalogue.terms import Backing
from matcher.catalogue.vocabulary import Scale
from matcher.reading.knowledge import subject_codes
from matcher.territory.nest import Territory

from . import contacts, links, rules
from .links import PROSE, place_columns
from .rules import Dataset, Rule

TIDIED = (*PROSE, "aliases")
"""Columns whose typing is tidied: apostrophes, spaces, ends of lines."""


ADDRESSES = ("website", "source_url", "url")
"""Columns that hold web addresses, several with ` ; ` between them."""
BARE_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+(/\S*)?")
"""An address without its scheme, as people write them."""
SCHEME = re.compile(r"(https?)\s*:\s*/+\s*", re.IGNORECASE)


def address(text: str, *, bare: bool = False) -> str:
    """A web address as it is wanted: with its scheme, in small letters.

    Parameters
    ----------
    bare : bool
        Whether `exemple.fr` is one too: it is for the site of a structure, not for a source.

    >>> address("www.exemple.fr"), address("Https://exemple.fr/A"), address("exemple.fr", bare=True)
    ('https://www.exemple.fr', 'https://exemple.fr/A', 'https://exemple.fr')
    """
    text = text.strip()
    if BARE_DOMAIN.fullmatch(text) and (bare or text.lower().startswith("www.")):
        return f"https://{text}"
    return SCHEME.sub(lambda found: f"{found[1].lower()}://", text, count=1)


def tidy(row: dict[str, str]) -> None:
    """Tidy the typing of the sentences, names and addresses of a row."""
    for column in ADDRESSES:
        if row.get(column):
            parts = row[column].split(" ; ")
            row[column] = " ; ".join(address(part, bare=column == "website") for part in parts)
    for column in TIDIED:
        if column in row:
            row[column] = re.sub(r"\s+", " ", row[column]).strip().replace("'", "’")


def fill_roles(row: dict[str, str]) -> None:
    """Give the supports of a project whose roles are not said the usual one: it accompanied."""
    if row["structure_ids"] and not row["roles"]:
        count = len(row["structure_ids"].split(SEPARATOR))
        row["roles"] = SEPARATOR.join([Backing.ACCOMPAGNE] * count)


def use_codes_of_today(row: dict[str, str], territory: Territory) -> None:
    """Replace former codes of communes of a structure; the name of the seat follows its code."""
    row["seat_insee"] = territory.resolve(row["seat_insee"]) or row["seat_insee"]
    if commune := territory.communes.get(row["seat_insee"]):
        row["seat_commune"] = commune.name
    if row["coverage_level"] == Scale.COMMUNE:
        codes = row["coverage_codes"].split(SEPARATOR)
        today = dict.fromkeys(territory.resolve(code) or code for code in codes)
        row["coverage_codes"] = SEPARATOR.join(today)


def use_place_of_today(row: dict[str, str], territory: Territory) -> None:
    """Replace a former code of the commune of a project; its other columns of place follow."""
    row["insee"] = territory.resolve(row["insee"]) or row["insee"]
    if commune := territory.communes.get(row["insee"]):
        row |= place_columns(commune, territory)


RULES: tuple[Rule, ...] = (*rules.RULES, *links.RULES, contacts.written)


def check(folder: Path) -> list[Fault]:
    """Find everything that is wrong in a folder of data.

    Parameters
    ----------
    folder : Path
        A folder with `catalogue/` and `reference/`, as `data/` has.

    Returns
    -------
    list of Fault
        Errors of files, rows and values; then those of the rules of the audit, with their
        warnings (`level`). Empty when nothing is to be said.
    """
    return told(*gather(folder))


def told(data: Dataset | None, faults: list[Fault]) -> list[Fault]:
    """What `gather` found, with the rules of the audit where every table could be read."""
    return faults if data is None else [*faults, *broken_rules(data)]


def gather(folder: Path, territory: Territory | None = None) -> tuple[Dataset | None, list[Fault]]:
    """Read a folder of data as rows; with it, the faults of its files, rows and values.

    Parameters
    ----------
    territory : Territory, optional
        That of the folder, where it was read already.

    Returns
    -------
    tuple of Dataset or None, list of Fault
        None when a table or the territory cannot be read: each rule needs them all, and half of
        them would tell of false faults.
    """
    faults: list[Fault] = []
    read: dict[str, list[Row]] = {}
    for table in TABLES:
        try:
            read[table.name], found = scan_table(folder, table)
        except DataError as error:
            found = list(error.faults)
        faults += found
    try:
        territory = territory or Territory.open(folder)
    except DataError as error:
        return None, faults + list(error.faults)
    if len(read) < len(TABLES):
        return None, faults
    data = Dataset(
        read[STRUCTURES.name],
        read[PROJECTS.name],
        read[RESOURCES.name],
        read[THEMES_TABLE.name],
        territory,
        read[CONDITIONS.name],
        read[VENUES.name],
        read[CONTACTS.name],
        read[TRADES.name],
        subject_codes(folder),
    )
    return data, faults


def broken_rules(data: Dataset) -> list[Fault]:
    """What the rules of the audit say of rows, warnings included."""
    return [
        fault for rule in (*rules.RULES, *links.RULES, contacts.written) for fault in rule(data)
    ]


def with_row(text: str, row: Row, known: Row | None) -> str:
    """The text of a table with the lines of one row written anew, or added at its end."""
    lines = list(io.StringIO(text, newline=""))
    delimiter = delimiter_of(text)
    header = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter))]
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, header, delimiter=delimiter, lineterminator=end)
    writer.writerow(row)
    if known is None:
        if not lines[-1].endswith(("\n", "\r")):
            lines[-1] += end
        return "".join(lines) + written.getvalue()
    reader = csv.reader(lines[row.line - 1 :], delimiter=delimiter)
    next(reader)
    old = lines[row.line - 1 : row.line - 1 + reader.line_num]
    new = written.getvalue()
    if not old[-1].endswith(("\n", "\r")):
        new = new.removesuffix(end)  # the last line of the file had no end: it keeps none
    return "".join([*lines[: row.line - 1], new, *lines[row.line - 1 + len(old) :]])
