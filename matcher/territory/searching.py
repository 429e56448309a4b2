"""Communes by the start of a name or a code, and by what people add to say which one."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from matcher.catalogue.french import place_key
from matcher.catalogue.model import Commune

from .doubts import COUNTRYSIDE, PREFIXES, SHOWN, UnknownCommune, checked
from .names import Names

POSTCODE = re.compile(r"\d{5}")
DEPARTEMENT = re.compile(r"\d{1,3}|2[ab]")
LINKS = frozenset({"dans", "en", "departement", "dept", "dep", "cp"})
"""Words between a name and its département: « Florac dans la Lozère »."""

RIVER = frozenset({"sur", "sous", "les", "lez", "pres", "aux", "de", "du", "d", "l", "la", "le"})
"""Words that end no name: « Argenton-sur-Indre » is no Argenton of the Indre."""

CORSICA = frozenset({"2A", "2B"})
"""The départements of the postal codes and former Insee codes that begin with 20."""

Keeps = Callable[[Commune], bool]


class Lookup(NamedTuple):
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
    postcodes : callable
        The postal codes that communes have: one of them beside a name is of that commune, or wrong.
    """

    def __init__(
        self,
        departements: Mapping[str, str],
        regions: Mapping[str, str],
        region_of: Mapping[str, str],
        further: Callable[[str], frozenset[str] | None] = lambda key: None,
        postcodes: Callable[[], Container[str]] = tuple,
    ) -> None:
        self._codes = frozenset(departements)
        self._further = further
        self._postcodes = postcodes
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

    def readings(self, key: str) -> Iterator[Lookup]:
        """Ways to read a folded query, the whole as a name first."""
        yield Lookup(key, lambda commune: True, False)
        for one in self._peeled(key):
            yield one
            for other in self._peeled(one.name):
                yield Lookup(other.name, _both(one.keeps, other.keeps), True)

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

    def _peeled(self, key: str) -> Iterator[Lookup]:
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
            if code not in self._postcodes():
                # Codes of a CEDEX are not those of the commune, but they tell the département.
                yield _inside(self._departements(code[:3]) or self._departements(code[:2]))
        elif DEPARTEMENT.fullmatch(code) and (inside := self._departements(code)):
            yield _inside(inside)

    def _departements(self, code: str) -> frozenset[str]:
        code = code.upper().zfill(2)
        if code == "20":
            return CORSICA
        return frozenset({code}) if code in self._codes else frozenset()


def _reading(words: list[str], keeps: Keeps) -> Iterator[Lookup]:
    while words and words[-1] in LINKS:
        words = words[:-1]
    if words and words[-1] not in RIVER:
        yield Lookup(" ".join(words), keeps, True)


def _inside(departements: frozenset[str]) -> Keeps:
    return lambda commune: commune.departement in departements


def all_of(tests: list[Keeps]) -> Keeps:
    """What all of some tests ask."""
    return lambda commune: all(keeps(commune) for keeps in tests)


def _any(tests: list[Keeps]) -> Keeps:
    return lambda commune: any(keeps(commune) for keeps in tests)


def _both(one: Keeps, other: Keeps) -> Keeps:
    return lambda commune: one(commune) and other(commune)


ONE_SLIP, TWO_SLIPS = 5, 9
"""Letters of a name from which one slip, or two, are thought of: « Lion » may be Lyon or Léon."""

CODE = re.compile(r"\d{5}|2[AB]\d{3}")
START_OF_CODE = re.compile(r"\d{1,5}|2[AB]\d{0,3}")


class Search:
    """Looks for communes; nothing here says which one is meant.

    Parameters
    ----------
    communes : mapping of str to Commune
        By Insee code.
    fold : callable
        Gives the folded names.
    qualifiers : Qualifiers
    """

    def __init__(
        self,
        communes: Mapping[str, Commune],
        fold: Callable[[], Names],
        qualifiers: Qualifiers,
    ) -> None:
        self.communes = communes
        self.qualifiers = qualifiers
        self._fold = fold

    @cached_property
    def names(self) -> Names:
        """Folded when a name is asked for: a code alone, as files have, need not wait for it."""
        return self._fold()

    def search(self, query: str, limit: int = 10) -> list[Commune]:
        """Communes for an autocompletion, best first; empty where nothing can be looked for.

        Names that are the query come first, then those that start with it, then those with a word
        that does; the most populous first among equals. Where there is none, names with a slip.
        Digits are the start of an Insee or a postal code.
        """
        try:
            key = place_key(checked(query))
        except UnknownCommune:
            return []
        if START_OF_CODE.fullmatch(key.upper()):
            return self.starting(key.upper())[:limit]
        return (self.beginning(key, limit) or self.slips(key))[:limit]

    def same_postcode(self, code: str) -> tuple[Commune, ...]:
        """Communes, most populous first, that have this postal code."""
        return tuple(self.sorted(self.names.with_postcode(code)) if CODE.fullmatch(code) else ())

    def starting(self, start: str) -> list[Commune]:
        """Communes with a code that starts so, the one with that Insee code first."""
        found = self.names.with_code(start)
        if not found and len(start) == 4:  # a spreadsheet took the zero away
            found = self.names.with_code(f"0{start}")
        return self.sorted(found, {start: -1.0})

    def beginning(self, key: str, limit: int) -> list[Commune]:
        """Communes with a word that starts as the name does."""
        for reading in self.qualifiers.readings(key) if key else ():
            ranks: dict[str, float] = {}
            for found in self.names.ranked(reading.name):
                kept = {i: found[i] for i in found if reading.keeps(self.communes[i])}
                ranks = {**kept, **ranks}
                if len(ranks) >= limit:
                    break
            if ranks:
                return self.sorted(ranks, ranks)[:limit]
        return []

    def heart(self, key: str) -> list[Commune]:
        """Communes that give their name to an unknown territory: « pays de Lodève »."""
        for prefix in (COUNTRYSIDE, *PREFIXES.values()):
            if (rest := prefix.sub("", key)) != key:
                found = self.names.same(rest) or self.names.same_but_articles(rest)
                return by_label(self.communes[i] for i in found or self.names.parts(rest))
        return []

    def guesses(self, key: str) -> dict[Commune, None]:
        """Communes that an unknown name may mean, best first."""
        slips = self.slips(key)
        return dict.fromkeys([*slips[: SHOWN // 2], *(self.beginning(key, SHOWN) or slips)])

    def slips(self, key: str) -> list[Commune]:
        """Communes with one slip more than is thought of, to suggest only, nearest first."""
        near = self.names.near(key, forgiven(key) + 1) if key else {}
        return self.sorted(near, near)

    def misspelt(self, readings: list[Lookup]) -> list[Commune]:
        """Communes of today whose name is a slip away, to be asked about."""
        for reading in sorted(readings, key=lambda reading: not reading.qualified):
            slips = forgiven(reading.name)
            near = self.names.near(reading.name, slips) if slips else {}
            for distance in sorted(set(near.values())):
                if kept := self.kept([i for i, d in near.items() if d == distance], reading):
                    return by_label(kept)
        return []

    def sorted(
        self, insees: Iterable[str], ranks: Mapping[str, float] | None = None
    ) -> list[Commune]:
        """Communes by rank, most populous first among equals."""
        rank = (ranks or {}).get
        communes = [self.communes[insee] for insee in insees]
        return sorted(communes, key=lambda c: (rank(c.insee, 0), -(c.population or 0), c.insee))

    def kept(self, insees: Iterable[str], reading: Lookup) -> list[Commune]:
        """Those of some communes that a reading keeps."""
        communes = (self.communes[insee] for insee in dict.fromkeys(insees))
        return [commune for commune in communes if reading.keeps(commune)]


def by_label(communes: Iterable[Commune]) -> list[Commune]:
    """Petites villes de demain first, the most populous first among equals."""
    return sorted(communes, key=lambda c: (not c.labels, -(c.population or 0), c.insee))


def forgiven(key: str) -> int:
    """Slips that are thought of in a name of that length."""
    return (len(key) >= ONE_SLIP) + (len(key) >= TWO_SLIPS)
