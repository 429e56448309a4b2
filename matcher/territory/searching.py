"""Communes by the start of a name or of a code, and those that a wrong name may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from matcher.catalogue.model import Commune
from matcher.catalogue.spelling import place_key

from .doubts import SHOWN, UnknownCommune, checked
from .names import Names
from .qualifiers import Qualifiers, Reading

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

    def guesses(self, key: str) -> dict[Commune, None]:
        """Communes that an unknown name may mean, best first."""
        slips = self.slips(key)
        return dict.fromkeys([*slips[: SHOWN // 2], *(self.beginning(key, SHOWN) or slips)])

    def slips(self, key: str) -> list[Commune]:
        """Communes with one slip more than is thought of, to suggest only, nearest first."""
        near = self.names.near(key, forgiven(key) + 1) if key else {}
        return self.sorted(near, near)

    def misspelt(self, readings: list[Reading]) -> list[Commune]:
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

    def kept(self, insees: Iterable[str], reading: Reading) -> list[Commune]:
        """Those of some communes that a reading keeps."""
        communes = (self.communes[insee] for insee in dict.fromkeys(insees))
        return [commune for commune in communes if reading.keeps(commune)]


def by_label(communes: Iterable[Commune]) -> list[Commune]:
    """Petites villes de demain first, the most populous first among equals."""
    return sorted(communes, key=lambda c: (not c.labels, -(c.population or 0), c.insee))


def forgiven(key: str) -> int:
    """Slips that are thought of in a name of that length."""
    return (len(key) >= ONE_SLIP) + (len(key) >= TWO_SLIPS)
