"""The rules of the reference tables that people edit: subjects, situations, roles, thesaurus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.terms import Term
from matcher.catalogue.vocabulary import Kind, Stage

from .lexicon import term_key
from .wordlists import check_thesaurus

Rules = Callable[[str, list[Row]], Iterator[Fault]]


def check_reference(folder: Path) -> list[Fault]:
    """Every fault of the tables under `folder/reference/` that the ranking reads."""
    return [
        *_table(folder, "subjects.csv", ("subject", "label", "terms"), _subjects),
        *_table(folder, "situations.csv", ("stage", "terms"), _situations),
        *_table(folder, "roles.csv", ("stage", "kind", "score", "reason"), _roles),
        *check_thesaurus(folder),
    ]


def _table(folder: Path, name: str, columns: tuple[str, ...], rules: Rules) -> list[Fault]:
    try:
        rows = read_rows(folder / "reference" / name, columns)
    except DataError as error:
        return list(error.faults)
    return list(rules(f"reference/{name}", rows))


def _subjects(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: set[str] = set()
    for row in rows:
        if row["subject"] in seen:
            yield Fault(file, row.line, "subject", row["subject"], "sujet déjà présent plus haut")
        seen.add(row["subject"])
        if not row["label"]:
            yield Fault(file, row.line, "label", None, "un sujet a un libellé")
        yield from _terms(file, row)


def _situations(file: str, rows: list[Row]) -> Iterator[Fault]:
    for row in rows:
        yield from _code(file, row, "stage", Stage)
        yield from _terms(file, row)


def _roles(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        yield from _code(file, row, "stage", Stage)
        yield from _code(file, row, "kind", Kind)
        key = (row["stage"], row["kind"])
        if key in seen:
            rule = "ce type a déjà un rôle dans cette situation"
            yield Fault(file, row.line, "kind", row["kind"], rule)
        seen.add(key)
        try:
            good = 0 <= float(row["score"]) <= 1
        except ValueError:
            good = False
        if not good:
            yield Fault(file, row.line, "score", row["score"], "nombre attendu, de 0 à 1")
        if not row["reason"]:
            yield Fault(file, row.line, "reason", None, "un rôle a une raison")


def _terms(file: str, row: Row) -> Iterator[Fault]:
    for term in row["terms"].split("|"):
        if not term_key(term):
            rule = "terme sans mot utile (vide, ou seulement des mots comme « de », « les »)"
            yield Fault(file, row.line, "terms", term, rule)


def _code(file: str, row: Row, column: str, terms: type[Term]) -> Iterator[Fault]:
    if row[column] not in set(terms):
        known = ", ".join(terms)
        yield Fault(file, row.line, column, row[column], f"valeur attendue parmi : {known}")
