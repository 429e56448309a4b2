"""A structure that may answer, with the facts between it and the commune that asks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matcher.catalogue.model import Project, Structure
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Theme

from .coverage import Coverage, Reach
from .profile import Profile, Profiles, Reference
from .question import Question
from .vectors import cosine

FAR_SHARE = 0.6
"""What a project at the other end of the country is worth beside one next door: experience
travels, but knowing the territory helps."""
NEARNESS_KM = 150.0
"""Distance, km, over which the gain of nearness falls to 1/e: about a neighbouring département."""
LEAST_ALIKE = 0.15
"""Likeness up to which a project proves nothing: it shares little more than a word."""
LIKE_THEMES = 0.5
"""Share of the themes in the likeness of a project, the rest being its subjects."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A project that the structure supported, how alike the need it is, in [0, 1], and how far."""

    project: Project
    likeness: float
    distance_km: float | None


@dataclass(frozen=True)
class Candidate:
    """An eligible structure before a question.

    Parameters
    ----------
    reach : Area or Radius
        Narrowest part of its coverage that contains the commune.
    distance_km : float or None
        Great circle from the commune to its seat; None when the seat is unknown.
    evidence, network_evidence : tuple of Evidence
        Its projects, and those of the other members of its network; most alike first.
    """

    profile: Profile
    reach: Reach
    distance_km: float | None
    evidence: tuple[Evidence, ...]
    network_evidence: tuple[Evidence, ...]

    @property
    def structure(self) -> Structure:
        """The structure itself."""
        return self.profile.structure


def candidates(
    question: Question, coverage: Coverage, profiles: Profiles, territory: Territory
) -> Iterator[Candidate]:
    """Yield the eligible structures, by id."""
    seen: dict[str, Evidence] = {}
    for structure, reach in coverage.eligible(question.commune):
        yield candidate(question, profiles.by_id[structure.id], reach, territory, seen)


def candidate(
    question: Question,
    profile: Profile,
    reach: Reach,
    territory: Territory,
    seen: dict[str, Evidence],
) -> Candidate:
    """Gather the facts about one structure; `seen` keeps the evidence that several share."""

    def evidence(references: tuple[Reference, ...]) -> tuple[Evidence, ...]:
        for reference in references:
            if reference.project.id not in seen:
                seen[reference.project.id] = _evidence(question, reference, territory)
        found = [seen[reference.project.id] for reference in references]
        return tuple(sorted(found, key=lambda e: (-e.likeness, e.project.id)))

    return Candidate(
        profile,
        reach,
        _distance(profile.structure.seat, question, territory),
        evidence(profile.references),
        evidence(profile.network_references),
    )


def _distance(place: str | None, question: Question, territory: Territory) -> float | None:
    if place is None or place not in territory.communes:
        return None
    return territory.distance_km(place, question.commune.insee)


def _evidence(question: Question, reference: Reference, territory: Territory) -> Evidence:
    distance = _distance(reference.project.commune, question, territory)
    near = math.exp(-distance / NEARNESS_KM) if distance is not None else 0.0
    alike = LIKE_THEMES * theme_cosine(question.themes, reference.project.themes) + (
        1 - LIKE_THEMES
    ) * cosine(question.subjects, reference.subjects)
    return Evidence(reference.project, alike * (FAR_SHARE + (1 - FAR_SHARE) * near), distance)


def theme_cosine(weights: Mapping[Theme, float], themes: tuple[Theme, ...]) -> float:
    """Likeness of weighted themes and a plain list of themes, in [0, 1]."""
    if not weights or not themes:
        return 0.0
    shared = sum(weights.get(theme, 0.0) for theme in themes)
    length = math.sqrt(sum(w * w for w in weights.values()) * len(themes))
    return min(1.0, shared / length)
