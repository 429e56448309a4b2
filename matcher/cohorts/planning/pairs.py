"""Pairs of a commune and a structure that a plan must not put in touch."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.tables.headers import Wanted
from matcher.tables.reader import read_table


def read_pairs(
    path: Path, communes: Container[str], structures: Container[str]
) -> tuple[frozenset[tuple[str, str]], list[Fault]]:
    """Read the good rows of a table `insee, structure_id`, and the faults of the others.

    Parameters
    ----------
    communes, structures : container of str
        The Insee codes and the ids that exist.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("insee",), ("structure_id",))))
    faults = list(table.faults)
    found = set()
    for row in table.rows:
        insee, structure = row["insee"].zfill(5), row["structure_id"]
        if insee not in communes:
            rule = "code Insee d’une commune attendu"
            faults.append(Fault(path.name, row.line, "insee", row["insee"] or None, rule))
        elif structure not in structures:
            rule = "structure absente du catalogue"
            faults.append(Fault(path.name, row.line, "structure_id", structure or None, rule))
        else:
            found.add((insee, structure))
    return frozenset(found), sorted(faults, key=lambda fault: fault.line or 0)
