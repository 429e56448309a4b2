"""How it works and on what: method, data, their quality, accessibility, legal, privacy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from matcher import Kind, Stage, Structure, Theme
from matcher.catalogue import Area, Scale
from matcher.ranking import CRITERIA
from matcher.upkeep import Class, DoorState, read_trend

from ..answers.acronyms import ACRONYMS
from ..casework.opinions import KEPT_DAYS
from ..casework.persons.retention import KEPT_YEARS
from ..context import doors, impressions, matcher
from ..freshness import served

FILES = {
    "structures.csv": ("catalogue", "Structures d’appui", "structures.json"),
    "projects.csv": ("catalogue", "Projets", "projects.json"),
    "resources.csv": ("catalogue", "Ressources", "resources.json"),
    "themes.csv": ("catalogue", "Thèmes", "themes.json"),
    "roles.csv": ("reference", "Rôle de chaque type de structure selon la situation", ""),
    "subjects.csv": ("reference", "Sujets précis et leurs mots", ""),
    "situations.csv": ("reference", "Mots qui disent la situation d’un projet", ""),
    "thesaurus.csv": ("reference", "Mots et expressions de chaque thème", ""),
    "communes.csv": ("reference", "Communes d’aujourd’hui", ""),
    "former.csv": ("reference", "Communes d’hier et leurs anciens noms", ""),
    "epci.csv": ("reference", "Intercommunalités", ""),
    "departements.csv": ("reference", "Départements", ""),
    "regions.csv": ("reference", "Régions", ""),
    "pvd.csv": ("reference", "Petites villes de demain", ""),
    "README.md": ("", "Sources, licences, millésimes et règles contrôlées", ""),
    "CHANGELOG.md": ("", "Corrections, chacune avec sa raison", ""),
    "structures.json": ("schemas", "", ""),
    "projects.json": ("schemas", "", ""),
    "resources.json": ("schemas", "", ""),
    "themes.json": ("schemas", "", ""),
}
"""What may be downloaded: folder, French title, Table Schema."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/methode")(method)
    pages.get("/glossaire")(glossary)
    pages.get("/donnees")(data)
    pages.get("/donnees/<name>")(data_file)
    pages.get("/integrer")(embedding)
    pages.get("/accessibilite")(accessibility)
    pages.get("/mentions-legales")(legal)
    pages.get("/vie-privee")(privacy)
    pages.get("/qualite")(quality)


def method() -> ResponseReturnValue:
    """The method, made from the criteria themselves and from the tables they read."""
    total = sum(criterion.weight for criterion in CRITERIA)
    terms: dict[Theme, list[str]] = defaultdict(list)
    for entry in matcher.reader.entries:
        if entry.theme is not None:
            terms[entry.theme].append(entry.term)
    roles = {
        stage: sorted(
            (
                (role, kind)
                for kind in Kind
                if (role := matcher.knowledge.roles.get((stage, kind))) is not None
            ),
            key=lambda item: -item[0].score,
        )
        for stage in (*Stage, None)
    }
    return render_template(
        "public/method.html",
        criteria=sorted(CRITERIA, key=lambda c: -c.weight),
        total=total,
        roles=roles,
        terms=terms,
        subjects=sorted(matcher.knowledge.subject_labels.values()),
    )


def glossary() -> ResponseReturnValue:
    """The acronyms of the field."""
    return render_template("public/glossary.html", acronyms=ACRONYMS)


def data() -> ResponseReturnValue:
    """The data to download, each with its schema, licence and date."""
    files = [
        (name, title, schema, _path(name).stat().st_size)
        for name, (_, title, schema) in FILES.items()
        if title and _path(name).is_file()
    ]
    return render_template(
        "public/data.html",
        files=files,
        newest=matcher.profiles.newest_source,
        vintage=matcher.territory.pvd_vintage,
    )


def data_file(name: str) -> ResponseReturnValue:
    """One file of the list, as it is."""
    if name not in FILES or not _path(name).is_file():
        abort(404)
    return send_file(_path(name), as_attachment=True, download_name=name)


def embedding() -> ResponseReturnValue:
    """How a partner shows the form in its own pages."""
    return render_template("public/embedding.html")


def accessibility() -> ResponseReturnValue:
    """What was checked, and how to say what is wrong."""
    return render_template("public/accessibility.html")


def legal() -> ResponseReturnValue:
    """Who answers for this site."""
    return render_template("public/legal.html")


def privacy() -> ResponseReturnValue:
    """What is kept of a visit."""
    return render_template(
        "public/privacy.html", years=KEPT_YEARS, kept_days=KEPT_DAYS, counted=impressions.on
    )


def _path(name: str) -> Path:
    return Path(current_app.config["DATA"]) / FILES[name][0] / name


@dataclass(frozen=True)
class QualityGroup:
    """Records of one kind, or that answer in one département, by class of quality."""

    name: str
    records: int
    mean: float
    grades: tuple[int, ...]


def quality() -> ResponseReturnValue:
    """What the records of the directory are worth, by kind and département, and the trend."""
    qualities = served().qualities
    return render_template(
        "public/quality.html",
        whole=_group("Toutes les fiches", qualities.of),
        classes=list(Class),
        lines=qualities.lines,
        kinds=_by_kind(),
        departements=_by_departement(),
        trend=read_trend(served().folder),
        states=doors.totals(),
        all_states=list(DoorState),
        doors=[(door, _states(door.id)) for door in doors.doors],
    )


def _group(name: str, ids: Iterable[str]) -> QualityGroup:
    of = served().qualities.of
    kept = [i for i in ids if i in of]
    mean = sum(of[i].points for i in kept) / max(1, len(kept))
    return QualityGroup(name, len(kept), mean, tuple(served().qualities.counts(kept).values()))


def _by_kind() -> list[QualityGroup]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in matcher.structures.values():
        found[one.kind.label].append(one.id)
    return sorted((_group(*item) for item in found.items()), key=lambda group: group.mean)


def _by_departement() -> list[tuple[QualityGroup, int]]:
    """Records of the structures that are local to each département, with the doors not known."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in matcher.structures.values():
        for code in _departements(one):
            found[code].append(one.id)
    names = matcher.territory.names[Scale.DEPARTEMENT]
    return [
        (
            _group(f"{names[code]} ({code})", found[code]),
            sum(cell.state is DoorState.UNKNOWN for cell in doors.of(code)),
        )
        for code in doors.departements
    ]


def _departements(one: Structure) -> set[str]:
    """The départements of a local structure: those that it covers, or in which it covers some."""
    territory = matcher.territory
    found: set[str] = set()
    for part in one.coverage:
        if not isinstance(part, Area):
            seat = territory.communes.get(one.seat or "")
            found |= {seat.departement} if seat else set()
        elif part.scale is Scale.DEPARTEMENT:
            found.add(part.code)
        elif part.scale in (Scale.EPCI, Scale.COMMUNE):
            found |= {territory.communes[insee].departement for insee in territory.members(part)}
    return found


def _states(door: str) -> dict[Any, int]:
    cells = [doors.cell(door, code) for code in doors.departements]
    return {state: sum(cell.state is state for cell in cells) for state in DoorState}
