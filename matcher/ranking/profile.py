"""A structure as the criteria see it: what its texts speak of, and the projects it supported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from matcher.catalogue.model import Project, Structure

from .lexicon import Lexicon, stems
from .vectors import Vector, Weights

TEXTS_KEPT = 4_096
"""Texts of catalogues whose reading is kept: a matcher with other projects, one for each case of an
evaluation, does not read the same 700 structures again."""


@dataclass(frozen=True)
class Reference:
    """A project that exists, with what its text speaks of."""

    project: Project
    subjects: Vector


@dataclass(frozen=True)
class Profile:
    """A structure, what its texts speak of, and its references in the order of their ids.

    Parameters
    ----------
    references, network_references : tuple of Reference
        The projects that it supported, and those that other members of its network supported.
    """

    structure: Structure
    subjects: Vector
    words: Vector
    references: tuple[Reference, ...]
    network_references: tuple[Reference, ...]


@dataclass(frozen=True)
class Profiles:
    """The profiles of a catalogue by structure id, with the weights that made their vectors."""

    by_id: Mapping[str, Profile]
    subject_weights: Weights
    word_weights: Weights
    newest_source: int

    @classmethod
    def build(
        cls, structures: Iterable[Structure], projects: Iterable[Project], subjects: Lexicon
    ) -> Profiles:
        """Read the texts of a catalogue. The order of its rows does not matter."""
        listed = sorted(structures, key=lambda s: s.id)
        texts = [". ".join((s.name, *s.aliases, s.description)) for s in listed]
        about = [_subjects(text, subjects) for text in texts]
        words = [_words(text) for text in texts]
        subject_weights, word_weights = Weights(about), Weights(words)

        networks = {s.id: s.network for s in listed if s.network}
        references: dict[str, list[Reference]] = defaultdict(list)
        shared: dict[str, list[Reference]] = defaultdict(list)
        for project in sorted(projects, key=lambda p: p.id):
            if project.structures:
                text = f"{project.title}. {project.description}"
                vector = subject_weights.vector(_subjects(text, subjects))
                reference = Reference(project, vector)
                for structure_id in project.structures:
                    references[structure_id].append(reference)
                for network in sorted({networks[i] for i in project.structures if i in networks}):
                    shared[network].append(reference)

        profiles = {
            structure.id: Profile(
                structure,
                subject_weights.vector(a),
                word_weights.vector(w),
                tuple(references[structure.id]),
                tuple(
                    r for r in shared[structure.network] if structure.id not in r.project.structures
                ),
            )
            for structure, a, w in zip(listed, about, words, strict=True)
        }
        newest = max((s.source_year for s in listed if s.source_year), default=0)
        return cls(profiles, subject_weights, word_weights, newest)


@lru_cache(maxsize=TEXTS_KEPT)
def _subjects(text: str, lexicon: Lexicon) -> Counter[str]:
    """How often each subject is met; shared: to be read only."""
    return Counter(hit.label for hit in lexicon.find(text))


@lru_cache(maxsize=TEXTS_KEPT)
def _words(text: str) -> Counter[str]:
    """How often each stem is met; shared: to be read only."""
    return Counter(stems(text))
