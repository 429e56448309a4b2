"""From the parts of a batch to its files: suggestions, load of the structures, refused rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.faults import Fault
from matcher.catalogue.files import Written
from matcher.catalogue.model import Structure
from matcher.catalogue.terms import Status
from matcher.reports.answer.trails import Trail
from matcher.tables.cells import BOM, cell, french_csv, join

from .manifest import STRUCTURES, SUGGESTIONS
from .parts import Part, body

TABLE = "suggestions.csv"
LOAD = "charge.csv"
MENDABLE = "a-corriger"
"""Refused rows as they were handed over, `.csv` or `.xlsx`: mended, they are read again."""
REFUSED = "refus.csv"

COLUMNS = (
    *("id_besoin", "insee", "commune", "departement", "besoin", "themes", "etape"),
    *("rang", "score", "structure_id", "structure", "type", "distance_km", "trajet_estime_min"),
    *("perimetre", "resume", "site", "source", "annee_source", "a_verifier", "note", "reparations"),
    *("statut", "themes_lus", "commune_saisie", "communes", "pistes"),
)
LOAD_COLUMNS = (
    *("structure_id", "structure", "type", "communes", "communes_premiere"),
    *("besoins", "besoins_premiere", "a_verifier", "motif", "annee_source"),
)
REFUSED_COLUMNS = ("fichier", "ligne", "colonne", "valeur", "regle")

SHOWN = 300
"""Characters of a need in a cell of the table; `suggestions.jsonl` has it whole."""


class Load:
    """How many communes and needs each structure is suggested to, and first for."""

    def __init__(self) -> None:
        self.needs: Counter[str] = Counter()
        self.needs_first: Counter[str] = Counter()
        self.communes: Counter[str] = Counter()
        self.communes_first: Counter[str] = Counter()
        self._commune = ""
        self._seen: set[tuple[str, bool]] = set()

    def add(self, line: Mapping[str, Any]) -> None:
        """Count a need; those of a commune come one after the other."""
        if line["insee"] != self._commune:
            self._commune = line["insee"]
            self._seen.clear()
        for one in line["suggestions"]:
            structure, first = one["structure"], one["rang"] == 1
            self.needs[structure] += 1
            self._once(structure, False, self.communes)
            if first:
                self.needs_first[structure] += 1
                self._once(structure, True, self.communes_first)

    def _once(self, structure: str, first: bool, counts: Counter[str]) -> None:
        if (structure, first) not in self._seen:
            self._seen.add((structure, first))
            counts[structure] += 1

    def rows(self, structures: Iterable[Structure]) -> list[tuple[Any, ...]]:
        """A row for each structure (`LOAD_COLUMNS`), the most asked first; some are never."""
        rows = [
            (
                *(s.id, s.name, s.kind.label, self.communes[s.id], self.communes_first[s.id]),
                *(self.needs[s.id], self.needs_first[s.id]),
                *("oui" if s.to_verify else "non", s.note if s.to_verify else "", s.source_year),
            )
            for s in structures
        ]
        return sorted(rows, key=lambda row: (-row[3], -row[4], -row[5], row[0]))


def assemble(
    parts: Sequence[Part],
    out: Path,
    structures: Mapping[str, dict[str, Any]],
    catalogue: Iterable[Structure],
    refused: Iterable[Fault],
    kept: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[dict[str, Written], dict[str, int]]:
    """Write the files of a batch from its parts.

    Parameters
    ----------
    structures : mapping of str to dict
        The `structure` of a `suggestion_record`, by id.
    kept : mapping of str to mapping of str to str
        What the row of each need says in columns that are not ours: the table has them last.

    Returns
    -------
    dict of str to Written
        What each file holds.
    dict of str to int
        The counts of the manifest.
    """
    paths = [out / "parts" / f"{part.key}.jsonl" for part in parts]
    known = {key: _cells_of(record) for key, record in structures.items()}
    load = Load()
    further = kept_columns(kept or {})
    counts: Counter[str] = Counter(
        dict.fromkeys(
            (
                *("besoins", "besoins_repares", "sans_reponse", "suggestions"),
                *(f"besoins_{status}" for status in Status),
            ),
            0,
        )
    )
    communes: set[str] = set()

    def table() -> Iterator[bytes]:
        yield (BOM + join([[*COLUMNS, *map(_named, further)]])).encode()
        for path in paths:
            rows: list[list[str]] = []
            for line in map(json.loads, body(path)):
                load.add(line)
                communes.add(line["insee"])
                counts["besoins"] += 1
                counts[f"besoins_{line['statut']}"] += 1
                counts["besoins_repares"] += "reparations" in line
                counts["suggestions"] += len(line["suggestions"])
                counts["sans_reponse"] += not line["suggestions"]
                said = (kept or {}).get(line["id"], {})
                own = [cell(said.get(column, "")) for column in further]
                rows.extend([*row, *own] for row in _rows(line, known))
            yield join(rows).encode()

    def copy() -> Iterator[bytes]:
        for path in paths:
            yield b"".join(body(path))

    faults = [(f.file, f.line, f.column, f.value, f.rule) for f in refused]
    listed = json.dumps(structures, ensure_ascii=False, sort_keys=True, indent=0)
    made = {
        TABLE: files.write(out / TABLE, table()),
        SUGGESTIONS: files.write(out / SUGGESTIONS, copy()),
        STRUCTURES: files.write(out / STRUCTURES, (listed.encode(), b"\n")),
        LOAD: write_table(out / LOAD, LOAD_COLUMNS, load.rows(catalogue)),
        REFUSED: write_table(out / REFUSED, REFUSED_COLUMNS, faults),
    }
    return made, {
        **counts,
        "communes": len(communes),
        "departements": len({part.departement for part in parts}),
        "parties": len(parts),
        "structures_suggerees": len(load.needs),
        "refus": len(faults),
    }


def kept_columns(kept: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The columns of a file that are not ours, in the order they come."""
    return list(dict.fromkeys(column for said in kept.values() for column in said))


def _named(column: str) -> str:
    """The name of a column of a file, told from one of ours that it may bear."""
    return cell(f"{column} (fichier)" if column in COLUMNS else column)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Written:
    """Write a table for a French spreadsheet, whole or not at all."""
    return files.write(path, ((BOM + french_csv(columns, rows)).encode(),))


def _cells_of(structure: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The cells of a structure, made once: those before and those after the ones of a need."""
    before = (structure["id"], structure["nom"], structure["type_libelle"])
    after = (
        *(structure["site"], structure["source"], structure["annee_source"]),
        *("oui" if structure["a_verifier"] else "non", structure["note"]),
    )
    return [*map(cell, before)], [*map(cell, after)]


def _rows(
    line: Mapping[str, Any], known: Mapping[str, tuple[list[str], list[str]]]
) -> Iterator[list[str]]:
    """The cells of each suggestion, a row each (`COLUMNS`)."""
    text, themes, trail = line["besoin"], "|".join(line["themes"]), line["pistes"]
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    place = (line["id"], line["insee"], line["commune"], line["departement"])
    asked = [cell(value) for value in (*place, shown, themes, line["etape"])]
    last = [
        *(cell(" ".join(line.get("reparations", ()))), cell(line["statut"])),
        *(cell("|".join(line["themes_lus"])), cell(line.get("commune_saisie"))),
        *(cell("|".join(line.get("communes", ()))), cell(trail and Trail(trail).said)),
    ]
    if not line["suggestions"]:  # the need stands in the table all the same
        yield [*asked, *[""] * (len(COLUMNS) - len(asked) - len(last)), *last]
    for one in line["suggestions"]:
        before, after = known[one["structure"]]
        yield [
            *asked,
            *(cell(one["rang"]), cell(one["score"])),
            *before,
            *(cell(one["distance_km"]), cell(one["trajet_estime_min"])),
            *(cell(one["perimetre"]), cell(one["resume"])),
            *after,
            *last,
        ]
