"""The label Petites villes de demain: from the list of January 2021, or from the official CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import Row, decode, load, read_rows
from matcher.catalogue.tables import write_rows

COLUMNS = ("insee", "current", "vintage")
"""Code in the list, commune of today that has it, month of the list (`2021-01`)."""

TABLE = "reference/pvd.csv"
LIST = "pvd_2021-01.txt"
VINTAGE = "2021-01"

OFFICIAL_COLUMNS = ("insee_com", "lib_com", "id_pvd", "date_signature")

INSEE = re.compile(r"(\d\d|2[AB])\d{3}")
DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Resolve = Callable[[str], str | None]


def build(folder: Path) -> str:
    """Write `folder/reference/pvd.csv` from `folder/raw/`; return what was done, in French.

    Raises
    ------
    DataError
        With each code of the list that is no commune.
    """
    path = folder / "raw" / LIST
    codes = list(_listed(decode(load(path, LIST), LIST)))
    rows = _resolved(codes, LIST, "", resolver(folder), VINTAGE)
    write_rows(folder / TABLE, COLUMNS, rows)
    moved = [
        f"{row['insee']} -> {row['current']}" for row in rows if row["insee"] != row["current"]
    ]
    merged = f"dont {len(moved)} fusionnées ({', '.join(moved)})" if moved else "aucune fusionnée"
    return f"reference/pvd.csv : {len(rows)} communes (liste de {VINTAGE}), {merged}"


def refresh(
    official: Path, folder: Path, vintage: str, tell: Callable[[Fault], object] | None = None
) -> int:
    """Replace `folder/reference/pvd.csv` by the communes of the official CSV.

    Parameters
    ----------
    official : Path
        The list published by the ANCT: `insee_com, lib_com, id_pvd, date_signature`.
    folder : Path
        The data folder.
    vintage : str
        Year and month of that list: `2026-11`. Pages show it wherever the label is.
    tell : function or None
        Given a warning for each date that is none: the commune is in the list all the same.

    Returns
    -------
    int
        Communes of the list. Nothing is written when there is a fault.

    Raises
    ------
    DataError
        With every fault: file, line, column, value, rule.
    """
    rows = read_rows(official, OFFICIAL_COLUMNS)
    listed = official_rows(rows, official.name, folder, vintage, tell)
    write_rows(folder / TABLE, COLUMNS, listed)
    return len(listed)


def official_rows(
    rows: list[Row],
    name: str,
    folder: Path,
    vintage: str,
    tell: Callable[[Fault], object] | None = None,
) -> list[dict[str, str]]:
    """Our rows for those of the official CSV, as `refresh` says.

    Raises
    ------
    DataError
        With every fault: file, line, column, value, rule.
    """
    if not MONTH.fullmatch(vintage):
        rule = "le millésime s’écrit année-mois, par exemple 2026-11"
        raise DataError([Fault(name, None, None, vintage, rule)])
    if not rows:
        raise DataError([Fault(name, None, None, None, "aucune commune dans ce fichier")])
    faults = list(_value_faults(rows, name))
    if faults:
        raise DataError(faults)
    for warning in _date_warnings(rows, name):
        if tell:
            tell(warning)
    codes = [(row.line, row["insee_com"]) for row in rows]
    return _resolved(codes, name, "insee_com", resolver(folder), vintage)


def resolver(folder: Path) -> Resolve:
    """The function from a code, of today or of former days, to the Insee code of today."""
    today = {row["insee"] for row in read_rows(folder / "reference" / "communes.csv", ["insee"])}
    former = read_rows(folder / "reference" / "former.csv", ["code", "current"])
    current = {row["code"]: row["current"] for row in former}
    return lambda code: code if code in today else current.get(code)


def _listed(text: str) -> Iterator[tuple[int, str]]:
    """Line and code of each commune of the list, one line for each département."""
    for number, line in enumerate(text.splitlines(), start=1):
        for code in line.partition(":")[2].split():
            yield number, code


def _value_faults(rows: Iterable[Row], name: str) -> Iterator[Fault]:
    for row in rows:
        code = row["insee_com"]
        if not INSEE.fullmatch(code):
            rule = "un code Insee a cinq caractères (un zéro au début a pu être perdu)"
            yield Fault(name, row.line, "insee_com", code or None, rule)


def _date_warnings(rows: Iterable[Row], name: str) -> Iterator[Fault]:
    """The dates that are none. Nothing is done with them: they cost no commune its label."""
    for row in rows:
        signed = row["date_signature"]
        if signed and not DATE.fullmatch(signed):
            rule = "une date s’écrit 2021-03-26 ou 26/03/2021 ; la commune est gardée"
            yield Fault(name, row.line, "date_signature", signed, rule, "avertissement")


def _resolved(
    codes: list[tuple[int, str]], name: str, column: str, resolve: Resolve, vintage: str
) -> list[dict[str, str]]:
    """One row a code, sorted; a code that is unknown or comes twice is a fault."""
    rows: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    for line, code in codes:
        current = resolve(code)
        if current is None:
            rule = "ce code n’est celui d’aucune commune, ni ancienne ni actuelle"
            faults.append(Fault(name, line, column or None, code, rule))
        elif code in rows:
            faults.append(Fault(name, line, column or None, code, "commune déjà dans la liste"))
        else:
            rows[code] = {"insee": code, "current": current, "vintage": vintage}
    if faults:
        raise DataError(faults)
    return [rows[code] for code in sorted(rows)]
