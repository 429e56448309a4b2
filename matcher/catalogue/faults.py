"""What is wrong in a file, said so that the person who keeps the file can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LISTED = 20
"""Faults written out in the message of a DataError; the rest are counted."""

VALUE_SHOWN = 60
"""Characters of a faulty value that are shown."""

EXTRAS = {
    **dict.fromkeys(("geopandas", "pandas", "pyogrio", "pyproj", "shapely"), "cartes"),
    **dict.fromkeys(("scipy", "sklearn"), "cohortes"),
    **dict.fromkeys(("psycopg",), "postgresql"),
    **dict.fromkeys(("distributed", "dask"), "cluster"),
}
"""By library that not every installation has, the part of setup.cfg that brings it."""

Level = Literal["erreur", "avertissement"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, the value at fault and the rule it breaks.

    Parameters
    ----------
    file : str
        Path of the file, as the reader of the message knows it.
    line : int or None
        Line in the file, the header being line 1; None for the file as a whole.
    column, value : str or None
        Column and value at fault, None where the fault is of the row or of the file.
    rule : str
        French sentence, without a final dot.
    level : {"erreur", "avertissement"}
        An error makes the file unusable; a warning is to be known.
    """

    file: str
    line: int | None
    column: str | None
    value: str | None
    rule: str
    level: Level = "erreur"

    def __str__(self) -> str:
        """« fichier, ligne 3, colonne « x » : « valeur » : règle »."""
        place = [self.file]
        if self.line is not None:
            place.append(f"ligne {self.line}")
        if self.column is not None:
            place.append(f"colonne « {self.column} »")
        shown = "" if self.value is None else f"« {shorten(self.value)} » : "
        return f"{', '.join(place)} : {shown}{self.rule}"


class DataError(ValueError):
    """A file of data that cannot be used; `faults` says all that is wrong in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """The first faults, one a line, and how many there are."""
        count = len(self.faults)
        lines = [str(fault) for fault in self.faults[:LISTED]]
        if count > LISTED:
            lines.append(f"… et {count - LISTED} autres ({count} fautes en tout)")
        return "\n".join(lines)


def shorten(value: str, limit: int = VALUE_SHOWN) -> str:
    """The value on one line, printable, at most `limit` characters."""
    # Cut first: escaping a field of a megabyte would cost more than the sentence is worth.
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in value[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def missing(error: ModuleNotFoundError) -> str:
    """Say what to install, in French.

    Raises
    ------
    ModuleNotFoundError
        The one given, when every installation should have what is missing: a fault of ours.
    """
    library = (error.name or "").split(".")[0]
    if library not in EXTRAS:
        raise error
    return f"Il manque la bibliothèque « {library} » : pip install 'maillage[{EXTRAS[library]}]'."
