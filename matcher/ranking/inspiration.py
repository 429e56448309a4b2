"""What communes like this one have done, and what to read: projects and resources."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matcher.catalogue.french import listed
from matcher.catalogue.model import Commune, Project, Resource
from matcher.catalogue.vocabulary import Theme
from matcher.index.profile import Reference
from matcher.index.vectors import cosine, theme_cosine
from matcher.territory.nest import PVD, Territory

from .question import Question

ALIKE_NEED = 0.75
"""Share of the need in the likeness of a project, the rest being the commune."""
SIZE_RATIO = math.log(10)
"""Log ratio of populations at which two communes are no longer of the same size."""
COMPARABLE_SIZE = 0.7
"""Log ratio of populations below which two communes are said to be of a comparable size: one has at
most about twice the inhabitants of the other."""


@dataclass(frozen=True)
class Inspiration:
    """A project of another commune, how alike it is, in [0, 1], and why, in French."""

    project: Project
    commune: Commune | None
    likeness: float
    reason: str


@dataclass(frozen=True)
class ToRead:
    """A resource to read, and why, in French."""

    resource: Resource
    reason: str


def projects(
    question: Question, references: Iterable[Reference], territory: Territory, top: int
) -> list[Inspiration]:
    """Rank the projects that answer a like need in a like commune, other than those asked for."""
    found: list[tuple[float, Project, Commune | None]] = []
    here = {place.insee for place in question.places}
    for reference in references:
        project = reference.project
        if project.commune in here:
            continue
        need = (
            theme_cosine(question.themes, project.themes)
            + cosine(question.subjects, reference.subjects)
        ) / 2
        if not need:
            continue
        commune = territory.communes.get(project.commune) if project.commune else None
        like = commune_likeness(question.commune, commune)
        found.append((ALIKE_NEED * need + (1 - ALIKE_NEED) * like, project, commune))
    found.sort(key=lambda one: (-one[0], one[1].id))
    return [
        Inspiration(project, commune, likeness, _reason(question, project, commune))
        for likeness, project, commune in found[:top]
    ]


def resources(question: Question, catalogue: Iterable[Resource], top: int) -> list[ToRead]:
    """Rank the resources by their themes, the newest first among equals."""
    scored = [
        (theme_cosine(question.themes, resource.themes), resource)
        for resource in catalogue
        if any(theme in question.themes for theme in resource.themes)
    ]
    scored.sort(key=lambda item: (-item[0], -(item[1].year or 0), item[1].id))
    return [
        ToRead(resource, f"parle de {_labels(t for t in question.themes if t in resource.themes)}")
        for _, resource in scored[:top]
    ]


def commune_likeness(a: Commune, b: Commune | None) -> float:
    """Same size on a log scale, and the same label, in [0, 1]."""
    if b is None or not a.population or not b.population:
        return 0.0
    size = max(0.0, 1 - abs(math.log(a.population / b.population)) / SIZE_RATIO)
    return (size + bool(set(a.labels) & set(b.labels))) / 2


def _reason(question: Question, project: Project, b: Commune | None) -> str:
    a = question.commune
    themes = [theme for theme in question.themes if theme in project.themes]
    parts = [f"même thème : {_labels(themes)}"] if themes else ["sujet proche"]
    if b is not None:
        if PVD in a.labels and PVD in b.labels:
            parts.append("une autre Petite ville de demain")
        if a.population and b.population:
            ratio = abs(math.log(a.population / b.population))
            if ratio < COMPARABLE_SIZE:
                parts.append("une commune de taille comparable")
        if a.departement == b.departement:
            parts.append("dans le même département")
    return " ; ".join(parts)


def _labels(themes: Iterable[Theme]) -> str:
    return listed(f"« {theme.label} »" for theme in themes)
