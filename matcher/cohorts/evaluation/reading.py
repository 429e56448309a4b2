"""How well labelled needs are read: by the tables alone, then with what was learnt.

A case is a text and its right first themes (several when each is right); `hors_champ` says that it
is about none of them, `vague` that no theme can honestly be said. Reading nothing is the right
answer to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import decimal
from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.ranking.matcher import Matcher
from matcher.reading.needs import Reading
from matcher.reading.wordlists import OUT_OF_SCOPE, VAGUE

FIRST = 3
"""Themes among which the right one should be: what a page shows at first sight."""
TEXT_COLUMNS = ("texte", "text", "besoin")
"""Names that the column of the text may have."""
DRAWS = 2_000
"""Draws of the bootstrap."""
NAMES = ("tables seules", "lecture apprise")
"""The two ways to read, as the report names them."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the codes that are each right in the first place.

    Parameters
    ----------
    stage : str
        Its situation; "" when nobody said.
    """

    text: str
    right: tuple[str, ...]
    stage: str = ""


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
    known = {*Theme, OUT_OF_SCOPE, VAGUE}
    faults = [
        Fault(path.name, row.line, "primary", row["primary"], "code de thème attendu")
        for row in rows
        if not known.issuperset(row["primary"].split("|"))
    ]
    if faults:
        raise DataError(faults)
    staged = bool(rows) and "situation" in rows[0]
    return [
        Labelled(row[column], tuple(row["primary"].split("|")), row["situation"] if staged else "")
        for row in rows
    ]


def codes_read(matcher: Matcher, case: Labelled) -> list[str]:
    """Codes read in a text, best first; `hors_champ` alone when none is."""
    return _codes(matcher.read(case.text))


def lines(matcher: Matcher, cases: Sequence[Labelled]) -> Iterator[str]:
    """Yield the measures by the tables alone and as the product reads, then each wrong reading."""
    ways: tuple[Callable[[str], Reading], ...] = (matcher.reader.read, matcher.read)
    for name, way in zip(NAMES, ways, strict=True):
        read = [(case, way(case.text)) for case in cases]
        yield from _measures(name, read)
    yield ""
    for case, reading in read:
        codes = _codes(reading)
        if case.right != (VAGUE,) and codes[0] not in case.right:
            yield f"attendu {'|'.join(case.right)}, lu {', '.join(codes[:FIRST])} : {case.text}"


def _measures(name: str, read: Sequence[tuple[Labelled, Reading]]) -> Iterator[str]:
    clear = [(case, _codes(r)) for case, r in read if case.right != (VAGUE,)]
    yield f"{name}, {len(clear)} textes ; premier thème juste : " + _share(
        codes[0] in case.right for case, codes in clear
    )
    yield f"  thème juste parmi les {FIRST} premiers : " + _share(
        not set(case.right).isdisjoint(codes[:FIRST]) for case, codes in clear
    )
    outside = [r for case, r in read if case.right == (OUT_OF_SCOPE,)]
    real = [r for case, r in read if not {OUT_OF_SCOPE, VAGUE}.intersection(case.right)]
    if outside:
        yield "  hors champ trouvé : " + _share(_is_outside(r) for r in outside)
    if real:
        yield "  vrais besoins écartés : " + _share(_is_outside(r) for r in real)
    staged = [(case, r) for case, r in read if case.stage and r.stages is not None]
    if staged:
        yield "  situation juste quand elle est dite : " + _share(
            _stage(r) == case.stage for case, r in staged
        )


def _codes(reading: Reading) -> list[str]:
    return [theme.value for theme, _, _ in reading.themes] or [OUT_OF_SCOPE]


def _is_outside(reading: Reading) -> bool:
    return bool(reading.out_of_scope) and not reading.themes


def _stage(reading: Reading) -> Stage | None:
    stages = reading.stages or {}
    return max(stages, key=lambda stage: stages[stage], default=None)


def _share(right: Iterable[bool]) -> str:
    """A share, with the interval that holds 95 % of the bootstrap's."""
    found = np.array([*right], float)
    if not len(found):
        return "—"
    drawn = np.random.default_rng(0).choice(found, (DRAWS, len(found))).mean(axis=1)
    low, high = (decimal(100 * float(q), 1) for q in np.quantile(drawn, (0.025, 0.975)))
    return f"{decimal(100 * float(found.mean()), 1)} % ({low} à {high})"
