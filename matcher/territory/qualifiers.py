"""What people add to a name to say which commune: a département, a région, a postal code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from matcher.catalogue.model import Commune
from matcher.catalogue.spelling import place_key

POSTCODE = re.compile(r"\d{5}")
DEPARTEMENT = re.compile(r"\d{1,3}|2[ab]")
LINKS = frozenset({"dans", "en", "departement", "dept", "dep", "cp"})
"""Words between a name and its département: « Florac dans la Lozère »."""

RIVER = frozenset({"sur", "sous", "les", "lez", "pres", "aux", "de", "du", "d", "l", "la", "le"})
"""Words that end no name: « Argenton-sur-Indre » is no Argenton of the Indre."""

CORSICA = frozenset({"2A", "2B"})
"""The départements of the postal codes and former Insee codes that begin with 20."""

Keeps = Callable[[Commune], bool]


class Reading(NamedTuple):
    """One way to read a query: a folded name, and the test of its communes."""

    name: str
    keeps: Keeps
    qualified: bool


class Qualifiers:
    """Reads queries such as « saint flour 15 », « saint flour cantal », « 15100 saint flour ».

    Parameters
    ----------
    departements, regions : mapping of str to str
        Names by code.
    region_of : mapping of str to str
        Région of each département.
    further : callable
        Départements of the other names that may stand beside a commune's: « Picardie ».
    """

    def __init__(
        self,
        departements: Mapping[str, str],
        regions: Mapping[str, str],
        region_of: Mapping[str, str],
        further: Callable[[str], frozenset[str] | None] = lambda key: None,
    ) -> None:
        self._codes = frozenset(departements)
        self._further = further
        self._areas: dict[str, frozenset[str]] = {}
        for code, name in regions.items():
            inside = frozenset(d for d, region in region_of.items() if region == code)
            self._add(name, inside)
        for code, name in departements.items():
            self._add(name, frozenset({code}))

    def _add(self, name: str, departements: frozenset[str]) -> None:
        key = place_key(name)
        for spelling in (key, key.removeprefix("la "), f"le {key}", f"la {key}", f"les {key}"):
            self._areas[spelling] = departements
        self._areas[f"l {key}"] = departements

    def readings(self, key: str) -> Iterator[Reading]:
        """Ways to read a folded query, the whole as a name first."""
        yield Reading(key, lambda commune: True, False)
        for one in self._peeled(key):
            yield one
            for other in self._peeled(one.name):
                yield Reading(other.name, _both(one.keeps, other.keeps), True)

    def beside(self, text: str) -> list[Keeps]:
        """What the words in other columns ask of a commune: its département, code or région."""
        asked: list[Keeps] = []
        for word in re.split(r"[,;()/]", text):
            key = place_key(word)
            if not key:
                continue
            tests = list(self._tests(key))
            inside = self._areas.get(key) or self._further(key)
            if inside is not None:
                tests.append(_inside(inside))
            if tests:
                asked.append(_any(tests))
        return asked

    def _peeled(self, key: str) -> Iterator[Reading]:
        """The query without one qualifier, at its end or its start."""
        words = key.split()
        for name, code in ((words[:-1], words[-1:]), (words[1:], words[:1])):
            for keeps in self._tests(*code):
                yield from _reading(name, keeps)
        for cut in range(1, len(words)):
            area = " ".join(words[cut:])
            departements = self._areas.get(area) or self._further(area)
            if departements is not None:
                yield from _reading(words[:cut], _inside(departements))

    def _tests(self, code: str = "") -> Iterator[Keeps]:
        """What a code may ask of a commune, the closest meaning first."""
        if POSTCODE.fullmatch(code):
            yield lambda commune: code in commune.postcodes or code == commune.insee
            # Codes of a CEDEX are not those of the commune, but they tell the département.
            yield _inside(self._departements(code[:3]) or self._departements(code[:2]))
        elif DEPARTEMENT.fullmatch(code) and (inside := self._departements(code)):
            yield _inside(inside)

    def _departements(self, code: str) -> frozenset[str]:
        code = code.upper().zfill(2)
        if code == "20":
            return CORSICA
        return frozenset({code}) if code in self._codes else frozenset()


def _reading(words: list[str], keeps: Keeps) -> Iterator[Reading]:
    while words and words[-1] in LINKS:
        words = words[:-1]
    if words and words[-1] not in RIVER:
        yield Reading(" ".join(words), keeps, True)


def _inside(departements: frozenset[str]) -> Keeps:
    return lambda commune: commune.departement in departements


def all_of(tests: list[Keeps]) -> Keeps:
    """What all of some tests ask."""
    return lambda commune: all(keeps(commune) for keeps in tests)


def _any(tests: list[Keeps]) -> Keeps:
    return lambda commune: any(keeps(commune) for keeps in tests)


def _both(one: Keeps, other: Keeps) -> Keeps:
    return lambda commune: one(commune) and other(commune)
