"""All names and codes of the communes, of today and of former days, searched as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from matcher.catalogue.french import Lines, compact, loose, place_key
from matcher.catalogue.model import Commune

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
        names._codes = Lines(codes)
        return names

    def lines(self) -> tuple[str, str, str, int]:
        """Folded names, Insee codes and all codes, one a line, and how many are of today."""
        keys, codes = "\n".join(self._names.keys), "\n".join(self._codes.keys)
        return keys, "\n".join(self._insees), codes, self._today

    def _fill(
        self, communes: Mapping[str, Commune], keys: str, insees: list[str], today: int
    ) -> None:
        self._communes, self._insees, self._today = communes, insees, today
        self._postcodes: dict[str, list[str]] = {}
        self._names = Lines(keys)

    @cached_property
    def _compact(self) -> Lines:
        return Lines(compact("\n".join(self._names.keys)))

    @cached_property
    def _loose(self) -> Lines:
        return Lines(loose("\n".join(self._names.keys)))

    @cached_property
    def _codes(self) -> Lines:
        """Insee code and postal codes of each commune of today, in the order of the names."""
        codes = (" ".join((c.insee, *c.postcodes)) for c in self._communes.values())
        return Lines("\n".join(codes))

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
