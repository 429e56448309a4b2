"""What communes like this one have done, whom to see near by, and what to read."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.catalogue.french import decimal, listed, place_key
from matcher.catalogue.model import Area, Commune, Project, Resource, Structure, Venue
from matcher.catalogue.tables import Catalogue
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.index.coverage import Coverage, Pool
from matcher.index.profile import Profile, Reference
from matcher.tables.asked import check_top
from matcher.territory.nest import PVD, Territory

from .candidates import kinship
from .question import Question

ALIKE_NEED = 0.75
"""Share of the need in the likeness of a project, the rest being the commune."""
SIZE_RATIO = math.log(10)
"""Log ratio of populations at which two communes are no longer of the same size."""
COMPARABLE_SIZE = 0.7
"""Log ratio of populations below which two communes are said to be of a comparable size: one has at
most about twice the inhabitants of the other."""


OF_PLACES = frozenset({Theme.TIERS_LIEU, Theme.FONCIER, Theme.LIEN_SOCIAL})
"""Themes of a need that a visit to a shared place helps to think over."""
VISIT_KM = 50.0
"""Kilometres that a visit of half a day is worth."""


@dataclass(frozen=True)
class Inspiration:
    """A project of another commune, how alike it is, in [0, 1], and why, in French."""

    project: Project
    commune: Commune | None
    likeness: float
    reason: str


@dataclass(frozen=True)
class Neighbour:
    """A local operator that does what the need is about, how far it is, and why, in French."""

    structure: Structure
    distance_km: float | None
    reason: str


@dataclass(frozen=True)
class Visit:
    """A place to visit near by, in which commune, and how far: not a supporter."""

    venue: Venue
    commune: Commune
    distance_km: float


@dataclass(frozen=True)
class ToRead:
    """A resource to read, and why, in French."""

    resource: Resource
    reason: str


def projects(
    question: Question, pool: Pool, references: Sequence[Reference], territory: Territory, top: int
) -> list[Inspiration]:
    """Rank the projects that answer a like need in a like commune, other than those asked for.

    Parameters
    ----------
    pool : Pool
        The candidates of the place: its index has the same projects as `references`.
    """
    found: list[tuple[float, str, Project, Commune | None]] = []
    here = {place.insee for place in question.places}
    needs = kinship(question, pool)
    order = np.argsort(-needs, kind="stable")
    for row, most in zip(order.tolist(), needs[order].tolist(), strict=True):
        if not most or (len(found) == top and _likeness(most, 1.0) < -found[-1][0]):
            break  # however alike its commune, none of the rest comes before those found
        project = references[row].project
        if project.commune in here:
            continue
        commune = territory.communes.get(project.commune) if project.commune else None
        alike = _likeness(most, commune_likeness(question.commune, commune))
        same = [one for one in found if _same(one[2], project)]
        if same and same[0][:2] < (-alike, project.id):
            continue
        found = [one for one in found if one not in same]
        insort(found, (-alike, project.id, project, commune), key=lambda one: one[:2])
        del found[top:]
    return [
        Inspiration(project, commune, -alike, _reason(question, project, commune))
        for alike, _, project, commune in found
    ]


def _same(one: Project, other: Project) -> bool:
    """Whether two records are likely of one project: « Ça roule à Domfront », « … à Domf’ »."""
    known = bool(one.commune and one.year)
    return known and (one.commune, one.year) == (other.commune, other.year)


def _likeness(need: float, commune: float) -> float:
    return ALIKE_NEED * need + (1 - ALIKE_NEED) * commune


def neighbours(
    question: Question, operators: Iterable[Profile], territory: Territory, top: int
) -> list[Neighbour]:
    """Those of the same precise subject or, when the need names none, of its first theme.

    The nearest seat first.
    """
    main = max(question.themes.values(), default=0.0)
    themes = {theme for theme, weight in question.themes.items() if weight == main}
    found: list[tuple[float, str, Neighbour]] = []
    for profile in operators:
        structure = profile.structure
        same = not question.main_subjects.keys().isdisjoint(profile.subjects)
        if not same and (question.subjects or themes.isdisjoint(structure.themes)):
            continue
        km = _distance(question, structure.seat, territory)
        reason = _near(question, structure, same, km)
        one = Neighbour(structure, km, reason)
        found.append((math.inf if km is None else km, structure.id, one))
    return [one for *_, one in sorted(found, key=lambda item: item[:2])[:top]]


def visits(
    question: Question, venues: Iterable[Venue], territory: Territory, top: int
) -> list[Visit]:
    """The nearest places to visit, for a need that looks for a place of this kind."""
    if OF_PLACES.isdisjoint(question.themes):
        return []
    near = territory.distances_km(question.commune.insee)
    rows = territory.rows
    found = sorted(
        (float(near[rows[venue.commune]]), venue.id, venue)
        for venue in venues
        if venue.commune in rows
    )
    return [
        Visit(venue, territory.communes[venue.commune], distance)
        for distance, _, venue in found[:top]
        if distance <= VISIT_KM
    ]


def resources(
    question: Question, catalogue: Catalogue, coverage: Coverage, top: int
) -> list[ToRead]:
    """Rank the resources by their themes, the newest first among equals; none of other régions."""
    scored = [
        (theme_cosine(question.themes, resource.themes), resource)
        for resource in _of_here(question, catalogue.resources, coverage)
        if any(theme in question.themes for theme in resource.themes)
    ]
    scored.sort(key=lambda item: (-item[0], -(item[1].year or 0), item[1].id))
    return [
        ToRead(resource, f"parle de {_labels(t for t in question.themes if t in resource.themes)}")
        for _, resource in scored[: check_top(top)]
    ]


def _of_here(
    question: Question, catalogue: Iterable[Resource], coverage: Coverage
) -> Iterator[Resource]:
    """The resources that are not of another région: of structures that do not come here, or so
    named.
    """
    territory = coverage.territory
    covering = {one.id for place in question.places for one in coverage.covering(place)}
    regions = {place.region for place in question.places}
    others = {c.region for c in territory.communes.values()} - regions
    names = [f" {place_key(territory.name(Area(Scale.REGION, code)))} " for code in others]
    for one in catalogue:
        known = coverage.known.intersection(one.structures)
        title = f" {place_key(f'{one.title} {one.publisher}')} "
        if (not known or known & covering) and not any(name in title for name in names):
            yield one


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
    if b is not None and len(question.places) > 1:  # several are of no size, and no single town
        if any(place.departement == b.departement for place in question.places):
            parts.append("dans le même département")
    elif b is not None:
        if PVD in a.labels and PVD in b.labels:
            parts.append("une autre Petite ville de demain")
        if a.population and b.population:
            ratio = abs(math.log(a.population / b.population))
            if ratio < COMPARABLE_SIZE:
                parts.append("une commune de taille comparable")
        if a.departement == b.departement:
            parts.append("dans le même département")
    return " ; ".join(parts)


def _distance(question: Question, insee: str | None, territory: Territory) -> float | None:
    """From the nearest commune of the need, kilometres."""
    if insee is None or insee not in territory.communes:
        return None
    return min(territory.distance_km(place.insee, insee) for place in question.places)


def _near(question: Question, structure: Structure, same: bool, km: float | None) -> str:
    shared = [theme for theme in question.themes if theme in structure.themes]
    what = "même sujet" if same else f"même thème : {_labels(shared)}"
    if km is None:
        return f"{what} ; siège : non renseigné"
    if any(place.insee == structure.seat for place in question.places):
        return f"{what} ; dans votre commune"
    return f"{what} ; à {decimal(km)} km à vol d’oiseau"


def _labels(themes: Iterable[Theme]) -> str:
    return listed(f"« {theme.label} »" for theme in themes)


def theme_cosine(weights: Mapping[Theme, float], themes: tuple[Theme, ...]) -> float:
    """Likeness of weighted themes and a plain list of themes, in [0, 1]."""
    if not weights or not themes:
        return 0.0
    shared = sum(weights.get(theme, 0.0) for theme in themes)
    length = math.sqrt(sum(w * w for w in weights.values()) * len(themes))
    return min(1.0, shared / length)
