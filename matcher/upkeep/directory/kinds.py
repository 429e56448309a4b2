"""A kind for a row that says none: proposed from its network, typology, name or text, and flagged.

`reference/kind_hints.csv` has one row a hint. They are asked in the order of `SOURCES`; the first
that speaks decides. When none does, the structure is taken for a local operator: the kind that is
never put before those that accompany.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import place_key, within
from matcher.catalogue.rows import among, read_rows, scan_rows
from matcher.catalogue.schemas import NO, YES
from matcher.catalogue.vocabulary import Kind, Scale

from ..rules import PARK_REMINDER

HINTS_FILE = "reference/kind_hints.csv"
COLUMNS = ("source", "value", "kind", "sure")
NETWORKS, TYPOLOGY = "hint_networks", "hint_typology"
"""Of a row that is read: what its layout says beside our columns, for the hints."""
SOURCES: Mapping[str, str] = {
    "network": "réseau",
    "typology": "typologie",
    "name": "nom",
    "text": "texte",
}
"""Where a hint is looked for, in the order in which they are asked, with their French name: a
name says what a structure is better than what it writes of itself, and a network better than both.
"""
BY_DEFAULT = Kind.OPERATEUR_LOCAL
PROPOSED = "Type proposé"
"""How the note of a row begins to say that its kind is not settled."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A kind, whether the hint settles it, and the French reason."""

    kind: Kind
    sure: bool
    reason: str


class KindHints:
    """The hints of a data folder.

    Parameters
    ----------
    hints : mapping of (str, str) to (str, bool)
        By source and value: the kind, and whether it is settled.
    """

    def __init__(self, hints: Mapping[tuple[str, str], tuple[str, bool]]) -> None:
        self._hints = hints
        self._order = {key: rank for rank, key in enumerate(hints)}
        self._words = {
            source: _phrases(value for one, value in hints if one == source)
            for source in ("name", "text")
        }

    @classmethod
    def open(cls, folder: Path) -> KindHints:
        """Read the hints of a data folder; none where the table is not there.

        Raises
        ------
        DataError
            When the table cannot be read.
        """
        path = folder / HINTS_FILE
        rows = read_rows(path, COLUMNS, name=HINTS_FILE) if path.exists() else []
        return cls({(r["source"], r["value"]): (r["kind"], r["sure"] == YES) for r in rows})

    def propose(self, row: Mapping[str, str]) -> Proposed:
        """The kind that a row has most likely, from what it says of itself."""
        for source, value in self._said(row):
            if found := self._hints.get((source, value)):
                kind, sure = found
                return Proposed(Kind(kind), sure, f"{SOURCES[source]} « {value} »")
        return Proposed(BY_DEFAULT, False, "rien ne dit ce que fait la structure pour d’autres")

    def complete(self, row: MutableMapping[str, str], read: Mapping[str, str], tell: bool) -> bool:
        """Give its kind to a new row that has none; whether it is a proposal.

        A row that says that nothing is to be verified is left as it is: it must say its kind.

        Parameters
        ----------
        row : mapping of str to str
            In our columns; changed.
        read : mapping of str to str
            The same as it was read.
        tell : bool
            Whether the reason may be added to its note.
        """
        if row["kind"] or row["to_verify"] == NO:
            return False
        found = self.propose({**row, **read})
        kinds = [found.kind.value]
        if row["coverage_level"] == Scale.NATIONAL:  # it is one if and only if it covers it all
            kinds = [Kind.ACTEUR_NATIONAL.value, *kinds]
            found = Proposed(Kind.ACTEUR_NATIONAL, False, f"toute la France ; {found.reason}")
        row["kind"] = kinds[0]
        others = [k for k in (*kinds[1:], *row["other_kinds"].split(SEPARATOR)) if k]
        row["other_kinds"] = SEPARATOR.join(dict.fromkeys(k for k in others if k != row["kind"]))
        if found.sure:
            return False
        row["to_verify"] = YES
        if tell or not row["note"]:
            row["note"] = f"{row['note']} {_told(found)}".strip()
        return True

    def _said(self, row: Mapping[str, str]) -> list[tuple[str, str]]:
        """What a row says at each source, in the order of the sources."""
        networks = row.get(NETWORKS, "").split(SEPARATOR)
        name = self._found("name", f"{row.get('name', '')} {row.get('aliases', '')}")
        text = self._found("text", row.get("description", ""))
        return [
            *(("network", network) for network in (*networks, row.get("network", "")) if network),
            *([("typology", row[TYPOLOGY])] if row.get(TYPOLOGY) else []),
            *(("name", value) for value in name),
            *(("text", value) for value in text),
        ]

    def _found(self, source: str, text: str) -> list[str]:
        """The phrases of a source that a text has as whole words, in the order of the table."""
        key = place_key(text.replace("|", " "))
        found = {match.group(1) for match in self._words[source].finditer(key)}
        return sorted(found, key=lambda value: self._order[source, value])


def check_hints(folder: Path) -> list[Fault]:
    """Every fault of the table of a data folder; none where it is not there."""
    path = folder / HINTS_FILE
    if not path.exists():
        return []
    try:
        rows, faults = scan_rows(path, COLUMNS, name=HINTS_FILE)
    except DataError as error:
        return list(error.faults)
    for row in rows:
        for column, codes in (
            ("source", tuple(SOURCES)),
            ("kind", tuple(Kind)),
            ("sure", (YES, NO)),
        ):
            faults += among(HINTS_FILE, row, column, codes)
        if row["source"] in ("name", "text") and row["value"] != place_key(row["value"]):
            rule = f"mots attendus sans accent ni apostrophe : « {place_key(row['value'])} »"
            faults.append(Fault(HINTS_FILE, row.line, "value", row["value"] or None, rule))
    return faults


def _told(found: Proposed) -> str:
    label = within(found.kind.label)
    reminder = f", {PARK_REMINDER}" if found.kind is Kind.PARC_NATUREL else ""
    return f"{PROPOSED} : {label} ({found.reason}), à confirmer{reminder}."


def _phrases(values: Iterable[str]) -> re.Pattern[str]:
    """Every phrase as whole words, those that overlap too; a plural is the same word."""
    words = sorted(map(re.escape, values), key=len, reverse=True)
    return re.compile(rf"\b(?=({'|'.join(words) or '(?!)'})s?\b)")
