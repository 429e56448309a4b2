"""What an import did, in French, for the operator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import LISTED, Fault
from matcher.catalogue.vocabulary import Kind
from matcher.tables.preview import count_line
from matcher.tables.reader import Table


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
