"""What was understood of a table, in French, before anything is done with it."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.catalogue.faults import Fault, shorten
from matcher.catalogue.french import counted

from .reader import Table

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
    """Rows of the file, read, refused and blank: the first is the sum of the others.

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
    found = counts(table, faults)
    return (
        f"{counted(found['lignes'], 'ligne', 'lignes')} dans le fichier : "
        f"{counted(found['lignes_lues'], 'lue', 'lues')}, "
        f"{counted(found['lignes_refusees'], 'refusée', 'refusées')}, "
        f"{counted(found['lignes_vides'], 'vide', 'vides')}."
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
