"""What the API says of communes, structures and projects: every member, as published.

The keys are those of the files to download.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from matcher import Kind, Matcher, Project, Stage, Structure, Theme
from matcher.catalogue import Area, Backing, Limit, Offer, Radius, Way
from matcher.reports import Trail, reach_name, structure_record


class TerritoryRecord(BaseModel):
    """Un territoire qui contient la commune."""

    niveau: str
    code: str
    nom: str


class CommuneRecord(BaseModel):
    """Une commune d’aujourd’hui."""

    insee: str
    nom: str
    codes_postaux: list[str]
    population: int | None
    lon: float = Field(description="Degrés, WGS84")
    lat: float = Field(description="Degrés, WGS84")
    territoires: list[TerritoryRecord]
    labels: dict[str, str] = Field(description="Programme et millésime (AAAA-MM) de sa liste")


class CommunesAnswer(BaseModel):
    """Communes, la plus probable d’abord."""

    communes: list[CommuneRecord]


class ContactRecord(BaseModel):
    """Comment joindre une structure, ou ce que son aide coûte, et la page qui le dit."""

    contact: Way
    valeur: str
    source: str
    date: str = Field(description="Année, mois ou jour de la page, vide si elle n’est pas datée")
    de: str = Field(description="Vide, ou le type ou le réseau dont la page parle")


class ConditionRecord(BaseModel):
    """Ce qu’une structure demande à une commune ou à un projet."""

    condition: Limit
    valeur: str
    decide: bool = Field(description="true : décide qui peut répondre ; false : à voir avec elle")


class TrailsRecord(BaseModel):
    """Les structures ne sont que des pistes : il faut d’abord y voir clair."""

    code: Trail
    phrase: str = Field(description="Pourquoi, et que faire")
    pour_y_voir_clair: str | None = Field(
        description="Identifiant du généraliste proche à appeler d’abord ; null : aucun de connu"
    )


class StructureRecord(BaseModel):
    """Une structure d’appui."""

    id: str
    nom: str
    type: Kind
    type_libelle: str
    description: str
    themes: list[Theme]
    generaliste: bool
    site: str
    siege_insee: str | None
    source: str
    annee_source: int | None
    a_verifier: bool
    note: str = Field(description="Pourquoi la fiche est à vérifier")
    contacts: list[ContactRecord] = Field(description="Vide : rien n’est connu de nous")
    conditions: list[ConditionRecord]
    perimetre_approche: bool = Field(
        description="true : un rayon ou un département tient lieu de la liste des communes"
    )
    metiers: list[str] = Field(
        description="Sujets pour lesquels on l’appelle, ou, sans eux, où elle est un bon second"
    )
    offres: list[Offer] = Field(description="Ce qu’elle fait pour qui l’appelle")
    besoins_types: list[str] = Field(
        description="Exemples de besoins pour lesquels on l’appelle, écrits par notre équipe"
    )


class CoverageRecord(BaseModel):
    """Une partie du périmètre : un territoire, ou un rayon autour du siège."""

    niveau: str = Field(description="commune, epci, departement, region, national ou rayon")
    code: str | None
    km: float | None
    nom: str


class StructureAnswer(StructureRecord):
    """Une structure, en entier."""

    autres_noms: list[str]
    autres_types: list[Kind]
    situations: list[Stage]
    publics: list[str]
    perimetre: list[CoverageRecord]
    projets: list[str] = Field(description="Identifiants des projets soutenus")


class Paged(BaseModel):
    """Une page d’une liste."""

    total: int
    page: int
    pages: int


class StructuresAnswer(Paged):
    """Des structures, par nom."""

    structures: list[StructureRecord]


class ProjectRecord(BaseModel):
    """Un projet réalisé, avec sa source."""

    id: str
    titre: str
    commune_insee: str | None
    territoire: str
    departement: str
    themes: list[Theme]
    description: str
    annee: int | None
    porteur: str
    structures: list[str] = Field(description="Identifiants des structures qui l’ont soutenu")
    roles: list[Backing] = Field(description="Ce que chacune a fait, dans le même ordre")
    source: str
    a_verifier: bool
    note: str


class ProjectsAnswer(Paged):
    """Des projets, le plus récent d’abord."""

    projets: list[ProjectRecord]


def full_structure(
    structure: Structure, matcher: Matcher, projects: Iterable[Project]
) -> dict[str, Any]:
    """All that is known of a structure."""
    return {
        **structure_record(structure),
        "autres_noms": list(structure.aliases),
        "autres_types": list(structure.other_kinds),
        "situations": list(structure.stages),
        "publics": [audience.value for audience in structure.audiences],
        "perimetre": [_coverage(part, matcher) for part in structure.coverage],
        "projets": [project.id for project in projects],
    }


def project_record(project: Project) -> dict[str, Any]:
    """A project; codes as in the data."""
    return {
        "id": project.id,
        "titre": project.title,
        "commune_insee": project.commune,
        "territoire": project.territory,
        "departement": project.departement,
        "themes": list(project.themes),
        "description": project.description,
        "annee": project.year,
        "porteur": project.holder,
        "structures": list(project.structures),
        "roles": list(project.backings.values()),
        "source": project.source,
        "a_verifier": project.to_verify,
        "note": project.note,
    }


def _coverage(part: Area | Radius, matcher: Matcher) -> dict[str, Any]:
    return {
        "niveau": part.scale.value if isinstance(part, Area) else "rayon",
        "code": part.code if isinstance(part, Area) else None,
        "km": part.km if isinstance(part, Radius) else None,
        "nom": reach_name(part, matcher.territory),
    }
