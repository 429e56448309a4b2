"""What texts are read with beside the thesaurus: subjects, those near them, situations, roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import typographic
from matcher.catalogue.rows import Row, among, read_reference
from matcher.catalogue.vocabulary import Kind, Stage, Theme

from .named import check_actors
from .wordlists import check_thesaurus, number, table_faults
from .words import Lexicon, term_key

Floats = npt.NDArray[np.float64]
TABLES: Mapping[str, tuple[str, ...]] = {
    "subjects.csv": ("subject", "label", "themes", "terms"),
    "situations.csv": ("stage", "terms"),
    "roles.csv": ("stage", "kind", "score", "reason"),
    "subjects_near.csv": ("subject", "near", "share"),
}
"""Columns by file, under `reference/` in the data folder."""

Situated = tuple[Stage | None, Kind]
"""A kind of structure in a situation, None when the need tells none."""
SEPARATOR = "|"
"""Between the terms, or the themes, of a subject or of a situation."""


@dataclass(frozen=True, slots=True)
class KindRole:
    """What a kind of structure does for a project in a situation, in [0, 1], and why."""

    score: float
    reason: str

    def __post_init__(self) -> None:
        """Refuse a score that would make a criterion pass 1."""
        if not 0 <= self.score <= 1:
            raise ValueError(f"score hors de [0, 1] : {self.score}")


@dataclass(frozen=True)
class Knowledge:
    """What the texts are read with: subjects, situations, and the role of each kind in them.

    Parameters
    ----------
    roles : mapping of (Stage or None, Kind) to KindRole
        By situation, None for one that the need does not tell.
    near : mapping of str to mapping of str to float
        By subject of a need, what practising another one is worth for it, in ]0, 1[.
    subject_themes : mapping of str to tuple of Theme
        Usual themes of each subject; none for one that goes with any theme (« coopérative »).
    """

    subjects: Lexicon
    subject_labels: Mapping[str, str]
    situations: Lexicon
    roles: Mapping[Situated, KindRole]
    near: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    subject_themes: Mapping[str, tuple[Theme, ...]] = field(default_factory=dict)

    @cached_property
    def role_scores(self) -> Mapping[Stage | None, Floats]:
        """By situation, the score of the role of each kind, shape (kinds,); 0 without a role."""
        return {
            stage: np.array([r.score if (r := self.roles.get((stage, k))) else 0.0 for k in Kind])
            for stage in (*Stage, None)
        }

    def best_role(self, stage: Stage | None, kinds: Iterable[Kind]) -> tuple[Kind, KindRole] | None:
        """The best role of some kinds in a situation, and whose; None when none has one."""
        known = ((kind, found) for kind in kinds if (found := self.roles.get((stage, kind))))
        return max(known, key=lambda one: one[1].score, default=None)

    def goes_with(self, subject: str, excluded: Iterable[str], kept: Iterable[str]) -> bool:
        """Whether a subject is set aside with themes: it is of theirs, and of none that is kept."""
        own = {*self.subject_themes.get(subject, ())}
        return not own.isdisjoint(excluded) and own.isdisjoint(kept)

    @classmethod
    def open(cls, folder: Path) -> Knowledge:
        """Read the four tables of a data folder, see `TABLES`.

        Raises
        ------
        DataError
            A table is absent, a stage or a kind is unknown, or a score is not in [0, 1].
        """
        subjects, situations, roles, near = (
            read_reference(folder, *table) for table in TABLES.items()
        )
        try:
            return cls(
                subjects=Lexicon({row["subject"]: _terms(row) for row in subjects}),
                subject_labels={row["subject"]: typographic(row["label"]) for row in subjects},
                situations=Lexicon({Stage(row["stage"]): _terms(row) for row in situations}),
                roles={
                    _situated(row["stage"], row["kind"]): KindRole(
                        float(row["score"]), row["reason"]
                    )
                    for row in roles
                },
                near=_near((row["subject"], row["near"], float(row["share"])) for row in near),
                subject_themes={row["subject"]: _themes(row["themes"]) for row in subjects},
            )
        except ValueError:
            raise DataError(check_knowledge(folder)) from None

    @classmethod
    def replanted(
        cls,
        subjects: dict[str, Any],
        labels: Mapping[str, str],
        situations: dict[str, Any],
        roles: Iterable[tuple[str | None, str, float, str]],
        near: Mapping[str, Mapping[str, float]],
        subject_themes: Mapping[str, Iterable[str]],
    ) -> Knowledge:
        """Make it again from the rows of its lexicons, and a row a role."""
        return cls(
            Lexicon.replanted(subjects),
            labels,
            Lexicon.replanted(
                {
                    first: [(key, Stage(stage), term) for key, stage, term in rows]
                    for first, rows in situations.items()
                }
            ),
            {
                _situated(stage, kind): KindRole(score, reason)
                for stage, kind, score, reason in roles
            },
            near,
            {subject: tuple(map(Theme, codes)) for subject, codes in subject_themes.items()},
        )


def _situated(stage: str | None, kind: str) -> Situated:
    return Stage(stage) if stage else None, Kind(kind)


def check_knowledge(folder: Path) -> list[Fault]:
    """Every fault of the four tables of a data folder."""
    rules: tuple[Callable[[str, list[Row]], Iterator[Fault]], ...] = (
        _subject_faults,
        _situation_faults,
        _role_faults,
        partial(_near_faults, subject_codes(folder)),
    )
    return [
        fault
        for (name, columns), rule in zip(TABLES.items(), rules, strict=True)
        for fault in table_faults(folder, name, columns, rule)
    ]


def check_reference(folder: Path) -> list[Fault]:
    """Every fault of the tables that people edit and that needs are read and ranked with."""
    return [*check_knowledge(folder), *check_thesaurus(folder), *check_actors(folder)]


def _terms(row: Row) -> list[str]:
    return row["terms"].split(SEPARATOR)


def _themes(listed: str) -> tuple[Theme, ...]:
    return tuple(map(Theme, filter(None, listed.split(SEPARATOR))))


def _near(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    near: dict[str, dict[str, float]] = {}
    for subject, other, share in rows:
        near.setdefault(subject, {})[other] = share
    return near


def subject_codes(folder: Path) -> frozenset[str]:
    """Codes of the subjects; none when their own table cannot be read, which tells its faults."""
    with suppress(DataError):
        return frozenset(r["subject"] for r in read_reference(folder, *next(iter(TABLES.items()))))
    return frozenset()


def _near_faults(codes: frozenset[str], file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        for column in ("subject", "near"):
            if codes and row[column] not in codes:
                yield Fault(file, row.line, column, row[column], "sujet absent de subjects.csv")
        pair = (row["subject"], row["near"])
        if pair in seen or row["subject"] == row["near"]:
            yield Fault(file, row.line, "near", row["near"], "deux sujets différents, une fois")
        seen.add(pair)
        share = number(row["share"])
        if share is None or not 0 < share < 1:
            rule = "nombre attendu, entre 0 et 1, sans 0 ni 1"
            yield Fault(file, row.line, "share", row["share"] or None, rule)


def _subject_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: set[str] = set()
    for row in rows:
        if row["subject"] in seen:
            yield Fault(file, row.line, "subject", row["subject"], "sujet déjà présent plus haut")
        seen.add(row["subject"])
        if not row["label"]:
            yield Fault(file, row.line, "label", None, "un sujet a un libellé")
        for code in filter(None, row["themes"].split(SEPARATOR)):
            if code not in {*Theme}:
                rule = f"thèmes séparés par « {SEPARATOR} », parmi : {', '.join(Theme)}"
                yield Fault(file, row.line, "themes", code, rule)
        yield from _term_faults(file, row)


def _situation_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    for row in rows:
        yield from among(file, row, "stage", tuple(Stage))
        yield from _term_faults(file, row)


def _role_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if row["stage"]:  # else it is what the kind is worth whatever the situation
            yield from among(file, row, "stage", tuple(Stage))
        yield from among(file, row, "kind", tuple(Kind))
        key = (row["stage"], row["kind"])
        if key in seen:
            rule = "ce type a déjà un rôle dans cette situation"
            yield Fault(file, row.line, "kind", row["kind"], rule)
        seen.add(key)
        score = number(row["score"])
        if score is None or not 0 <= score <= 1:
            rule = "nombre attendu, de 0 à 1"
            yield Fault(file, row.line, "score", row["score"] or None, rule)
        if not row["reason"]:
            yield Fault(file, row.line, "reason", None, "un rôle a une raison")
    for kind in Kind:
        if rows and kind not in {row["kind"] for row in rows}:
            yield Fault(file, None, "kind", kind.value, "type sans rôle : ajoutez ses lignes")


def _term_faults(file: str, row: Row) -> Iterator[Fault]:
    for term in _terms(row):
        if not term_key(term):
            rule = "terme sans mot utile (vide, ou seulement des mots comme « de », « les »)"
            yield Fault(file, row.line, "terms", term, rule)
