"""Everything that is wrong in a folder of data."""

from __future__ import annotations

from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import Row
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
from matcher.reading.knowledge import subject_codes
from matcher.territory.nest import Territory

from . import contacts, links, rules
from .dataset import Dataset, Rule

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
