"""Codes of five characters: an Insee code, a postal code, or a question which of both is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from matcher.catalogue.french import of, place_key
from matcher.catalogue.model import Commune

from .doubts import Ask, Doubt, Typed, UnknownCommune, unwrapped
from .names import Areas
from .searching import CODE, Search, by_label

COLLECTIVITES: Mapping[str, str] = {
    "975": "Saint-Pierre-et-Miquelon",
    "977": "Saint-Barthélemy",
    "97133": "Saint-Barthélemy",
    "97123": "Saint-Barthélemy",
    "978": "Saint-Martin",
    "97150": "Saint-Martin",
    "97127": "Saint-Martin",
    "984": "les Terres australes et antarctiques françaises",
    "986": "Wallis-et-Futuna",
    "987": "la Polynésie française",
    "988": "la Nouvelle-Calédonie",
    "989": "Clipperton",
}
"""Collectivités d’outre-mer, by the beginning of their postal and Insee codes, former ones too."""


class Codes:
    """Tells which commune a code means, or asks.

    Parameters
    ----------
    current : callable
        Insee codes of today by those of former days.
    doubt : callable
        Makes the question.
    """

    def __init__(
        self, search: Search, areas: Areas, current: Callable[[], Mapping[str, str]], doubt: Ask
    ) -> None:
        self._search = search
        self._areas = areas
        self._current = current
        self._doubt = doubt

    def find(self, asked: Typed, kind: str, beside: str) -> Commune:
        """The commune of a code of five characters."""
        code = asked.text
        if place := self._elsewhere(code):
            raise self._doubt(code, f"Le code {code} est celui de {outside(place)}.", Doubt.ABROAD)
        if (place := COLLECTIVITES.get(code)) and kind != "insee" and not beside:
            mine = self._search.communes[code]
            reason = (
                f"{code} est le code Insee {of(mine.name)} et le code postal de {outside(place)}."
            )
            raise self._doubt(code, reason, Doubt.ABROAD, [mine])
        insee = {code} if code in self._search.communes else {self._current().get(code, "")} - {""}
        postal = {commune.insee for commune in self._search.same_postcode(code)}
        if asked.cedex:
            kind = "code_postal"  # a post office has one, never an Insee code
        wanted = {"insee": insee, "code_postal": postal}.get(kind, insee | postal)
        kept = self._beside(wanted, beside)
        if len(kept) == 1 and (kind or beside or not asked.lost_zero):
            return self._search.communes[kept.pop()]
        if not wanted and kind == "code_postal" and (named := self._cedex(code, beside)):
            return named
        if wanted and not kept:
            reason = f"Le code {code} et « {beside} » ne désignent pas la même commune."
            raise self._doubt(code, reason, Doubt.CODE, self._search.sorted(wanted))
        if asked.lost_zero and kept:
            reason = f"Un code a cinq caractères : « {code[1:]} » est-il {code} ?"
            raise self._doubt(code, reason, Doubt.CODE, self._search.sorted(kept))
        if kept:
            reason = self._which(code, kind, insee, postal)
            raise self._doubt(code, reason, Doubt.CODE, self._choices(kept, insee))
        if (other := insee | postal) and not asked.cedex:
            said = "Insee" if kind == "insee" else "postal"
            reason = f"Le code {code} n’est pas un code {said}."
            raise self._doubt(code, reason, Doubt.CODE, self._search.sorted(other))
        near = self._search.starting(code[:-1])
        reason = (
            f"Le code {code} est celui d’un CEDEX : écrivez le nom de la commune."
            if asked.cedex
            else f"Aucune commune n’a le code Insee ou postal {code}."
        )
        raise self._doubt(code, reason, Doubt.UNKNOWN, near)

    @cached_property
    def postcodes(self) -> frozenset[str]:
        """The postal codes that communes have."""
        return frozenset(c for one in self._search.communes.values() for c in one.postcodes)

    def contradicted(self, text: str, beside: str) -> UnknownCommune | None:
        """What to ask of a name with the postal code of another commune; None of any other."""
        words = [*re.split(r"[\s(),]+", text), *re.split(r"[\s,;()/]+", beside)]
        for code in (word for word in words if word in self.postcodes):
            bare = " ".join(re.sub(rf"[(,]*\s*{code}\s*[),]*", " ", text).split())
            key = unwrapped(place_key(bare))
            names = self._search.names
            named = self._search.sorted(names.same(key) or names.same_but_articles(key))
            if named and not any(code in commune.postcodes for commune in named):
                own = ", ".join(named[0].postcodes)
                mine = f" ({'son code' if len(named[0].postcodes) == 1 else 'ses codes'} : {own})"
                reason = f"Le code postal {code} n’est pas celui {of(named[0].name)}{mine}."
                others = self._search.same_postcode(code)
                return self._doubt(text, reason, Doubt.CODE, [*named[:3], *others])
        return None

    def _which(self, code: str, kind: str, insee: set[str], postal: set[str]) -> str:
        """Why a code needs a question."""
        if kind == "code_postal" or not insee:
            return f"Le code {code} est celui de {len(postal)} communes : précisez laquelle."
        (mine,) = insee
        name = self._search.communes[mine].name
        was = "" if mine == code else " (ancien code)"
        others = sorted(postal - insee)
        first = self._search.communes[self._search.sorted(others)[0].insee].name
        more = (
            f" et de {len(others) - 1} autre{'s' if len(others) > 2 else ''}" if others[1:] else ""
        )
        return f"{code} est le code Insee {of(name)}{was} et le code postal {of(first)}{more}."

    def _choices(self, kept: Iterable[str], insee: set[str]) -> list[Commune]:
        """The communes of a postal code, with that of the Insee code in second place."""
        first, *rest = by_label(self._search.communes[i] for i in kept)
        mine = [commune for commune in rest if commune.insee in insee]
        return [first, *mine, *(commune for commune in rest if commune not in mine)]

    def _cedex(self, code: str, beside: str) -> Commune | None:
        """The one commune of the département of an unknown postal code that the name beside says.

        The code of a CEDEX is nobody's; the name tells.
        """
        start = code[:3] if code.startswith("97") else code[:2]
        names = [place_key(word) for word in re.split(r"[,;/]", beside)]
        found = {i for key in names if key for i in self._search.names.same(key)}
        inside = [i for i in found if i.startswith(start)]
        return self._search.communes[inside[0]] if len(inside) == 1 else None

    def _elsewhere(self, code: str) -> str | None:
        """The collectivité outside of the data that has a code."""
        return None if code in self._search.communes else collectivite(code)

    def _beside(self, insees: Iterable[str], beside: str) -> set[str]:
        """Those of some communes that the other columns may mean; all when they say nothing."""
        kept = set(insees)
        tests = self._search.qualifiers.beside(beside)
        said = {place_key(word) for word in re.split(r"[,;/]", beside)} - {""}
        names = {insee for insee in kept if any(self._is_named(insee, key) for key in said)}
        if names:
            kept = names
        elif said and not tests and not any(self._areas.find(key) for key in said):
            return set()  # a name that is none of theirs
        return {i for i in kept if all(keeps(self._search.communes[i]) for keeps in tests)}

    def _is_named(self, insee: str, key: str) -> bool:
        """Whether a folded name is that of a commune, today or once, or a part of it."""
        key = unwrapped(key)
        found = (
            self._search.names.same,
            self._search.names.same_but_articles,
            self._search.names.parts,
            self._search.names.once,
        )
        return any(insee in find(key) for find in found)


def collectivite(code: str) -> str | None:
    """The collectivité d’outre-mer, outside of the data, that a code is of."""
    return COLLECTIVITES.get(code) or COLLECTIVITES.get(code[:3])


def outside(place: str) -> str:
    """Say that a collectivité is not in the data."""
    return f"{place}, collectivité d’outre-mer hors de ces données"


def named_abroad(names: Iterable[str]) -> str | None:
    """A place outside of the data whose code stands by its name: « 97150 Saint-Martin »."""
    for name in names:
        for word in name.split():
            if CODE.fullmatch(word.upper()) and (place := collectivite(word)):
                return place
    return None
