"""How well labelled needs are read; how often a place is answered, asked about, silently wrong.

Needs are read by the tables alone, then with what was learnt. A case is a text and its right first
themes (several when each is right); `hors_champ` says that it is about none of them, `vague` that
no theme can honestly be said. Reading nothing is the right answer to both. Places are all that we
know of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import compact, decimal, loose, place_key
from matcher.catalogue.model import Area
from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Scale, Stage, Theme
from matcher.ranking.matcher import Matcher
from matcher.reading.needs import Reading
from matcher.reading.wordlists import NO_THEME, OUT_OF_SCOPE, UNREAD
from matcher.territory.doubts import NOTHING
from matcher.territory.nest import Territory, UnknownCommune

FIRST = 3
"""Themes among which the right one should be: what a page shows at first sight."""
TEXT_COLUMNS = ("texte", "text", "besoin")
"""Names that the column of the text may have."""
DRAWS = 2_000
"""Draws of the bootstrap."""
NAMES = ("tables seules", "lecture apprise")
"""The two ways to read, as the report names them."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and the codes that are each right in the first place.

    Parameters
    ----------
    stages : frozenset of Stage
        Its situations, each right in the first place; none when nobody said, or it tells none.
    """

    text: str
    right: tuple[str, ...]
    stages: frozenset[Stage] = frozenset()


def read_labelled(path: Path) -> list[LabelledText]:
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
    known = {*Theme, *NO_THEME}
    faults = [
        Fault(path.name, row.line, "primary", row["primary"], "code de thème attendu")
        for row in rows
        if not known.issuperset(row["primary"].split("|"))
    ]
    if faults:
        raise DataError(faults)
    staged = bool(rows) and "situation" in rows[0]
    return [
        LabelledText(
            row[column],
            tuple(row["primary"].split("|")),
            frozenset(map(Stage, {*row["situation"].split("|")} & {*Stage}) if staged else ()),
        )
        for row in rows
    ]


def codes_read(matcher: Matcher, case: LabelledText) -> list[str]:
    """Codes read in a text, best first; `hors_champ` alone when none is."""
    return _codes(matcher.read(case.text))


def reading_lines(matcher: Matcher, cases: Sequence[LabelledText]) -> Iterator[str]:
    """Yield the measures by the tables alone and as the product reads, then each wrong reading."""
    ways: tuple[Callable[[str], Reading], ...] = (matcher.reader.read, matcher.read)
    for name, way in zip(NAMES, ways, strict=True):
        read = [(case, way(case.text)) for case in cases]
        yield from _measures(name, read)
    yield ""
    for case, reading in read:
        codes = _codes(reading)
        if case.right not in UNREAD and codes[0] not in case.right:
            yield f"attendu {'|'.join(case.right)}, lu {', '.join(codes[:FIRST])} : {case.text}"


def _measures(name: str, read: Sequence[tuple[LabelledText, Reading]]) -> Iterator[str]:
    clear = [(case, _codes(r)) for case, r in read if case.right not in UNREAD]
    yield f"{name}, {len(clear)} textes ; premier thème juste : " + _share(
        codes[0] in case.right for case, codes in clear
    )
    yield f"  thème juste parmi les {FIRST} premiers : " + _share(
        not set(case.right).isdisjoint(codes[:FIRST]) for case, codes in clear
    )
    outside = [r for case, r in read if case.right == (OUT_OF_SCOPE,)]
    real = [r for case, r in read if NO_THEME.isdisjoint(case.right)]
    if outside:
        yield "  hors champ trouvé : " + _share(_is_outside(r) for r in outside)
    if real:
        yield "  vrais besoins écartés : " + _share(_is_outside(r) for r in real)
    staged = [(case, r) for case, r in read if case.stages and r.stages is not None]
    if staged:
        yield "  situation juste quand elle est dite : " + _share(
            _stage(r) in case.stages for case, r in staged
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


SHORTEST = 4
"""Letters of a word of a name that somebody would say alone."""


class Query(NamedTuple):
    """Something to look for, and the communes that may be answered; none when it is to be asked."""

    text: str
    right: frozenset[str]
    code: str = ""


@dataclass(frozen=True)
class QueryOutcome:
    """What became of the queries of one kind.

    Parameters
    ----------
    wrong : tuple of (str, str)
        Queries that were answered by a commune that they do not mean, with its name.
    """

    kind: str
    queries: int
    answered: int
    asked: int
    wrong: tuple[tuple[str, str], ...]


def judge_places(territory: Territory, step: int = 1) -> Iterator[QueryOutcome]:
    """Look for everything that is known; `step` takes one query in so many of each kind."""
    for kind, queries in _kinds(territory):
        yield _judge(territory, kind, list(queries)[::step])


def place_lines(outcomes: Iterable[QueryOutcome]) -> Iterator[str]:
    """The outcomes laid out for a terminal, each as soon as it is there."""
    head = f"{'demandes':>10}{'réponse':>10}{'question':>10}{'faux':>7}"
    yield f"{'':<48}{head}"
    wrong: list[tuple[str, str]] = []
    for one in outcomes:
        counts = f"{one.queries:>10}{one.answered:>10}{one.asked:>10}{len(one.wrong):>7}"
        yield f"{one.kind:<48}{counts}"
        wrong += one.wrong
    yield f"\nLieux faux sans question : {len(wrong)}"
    yield from (f"  « {query} » : {name}" for query, name in wrong)


def _judge(territory: Territory, kind: str, queries: list[Query]) -> QueryOutcome:
    answered, wrong = 0, []
    for query in queries:
        try:
            found = territory.find(query.text, guess=False, code=query.code)
        except UnknownCommune:
            continue
        if found.insee in query.right:
            answered += 1
        else:
            wrong.append((query.text, found.name))
    asked = len(queries) - answered - len(wrong)
    return QueryOutcome(kind, len(queries), answered, asked, tuple(wrong))


def _kinds(territory: Territory) -> Iterator[tuple[str, Iterable[Query]]]:
    communes = territory.communes
    nobody: frozenset[str] = frozenset()
    for scale, kind in (
        (Scale.DEPARTEMENT, "départements"),
        (Scale.REGION, "régions"),
        (Scale.EPCI, "noms d’EPCI"),
    ):
        yield (
            kind,
            (
                Query(name, _whole(territory.members(Area(scale, code))))
                for code, name in territory.names[scale].items()
            ),
        )
    yield (
        "îles, pays, anciennes régions",
        (Query(one.name, _whole(one.communes)) for one in territory.elsewhere),
    )
    yield "mots qui ne disent rien", (Query(word, nobody) for word in sorted(NOTHING))
    yield "noms courts des Petites villes de demain", _short_names(territory)
    yield "Petites villes de demain, une lettre oubliée", _slips(territory)
    yield (
        "anciens codes Insee, colonne Insee",
        (Query(old.code, frozenset({old.current, old.code}), "insee") for old in territory.former),
    )
    by_postcode: dict[str, set[str]] = {}
    for insee, commune in communes.items():
        for code in commune.postcodes:
            by_postcode.setdefault(code, set()).add(insee)
    yield (
        "codes postaux, colonne des codes postaux",
        (Query(code, frozenset(of), "code_postal") for code, of in sorted(by_postcode.items())),
    )
    yield (
        "codes postaux, colonne sans nom",
        (
            Query(code, frozenset(of) if code not in communes else frozenset(of) & {code})
            for code, of in sorted(by_postcode.items())
        ),
    )
    yield "codes Insee, colonne Insee", (Query(i, frozenset({i}), "insee") for i in communes)
    yield "noms de commune", _names(territory)


def _whole(members: Sequence[str]) -> frozenset[str]:
    """The commune that is the whole of an area, as Paris is; nobody where there are several."""
    return frozenset(members if len(members) == 1 else ())


def _short_names(territory: Territory) -> Iterator[Query]:
    """First or last words of the names in several words, unless they are a commune's own name."""
    names = {place_key(commune.name) for commune in territory.communes.values()}
    for insee, commune in territory.communes.items():
        words = place_key(commune.name).split()
        if not commune.labels or len(words) == 1:
            continue
        for cut in range(1, len(words)):
            for part in (words[:cut], words[cut:]):
                short = " ".join(part)
                if len(short) >= SHORTEST and short not in names:
                    yield Query(short, frozenset({insee}))


def _slips(territory: Territory) -> Iterator[Query]:
    """Names without their middle letter, unless that is a commune's own name."""
    names = {place_key(commune.name) for commune in territory.communes.values()}
    for commune in territory.communes.values():
        middle = len(commune.name) // 2
        slip = commune.name[:middle] + commune.name[middle + 1 :]
        if commune.labels and place_key(slip) not in names:
            # A hyphen or an article less is no slip: « Pont-d-Vaux » is Pont-de-Vaux.
            alike = loose(place_key(slip)) == loose(place_key(commune.name)) or (
                compact(place_key(slip)) == compact(place_key(commune.name))
            )
            yield Query(slip, frozenset({commune.insee} if alike else ()))


def _names(territory: Territory) -> Iterator[Query]:
    """Names of today; those of several communes mean any of them, so they are to be asked."""
    found: dict[str, set[str]] = {}
    for insee, commune in territory.communes.items():
        found.setdefault(place_key(commune.name), set()).add(insee)
    for key, insees in found.items():
        yield Query(key, frozenset(insees) if len(insees) == 1 else frozenset())
