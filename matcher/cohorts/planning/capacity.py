"""How many introductions each structure takes on."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.tables.headers import Wanted
from matcher.tables.reader import read_table

DEFAULT_CAPACITY = 10
"""Introductions that a structure takes on in one plan when nothing else is said of it: about one a
month. A working hypothesis, to be replaced by what each structure declares."""
MOST = 10_000
"""Largest capacity that is believed: past it, two columns were mixed up."""


class Capacity:
    """How many introductions each structure takes on: what is said of it, or the default."""

    def __init__(self, said: Mapping[str, int], default: int = DEFAULT_CAPACITY) -> None:
        self._said = said
        self._default = default

    def __getitem__(self, structure: str) -> int:
        return self._said.get(structure, self._default)

    def is_supposed(self, structure: str) -> bool:
        """Whether nothing is said of a structure: its number is a hypothesis."""
        return structure not in self._said


def read_capacity(path: Path, structures: Container[str]) -> tuple[dict[str, int], list[Fault]]:
    """Read the good rows of a table `structure_id, capacite`, and the faults of the others.

    Parameters
    ----------
    structures : container of str
        The ids that exist.

    Returns
    -------
    dict of str to int
        Introductions by structure, from 0.
    list of Fault
        File, line, column, value and rule of each row left out.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("structure_id",), ("capacite",))))
    faults = list(table.faults)
    found: dict[str, int] = {}
    for row in table.rows:
        structure, value = row["structure_id"], row["capacite"].removesuffix(".0")
        if structure not in structures:
            rule = "structure absente du catalogue"
            faults.append(Fault(path.name, row.line, "structure_id", structure, rule))
        elif structure in found:
            rule = "structure déjà présente plus haut"
            faults.append(Fault(path.name, row.line, "structure_id", structure, rule))
        elif not (value.isascii() and value.isdigit() and int(value[:9]) <= MOST):
            rule = f"nombre entier attendu, de 0 à {MOST}"
            faults.append(Fault(path.name, row.line, "capacite", value, rule))
        else:
            found[structure] = int(value)
    return found, sorted(faults, key=lambda fault: fault.line or 0)
