"""How often a place is answered, asked about or silently wrong, over all that we know of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matcher.catalogue.french import compact, loose, place_key
from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale
from matcher.territory.doubts import NOTHING
from matcher.territory.nest import Territory, UnknownCommune

SHORTEST = 4
"""Letters of a word of a name that somebody would say alone."""


class Query(NamedTuple):
    """Something to look for, and the communes that may be answered; none when it is to be asked."""

    text: str
    right: frozenset[str]
    code: str = ""


@dataclass(frozen=True)
class Outcome:
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


def judge_places(territory: Territory, step: int = 1) -> Iterator[Outcome]:
    """Look for everything that is known; `step` takes one query in so many of each kind."""
    for kind, queries in _kinds(territory):
        yield _judge(territory, kind, list(queries)[::step])


def lines(outcomes: Iterable[Outcome]) -> Iterator[str]:
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


def _judge(territory: Territory, kind: str, queries: list[Query]) -> Outcome:
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
    return Outcome(kind, len(queries), answered, asked, tuple(wrong))


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
