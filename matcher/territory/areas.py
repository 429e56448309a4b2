"""Names that are no commune's: départements, régions, EPCI, pays, islands, other countries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from matcher.catalogue.french import loose, place_key
from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale

SIREN = re.compile(r"\d{9}")
PREFIXES: Mapping[Scale, re.Pattern[str]] = {
    Scale.DEPARTEMENT: re.compile(
        r"^(?:le )?(?:departement|dept|dep|conseil departemental|prefecture)"
        r"(?: (?:de la|de l|des|du|de|d))? (?=.)"
    ),
    Scale.REGION: re.compile(
        r"^(?:la )?(?:region|conseil regional)(?: (?:de la|de l|des|du|de|d))? (?=.)"
    ),
    Scale.EPCI: re.compile(
        r"^(?:la |le )?(?:cc|ca|cu|com com|comcom|communaute (?:de )?communes|"
        r"communaute d agglomeration|communaute d agglo|agglomeration|agglo|communaute urbaine|"
        r"metropole|intercommunalite|interco|epci|cdc|codecom)"
        r"(?: (?:de la|de l|des|du|de|d))? (?=.)"
    ),
}
"""What people say before the name of an area, in its folded spelling."""
COUNTRYSIDE = re.compile(
    r"^(?:l )?(?:iles?|pays|massif|parc naturel regional|pnr|vallee)"
    r" (?:de la|de l|des|du|de|d) (?=.)"
)
LABELS: Mapping[Scale, str] = {
    Scale.DEPARTEMENT: "un département",
    Scale.REGION: "une région",
    Scale.EPCI: "une intercommunalité",
}
ARTICLES: Mapping[str, str] = {
    "île": "une île",
    "îles": "un groupe d’îles",
    "ancienne région": "une ancienne région",
    "ancien département": "un ancien département",
    "région": "une région",
    "ensemble de départements": "un ensemble de départements",
    "ensemble de régions": "un ensemble de régions",
    "pays": "un territoire, pas une commune",
    "massif": "un massif",
    "collectivité": "une collectivité d’outre-mer hors de ces données",
    "pays étranger": "hors de France",
}
"""How each kind of `places_not_communes.csv` is said."""


class Named(NamedTuple):
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
    abroad : bool
        Nothing of it is in our data.
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
    others : iterable of Named
        Further places: islands, former régions, pays.
    """

    def __init__(
        self, names: Mapping[Scale, Mapping[str, str]], others: Iterable[Named] = ()
    ) -> None:
        self._names = names
        self._others = tuple(others)

    def find(self, text: str) -> list[Named]:
        """What a text names, the widest last; empty when it names no area that we know."""
        bare = text.strip().removeprefix("epci:").replace(" ", "")
        if SIREN.fullmatch(bare):
            name = self._names.get(Scale.EPCI, {}).get(bare)
            return [self._named(Scale.EPCI, bare, name)] if name else []
        found: dict[tuple[str, Area | None], Named] = {}
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
    def _known(self) -> Mapping[str, list[Named]]:
        """By name without articles."""
        found: dict[str, list[Named]] = {}
        for scale in (Scale.DEPARTEMENT, Scale.REGION, Scale.EPCI):
            for code, name in self._names.get(scale, {}).items():
                for spelling in _spellings(scale, name):
                    found.setdefault(loose(spelling), []).append(self._named(scale, code, name))
        for one in self._others:
            key = place_key(one.name)
            for spelling in {key, COUNTRYSIDE.sub("", key)}:
                found.setdefault(loose(spelling), []).append(one)
        return found

    def _named(self, scale: Scale, code: str, name: str) -> Named:
        departements = (code,) if scale is Scale.DEPARTEMENT else ()
        return Named(name, LABELS[scale], Area(scale, code), departements)


def _spellings(scale: Scale, name: str) -> set[str]:
    """The folded ways to write the name of an area."""
    key = place_key(name)
    found = {key}
    if scale is Scale.EPCI:
        bare = place_key(re.sub(r"\([^)]*\)", " ", name))  # an acronym in parentheses
        short = PREFIXES[Scale.EPCI].sub("", bare)
        found |= {bare, short}
        found |= {place_key(word) for word in re.findall(r"\(([^)]*)\)", name)}
        found |= (
            {f"{short} communaute", short.removesuffix(" communaute")} if short != bare else set()
        )
    return {one for one in found if len(one) > 1}
