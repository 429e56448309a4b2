"""The names of places, searched as text: communes, of today and of former days, and what is none.

What is no commune: départements, régions, EPCI, pays, islands, other countries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from matcher.catalogue.french import KeyLines, compact, loose, place_key
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale

from .doubts import COUNTRYSIDE, PREFIXES

SIREN = re.compile(r"\d{9}")
LABELS: Mapping[Scale, str] = {
    Scale.DEPARTEMENT: "un département",
    Scale.REGION: "une région",
    Scale.EPCI: "une intercommunalité",
}


TOWNS = re.compile(r"agglo(meration)?|metropole|communaute|urbaine")
AGGLO = re.compile(r"^ca\b|\bagglo(meration)?\b")
METROPOLE = re.compile(r"^cu\b|\bmetropole\b")
"""Words by which an EPCI says that it is that of a town."""


class NamedArea(NamedTuple):
    """A name that is no commune's.

    Parameters
    ----------
    name : str
        As its table writes it.
    said : str
        What it is, in French: « un département ».
    area : Area or None
        The area of our territory that it is, when it is one.
    departements, communes : tuple of str
        Where it lies, when that is known.
    """

    name: str
    said: str
    area: Area | None = None
    departements: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()

    @property
    def abroad(self) -> bool:
        """True when nothing of it is in our data."""
        return self.area is None and not self.departements and not self.communes


class Areas:
    """Finds the areas that a text names.

    Parameters
    ----------
    names : mapping of Scale to mapping of str to str
        Names of EPCI, départements and régions by code.
    others : iterable of NamedArea
        Further places: islands, former régions, pays.
    """

    def __init__(
        self, names: Mapping[Scale, Mapping[str, str]], others: Iterable[NamedArea] = ()
    ) -> None:
        self._names = names
        self._others = tuple(others)

    def find(self, text: str) -> list[NamedArea]:
        """What a text names, the widest last; empty when it names no area that we know."""
        bare = text.strip().removeprefix("epci:").replace(" ", "")
        if SIREN.fullmatch(bare):
            name = self._names.get(Scale.EPCI, {}).get(bare)
            return [self._named(Scale.EPCI, bare, name)] if name else []
        found: dict[tuple[str, Area | None], NamedArea] = {}
        for scale, key in self._keys(place_key(text)):
            for one in self._known.get(loose(key), ()):
                if scale is None or (one.area is not None and one.area.scale is scale):
                    found.setdefault((one.said, one.area), one)
        return sorted(found.values(), key=lambda one: one.area is None)

    def departements(self, key: str) -> frozenset[str] | None:
        """Départements of a folded name that may stand beside a commune's; None when unknown."""
        found = [
            one
            for one in self._known.get(loose(key), ())
            if one.area is None or one.area.scale is not Scale.EPCI
        ]
        inside = {code for one in found for code in one.departements}
        return frozenset(inside) if inside else None

    def _keys(self, key: str) -> Iterator[tuple[Scale | None, str]]:
        yield None, key
        for scale, prefix in PREFIXES.items():
            if (rest := prefix.sub("", key)) != key:
                yield scale, rest
        if (rest := COUNTRYSIDE.sub("", key)) != key:
            yield None, rest

    @cached_property
    def _known(self) -> Mapping[str, list[NamedArea]]:
        """By name without articles."""
        found: dict[str, list[NamedArea]] = {}
        for scale in (Scale.DEPARTEMENT, Scale.REGION, Scale.EPCI):
            for code, name in self._names.get(scale, {}).items():
                for spelling in _spellings(scale, name):
                    found.setdefault(loose(spelling), []).append(self._named(scale, code, name))
        for one in self._others:
            key = place_key(one.name)
            for spelling in {key, COUNTRYSIDE.sub("", key)}:
                found.setdefault(loose(spelling), []).append(one)
        return found

    def _named(self, scale: Scale, code: str, name: str) -> NamedArea:
        departements = (code,) if scale is Scale.DEPARTEMENT else ()
        return NamedArea(name, LABELS[scale], Area(scale, code), departements)


def _spellings(scale: Scale, name: str) -> set[str]:
    """The folded ways to write the name of an area."""
    key = place_key(name)
    found = {key}
    if scale is Scale.EPCI:
        bare = place_key(re.sub(r"\([^)]*\)", " ", name))  # an acronym in parentheses
        short = PREFIXES[Scale.EPCI].sub("", bare)
        found |= {bare, short}
        found |= {place_key(word) for word in re.findall(r"\(([^)]*)\)", name)}
        if short != bare:
            found |= {f"{short} communaute", short.removesuffix(" communaute")}
        found |= _brands(bare, short)
    return {one for one in found if len(one) > 1}


def _brands(bare: str, short: str) -> set[str]:
    """What people call an EPCI of a town: « Redon Agglo », « Grand Lyon », « Lyon Métropole »."""
    core = " ".join(word for word in short.split() if not TOWNS.fullmatch(word))
    if not core or core.startswith("grand "):
        return set()
    found = {f"{core} agglo", f"{core} agglomeration"} if AGGLO.search(bare) else set()
    return found | ({f"grand {core}", f"{core} metropole"} if METROPOLE.search(bare) else set())


ARRONDISSEMENT = re.compile(r"(\w+ (\d+))(er|e) arrondissement")


class Former(NamedTuple):
    """A code of former days or of a part, its name and the commune of today."""

    code: str
    name: str
    current: str


class Names:
    """The names in their folded spelling, those of today before those of former days.

    Parameters
    ----------
    communes : mapping of str to Commune
        By Insee code.
    former : iterable of Former
        Names of former days: each stands for the commune of today.
    """

    def __init__(self, communes: Mapping[str, Commune], former: Iterable[Former]) -> None:
        named = [(commune.name, insee) for insee, commune in communes.items()]
        today = len(named)  # the lines before this one
        named += [(old.name, old.current) for old in former]
        keys = place_key("\n".join(name for name, _ in named)).split("\n")
        insees = [insee for _, insee in named]
        for line in range(today, len(named)):
            if arrondissement := ARRONDISSEMENT.fullmatch(keys[line]):  # « Lyon 3 », « Lyon 3e »
                short, ordinal = arrondissement[1], arrondissement[3]
                keys += [short, short + ordinal]
                insees += [insees[line]] * 2
        self._fill(communes, "\n".join(keys), insees, today)

    @classmethod
    def folded(
        cls, communes: Mapping[str, Commune], keys: str, insees: str, codes: str, today: int
    ) -> Names:
        """Make names again from what `lines` gave of them."""
        names = cls.__new__(cls)
        names._fill(communes, keys, insees.split("\n"), today)
        names._codes = KeyLines(codes)
        return names

    def lines(self) -> tuple[str, str, str, int]:
        """Folded names, Insee codes and all codes, one a line, and how many are of today."""
        keys, codes = "\n".join(self._names.keys), "\n".join(self._codes.keys)
        return keys, "\n".join(self._insees), codes, self._today

    def _fill(self, communes: Mapping[str, Commune], keys: str, insees: list[str], n: int) -> None:
        self._communes, self._insees, self._today = communes, insees, n
        self._postcodes: dict[str, list[str]] = {}
        self._names = KeyLines(keys)

    @cached_property
    def _compact(self) -> KeyLines:
        return KeyLines(compact("\n".join(self._names.keys)))

    @cached_property
    def _loose(self) -> KeyLines:
        return KeyLines(loose("\n".join(self._names.keys)))

    @cached_property
    def _codes(self) -> KeyLines:
        """Insee code and postal codes of each commune of today, in the order of the names."""
        codes = (" ".join((c.insee, *c.postcodes)) for c in self._communes.values())
        return KeyLines("\n".join(codes))

    @cached_property
    def _by_length(self) -> dict[int, dict[int, str]]:
        """Names of today by length and line: a name is as near as the lengths differ, at most."""
        found: dict[int, dict[int, str]] = {}
        for line, name in enumerate(self._names.keys[: self._today]):
            found.setdefault(len(name), {})[line] = name
        return found

    def same(self, key: str) -> list[str]:
        """Communes of today with that very name, spaces aside."""
        return self._of_today(self._names.equal(key)) or self._of_today(
            self._compact.equal(compact(key))
        )

    def same_but_articles(self, key: str) -> list[str]:
        """Communes of today with that name, articles and spaces aside."""
        bare = loose(key)
        return self._of_today(self._loose.equal(bare)) if bare else []

    def parts(self, key: str) -> list[str]:
        """Communes of today whose name begins or ends with these whole words."""
        lines = {*self._names.starting(f"{key} "), *self._names.ending(key)}
        return self._of_today(sorted(lines))

    def had(self, key: str) -> list[str]:
        """Communes of today that had that very name."""
        return [self._insees[line] for line in self._names.equal(key) if line >= self._today]

    def once(self, key: str) -> list[str]:
        """Communes of today that had that name, or have a part of that name."""
        bare = loose(key)
        lines = self._names.equal(key) or self._compact.equal(compact(key))
        lines = lines or (self._loose.equal(bare) if bare else [])
        return [self._insees[line] for line in lines if line >= self._today]

    def _of_today(self, lines: Iterable[int]) -> list[str]:
        return [self._insees[line] for line in lines if line < self._today]

    def ranked(self, key: str) -> Iterator[dict[str, float]]:
        """Communes whose name is the key, then those it starts, then those with a word it starts.

        Each with a rank, the lower the better: at equal fit a name of today comes first.
        """
        for rank, find in enumerate((self._names.equal, self._names.starting, self._names.words)):
            ranks: dict[str, float] = {}
            for line in sorted(find(key), reverse=True):  # names of today overwrite
                ranks[self._insees[line]] = rank + (0.5 if line >= self._today else 0.0)
            yield ranks

    def near(self, key: str, slips: int) -> dict[str, float]:
        """Communes of today with a name within so many slips of the key, and how many those are.

        A slip is a letter more, less, wrong or exchanged with the next. The first letter is seldom
        wrong: « Nouméa » is not near « Coume ».
        """
        # 30 ms that only a misspelt name should cost.
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        found = []
        for length in range(len(key) - slips, len(key) + slips + 1):
            keys = self._by_length.get(length, {})
            alike = extract(key, keys, scorer=OSA.distance, score_cutoff=slips, limit=None)
            found += [(distance, line, name) for name, distance, line in alike]
        near: dict[str, float] = {}
        for distance, line, name in sorted(found):  # nearest first
            if name[0] == key[0]:
                near.setdefault(self._insees[line], float(distance))
        return near

    def with_postcode(self, code: str) -> list[str]:
        """Communes with that postal code."""
        if code not in self._postcodes:  # one page asks for the same several times
            self._postcodes[code] = [self._insees[line] for line in self._codes.words(code)]
        return self._postcodes[code]

    def with_code(self, start: str) -> list[str]:
        """Communes with an Insee or a postal code that starts so."""
        lines = {*self._codes.starting(start), *self._codes.words(start)}
        return [self._insees[line] for line in lines]
