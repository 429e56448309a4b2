"""A structure as the criteria see it: what its texts speak of, and the projects it supported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.catalogue.model import Project, Structure

from .lexicon import Lexicon, content, stems
from .vectors import Vector, Weights


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
class Presentations:
    """What the texts of the structures speak of, by structure id, and the weights that say it."""

    lexicon: Lexicon
    structures: tuple[Structure, ...]
    subject_weights: Weights
    word_weights: Weights
    subjects: Mapping[str, Vector]
    words: Mapping[str, Vector]

    @classmethod
    def read(cls, structures: Iterable[Structure], lexicon: Lexicon) -> Presentations:
        """Read the texts of a catalogue. The order of its rows does not matter."""
        listed = tuple(sorted(structures, key=lambda s: s.id))
        texts = [content(". ".join((s.name, *s.aliases, s.description))) for s in listed]
        about = [Counter(hit.label for hit in lexicon.find(text)) for text in texts]
        words = [Counter(stems(text)) for text in texts]
        subject_weights, word_weights = Weights(about), Weights(words)
        return cls(
            lexicon,
            listed,
            subject_weights,
            word_weights,
            {s.id: subject_weights.vector(found) for s, found in zip(listed, about, strict=True)},
            {s.id: word_weights.vector(found) for s, found in zip(listed, words, strict=True)},
        )

    def reference(self, project: Project) -> Reference:
        """Read the text of a project."""
        hits = self.lexicon.find(content(f"{project.title}. {project.description}"))
        return Reference(project, self.subject_weights.vector(Counter(hit.label for hit in hits)))


@dataclass(frozen=True)
class Profiles:
    """The profiles of a catalogue by structure id, and all its projects in the order of their ids.

    Parameters
    ----------
    newest_source : int
        Year of the newest source of the structures, 0 when none is dated.
    """

    presentations: Presentations
    references: tuple[Reference, ...]
    by_id: Mapping[str, Profile]
    newest_source: int

    @classmethod
    def build(
        cls, structures: Iterable[Structure], projects: Iterable[Project], subjects: Lexicon
    ) -> Profiles:
        """Read the texts of a catalogue. The order of its rows does not matter."""
        presentations = Presentations.read(structures, subjects)
        return cls._of(presentations, map(presentations.reference, projects))

    def with_projects(self, projects: Iterable[Project]) -> Profiles:
        """Give the profiles with these projects only; no text that is known is read again."""
        known = {reference.project: reference for reference in self.references}
        read = self.presentations.reference
        return self._of(self.presentations, (known.get(p) or read(p) for p in projects))

    @classmethod
    def _of(cls, presentations: Presentations, references: Iterable[Reference]) -> Profiles:
        listed = tuple(sorted(references, key=lambda r: r.project.id))
        structures = presentations.structures
        networks = {s.id: s.network for s in structures if s.network}
        own: dict[str, list[Reference]] = defaultdict(list)
        shared: dict[str, list[Reference]] = defaultdict(list)
        for reference in listed:
            supporters = reference.project.structures
            for structure_id in supporters:
                own[structure_id].append(reference)
            for network in sorted({networks[i] for i in supporters if i in networks}):
                shared[network].append(reference)
        profiles = {
            s.id: Profile(
                s,
                presentations.subjects[s.id],
                presentations.words[s.id],
                tuple(own[s.id]),
                tuple(r for r in shared[s.network] if s.id not in r.project.structures),
            )
            for s in structures
        }
        newest = max((s.source_year for s in structures if s.source_year), default=0)
        return cls(presentations, listed, profiles, newest)
