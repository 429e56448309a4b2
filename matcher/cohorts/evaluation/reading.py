"""How well needs are read, on texts labelled by people.

A case is a text and its right first themes (several when each is right); `hors_champ` says that it
is about none of them. Reading nothing is the right answer to such a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import decimal
from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Theme
from matcher.ranking.matcher import Matcher
from matcher.reading.wordlists import OUT_OF_SCOPE

FIRST = 3
"""Themes among which the right one should be: what a page shows at first sight."""
TEXT_COLUMNS = ("texte", "text", "besoin")
"""Names that the column of the text may have."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the codes that are each right in the first place."""

    text: str
    right: tuple[str, ...]


def read_labelled(path: Path) -> list[Labelled]:
    """Read a CSV with the columns `primary` and `texte`, `text` or `besoin`.

    Raises
    ------
    DataError
        When there is no text column, or a label is no theme.
    """
    rows = read_rows(path, ("primary",))
    column = next((name for name in TEXT_COLUMNS if rows and name in rows[0]), None)
    if column is None:
        rule = f"une colonne parmi : {', '.join(TEXT_COLUMNS)}"
        raise DataError([Fault(path.name, 1, None, None, rule)])
    known = {*Theme, OUT_OF_SCOPE}
    faults = [
        Fault(path.name, row.line, "primary", row["primary"], "code de thème attendu")
        for row in rows
        if not known.issuperset(row["primary"].split("|"))
    ]
    if faults:
        raise DataError(faults)
    return [Labelled(row[column], tuple(row["primary"].split("|"))) for row in rows]


def codes_read(matcher: Matcher, case: Labelled) -> list[str]:
    """Codes read in a text, best first; `hors_champ` alone when none is."""
    return [theme.value for theme, _, _ in matcher.read(case.text).themes] or [OUT_OF_SCOPE]


def lines(matcher: Matcher, cases: Sequence[Labelled]) -> Iterator[str]:
    """Yield the two measures, then each text whose first theme is wrong."""
    found = [(case, codes_read(matcher, case)) for case in cases]
    first = sum(codes[0] in case.right for case, codes in found)
    among = sum(not set(case.right).isdisjoint(codes[:FIRST]) for case, codes in found)
    yield f"{len(found)} textes ; premier thème juste : {_share(first, found)}"
    yield f"thème juste parmi les {FIRST} premiers : {_share(among, found)}"
    yield ""
    for case, codes in found:
        if codes[0] not in case.right:
            yield f"attendu {'|'.join(case.right)}, lu {', '.join(codes[:FIRST])} : {case.text}"


def _share(count: int, found: Sequence[object]) -> str:
    return f"{decimal(100 * count / max(1, len(found)), 1)} %"
