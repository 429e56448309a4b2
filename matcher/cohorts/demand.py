"""The needs of a cohort as people hand them over: a table, one row a need."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Demand:
    """A need with the key that its table gives it: unique in the table, `ligne-N` by default."""

    id: str
    need: Need


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
    rows, faults = scan_rows(path, COLUMNS, OPTIONAL)
    demands: list[Demand] = []
    lines: dict[str, int] = {}
    for row in rows:
        found = _demand(row, path.name, territory)
        if isinstance(found, Fault):
            faults.append(found)
        elif found.id in lines:
            rule = f"déjà présent à la ligne {lines[found.id]}"
            faults.append(Fault(path.name, row.line, "id", found.id, rule))
        else:
            lines[found.id] = row.line
            demands.append(found)
    return demands, sorted(faults, key=lambda fault: fault.line or 0)


def _demand(row: Row, file: str, territory: Territory) -> Demand | Fault:
    """The need of a row, or the first fault of it."""
    themes = [code.strip() for code in row.get("themes", "").split(SEPARATOR) if code.strip()]
    stages = [row["etape"]] if row.get("etape") else []
    for column, terms, codes in (("themes", Theme, themes), ("etape", Stage, stages)):
        known = [str(term) for term in terms]
        for code in codes:
            if code not in known:
                rule = f"valeur inconnue ; valeurs possibles : {', '.join(known)}"
                return Fault(file, row.line, column, code, rule)
    try:
        commune = territory.find(row["commune"]).insee
    except UnknownCommune as error:
        return Fault(file, row.line, "commune", row["commune"], str(error).rstrip("."))
    stage = Stage(stages[0]) if stages else None
    need = Need(commune, row["besoin"], tuple(map(Theme, themes)), stage)
    try:
        return Demand(row.get("id") or f"ligne-{row.line}", check_need(need, territory))
    except NeedError as error:
        return Fault(file, row.line, "besoin", row["besoin"], str(error).rstrip("."))
