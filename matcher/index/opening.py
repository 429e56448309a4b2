"""Open a folder of data: from what is kept on the disk if that is sound, else from the tables."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.catalogue.tables import Catalogue, read_catalogue
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import Reader
from matcher.reading.thesaurus import Thesaurus
from matcher.territory.nest import Territory

from . import kept
from .columns import Index
from .kept import Array, Kept, encode, flat, project_of, resource_of, structure_of, venue_of, whole
from .profile import Presentations, Profiles, Reference
from .territory import arrays_of, territory_of
from .texts import Decoded, Ids, Texts
from .vectors import Vectors


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
        **flat("references", Texts.of(map(_spoken, references))),
        **flat("resources", Texts.of(map(encode, catalogue.resources))),
        **flat("venues", Texts.of(map(encode, catalogue.venues))),
        **flat("subjects", presentations.subjects),
        **flat("words", presentations.words),
        **flat("index", made.index),
    }


def _again(found: Kept, data: Path) -> Opened:
    arrays = found.arrays

    def texts(name: str) -> Texts:
        return whole(Texts, name, arrays)

    thesaurus, abbreviations, subjects, labels, situations, roles, near = map(
        json.loads, texts("knowledge")
    )
    knowledge = Knowledge.replanted(subjects, labels, situations, roles, near)
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
            whole(Vectors, "subjects", arrays),
            whole(Vectors, "words", arrays),
        ),
        Decoded(texts("references"), _reference),
        index.support,
        Ids(texts("ids")),
        found.facts["newest"],
    )
    return Opened(territory_of(found), catalogue, reader, knowledge, profiles, index)


def _spoken(reference: Reference) -> str:
    return json.dumps([encode(reference.project), dict(reference.subjects)])


def _reference(text: str) -> Reference:
    project, subjects = json.loads(text)
    return Reference(project_of(project), subjects)
