"""Open a folder of data: from what is kept on the disk if that is sound, else from the tables.

The territory is kept too: a start reads the few communes and structures that it needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np

from matcher.catalogue.tables import Catalogue, read_catalogue
from matcher.catalogue.vocabulary import Scale
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import Reader
from matcher.reading.thesaurus import Thesaurus
from matcher.territory.names import Former, NamedArea, Names
from matcher.territory.nest import Territory

from . import kept
from .arrays import Rows
from .columns import Index
from .kept import (
    Array,
    Kept,
    commune_of,
    encode,
    flat,
    project_of,
    resource_of,
    structure_of,
    venue_of,
    whole,
)
from .profile import Presentations, Profiles, Reference
from .texts import DocumentVectors, Ids, Texts


def arrays_of(territory: Territory) -> dict[str, Array]:
    """Lay out a territory."""
    keys, insees, codes, today = Names(territory.communes, territory.former).lines()
    facts = {
        "names": territory.names,
        "vintage": territory.pvd_vintage,
        "regions": territory.region_of,
        "today": today,
        "elsewhere": territory.elsewhere,
    }
    return {
        **flat("communes", Texts.of(map(encode, territory.communes.values()))),
        **flat("insee", Texts.of(territory.communes)),
        **flat("former", Texts.of(map(json.dumps, territory.former))),
        **flat("places", Texts.of((json.dumps(facts), keys, insees, codes))),
    }


def territory_of(kept: Kept) -> Territory:
    """Make the territory again."""
    communes = _texts(kept, "communes")
    places = _texts(kept, "places")
    facts: Mapping[str, Any] = json.loads(places[0])
    names = {Scale(scale): known for scale, known in facts["names"].items()}
    shelf = Shelf(Ids(_texts(kept, "insee")), Decoded(communes, commune_of, recent=None))
    former = Decoded(_texts(kept, "former"), lambda text: Former(*json.loads(text)))
    elsewhere = [
        NamedArea(name, said, None, tuple(departements), tuple(communes))
        for name, said, _, departements, communes in facts["elsewhere"]
    ]
    territory = Territory(shelf, former, names, facts["vintage"], elsewhere)
    # What the territory would work out from all the communes at the first question.
    territory.region_of = facts["regions"]
    territory.gazetteer = territory.gazetteer_of(
        lambda: Names.folded(shelf, places[1], places[2], places[3], facts["today"])
    )
    return territory


def _texts(kept: Kept, name: str) -> Texts:
    return whole(Texts, name, kept.arrays)


@dataclass(frozen=True)
class Opened:
    """All that a matcher holds."""

    territory: Territory
    catalogue: Catalogue
    reader: Reader
    knowledge: Knowledge
    profiles: Profiles
    index: Index


def opened(data: Path) -> Opened:
    """Open a folder of data; what had to be made is kept for the next start.

    Raises
    ------
    DataError
        When a table of the folder cannot be read.
    """
    place = kept.place(data)
    found = kept.load(place) if place else None
    if found:
        # A process that was there while the code changed may have kept the layout of the old one.
        with suppress(KeyError, TypeError, ValueError, IndexError, RecursionError):
            return _again(found, data)
    made = _made(data)
    if place:
        with suppress(OSError):  # no room, or no right to write: the answer is the same
            kept.save(place, Kept(_arrays(made), {"newest": made.profiles.newest_source}))
    return made


def _made(data: Path) -> Opened:
    territory, knowledge = Territory.open(data), Knowledge.open(data)
    catalogue, reader = read_catalogue(data), Reader.open(data)
    profiles = Profiles.build(
        catalogue.structures, catalogue.projects, knowledge.subjects, knowledge.near
    )
    index = Index.build(profiles, territory)
    return Opened(territory, catalogue, reader, knowledge, profiles, index)


def _arrays(made: Opened) -> dict[str, Array]:
    rows, references = made.profiles.rows, made.profiles.references
    projects = {reference.project.id: row for row, reference in enumerate(references)}
    catalogue, knowledge = made.catalogue, made.knowledge
    tables = {
        "thesaurus": made.reader.thesaurus.rows(),
        "abbreviations": made.reader.abbreviations,
        "subjects": knowledge.subjects.rows,
        "labels": knowledge.subject_labels,
        "situations": knowledge.situations.rows,
        "roles": [
            [stage, kind, role.score, role.reason]
            for (stage, kind), role in knowledge.roles.items()
        ],
        "near": knowledge.near,
        "subject_themes": knowledge.subject_themes,
    }
    presentations = made.profiles.presentations
    return {
        **arrays_of(made.territory),
        **flat("knowledge", Texts.of(json.dumps(table) for table in tables.values())),
        **flat("ids", rows.texts),
        **flat("structures", Texts.of(map(encode, presentations.structures))),
        "structures.order": np.array([rows[s.id] for s in catalogue.structures], np.int32),
        **flat("projects", Texts.of(encode(reference.project) for reference in references)),
        "projects.order": np.array([projects[p.id] for p in catalogue.projects], np.int32),
        **flat(
            "references",
            Texts.of(json.dumps([encode(r.project), dict(r.subjects)]) for r in references),
        ),
        **flat("resources", Texts.of(map(encode, catalogue.resources))),
        **flat("venues", Texts.of(map(encode, catalogue.venues))),
        **flat("subjects", presentations.subjects),
        **flat("words", presentations.words),
        **flat("index", made.index),
    }


def _again(found: Kept, data: Path) -> Opened:
    arrays, texts = found.arrays, partial(_texts, found)
    thesaurus, abbreviations, subjects, labels, situations, roles, *links = map(
        json.loads, texts("knowledge")
    )
    knowledge = Knowledge.replanted(subjects, labels, situations, roles, *links)
    reader = Reader(
        Thesaurus.replanted(*thesaurus),
        {short: tuple(words) for short, words in abbreviations.items()},
        folder=data,
    )
    structures, projects = texts("structures"), texts("projects")
    catalogue = Catalogue(
        Decoded(structures, structure_of, arrays["structures.order"]),
        Decoded(projects, project_of, arrays["projects.order"]),
        Decoded(texts("resources"), resource_of),
        Decoded(texts("venues"), venue_of),
    )
    index = whole(Index, "index", arrays)
    profiles = Profiles(
        Presentations(
            knowledge.subjects,
            knowledge.near,
            Decoded(structures, structure_of),
            whole(DocumentVectors, "subjects", arrays),
            whole(DocumentVectors, "words", arrays),
        ),
        Decoded(texts("references"), _reference),
        index.support,
        Ids(texts("ids")),
        found.facts["newest"],
    )
    return Opened(territory_of(found), catalogue, reader, knowledge, profiles, index)


def _reference(text: str) -> Reference:
    project, subjects = json.loads(text)
    return Reference(project_of(project), subjects)


RECENT = 4_096
"""Nouns that are kept, once read."""


T = TypeVar("T")


class Decoded(Sequence[T]):
    """Nouns, each read from its text when it is asked for.

    Parameters
    ----------
    texts : Texts
    decode : callable
        From a text to the noun.
    order : ndarray of int, optional
        Places of the texts, in the order of the sequence.
    """

    def __init__(
        self,
        texts: Texts,
        decode: Callable[[str], T],
        order: Rows | None = None,
        recent: int | None = RECENT,
    ) -> None:
        self._count, self._order = len(texts), order
        self._at = lru_cache(recent)(lambda place: decode(texts[place]))

    def __len__(self) -> int:
        """How many."""
        return self._count

    @overload
    def __getitem__(self, i: int) -> T: ...

    @overload
    def __getitem__(self, i: slice) -> list[T]: ...

    def __getitem__(self, i: int | slice) -> T | list[T]:
        """Read one, or several."""
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(self._count))]
        if not 0 <= i < self._count:
            raise IndexError(i)
        return self._at(i if self._order is None else self._order.item(i))


class Shelf(Mapping[str, T], Generic[T]):
    """Nouns by id, in the order of the ids.

    Once all of them are asked for, they stay in memory: who reads all will do so again. A former
    id leads to that of today, and is not counted.
    """

    def __init__(
        self, ids: Ids, nouns: Sequence[T], former: Mapping[str, str] | None = None
    ) -> None:
        self._ids, self._nouns, self._former = ids, nouns, former or {}
        self._all: dict[str, T] | None = None

    def __getitem__(self, key: str) -> T:
        """The noun of an id."""
        key = self._former.get(key, key)
        return self._all[key] if self._all is not None else self._nouns[self._ids[key]]

    def __contains__(self, key: object) -> bool:
        """Whether there is one."""
        if isinstance(key, str):
            key = self._former.get(key, key)
        return key in (self._ids if self._all is None else self._all)

    def __iter__(self) -> Iterator[str]:
        """The ids, sorted."""
        return iter(self._ids if self._all is None else self._all)

    def __len__(self) -> int:
        """How many."""
        return len(self._ids)

    def values(self) -> Any:
        """All the nouns."""
        return self._thawed().values()

    def items(self) -> Any:
        """All the nouns with their ids."""
        return self._thawed().items()

    def _thawed(self) -> dict[str, T]:
        if self._all is None:
            self._all = dict(zip(self._ids, self._nouns, strict=True))
        return self._all
