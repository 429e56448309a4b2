"""The catalogue as visitors browse it: search, facets, and what belongs together."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from matcher import Kind, Matcher, Project, Structure, Theme
from matcher.catalogue import Area, Resource, Scale, french

LONGEST_QUERY = 100
"""Characters of a search that are read."""
COUNTRY = "FR"

Item = TypeVar("Item", Structure, Project, Resource)
Facet = Callable[[Any], Iterable[str]]
"""The values of an item under one facet."""


def plain(text: str) -> str:
    """Lower case, without accents: what a search compares."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def _by_name(structure: Structure) -> tuple[str, str]:
    return french.order_key(structure.name)


class Shelves:
    """Structures, projects and resources of a matcher, in the order in which people read them."""

    def __init__(self, matcher: Matcher) -> None:
        territory = matcher.territory
        self._matcher = matcher
        self.structures = sorted(
            matcher.structures.values(), key=lambda s: french.order_key(s.name)
        )
        self.projects = {p.id: p for p in sorted(matcher.catalogue.projects, key=_newest)}
        self.resources = sorted(matcher.catalogue.resources, key=_newest)
        self.projects_of: dict[str, list[Project]] = defaultdict(list)
        for project in self.projects.values():
            for structure in project.structures:
                self.projects_of[structure].append(project)
        self.resources_of: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            for structure in resource.structures:
                self.resources_of[structure].append(resource)
        self._region_of_department = {c.departement: c.region for c in territory.communes.values()}
        names = {
            code: territory.name(Area(Scale.REGION, code))
            for code in set(self._region_of_department.values())
        }
        self.regions = dict(sorted(names.items(), key=lambda item: french.order_key(item[1])))

        @cache  # seven hundred structures cover a few dozen areas
        def regions_in(area: Area) -> frozenset[str]:
            return frozenset(territory.communes[insee].region for insee in territory.members(area))

        self._regions_in = regions_in
        self._regions_of = {s.id: self._covered(s) for s in self.structures}
        self._texts: dict[str, str] = {s.id: plain(_words(s)) for s in self.structures}
        self._texts |= {p.id: plain(self._told(p)) for p in self.projects.values()}
        self._texts |= {r.id: plain(f"{r.title} {r.publisher}") for r in self.resources}

    @property
    def facets(self) -> dict[str, Facet]:
        """The facets, by the name of their field in an address."""
        return {
            "type": lambda item: item.kinds if isinstance(item, Structure) else (item.type,),
            "theme": lambda item: item.themes,
            "region": self.regions_of,
        }

    def search(self, items: Iterable[Item], query: str) -> list[Item]:
        """Items that hold every word of `query`; all of them when it is empty."""
        words = plain(query[:LONGEST_QUERY]).split()
        return [i for i in items if all(word in self._texts[i.id] for word in words)]

    def named(self, text: str) -> list[Structure]:
        """The structures that `text` may name: by id, by a whole name or alias, by words of it."""
        if text in self._matcher.structures:
            return [self._matcher.structures[text]]
        wanted = plain(text)
        names = {s.id: [plain(name) for name in (s.name, *s.aliases)] for s in self.structures}
        exact = [s for s in self.structures if wanted in names[s.id]]
        words = wanted.split()
        return exact or [
            s
            for s in self.structures
            if words and any(all(word in name for word in words) for name in names[s.id])
        ]

    def narrow(
        self, items: Iterable[Item], chosen: Mapping[str, str]
    ) -> tuple[list[Item], dict[str, Counter[str]]]:
        """Keep the items under each chosen value, and count what each other choice would give."""
        values = {name: facet for name, facet in self.facets.items() if name in chosen}
        held = [(i, {name: set(facet(i)) for name, facet in values.items()}) for i in items]

        def fits(sets: Mapping[str, set[str]], but: str = "") -> bool:
            return all(not chosen[n] or chosen[n] in found for n, found in sets.items() if n != but)

        counts = {
            name: Counter(v for _, sets in held if fits(sets, but=name) for v in sets[name])
            for name in values
        }
        return [item for item, sets in held if fits(sets)], counts

    def regions_of(self, item: Structure | Project) -> frozenset[str]:
        """Régions where a structure answers (`FR` for the whole country) or a project stands."""
        if isinstance(item, Structure):
            return self._regions_of[item.id]
        region = self._region_of_department.get(item.departement)
        return frozenset([region] if region else [])

    def about(self, theme: Theme) -> tuple[list[Structure], list[Project], list[Resource]]:
        """What the catalogue has on a theme."""
        return (
            [s for s in self.structures if theme in s.themes],
            [p for p in self.projects.values() if theme in p.themes],
            [r for r in self.resources if theme in r.themes],
        )

    def _covered(self, structure: Structure) -> frozenset[str]:
        found: set[str] = set()
        communes = self._matcher.territory.communes
        for part in structure.coverage:
            if not isinstance(part, Area):  # a radius: the région of its seat
                if structure.seat and structure.seat in communes:
                    found.add(communes[structure.seat].region)
            elif part.scale is Scale.NATIONAL:
                found.add(COUNTRY)
            else:
                found |= self._regions_in(part)
        return frozenset(found)

    def _told(self, project: Project) -> str:
        commune = self._matcher.territory.communes.get(project.commune or "")
        place = f"{commune.name} {commune.insee}" if commune else project.territory
        return f"{project.title} {project.description} {project.holder} {place}"


def _words(structure: Structure) -> str:
    kinds: tuple[Kind, ...] = structure.kinds
    labels = [term.label for term in (*kinds, *structure.themes)]
    return " ".join([structure.name, *structure.aliases, structure.description, *labels])


def _newest(item: Project | Resource) -> tuple[int, str]:
    return (-(item.year or 0), plain(item.title))
