"""What a table was understood as, in French, and its refused rows, each with its rule.

Refused rows are given in a file of the form they came in. Who mends them may send it again as it
is: `headers.REMARKS` are columns that the reader leaves out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from matcher.catalogue.faults import Fault, shorten
from matcher.catalogue.french import counted

from .cells import BOM
from .headers import REMARKS
from .reader import CSV, FORMULA, Table

SHOWN = 5
"""Rows that are shown as they were read."""
NAMES = {
    "commune": "commune",
    "insee": "code Insee",
    "code_postal": "code postal",
    "departement": "département",
    "besoin": "besoin",
    "themes": "thèmes",
    "themes_ecartes": "thèmes écartés",
    "etape": "situation",
    "id": "identifiant",
}
"""How a column is called in a sentence, where its own name would not do."""
SEPARATORS = {"\t": "tabulation", ",": "virgule", ";": "point-virgule", "|": "barre verticale"}


def counts(table: Table, faults: Sequence[Fault] = ()) -> dict[str, int]:
    """Rows of the file, read, refused and blank (or a total): the first is the sum of the others.

    Parameters
    ----------
    faults : sequence of Fault
        Those found since the table was read; a row may have several.
    """
    refused = len({fault.line for fault in [*table.faults, *faults]} & table.records.keys())
    return {
        "lignes": table.total,
        "lignes_lues": len(table.records) - refused,
        "lignes_refusees": refused,
        "lignes_vides": table.blank,
    }


def count_line(table: Table, faults: Sequence[Fault] = ()) -> str:
    """The sentence of `counts`."""
    return counts_line(counts(table, faults))


def counts_line(found: Mapping[str, int]) -> str:
    """The sentence of what `counts` found."""
    return (
        f"{counted(found['lignes'], 'ligne', 'lignes')} dans le fichier : "
        f"{counted(found['lignes_lues'], 'lue', 'lues')}, "
        f"{counted(found['lignes_refusees'], 'refusée', 'refusées')}, "
        f"{counted(found['lignes_vides'], 'vide ou de total', 'vides ou de total')}."
    )


def facts(table: Table) -> list[tuple[str, str]]:
    """Form, encoding, separator, header and columns, each with its name."""
    source = table.source
    header = source.header
    found = [("Format", source.form)]
    if source.sheet:
        found.append(("Feuille", source.sheet))
    if source.encoding:
        found.append(("Encodage", source.encoding))
    if source.separator:
        found.append(("Séparateur", SEPARATORS.get(source.separator, source.separator)))
    found.append(("Ligne d’en-tête", str(header.line)))
    read = [
        f"{shorten(header.written[i].strip())} → {NAMES.get(name, name)}"
        for i, name in header.known.items()
    ]
    found.append(("Colonnes lues", " ; ".join(read)))
    if table.kept:
        found.append(("Colonnes gardées telles quelles", " ; ".join(map(shorten, table.kept))))
    return found


def preview(table: Table, faults: Sequence[Fault] = ()) -> list[str]:
    """What was understood, a line each, then the first rows as they were read."""
    lines = [f"{table.source.name}"]
    lines += [f"  {what} : {value}" for what, value in facts(table)]
    lines.append("  " + count_line(table, faults))
    refused = {fault.line for fault in faults}
    good = [row for row in table.rows if row.line not in refused][:SHOWN]
    for row in good:
        values = {**row, **row.kept}
        told = " ; ".join(f"{name} = {shorten(value)}" for name, value in values.items() if value)
        lines.append(f"  ligne {row.line} : {told}")
    return lines


LIVE = tuple(mark[1:] for mark in FORMULA)


def refused_rows(table: Table, faults: Sequence[Fault]) -> tuple[list[str], list[list[str]]]:
    """Give the rows at fault, none of their values lost.

    Parameters
    ----------
    faults : sequence of Fault
        Those that the reader found and those that were found since.

    Returns
    -------
    list of str
        The columns of the file, then `REMARKS`.
    list of list of str
        The rows, in the order of the file. What is too many for the columns is in the last one.
    """
    header = table.source.header
    rules: dict[int, list[str]] = {}
    for fault in faults:
        place = f"{fault.column} : " if fault.column else ""
        rules.setdefault(fault.line or 0, []).append(place + fault.rule)
    columns = [i for i in range(header.width) if i not in header.remarks]
    rows = []
    for line in sorted(rules.keys() & table.records.keys()):
        values = list(table.records[line].cells)
        values += [""] * (header.width - len(values))
        row = [values[i] for i in columns]
        if surplus := [value for value in values[header.width :] if value.strip()]:
            row[-1] = " ; ".join([row[-1], *surplus])
        rows.append([*row, str(line), " ; ".join(rules[line])])
    return [*(header.written[i].strip() for i in columns), *REMARKS], rows


def refused_file(table: Table, faults: Sequence[Fault]) -> tuple[str, bytes]:
    """The extension and the bytes of the file of the refused rows: `.csv`, or `.xlsx`."""
    columns, rows = refused_rows(table, faults)
    if table.source.form == CSV:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=table.source.separator, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([_still(cell) for cell in row] for row in rows)
        return ".csv", (BOM + text.getvalue()).encode("utf-8", "replace")
    return ".xlsx", _workbook(columns, rows)


def _still(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(LIVE) else cell


def _workbook(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    from xlsxwriter import Workbook  # half a second, for a workbook only

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Lignes refusées")
        for number, row in enumerate([columns, *rows]):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value)
    return out.getvalue()
