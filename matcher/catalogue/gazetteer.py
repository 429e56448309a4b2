"""Find a commune by what people type: a name in any spelling, a code, a postal code, a typo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import islice

from .model import Commune
from .names import Former, Names
from .qualifiers import Qualifiers, Reading
from .spelling import place_key

QUERY_MAX = 100
"""Characters of a query: the longest name has 45; a département and a postal code come with it."""

CLEAR = 10
"""How many times more inhabitants than each of its homonyms make a commune the one meant."""

SHOWN = 5
"""Communes named in « Vouliez-vous dire … ? »."""

ONE_SLIP, TWO_SLIPS = 5, 9
"""Letters of a name from which one slip, or two, are forgiven: « Lion » may be Lyon or Léon."""

CODE = re.compile(r"\d{5}|2[AB]\d{3}")
START_OF_CODE = re.compile(r"\d{1,5}|2[AB]\d{0,3}")
OVERSEAS = re.compile(r"(97[578]|98[678])\d\d")

NARROW_SPACES = str.maketrans("\xa0\u202f", "  ")


class UnknownCommune(LookupError):
    """No commune is meant, or several are; the message is French, for the person who asked.

    Parameters
    ----------
    query : str
        What was asked, cut to `QUERY_MAX` characters.
    reason : str
        French sentence.
    suggestions : tuple of Commune
        Those that may be meant, best first.
    choices : str
        The first suggestions in words.
    """

    def __init__(
        self, query: str, reason: str, suggestions: tuple[Commune, ...] = (), choices: str = ""
    ) -> None:
        super().__init__(f"{reason} Vouliez-vous dire {choices} ?" if choices else reason)
        self.query = query
        self.reason = reason
        self.suggestions = suggestions


class Gazetteer:
    """Tells which commune is meant.

    Parameters
    ----------
    communes : mapping of str to Commune
        By Insee code.
    former : iterable of Former
        Codes and names of former days.
    departements, regions : mapping of str to str
        Names by code.
    region_of : mapping of str to str
        Région of each département.
    names : callable, optional
        Gives the folded names, where they are kept; else they are folded here.
    """

    def __init__(
        self,
        communes: Mapping[str, Commune],
        former: Iterable[Former],
        departements: Mapping[str, str],
        regions: Mapping[str, str],
        region_of: Mapping[str, str],
        names: Callable[[], Names] | None = None,
    ) -> None:
        self._communes = communes
        self._former = former
        self._departements = departements
        self._fold = names or (lambda: Names(communes, former))
        self._qualifiers = Qualifiers(departements, regions, region_of)

    @cached_property
    def _current(self) -> dict[str, str]:
        return {old.code: old.current for old in self._former}

    @cached_property
    def _names(self) -> Names:
        """Folded when a name is asked for: a code alone, as files have, need not wait for it."""
        return self._fold()

    def find(self, query: str, guess: bool = True) -> Commune:
        """The commune that a person or a file means.

        In this order: an Insee code of today; a postal code or a former code that leads to one
        commune; a name in any spelling, alone or with a département, a région or a postal code,
        names of today before those of former days; a name with a slip.

        Homonyms: none is chosen, unless the most populous is also the only Petite ville de demain,
        or has ten times the inhabitants of each other one and none is a Petite ville de demain.

        Parameters
        ----------
        guess : bool
            Whether to look for what an unknown name may mean: as long again as all the rest.

        Raises
        ------
        UnknownCommune
            When none is meant, or several are.
        """
        text = checked(query)
        code = text.replace(" ", "").upper()
        if CODE.fullmatch(code):
            return self._coded(code)
        if START_OF_CODE.fullmatch(code):
            reason = f"« {text} » : un code Insee ou postal a cinq caractères."
            raise self._unknown(text, reason, self._starting(code)[:SHOWN] if code[3:] else ())
        key = place_key(text)
        readings = list(self._qualifiers.readings(key))
        for reading in readings:
            for insees in self._names.spelt(reading.name):
                if found := self._kept(insees, reading):
                    if longer := self._overshadowing(found, reading):
                        reason = f"« {text} » peut désigner plusieurs communes : laquelle ?"
                        raise self._unknown(text, reason, [*self._sorted(longer), *found])
                    return self._chosen(text, found)
        for reading in sorted(readings, key=lambda reading: not reading.qualified):
            if found := self._misspelt(reading):
                return self._chosen(text, found)
        guesses = list(self._guesses(key)) if guess else []
        raise self._unknown(text, f"Commune inconnue : « {text} ».", guesses[:SHOWN])

    def search(self, query: str, limit: int = 10) -> list[Commune]:
        """Communes for an autocompletion, best first; empty where `find` would refuse the query.

        Names that are the query come first, then those that start with it, then those with a word
        that does; the most populous first among equals. Where there is none, names with a slip.
        Digits are the start of an Insee or a postal code.
        """
        try:
            key = place_key(checked(query))
        except UnknownCommune:
            return []
        if START_OF_CODE.fullmatch(key.upper()):
            return self._starting(key.upper())[:limit]
        return (self._beginning(key, limit) or self._slips(key))[:limit]

    def _guesses(self, key: str) -> dict[Commune, None]:
        """Communes that an unknown name may mean, best first."""
        slips = self._slips(key)
        return dict.fromkeys([*slips[: SHOWN // 2], *(self._beginning(key, SHOWN) or slips)])

    def _beginning(self, key: str, limit: int) -> list[Commune]:
        """Communes with a word that starts as the name does."""
        for reading in self._qualifiers.readings(key) if key else ():
            ranks: dict[str, float] = {}
            for found in self._names.ranked(reading.name):
                kept = {insee: found[insee] for insee in found if self._keeps(insee, reading)}
                ranks = {**kept, **ranks}
                if len(ranks) >= limit:
                    break
            if ranks:
                return self._sorted(ranks, ranks)[:limit]
        return []

    def same_postcode(self, code: str) -> tuple[Commune, ...]:
        """Communes, most populous first, that have this postal code."""
        return tuple(self._sorted(self._names.with_postcode(code)) if CODE.fullmatch(code) else ())

    def _coded(self, code: str) -> Commune:
        """The commune of a code of five characters."""
        if code in self._communes:
            return self._communes[code]
        found = {commune.insee for commune in self.same_postcode(code)}
        if former := self._current.get(code):
            found.add(former)
        if len(found) == 1:
            return self._communes[found.pop()]
        if found:
            reason = f"Le code {code} est celui de {len(found)} communes : précisez laquelle."
            raise self._unknown(code, reason, self._sorted(found))
        if OVERSEAS.fullmatch(code):
            reason = f"Le code {code} est celui d’une collectivité d’outre-mer hors de ces données."
            raise self._unknown(code, reason)
        reason = f"Aucune commune n’a le code Insee ou postal {code}."
        raise self._unknown(code, reason, self._starting(code[:-1]))

    def _starting(self, start: str) -> list[Commune]:
        """Communes with a code that starts so, the one with that Insee code first."""
        found = self._names.with_code(start)
        if not found and len(start) == 4:  # a spreadsheet took the zero away
            found = self._names.with_code(f"0{start}")
        return self._sorted(found, {start: -1.0})

    def _misspelt(self, reading: Reading) -> list[Commune]:
        """Communes whose name is nearest to the one asked, within the slips that are forgiven."""
        slips = forgiven(reading.name)
        near = self._names.near(reading.name, slips) if slips else {}
        for distance in sorted(set(near.values())):
            if kept := self._kept([i for i, d in near.items() if d == distance], reading):
                return kept
        return []

    def _slips(self, key: str) -> list[Commune]:
        """Communes with one slip more than is forgiven, to suggest only, nearest first."""
        near = self._names.near(key, forgiven(key) + 1, today=True) if key else {}
        return self._sorted(near, near)

    def _kept(self, insees: Iterable[str], reading: Reading) -> list[Commune]:
        kept = dict.fromkeys(insee for insee in insees if self._keeps(insee, reading))
        return [self._communes[insee] for insee in kept]

    def _keeps(self, insee: str, reading: Reading) -> bool:
        return reading.keeps(self._communes[insee])

    def _overshadowing(self, found: list[Commune], reading: Reading) -> list[str]:
        """Far more populous communes whose name begins so: « Chalon » may be Chalon-sur-Saône.

        Only for a bare name; a Petite ville de demain of that very name needs no question.
        """
        if reading.qualified or any(commune.labels for commune in found):
            return []
        least = CLEAR * max(commune.population or 0 for commune in found)
        starting = next(islice(self._names.ranked(reading.name), 1, None), {})
        return [
            insee
            for insee in starting
            if place_key(self._communes[insee].name).startswith(f"{reading.name} ")
            and (self._communes[insee].population or 0) >= least
        ]

    def _chosen(self, query: str, found: list[Commune]) -> Commune:
        """The one that is meant."""
        first, *others = self._sorted(commune.insee for commune in found)
        labelled = [commune for commune in found if commune.labels]
        if not others or labelled == [first]:
            return first
        if not labelled and (first.population or 0) >= CLEAR * (others[0].population or 0):
            return first
        reason = f"« {query} » peut désigner plusieurs communes : précisez le département."
        raise self._unknown(query, reason, [first, *others])

    def _sorted(
        self, insees: Iterable[str], ranks: Mapping[str, float] | None = None
    ) -> list[Commune]:
        """Communes by rank, most populous first among equals."""
        rank = (ranks or {}).get
        communes = [self._communes[insee] for insee in insees]
        return sorted(communes, key=lambda c: (rank(c.insee, 0), -(c.population or 0), c.insee))

    def _unknown(
        self, query: str, reason: str, suggestions: Iterable[Commune] = ()
    ) -> UnknownCommune:
        found = tuple(suggestions)
        words = [
            f"{c.name} ({self._departements[c.departement]}, {c.insee})" for c in found[:SHOWN]
        ]
        choices = " ou ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
        return UnknownCommune(query, reason, found, choices)


def forgiven(key: str) -> int:
    """Slips that are forgiven in a name of that length."""
    return (len(key) >= ONE_SLIP) + (len(key) >= TWO_SLIPS)


def checked(query: str) -> str:
    """The query without needless spaces.

    Raises
    ------
    UnknownCommune
        When it is no text, too long (the cap comes first), blank, or has control characters.
    """
    if not isinstance(query, str):
        reason = "Une commune se demande en texte : nom, code postal ou code Insee."
        raise UnknownCommune("", reason)
    if len(query) > QUERY_MAX:
        reason = f"Nom de commune trop long : {QUERY_MAX} caractères au plus."
        raise UnknownCommune(query[:QUERY_MAX], reason)
    text = query.translate(NARROW_SPACES).strip()
    if not text:
        raise UnknownCommune(query, "Indiquez une commune : nom, code postal ou code Insee.")
    if not text.isprintable():
        shown = "".join(character for character in text if character.isprintable())
        reason = "Le nom de la commune contient des caractères de contrôle : retapez-le."
        raise UnknownCommune(shown, reason)
    return " ".join(text.split(" "))
