"""The tables that the reader of needs reads: thesaurus, context words, abbreviations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import place_key, unaccented
from matcher.catalogue.rows import Row, among, read_reference
from matcher.catalogue.vocabulary import Theme

from .phrases import OriginNames
from .thesaurus import Effect, Entry, TermRole, Thesaurus, context_keys, keys
from .words import content, form_of, pieces, stems

EMPTY = "vide"
"""Label of a text that asks for nothing: thanks, a date, « voir pièce jointe »."""
VAGUE = "vague"
"""Label of a text of which no theme can honestly be said."""
OUT_OF_SCOPE = "hors_champ"
"""Code, in the column `theme`, of a term that is about none of the themes."""
NO_THEME = frozenset({OUT_OF_SCOPE, VAGUE, EMPTY})
"""Labels of the texts that want none of the themes."""
UNREAD = ((VAGUE,), (EMPTY,))
"""Labels, alone, of the texts of which no theme can be read."""

SOURCES = ("definition", "titres", "usage")
"""Where a term may come from; `data/README.md` says what each code means."""

HINT_MAX = 0.5
"""Weight of a hint at most: above, the term is an object."""

TERM_MAX = 80
"""Characters of a term."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "thesaurus.csv": ("term", "theme", "weight", "role", "note", "source"),
    "contexts.csv": ("words", "effect", "note"),
    "abbreviations.csv": ("abbreviation", "words"),
}
"""Columns by file, under `reference/` in the data folder."""

AREAS = ("departements", "regions")
"""Tables of `reference/` whose names say where a need comes from."""

Rules = Callable[[str, list[Row]], Iterator[Fault]]
"""From a file and its rows to its faults."""


def open_thesaurus(folder: Path) -> Thesaurus:
    """Read the terms and the context words of a data folder.

    Raises
    ------
    DataError
        A table is absent, or a value is not what it must be.
    """
    terms, contexts = (
        read_reference(folder, name, TABLES[name]) for name in ("thesaurus.csv", "contexts.csv")
    )
    try:
        return Thesaurus(
            map(_entry, terms), ((row["words"], Effect(row["effect"])) for row in contexts)
        )
    except ValueError:
        raise DataError(check_thesaurus(folder)) from None


def open_areas(folder: Path | None) -> OriginNames:
    """Read the names of départements and régions, with their acronyms; none where they are not."""
    if folder is None or not (folder / "reference" / "departements.csv").is_file():
        return OriginNames()
    tables = [read_reference(folder, f"{name}.csv", ("code", "name")) for name in AREAS]
    names = {row["name"] for rows in tables for row in rows}
    keys = {*map(place_key, names)}
    short = read_reference(folder, "acronyms.csv", ("acronym", "words"))
    return OriginNames(
        names,
        (row["acronym"].upper() for row in short if row["words"] in keys),
        (row["code"] for row in tables[0]),
    )


def open_abbreviations(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read the folded words that each folded abbreviation stands for.

    Raises
    ------
    DataError
        The table is absent, or cannot be read.
    """
    rows = read_reference(folder, "abbreviations.csv", TABLES["abbreviations.csv"])
    return {unaccented(row["abbreviation"]): tuple(_forms(row["words"])) for row in rows}


def check_thesaurus(folder: Path) -> list[Fault]:
    """Every fault of the three tables of a data folder."""
    rules: Mapping[str, Rules] = {
        "thesaurus.csv": _term_faults,
        "contexts.csv": _context_faults,
        "abbreviations.csv": _abbreviation_faults,
    }
    return [
        fault
        for name, rule in rules.items()
        for fault in table_faults(folder, name, TABLES[name], rule)
    ]


def table_faults(
    folder: Path, name: str, columns: tuple[str, ...], rules: Rules
) -> Iterator[Fault]:
    """The faults of a table of `reference/`: those of the file, or else those of its rows."""
    try:
        rows = read_reference(folder, name, columns)
    except DataError as error:
        yield from error.faults
    else:
        yield from rules(f"reference/{name}", rows)


def _entry(row: Row) -> Entry:
    weight = float(row["weight"])
    if not 0 < weight <= 1:  # NaN is not either
        raise ValueError("weight")
    return Entry(
        row["term"],
        None if row["theme"] == OUT_OF_SCOPE else Theme(row["theme"]),
        weight,
        TermRole(row["role"]),
        row["note"],
        row["source"],
    )


def _forms(text: str) -> list[str]:
    return [form_of(piece) for piece in pieces(text)]


def _term_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: dict[tuple[tuple[str, ...], str], int] = {}
    for row in rows:
        path = tuple(keys(row["term"]))
        if not path or len(row["term"]) > TERM_MAX:
            rule = f"un terme a au moins un mot, et {TERM_MAX} caractères au plus"
            yield Fault(file, row.line, "term", row["term"] or None, rule)
        elif (line := seen.setdefault((path, row["theme"]), row.line)) != row.line:
            rule = f"ce terme est déjà donné pour ce thème à la ligne {line}"
            yield Fault(file, row.line, "term", row["term"], rule)
        yield from among(file, row, "theme", (*Theme, OUT_OF_SCOPE))
        yield from among(file, row, "role", tuple(TermRole))
        yield from among(file, row, "source", SOURCES)
        weight = number(row["weight"])
        if weight is None or not 0 < weight <= 1:
            rule = "nombre attendu, au-dessus de 0 et jusqu’à 1, avec un point décimal"
            yield Fault(file, row.line, "weight", row["weight"] or None, rule)
        elif row["role"] == TermRole.HINT and weight > HINT_MAX:
            rule = f"un indice pèse {HINT_MAX} au plus : au-dessus, c’est un objet"
            yield Fault(file, row.line, "weight", row["weight"], rule)
    named = {row["theme"] for row in rows}
    for theme in Theme:
        if theme not in named:
            yield Fault(file, None, "theme", theme, "aucun terme ne mène à ce thème")


def _context_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        path = tuple(context_keys(row["words"]))
        if not path:
            yield Fault(file, row.line, "words", None, "au moins un mot est attendu")
        elif (line := seen.setdefault(path, row.line)) != row.line:
            rule = f"ces mots sont déjà donnés à la ligne {line}"
            yield Fault(file, row.line, "words", row["words"], rule)
        yield from among(file, row, "effect", tuple(Effect))


def _abbreviation_faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row in rows:
        short = unaccented(row["abbreviation"])
        if _forms(row["abbreviation"]) != [short]:
            rule = "une abréviation est un seul mot, sans point"
            yield Fault(file, row.line, "abbreviation", row["abbreviation"] or None, rule)
        elif (line := seen.setdefault(short, row.line)) != row.line:
            rule = f"cette abréviation est déjà donnée à la ligne {line}"
            yield Fault(file, row.line, "abbreviation", row["abbreviation"], rule)
        if not _forms(row["words"]):
            yield Fault(file, row.line, "words", None, "les mots abrégés sont attendus")


def number(text: str) -> float | None:
    """The number that a value is, None when it is none."""
    try:
        return float(text)
    except ValueError:
        return None


AIMS = frozenset(
    stems(
        content(
            "redynamiser redynamisation dynamiser revitaliser revitalisation redonner donner vie "
            "revivre vivant avenir rendre attractif attractive attractivité attirer nouveaux "
            "habitants faire veut faut plus meurt mort revive améliorer cadre centre bourg cœur "
            "ville village commune ancien territoire"
        )
    )
)
"""Stems of a need that says an aim and where, and nothing of what is wanted there."""
