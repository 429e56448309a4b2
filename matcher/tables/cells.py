"""What stands in a cell: read where a code, a list, a date, a year, yes or no is wanted; written.

Tables for a French spreadsheet are written with `;`, decimal comma, codes as text, no live formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from matcher.catalogue.french import MONTHS, unaccented

from .headers import fold

BOM = "\ufeff"
"""Byte-order mark: without it, Excel reads UTF-8 as Windows-1252."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would take for a formula."""


def french_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The text of a table, without the byte-order mark: that is the writer's business.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequences
        Numbers, texts, or None for a blank cell; as long as `columns`.
    """
    return join([columns]) + join([cell(value) for value in row] for row in rows)


def join(rows: Iterable[Sequence[str]]) -> str:
    """The lines of some rows of cells, each already as `cell` has it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """A value as a French spreadsheet reads it; a text is never a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


YES = ("oui", "o", "vrai", "true", "yes", "y", "x", "1", "ok", "coche")
NO = ("non", "n", "faux", "false", "no", "0", "aucun", "pas d accord")
EXCEL_ZERO = date(1899, 12, 30)
"""Day 0 of the dates of a spreadsheet."""
EXCEL_DAYS = range(20_000, 80_000)
"""Numbers that are believed to be such a date: 1954 to 2119."""
_FRENCH = re.compile(r"(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4}|\d{2})(?!\d).*", re.DOTALL)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d).*", re.DOTALL)
_WORDS = re.compile(r"(?:\w+ )?(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})")
_MONTHS = {unaccented(month): number for number, month in enumerate(MONTHS, start=1)}
_SHORTEST_MONTH = 3
"""Letters of « fév. » or « oct. »."""


def yes_or_no(value: str) -> str:
    """« oui » or « non » for the ways to say it; anything else as it is.

    >>> yes_or_no("VRAI"), yes_or_no("x"), yes_or_no("peut-être")
    ('oui', 'oui', 'peut-être')
    """
    said = fold(value)
    return "oui" if said in YES else "non" if said in NO else value


def day(value: str) -> date | None:
    """The date that a cell says, None when it says none.

    >>> for said in ("02/01/25", "2025-01-02T10:00:00", "45659", "1er fév. 2025", "03/25/2025"):
    ...     print(day(said))
    2025-01-02
    2025-01-02
    2025-01-02
    2025-02-01
    None
    """
    text = value.strip()
    number = text.removesuffix(".0")
    if number.isascii() and number.isdigit() and len(number) == 5 and int(number) in EXCEL_DAYS:
        return EXCEL_ZERO + timedelta(days=int(number))
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _FRENCH.fullmatch(text):
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            return date(year, int(found[2]), int(found[1]))
        if (found := _WORDS.fullmatch(unaccented(text))) and (month := _month(found[2])):
            return date(int(found[3]), month, int(found[1]))
    except ValueError:
        pass
    return None


def _month(word: str) -> int | None:
    """The number of a month, whole or cut short; None where two begin so: « jui »."""
    if len(word) < _SHORTEST_MONTH:
        return None
    found = [number for name, number in _MONTHS.items() if name.startswith(word)]
    return found[0] if len(found) == 1 else None


def year(value: str) -> str:
    """The year of a date or of a number, as four digits; anything else as it is.

    >>> year("02/01/2025"), year("2025.0"), year("2025-01"), year("bientôt")
    ('2025', '2025', '2025', 'bientôt')
    """
    if found := re.fullmatch(r"(\d{4})(?:[.,]0+)?(?:-\d{2})?", value.strip()):
        return found[1]
    said = day(value)
    return f"{said.year:04d}" if said else value


def codes(value: str, labels: Mapping[str, str]) -> list[str]:
    """The codes of a list, each said by its code or its label; what is unknown stays as it is.

    Parameters
    ----------
    labels : mapping of str to str
        Label of each code.

    >>> themes = {"habitat": "Habitat et logement", "social": "Lien social, sport"}
    >>> codes("Habitat et Logement ; lien social, sport", themes)
    ['habitat', 'social']
    """
    known = _index(tuple(labels.items()))
    if code := known.get(fold(value)):
        return [code]
    found: list[str] = []
    for part in re.split(r"[|;\n]", value):
        pieces = [piece.strip() for piece in part.split(",")]
        at = 0
        while at < len(pieces):
            for end in range(len(pieces), at, -1):  # a label may have commas of its own
                if code := known.get(fold(",".join(pieces[at:end]))):
                    found.append(code)
                    at = end
                    break
            else:
                if pieces[at]:
                    found.append(pieces[at])
                at += 1
    return list(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _index(labels: tuple[tuple[str, str], ...]) -> dict[str, str]:
    named = {_bare(label): code for code, label in labels}
    return named | {fold(label): code for code, label in labels} | {fold(c): c for c, _ in labels}


def _bare(label: str) -> str:
    """The acronym of a label: « dla » for « Dispositif local d’accompagnement (DLA) »."""
    found = re.search(r"\(([^)]*)\)\s*$", label)
    return fold(found[1] if found else label)
