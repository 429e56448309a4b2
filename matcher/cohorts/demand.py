"""The needs of a cohort as people hand them over: a table, one row a need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import Fault
from matcher.catalogue.gazetteer import UnknownCommune
from matcher.catalogue.model import Need
from matcher.catalogue.rows import Row, scan_rows
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.ranking.door import NeedError, check_need

COLUMNS = ("commune", "besoin")
OPTIONAL = ("themes", "etape", "id")
GUESSED = 20
"""Unknown names of a file for which communes are suggested: a file of nothing but these, handed to
the site, would keep others waiting."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A need with the key that its table gives it: unique in the table, `ligne-N` by default."""

    id: str
    need: Need


class Places:
    """The communes of one file: each name is looked for once."""

    def __init__(self, territory: Territory) -> None:
        self.territory = territory
        self._found: dict[str, tuple[str | None, str]] = {}
        self._guesses = GUESSED

    def find(self, name: str) -> tuple[str | None, str]:
        """The Insee code of a commune, or why there is none."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> tuple[str | None, str]:
        try:
            return self.territory.find(name, guess=self._guesses > 0).insee, ""
        except UnknownCommune as error:
            self._guesses -= 1
            return None, str(error).rstrip(".")


def read_demands(path: Path, territory: Territory) -> tuple[list[Demand], list[Fault]]:
    """Read the good rows of a table of needs, and say what is wrong with each of the others.

    Parameters
    ----------
    path : Path
        CSV: `commune` (name, Insee or postal code), `besoin`, and if wanted `themes` (codes with
        `|` between them), `etape`, `id`.
    territory : Territory

    Returns
    -------
    list of Demand
        In the order of the file, with codes of today.
    list of Fault
        File, line, column, value and rule of each row left out.

    Raises
    ------
    DataError
        When the file as a whole cannot be read, or has an unknown column.
    """
    found, faults = scan_demands(path, territory)
    return [demand for _, demand in found], faults


def scan_demands(
    path: Path, territory: Territory, further: Collection[str] = (), name: str | None = None
) -> tuple[list[tuple[Row, Demand]], list[Fault]]:
    """Read a table of needs that says more of each: `read_demands`, with the rows themselves.

    Parameters
    ----------
    further : collection of str
        Columns that the file may have besides, for the caller to read.
    name : str or None
        How messages call the file; the name of the file by default.

    Raises
    ------
    DataError
        As `read_demands`.
    """
    name = name or path.name
    rows, faults = scan_rows(path, COLUMNS, (*OPTIONAL, *further), name)
    demands: list[tuple[Row, Demand]] = []
    lines: dict[str, int] = {}
    places = Places(territory)
    for row in rows:
        need = need_of(row, name, places)
        if isinstance(need, Fault):
            faults.append(need)
            continue
        key = row.get("id") or f"ligne-{row.line}"
        if key in lines:
            faults.append(Fault(name, row.line, "id", key, f"déjà présent à la ligne {lines[key]}"))
        else:
            lines[key] = row.line
            demands.append((row, Demand(key, need)))
    return demands, sorted(faults, key=lambda fault: fault.line or 0)


def need_of(row: Row, file: str, places: Places) -> Need | Fault:
    """The need of a row, checked, or the first fault of it.

    Its themes and its situation may be absent, and `themes_ecartes`: those that it does not mean.
    """
    themes, excluded = (_codes(row.get(column, "")) for column in ("themes", "themes_ecartes"))
    stages = [row["etape"]] if row.get("etape") else []
    for column, terms, codes in (
        ("themes", Theme, themes),
        ("themes_ecartes", Theme, excluded),
        ("etape", Stage, stages),
    ):
        known = [str(term) for term in terms]
        for code in codes:
            if code not in known:
                rule = f"valeur inconnue ; valeurs possibles : {', '.join(known)}"
                return Fault(file, row.line, column, code, rule)
    commune, unknown = places.find(row["commune"])
    if commune is None:
        return Fault(file, row.line, "commune", row["commune"], unknown)
    need = Need(
        commune,
        row["besoin"],
        tuple(map(Theme, themes)),
        Stage(stages[0]) if stages else None,
        excluded=tuple(map(Theme, excluded)),
    )
    try:
        return check_need(need, places.territory)
    except NeedError as error:
        return Fault(file, row.line, "besoin", row["besoin"], str(error).rstrip("."))


def _codes(value: str) -> list[str]:
    return [code.strip() for code in value.split(SEPARATOR) if code.strip()]
