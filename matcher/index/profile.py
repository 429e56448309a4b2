"""A structure as the criteria see it: what its texts speak of, its practices, its projects.

What it practises: the trades that somebody read, or else what its text speaks of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from matcher.catalogue.model import Project, Structure
from matcher.catalogue.terms import Backing
from matcher.reading.words import Lexicon, Word, content, stems

from .arrays import ALONE, Support, network_codes, proof_of
from .texts import Bags, DocumentVectors, Ids, Postings, Texts, Vector, Weights

Near = Mapping[str, Mapping[str, float]]
"""By subject of a need, what practising another one is worth for it, in ]0, 1[."""

OFTEN = 256
"""Profiles that are kept, about 10 kB each."""
SECOND = 0.5
"""What a second trade is worth beside a first one."""
FROM_TEXT = 0.7
"""What a subject of the text is worth when nobody read which trades it tells: a word is a hint."""


def practised(structure: Structure, spoken: Vector) -> Mapping[str, float]:
    """How much each subject is a trade of a structure, in ]0, 1].

    Parameters
    ----------
    spoken : Vector
        What its text speaks of; it counts only while nobody has read its trades.
    """
    if structure.trades or structure.second_trades:
        return {
            **dict.fromkeys(structure.second_trades, SECOND),
            **dict.fromkeys(structure.trades, 1.0),
        }
    most = max(spoken.values(), default=1.0)
    return {subject: FROM_TEXT * weight / most for subject, weight in spoken.items()}


def spoken_of(structure: Structure, text: Sequence[Word], lexicon: Lexicon) -> Mapping[str, int]:
    """How often each subject is told of a structure: what somebody read outweighs the words.

    A trade counts twice, a second one once.
    """
    if structure.trades or structure.second_trades:
        return Counter((*structure.trades, *structure.trades, *structure.second_trades))
    return Counter(hit.label for hit in lexicon.find(text))


def answered(near: Near) -> Mapping[str, Mapping[str, float]]:
    """By trade, the subjects of a need that it answers, and what it is worth for each."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for subject, others in near.items():
        for other, share in others.items():
            found[other][subject] = share
    return found


def postings(everybody: Iterable[Mapping[str, float]], near: Near) -> Postings:
    """By subject of a need, the rows that practise it or one near, and what that is worth."""
    answers = answered(near)
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, practices in enumerate(everybody):
        shares = dict(practices)
        for trade, own in practices.items():
            for subject, share in answers.get(trade, {}).items():
                shares[subject] = max(shares.get(subject, 0.0), share * own)
        for subject, share in shares.items():
            found[subject].append((row, share))
    terms = sorted(found)
    entries = [entry for term in terms for entry in found[term]]
    return Postings(
        Texts.of(terms),
        np.cumsum([0, *(len(found[term]) for term in terms)]),
        np.array([row for row, _ in entries], np.int32),
        np.array([share for _, share in entries], float),
    )


@dataclass(frozen=True)
class Reference:
    """A project that exists, with what its text speaks of."""

    project: Project
    subjects: Vector


@dataclass(frozen=True)
class Backed(Reference):
    """A project as the reference of a structure, with what that structure did for it.

    Parameters
    ----------
    row : int
        Of the project among the references of the catalogue.
    """

    role: Backing
    row: int


@dataclass(frozen=True)
class Profile:
    """A structure, what its texts speak of, and its references in the order of their ids.

    Parameters
    ----------
    references, network_references : tuple of Backed
        The projects that it supported, and those that other members of its network supported.
    """

    structure: Structure
    subjects: Vector
    words: Vector
    references: tuple[Backed, ...]
    network_references: tuple[Backed, ...]

    @cached_property
    def practices(self) -> Mapping[str, float]:
        """How much each subject is its trade, in ]0, 1]: see `practised`."""
        return practised(self.structure, self.subjects)


@dataclass(frozen=True)
class Presentations:
    """What the texts of the structures speak of, in the order of the ids.

    Parameters
    ----------
    near : mapping
        By subject of a need, what practising another one is worth for it.
    structures : sequence of Structure
        Sorted by id.
    subjects, words : DocumentVectors
        A document for each structure.
    """

    lexicon: Lexicon
    near: Near
    structures: Sequence[Structure]
    subjects: DocumentVectors
    words: DocumentVectors

    @classmethod
    def read(cls, structures: Iterable[Structure], lexicon: Lexicon, near: Near) -> Presentations:
        """Read the texts of a catalogue. The order of its rows does not matter."""
        listed = tuple(sorted(structures, key=lambda s: s.id))
        subjects, words = Bags(), Bags()
        for structure in listed:
            text = content(". ".join((structure.name, *structure.aliases, structure.description)))
            subjects.add(spoken_of(structure, text, lexicon))
            needs = content(". ".join(structure.typical_needs))
            words.add(Counter(stems([*text, *needs])))
        return cls(lexicon, near, listed, subjects.weighed(), words.weighed())

    @property
    def subject_weights(self) -> Weights:
        """What a subject says: more, when few structures speak of it."""
        return self.subjects.idf

    @property
    def word_weights(self) -> Weights:
        """The same for a word."""
        return self.words.idf

    def reference(self, project: Project) -> Reference:
        """Read the text of a project."""
        hits = self.lexicon.find(content(f"{project.title}. {project.description}"))
        return Reference(project, self.subject_weights.vector(Counter(hit.label for hit in hits)))


class ById(Mapping[str, Profile]):
    """Profiles by structure id, each made when it is asked for.

    Parameters
    ----------
    ids : mapping of str to int
        Row of each structure, in the order of the ids.
    make : callable
        From a row to its profile.
    """

    def __init__(self, ids: Mapping[str, int], make: Callable[[int], Profile]) -> None:
        self._ids, self._make = ids, make

    def __getitem__(self, key: str) -> Profile:
        """Make the profile of a structure."""
        return self._make(self._ids[key])

    def __iter__(self) -> Iterator[str]:
        """The ids, sorted."""
        return iter(self._ids)

    def __len__(self) -> int:
        """How many structures."""
        return len(self._ids)


@dataclass(frozen=True)
class Profiles:
    """The profiles of a catalogue by structure id, and all its projects in the order of their ids.

    Parameters
    ----------
    rows : Ids
        Row of each structure in `presentations`.
    newest_source : int
        Year of the newest source of the structures, 0 when none is dated.
    """

    presentations: Presentations
    references: Sequence[Reference]
    support: Support
    rows: Ids
    newest_source: int

    @classmethod
    def build(
        cls,
        structures: Iterable[Structure],
        projects: Iterable[Project],
        subjects: Lexicon,
        near: Near,
    ) -> Profiles:
        """Read the texts of a catalogue. The order of its rows does not matter."""
        read = Presentations.read(structures, subjects, near)
        newest = max((s.source_year for s in read.structures if s.source_year), default=0)
        rows = Ids.of([s.id for s in read.structures])
        references = _listed(map(read.reference, projects))
        network = network_codes(s.network for s in read.structures)
        support = Support.of(network, [r.project for r in references], rows)
        return cls(read, references, support, rows, newest)

    def with_projects(self, projects: Iterable[Project]) -> Profiles:
        """Give the profiles with these projects only; no text that is known is read again."""
        known = {reference.project: reference for reference in self.references}
        read = self.presentations.reference
        references = _listed(known.get(p) or read(p) for p in projects)
        support = Support.of(self.support.network, [r.project for r in references], self.rows)
        return replace(self, references=references, support=support)

    @cached_property
    def by_id(self) -> Mapping[str, Profile]:
        """The profile of each structure."""
        return ById(self.rows, self.profile)

    @cached_property
    def profile(self) -> Callable[[int], Profile]:
        """Give the profile of the structure at a row; those that are shown often are kept."""
        return lru_cache(OFTEN)(self._profile)

    def _profile(self, row: int) -> Profile:
        own, others = self.supported(row)
        return Profile(
            self.presentations.structures[row],
            self.presentations.subjects[row],
            self.presentations.words[row],
            tuple(map(self._backed, own)),
            tuple(map(self._backed, others)),
        )

    def _backed(self, proof: int) -> Backed:
        row, role = proof_of(proof)
        reference = self.references[row]
        return Backed(reference.project, reference.subjects, role, row)

    def supported(self, row: int) -> tuple[list[int], list[int]]:
        """Proofs (see `Support`): of a structure, and of the others of its network."""
        support, network = self.support, self.support.network.item(row)
        own: list[int] = support.own[row].tolist()
        shared = support.shared[network].tolist() if network != ALONE else []
        return own, [i for i in shared if i not in own]


def _listed(references: Iterable[Reference]) -> tuple[Reference, ...]:
    return tuple(sorted(references, key=lambda r: r.project.id))
