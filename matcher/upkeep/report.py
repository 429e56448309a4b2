"""What an import did, in French, for the operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import LISTED, Fault, shorten
from matcher.catalogue.vocabulary import Kind
from matcher.tables.reader import Table
from matcher.tables.understood import count_line

from .reached import NONE_TAKEN, TakenContacts

LOOKS_LIKE = "peut-être la même structure que"
"""How the warning of a look-alike begins."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value of a structure that changes, or would have."""

    id: str
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        """« id, colonne : « avant » devient « après » »."""
        before, after = (f"« {shorten(v)} »" if v else "vide" for v in (self.before, self.after))
        return f"{self.id}, {self.column} : {before} devient {after}"


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Parameters
    ----------
    source : Path
        The file that was read.
    layout : str
        `maillage` or `data.inclusion`.
    added, changed, unchanged : tuple of str
        Identifiers of structures.
    refused : tuple of Fault
        What is wrong in each refused row, at its line in the file (its rank in a JSON file).
    refused_rows : int
        How many rows are refused: a row may have several faults.
    warnings : tuple of Fault
        Columns left aside, rows taken in, and what to know about them.
    proposed : tuple of str
        Kinds of the structures added whose kind is a proposal, one a structure.
    written, refused_file : Path or None
        The table written, None when nothing changed; the file of the refused rows.
    table : Table or None
        What was understood of the file; None for JSON.
    changes : tuple of ValueChange
        What changes in the structures that were known, and the names of those that come.
    held : tuple of ValueChange
        What the source says otherwise of structures that a person decided: left as they are.
    gone : tuple of str
        Structures that the source has no more: to be verified, never removed.
    contacts : TakenContacts
        How many contacts are added, and left out.
    """

    source: Path
    layout: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Fault, ...]
    refused_rows: int
    warnings: tuple[Fault, ...]
    written: Path | None
    refused_file: Path | None
    table: Table | None = None
    proposed: tuple[str, ...] = ()
    changes: tuple[ValueChange, ...] = ()
    held: tuple[ValueChange, ...] = ()
    gone: tuple[str, ...] = ()
    contacts: TakenContacts = NONE_TAKEN

    def __str__(self) -> str:
        """The report in French, for the operator."""
        lines = [
            f"{self.source.name} ({self.layout}) : {len(self.added)} structure(s) ajoutée(s), "
            f"{len(self.changed)} modifiée(s), {len(self.unchanged)} inchangée(s), "
            f"{self.refused_rows} ligne(s) refusée(s).",
            *([count_line(self.table, self.refused)] if self.table else []),
            f"Écrit dans {self.written}." if self.written else "Rien n’a été écrit.",
        ]
        if self.proposed:
            lines.append(f"Types proposés, à confirmer : {self._kinds()}.")
        lines += map(str, self.warnings[:LISTED])
        if more := self.warnings[LISTED:]:
            lines.append(f"… et {len(more)} autres avertissements")
        if self.refused:
            lines.append("Refus :")
            lines += map(str, self.refused)
        if self.refused_file:
            lines.append(f"Lignes refusées, à corriger et à réimporter : {self.refused_file}")
        return "\n".join(lines)

    def _kinds(self) -> str:
        counts = Counter(self.proposed).most_common()
        return ", ".join(f"{Kind(kind).label} {count}" for kind, count in counts)


def differing(
    code: str, before: Mapping[str, str], after: Mapping[str, str], columns: Iterable[str]
) -> list[ValueChange]:
    """What changes in some columns of a row."""
    return [
        ValueChange(code, column, before[column], after[column])
        for column in columns
        if before[column] != after[column]
    ]


def clipped(told: Sequence[object], indent: str) -> list[str]:
    """One line each, those past `LISTED` counted."""
    lines = [f"{indent}{one}" for one in told[:LISTED]]
    more = len(told) - LISTED
    return [*lines, f"{indent}… et {more} autres"] if more > 0 else lines


def differences(report: ImportReport, received: int) -> list[str]:
    """What a refresh changes, for who decides to accept it: counts in and out, then each change."""
    news = set(report.added)
    twins = [fault for fault in report.warnings if LOOKS_LIKE in fault.rule]
    changed = len(report.changed) - len(report.gone)
    counts = {
        "reçues": received,
        "nouvelles": len(news),
        "modifiées": changed,
        "inchangées": len(report.unchanged),
        "disparues de la source, à vérifier": len(report.gone),
        "gardées comme une personne les a laissées": len({change.id for change in report.held}),
        "refusées": report.refused_rows,
        "ressemblances": len(twins),
        "types proposés": len(report.proposed),
        "contacts ajoutés": report.contacts.added,
        "contacts laissés (peut-être ceux d’une personne, ou mal écrits)": report.contacts.left,
    }
    lines = [f"  {name} : {count}" for name, count in counts.items()]
    for title, told in (
        ("Nouvelles", [f"{c.id}, « {c.after} »" for c in report.changes if c.id in news]),
        ("Modifiées", [c for c in report.changes if c.id not in {*news, *report.gone}]),
        ("Disparues de la source, à vérifier", report.gone),
        ("Gardées, la source dit autre chose", report.held),
        ("Ressemblances", twins),
        ("Refus", report.refused),
    ):
        lines += [f"{title} :", *clipped(told, "  ")] if told else []
    return lines
