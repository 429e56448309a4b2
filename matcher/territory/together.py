"""The place of a need: one commune, or several that ask together (an EPCI, a list)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.catalogue.french import place_key
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale

from .doubts import Doubt, UnknownCommune
from .epcis import says_epci
from .nest import Territory

AREAS = {"epci": Scale.EPCI, "departement": Scale.DEPARTEMENT}
"""Levels whose communes may ask together, by the word that stands before their code."""
SEPARATORS = re.compile(r"[,;|/\n+]|\s(?:et|&)\s", re.IGNORECASE)
LONGEST_NAME = 100
"""Characters past which a text is a list: nobody is asked whether it is a slip of one name."""
MOST_WORDS = 10
"""Words of the longest name of a commune, and some more."""
LONGEST_LIST = 60
"""Words of a list of names without separators: more is a text, not a list."""
MOST_WAYS = 20
"""Ways to cut a list that are looked at: namesakes of namesakes do not keep a page waiting."""
LINKS = re.compile(r" (?:sur|sous|en|les|lez|l|la|le|de|du|des|d|aux?|et) ")
"""Where the second part of a name begins, which people leave out."""
SHORTEST = 4
"""Letters of the first part of a name that says it alone."""
NEIGHBOURS_KM = 60.0
"""Kilometres from a commune of a list without separators to another one of it: farther apart, words
that happen to be names are more likely than towns that ask together."""

FAR_KM = 200.0
"""Kilometres past which a name of a list is more likely a namesake: three départements away."""

Named = dict[str, list[Commune]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a need is from.

    Parameters
    ----------
    name : str
        As a page says it: the commune, the EPCI, or the names of the list.
    communes : tuple of Commune
        At least one; the first one speaks for them, the most populous of an area.
    code : str
        What names it without a doubt: an Insee code (see `Territory.code_of`), `epci:` and a SIREN,
        codes with commas.
    area : Area or None
        The area they make up, when that is how they were named.
    """

    name: str
    communes: tuple[Commune, ...]
    code: str
    area: Area | None = None

    @property
    def commune(self) -> Commune:
        """The commune that speaks for all."""
        return self.communes[0]

    @property
    def places(self) -> tuple[str, ...]:
        """The `places` of its `Need`: none for one commune."""
        return tuple(c.insee for c in self.communes) if len(self.communes) > 1 else ()


def place(
    query: str, territory: Territory, guess: bool = True, code: str = "", beside: str = ""
) -> Place:
    """The commune or communes that a text names.

    A commune; an EPCI by its name, its SIREN or `epci:` and its SIREN; `departement:` and its code;
    or several communes, with or without commas between them.

    Raises
    ------
    UnknownCommune
        As `Territory.find` does: when nothing, or more than one thing, is meant.
    """
    area = area_of(query, territory)
    if area is not None:
        return of_area(area, territory)
    try:
        found = territory.find(query, guess and len(query) <= LONGEST_NAME, code, beside)
        return several_of([found], territory)
    except UnknownCommune as doubt:
        several = _listed(query, territory, beside) or _side_by_side(query, territory)
        if not several:
            raise _which_epci(doubt, territory) from doubt
        return several


def _which_epci(doubt: UnknownCommune, territory: Territory) -> UnknownCommune:
    """The doubt, with the EPCI that may be meant where one is: « CC du Haut-Jura »."""
    if doubt.areas or not says_epci(doubt.query):
        return doubt
    near = tuple(territory.epcis_like(doubt.query))
    reason = f"Intercommunalité inconnue : « {doubt.query} »."
    return UnknownCommune(doubt.query, reason, kind=doubt.kind, areas=near) if near else doubt


def of_area(area: Area, territory: Territory) -> Place:
    """All the communes of an area, the most populous first, then by code."""
    communes = [territory.communes[insee] for insee in territory.members(area)]
    communes.sort(key=lambda c: (-(c.population or 0), c.insee))
    code = f"{area.scale.value}:{area.code}"
    return Place(territory.name(area), tuple(communes), code, area)


def area_of(query: str, territory: Territory) -> Area | None:
    """The EPCI or the département that a code or a full name says; None when none does."""
    word, _, code = query.strip().partition(":")
    scale = AREAS.get(place_key(word)) if code else None
    if scale is not None:
        area = Area(scale, code.strip().upper())
        return area if territory.members(area) else None
    digits = re.sub(r"\s", "", query)
    if digits.isdigit() and len(digits) == 9:
        area = Area(Scale.EPCI, digits)
        return area if territory.members(area) else None
    named = territory.epcis(query)
    return Area(Scale.EPCI, named[0]) if len(named) == 1 else None


def place_of(communes: Sequence[Commune], territory: Territory) -> Place:
    """The place that some communes make up: the area that has just these, or their list."""
    asked = {commune.insee for commune in communes}
    if len(asked) > 1:
        for area in territory.areas_of(communes[0])[1:3]:  # EPCI, département
            if area.scale in AREAS.values() and asked == set(territory.members(area)):
                return of_area(area, territory)
    return several_of(communes, territory)


def several_of(communes: Sequence[Commune], territory: Territory) -> Place:
    """The place of communes that ask together, each once, in their order."""
    unique = tuple(dict.fromkeys(communes))
    names = [commune.name for commune in unique]
    named = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"
    return Place(named, unique, ",".join(map(territory.code_of, unique)))


@lru_cache(maxsize=4)
def _by_name(territory: Territory) -> tuple[Named, Named]:
    """Communes by the key of their name; then by a former name, or the beginning of theirs.

    « Cransac » is the beginning of Cransac-les-Thermes.
    """
    exact: Named = defaultdict(list)
    other: Named = defaultdict(list)
    for commune in territory.communes.values():
        key = place_key(commune.name)
        exact[key].append(commune)
        start = LINKS.split(key)[0]
        if start != key and len(start) >= SHORTEST and not start.startswith("saint"):
            other[start].append(commune)
    for former in territory.former:
        other[place_key(former.name)].append(territory.communes[former.current])
    return exact, other


def _listed(query: str, territory: Territory, beside: str) -> Place | None:
    """Communes with separators between them; None when there are none, or the first is not one.

    Raises
    ------
    UnknownCommune
        When one of the others is not known, or far from all: it is named.
    """
    pieces = [piece.strip() for piece in SEPARATORS.split(query) if piece.strip()]
    if len(pieces) < 2:
        return None
    together = None if beside else _together([place_key(p) for p in pieces], territory)
    if together is not None:
        return several_of(_near(query, pieces, together, territory), territory)
    found: list[Commune] = []
    for piece in pieces:
        try:
            found.append(territory.find(piece, guess=False, beside=beside))
        except UnknownCommune:
            if not found:
                return None  # not a list of communes: the whole is what is not known
            raise
    return several_of(_near(query, pieces, found, territory), territory)


def _near(
    query: str, pieces: Sequence[str], found: Sequence[Commune], territory: Territory
) -> Sequence[Commune]:
    """The communes of a list, unless a name of it is that of a place far from all the others."""
    for piece, commune in zip(pieces, found, strict=True):
        others = [other for other in found if other != commune]
        named = not any(character.isdigit() for character in piece)
        km = [territory.distance_km(commune.insee, other.insee) for other in others]
        if named and min(km, default=0.0) > FAR_KM:
            reason = f"« {piece} » est loin des autres communes : est-ce bien celle-là ?"
            raise UnknownCommune(query, reason, (commune,), kind=Doubt.SEVERAL)
    return found


def _side_by_side(query: str, territory: Territory) -> Place | None:
    """Neighbouring communes whose names stand one after the other; None when it is not that."""
    words = place_key(query).split()
    if not 2 <= len(words) <= LONGEST_LIST or unlinked(" ".join(words)) in _unlinked(territory):
        return None
    found = [
        communes
        for keys in _cut(words, territory)
        if _plain(keys, territory)
        and (communes := _together(keys, territory))
        and _neighbours(communes, territory)
    ]
    return several_of(found[0], territory) if len(found) == 1 else None


def unlinked(key: str) -> str:
    """A key without its linking words: « dampierre salon » for Dampierre-sur-Salon."""
    return LINKS.sub(" ", LINKS.sub(" ", f" {key} ")).strip()


@lru_cache(maxsize=4)
def _unlinked(territory: Territory) -> frozenset[str]:
    return frozenset(unlinked(place_key(commune.name)) for commune in territory.communes.values())


def _plain(keys: Sequence[str], territory: Territory) -> bool:
    """Whether names without separators are surely several: two in full, and no département."""
    areas = {place_key(name) for name in territory.names[Scale.DEPARTEMENT].values()}
    exact, _ = _by_name(territory)
    return areas.isdisjoint(keys) and sum(key in exact for key in keys) >= 2


def _cut(words: Sequence[str], territory: Territory) -> list[list[str]]:
    """The ways to cut words into names of communes, those of fewest names only."""
    exact, other = _by_name(territory)
    best: list[list[list[str]]] = [[] for _ in range(len(words) + 1)]
    best[0] = [[]]
    for end in range(1, len(words) + 1):
        ways = [
            [*before, key]
            for first in range(max(0, end - MOST_WORDS), end)
            if (key := " ".join(words[first:end])) in exact or key in other
            for before in best[first]
        ]
        least = min(map(len, ways), default=0)
        best[end] = [way for way in ways if len(way) == least][:MOST_WAYS]
    return best[-1]


def _together(keys: Sequence[str], territory: Territory) -> list[Commune] | None:
    """One commune of each name: the only one, or those of the one département that has them all."""
    exact, other = _by_name(territory)
    if all(len(exact.get(key, ())) == 1 for key in keys):
        return [exact[key][0] for key in keys]
    choices = [(exact.get(key, []), other.get(key, [])) for key in keys]
    if not any(names for names, _ in choices):
        return None
    shared = set.intersection(*({c.departement for c in (*a, *b)} for a, b in choices))
    ways = [[_one(a, b, departement) for a, b in choices] for departement in sorted(shared)]
    full = [[c for c in way if c] for way in ways if all(way)]
    return full[0] if len(full) == 1 else None


def _one(names: Sequence[Commune], others: Sequence[Commune], departement: str) -> Commune | None:
    """The commune of the département that has the name, or else that had it or begins with it."""
    for some in (names, others):
        here = dict.fromkeys(c for c in some if c.departement == departement)
        if here:
            return next(iter(here)) if len(here) == 1 else None
    return None


def _neighbours(communes: Sequence[Commune], territory: Territory) -> bool:
    """Whether each is near another one."""
    return len(set(communes)) == len(communes) and all(
        any(territory.distance_km(a.insee, b.insee) <= NEIGHBOURS_KM for b in communes if b != a)
        for a in communes
    )
