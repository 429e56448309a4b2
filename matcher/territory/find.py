"""Find a commune by what people type, or ask which one is meant: nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from matcher.catalogue.french import compact, place_key
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale

from .codes import Codes, named_abroad, outside
from .doubts import (
    SHOWN,
    Doubt,
    Typed,
    UnknownCommune,
    checked,
    stands_for_nothing,
    typed,
    unwrapped,
    without_parenthesis,
)
from .names import LABELS, Areas, Former, NamedArea, Names
from .searching import CODE, START_OF_CODE, Keeps, Lookup, Qualifiers, Search, all_of, by_label

LARGER = 10
"""How many times more inhabitants make another commune the one that a short name may mean."""

MOST_OF_A_NAME = 0.5
"""Share of the letters of a name from which a part stands for the whole (« Amélie » does not)."""


class Gazetteer:
    """Tells which commune is meant, or asks.

    Parameters
    ----------
    communes : mapping of str to Commune
        By Insee code.
    former : iterable of Former
        Codes and names of former days.
    names : mapping of Scale to mapping of str to str
        Names of EPCI, départements and régions by code.
    region_of : mapping of str to str
        Région of each département.
    others : iterable of NamedArea
        Places that are no commune: islands, former régions, pays.
    members : callable
        Insee codes of the communes of an area.
    folded : callable, optional
        Gives the folded names, where they are kept; else they are folded here.
    """

    def __init__(
        self,
        communes: Mapping[str, Commune],
        former: Iterable[Former],
        names: Mapping[Scale, Mapping[str, str]],
        region_of: Mapping[str, str],
        others: Iterable[NamedArea],
        members: Callable[[Area], tuple[str, ...]],
        folded: Callable[[], Names] | None = None,
    ) -> None:
        self._communes = communes
        self._former = former
        self._departements = names[Scale.DEPARTEMENT]
        self._members = members
        self.areas = Areas(names, others)
        self._qualifiers = Qualifiers(
            self._departements,
            names[Scale.REGION],
            region_of,
            self.areas.departements,
            lambda: self._codes.postcodes,
        )
        fold = folded or (lambda: Names(communes, former))
        self.by_start = Search(communes, fold, self._qualifiers)

    @cached_property
    def _codes(self) -> Codes:
        return Codes(self.by_start, self.areas, lambda: self._current, self._doubt)

    @cached_property
    def _current(self) -> dict[str, str]:
        return {old.code: old.current for old in self._former}

    @property
    def _names(self) -> Names:
        return self.by_start.names

    def find(self, query: str, guess: bool = True, code: str = "", beside: str = "") -> Commune:
        """The commune that a person or a file means, when there is one and no doubt.

        The levels, the surest first: a code; a name of today; the same without parenthesis,
        article, « commune de »; whole words at the beginning or the end of a name; a name of former
        days. One commune at the best level is the answer. Several are asked about, and so are a
        slip, a name that is also that of an area, a code that is also somebody's postal code, and a
        short name that a Petite ville de demain or a far larger commune begins or ends with.

        Parameters
        ----------
        guess : bool
            Whether to look for what an unknown name may mean: as long again as all the rest.
        code : {"", "insee", "code_postal"}
            Which kind of code a column holds, when it says so.
        beside : str
            What other columns say of the place, separated by commas: a name, a département.

        Raises
        ------
        UnknownCommune
            When none is meant, or several may be.
        """
        asked = typed(checked(query))
        if stands_for_nothing(asked.text):
            reason = f"« {query.strip()} » n’est pas une commune : laquelle est-ce ?"
            raise self._doubt(asked.text, reason, Doubt.NOTHING)
        number = compact(asked.text).upper()
        if CODE.fullmatch(number):
            return self._codes.find(asked._replace(text=number), asked.kind or code, beside)
        if (code_of := number.zfill(2)) in self._departements:
            area = Area(Scale.DEPARTEMENT, code_of)
            named = NamedArea(self._departements[code_of], LABELS[area.scale], area, (code_of,))
            raise self._area(f"{asked.text} ({named.name})", [named], [])
        if START_OF_CODE.fullmatch(number):
            reason = f"« {asked.text} » : un code Insee ou postal a cinq caractères."
            starting = self.by_start.starting(number)[:SHOWN] if number[3:] else ()
            raise self._doubt(asked.text, reason, Doubt.UNKNOWN, starting)
        return self._named(asked, guess, beside)

    def _named(self, asked: Typed, guess: bool, beside: str) -> Commune:
        """The commune of a name."""
        text = asked.text
        tests = self._qualifiers.beside(beside)
        readings = list(self.readings(text, tests))
        areas = self.areas.find(text) or self.areas.find(self._bare(text))
        whole = [reading for reading in readings if not reading.qualified]
        for find, reading in self._levels(whole if areas and whole else readings):
            found = self.by_start.kept(find(reading.name), reading)
            if not found:
                continue
            exact = find in (self._names.same, self._names.same_but_articles)
            if place_key(found[0].name) != reading.name:
                found = self._with_former(found, reading)
            if areas and exact and self._is_the_area(found, areas):
                return found[0]
            if areas and not reading.qualified and not self._only_an_epci(areas, exact):
                raise self._area(text, areas, found if exact else [])
            bare = not reading.qualified and not tests
            if bare and (longer := self._overshadowing(found, reading, find)):
                reason = f"« {text} » peut désigner plusieurs communes : laquelle ?"
                raise self._doubt(text, reason, Doubt.PART, [*longer, *found])
            return self._chosen(text, found, find == self._names.parts, reading)
        raise self._unfound(text, readings, areas, guess, beside)

    def _unfound(
        self, text: str, readings: list[Lookup], areas: list[NamedArea], guess: bool, beside: str
    ) -> UnknownCommune:
        """What to ask about a name that is no commune's."""
        if wrong := self._codes.contradicted(text, beside):
            return wrong
        if areas:
            return self._area(text, areas, [])
        if abroad := named_abroad(reading.name for reading in readings):
            return self._doubt(text, f"« {text} » : {outside(abroad)}.", Doubt.ABROAD)
        if slips := self.by_start.misspelt(readings) if guess else []:
            return self._doubt(text, f"Commune inconnue : « {text} ».", Doubt.SLIP, slips)
        if inside := self.by_start.heart(place_key(text)):
            reason = f"« {text} » est un territoire que nous ne connaissons pas : quelle commune ?"
            return self._doubt(text, reason, Doubt.AREA, inside)
        guesses = list(self.by_start.guesses(place_key(text))) if guess else []
        return self._doubt(text, f"Commune inconnue : « {text} ».", Doubt.UNKNOWN, guesses)

    def readings(self, text: str, tests: list[Keeps]) -> Iterator[Lookup]:
        """Ways to read a name, the whole of it first; each must fit what stands beside."""
        for spelling in dict.fromkeys((place_key(text), place_key(self._bare(text)))):
            if not spelling:
                continue
            for reading in self._qualifiers.readings(spelling):
                for name in dict.fromkeys((reading.name, unwrapped(reading.name))):
                    qualified = reading.qualified or bool(tests)
                    yield Lookup(name, all_of([reading.keeps, *tests]), qualified)

    def _bare(self, text: str) -> str:
        """A name without its parenthesis; "" where it has none, or a département in it."""
        bare, aside = without_parenthesis(text)
        return "" if self._qualifiers.beside(aside) else bare

    def _levels(
        self, readings: list[Lookup]
    ) -> Iterator[tuple[Callable[[str], list[str]], Lookup]]:
        """Each level with each reading, the surest first."""
        names = self._names
        for find in (names.same, names.same_but_articles, names.parts, names.once):
            for reading in readings:
                if find != names.parts or len(reading.name) > 2:
                    yield find, reading

    def _chosen(self, query: str, found: list[Commune], part: bool, reading: Lookup) -> Commune:
        """The one that is meant."""
        first, *others = by_label(found)
        if others:
            reason = f"« {query} » peut désigner plusieurs communes : laquelle ?"
            raise self._doubt(query, reason, Doubt.SEVERAL, [first, *others])
        whole = compact(place_key(first.name))
        if part and len(compact(reading.name)) < MOST_OF_A_NAME * len(whole):
            reason = f"« {query} » n’est qu’une partie d’un nom de commune."
            raise self._doubt(query, reason, Doubt.PART, [first])
        return first

    def _overshadowing(
        self, found: list[Commune], reading: Lookup, find: Callable[[str], list[str]]
    ) -> list[Commune]:
        """What a bare name may mean too: a labelled or far larger commune that it is a part of.

        The very name of a labelled commune is its own.
        """
        whole_name = place_key(found[0].name) == reading.name
        if len(found) > 1 or (found[0].labels and whole_name):
            return []
        mine = found[0].population or 0
        insees = self._names.parts(reading.name)
        sure = set() if whole_name else set(insees)
        if not whole_name:  # « Seure » is Le Seure, or Seurre with a letter less
            near = self._names.near(reading.name, 1)
            insees += near
            if find != self._names.same_but_articles:
                sure |= near.keys()
        others = (self._communes[insee] for insee in dict.fromkeys(insees))
        return by_label(
            c
            for c in others
            if c != found[0]
            and (
                (c.population or 0) >= LARGER * mine
                or (c.labels and ((c.population or 0) > mine or c.insee in sure))
                or (c.insee in sure and (c.population or 0) > mine)
            )
        )

    def _with_former(self, found: list[Commune], reading: Lookup) -> list[Commune]:
        """Communes whose name it is not quite, with those that had that very name."""
        return by_label({*found, *self.by_start.kept(self._names.had(reading.name), reading)})

    def _is_the_area(self, found: list[Commune], areas: list[NamedArea]) -> bool:
        """Whether a commune is the whole of the area of its name: Paris, L'Île-d'Yeu."""
        first, alone = areas[0], {found[0].insee}
        inside = self._members(first.area) if first.area else first.communes
        return len(found) == 1 and set(inside) == alone

    def _only_an_epci(self, areas: list[NamedArea], exact: bool) -> bool:
        """Whether a commune has the name that only its EPCI shares: the town is meant."""
        return exact and all(one.area and one.area.scale is Scale.EPCI for one in areas)

    def _area(self, query: str, areas: list[NamedArea], namesakes: list[Commune]) -> UnknownCommune:
        """A name that is that of an area: ask which commune of it."""
        first = areas[0]
        if first.abroad and not namesakes:
            reason = f"« {query} » est {first.said}."
            return self._doubt(query, reason, Doubt.ABROAD)
        too = f", et aussi {'une commune' if len(namesakes) == 1 else 'le nom de communes'}"
        said = f"« {query} » est {first.said}{too if namesakes else ''} : quelle commune ?"
        inside = self._inside(first)
        return self._doubt(
            query,
            said,
            Doubt.AREA,
            [*namesakes, *(c for c in inside if c not in namesakes)][: max(SHOWN, len(namesakes))],
            tuple(one.area for one in areas if one.area),
        )

    def _inside(self, named: NamedArea) -> list[Commune]:
        """Communes of an area, those with a label first."""
        if named.area:
            insees: Iterable[str] = self._members(named.area)
        elif named.communes:
            insees = named.communes
        else:
            within = [
                i for d in named.departements for i in self._members(Area(Scale.DEPARTEMENT, d))
            ]
            parts = set(self._names.parts(place_key(named.name).removeprefix("l ")))
            insees = [i for i in within if i in parts] or within
        return by_label(self._communes[i] for i in insees)

    def _doubt(
        self,
        query: str,
        reason: str,
        kind: Doubt,
        suggestions: Iterable[Commune] = (),
        areas: tuple[Area, ...] = (),
    ) -> UnknownCommune:
        found = tuple(suggestions)
        words = [
            f"{c.name} ({self._departements[c.departement]}, {c.insee})" for c in found[:SHOWN]
        ]
        choices = " ou ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
        return UnknownCommune(query, reason, found, choices, kind, areas)
