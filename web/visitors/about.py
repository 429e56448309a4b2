"""How it works and on what: method, data, accessibility, legal notice, privacy."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from matcher import Kind, Stage, Theme
from matcher.ranking import CRITERIA

from ..answers.acronyms import ACRONYMS
from ..casework.opinions import KEPT_DAYS
from ..casework.persons.retention import KEPT_YEARS
from ..context import impressions, matcher

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
