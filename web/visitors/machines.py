"""What machines read: robots.txt, the site map, feeds, places as JSON, how the site is.

A feed says what is new for a commune: what the catalogue dates, and nothing else. It dates projects
and the sources of structures by year only; nothing in it has a day to come: there is no calendar.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from matcher import Commune
from matcher.catalogue import Area, Scale, french
from matcher.reports import programme

from .. import records
from ..answers.asking import LONGEST_COMMUNE
from ..casework import statistics
from ..casework.store import schema
from ..casework.store.database import Unavailable
from ..context import (
    FOOTER,
    MENU,
    database,
    department_name,
    exact,
    freshness,
    matcher,
    shapes,
    shelves,
)

ANSWERS = (
    "/suggestions",
    "/pourquoi-pas",
    "/mise-en-relation",
    "/avis",
    "/espace/",
    "/lecture",
    "/api/",
)
"""What no robot asks for: an address that holds a need is of who wrote it."""
LEAST_FREE_MB = 200
"""Below it, a disk is soon full: a backup or a restore may not end."""
SECURITY_DAYS = 180
"""Days for which a security.txt holds: it is made anew at each demand."""
OUTLINES_AGE = 7 * 24 * 3600
"""Seconds for which a browser may keep an outline: they change once a year."""
MOST_ENTRIES = 40
"""Entries of a feed: readers keep what they saw."""
LOCAL = frozenset({Scale.COMMUNE, Scale.EPCI, Scale.DEPARTEMENT})
"""Levels whose structures are news of a commune: the others are the same everywhere."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/robots.txt")(robots)
    pages.get("/sitemap.xml")(site_map)
    pages.get("/sante")(alive)
    pages.get("/pret")(ready)
    pages.get("/metriques")(measures)
    pages.get("/.well-known/security.txt")(security)
    pages.get("/communes")(communes)
    pages.get("/contours/<niveau>.geojson")(outlines)
    pages.get("/contours/<niveau>/<code>.geojson")(outline)
    pages.get("/communes/<code>.atom")(feed)


def robots() -> Response:
    """What robots may ask for, and where the site map is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in ANSWERS)]
    lines.append(f"Sitemap: {url_for('public.site_map', _external=True)}")
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


def site_map() -> Response:
    """The pages of the menus and of the catalogue, for search engines."""
    listed = [endpoint for endpoint, _ in (*MENU, *FOOTER) if endpoint.startswith("public.")]
    addresses = [url_for(endpoint, _external=True) for endpoint in listed]
    addresses += [
        url_for("public.structure", structure_id=key, _external=True) for key in matcher.structures
    ]
    addresses += [
        url_for("public.project", project_id=key, _external=True) for key in shelves.projects
    ]
    page = render_template("public/sitemap.xml", addresses=addresses)
    return Response(page, mimetype="application/xml")


def security() -> Response:
    """Whom to tell of a fault of security; there is none where no contact is set."""
    contact = current_app.config["CONTACT"]
    if not contact:
        abort(404)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=SECURITY_DAYS)
    reached = contact if contact.startswith("http") else f"mailto:{contact}"
    lines = (f"Contact: {reached}", f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}")
    return Response("\n".join([*lines, "Preferred-Languages: fr, en", ""]), mimetype="text/plain")


def alive() -> ResponseReturnValue:
    """Say that the data are read and this process answers."""
    return jsonify(etat="vivant")


def ready() -> ResponseReturnValue:
    """Say whether the site can do all that it is for: 503 when its base or its disk fail it.

    Data that are refused are told and no failure: those from before are served.
    """
    base, disk = _base(), _free_mb()
    is_ready = base == "ok" and disk >= LEAST_FREE_MB
    days = int((time.time() - freshness.changed) // 86_400)
    read = "refuse" if freshness.refused else "ok"
    said = jsonify(
        etat="pret" if is_ready else "pas_pret",
        base=base,
        catalogue={"etat": read, "jours": days, "structures": len(matcher.structures)},
        disque={"etat": "ok" if disk >= LEAST_FREE_MB else "presque_plein", "libre_mo": disk},
    )
    return said, 200 if is_ready else 503


def measures() -> ResponseReturnValue:
    """What Prometheus reads, with the token of `METRICS_TOKEN`; a base that is down is 0."""
    if not current_app.config["METRICS_TOKEN"]:
        abort(404)
    if not records.is_reader():
        abort(401)
    up, families = 1.0, []
    try:
        with database.reading() as session:
            due = {"": float(statistics.mails_due(session))}
            families = [
                (
                    "maillage_links",
                    "Liens signés en cours",
                    "lecteur",
                    statistics.count_links(session),
                ),
                ("maillage_mails_due", "Lettres prêtes, non envoyées", "", due),
                ("maillage_dossiers", "Dossiers", "etat", statistics.count_dossiers(session)),
            ]
    except Unavailable:
        up = 0.0
    families.append(("maillage_base_up", "La base répond", "", {"": up}))
    return Response(records.prometheus_text(families), mimetype="text/plain; version=0.0.4")


def _base() -> str:
    try:
        schema.check(database)
    except Unavailable:
        return "indisponible"
    except schema.WrongSchema:
        return "a_mettre_a_jour"
    return "ok"


def _free_mb() -> int:
    """Where the base is, or the data when the base is on another machine."""
    folder = database.file.parent if database.file else current_app.config["DATA"]
    return shutil.disk_usage(folder).free // 2**20


def communes() -> ResponseReturnValue:
    """Communes for the autocompletion, best first, then EPCI, as JSON."""
    query = request.args.get("q", "")[:LONGEST_COMMUNE].strip()
    return jsonify(
        [
            {
                "code": c.insee,
                "envoi": exact(c),
                "nom": c.name,
                "departement": department_name(c),
                "codes_postaux": list(c.postcodes),
                "label": programme(c, matcher.territory),
            }
            for c in (matcher.territory.search(query) if query else [])
        ]
        + [
            {
                "code": (code := f"{area.scale.value}:{area.code}"),
                "envoi": code,
                "nom": matcher.territory.name(area),
                "niveau": "intercommunalité",
            }
            for area in matcher.territory.epcis_like(query)
        ]
    )


def outlines(niveau: str) -> ResponseReturnValue:
    """All outlines of a level, as they are in the data."""
    path = shapes.path(_scale(niveau))
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/geo+json", max_age=OUTLINES_AGE)


def outline(niveau: str, code: str) -> ResponseReturnValue:
    """The outline of one area."""
    feature = shapes.feature(Area(_scale(niveau), code))
    if feature is None:
        abort(404)
    response = jsonify(feature)
    response.mimetype = "application/geo+json"
    response.cache_control.public = True
    response.cache_control.max_age = OUTLINES_AGE
    return response


def _scale(code: str) -> Scale:
    try:
        return Scale(code)
    except ValueError:
        abort(404)


@dataclass(frozen=True)
class FeedEntry:
    """Something dated: its page, its title, its year and a sentence."""

    address: str
    title: str
    year: int
    told: str


def feed(code: str) -> ResponseReturnValue:
    """The feed of a commune, the newest first."""
    today = matcher.territory.resolve(code.upper())
    if today is None:
        abort(404)
    if today != code:
        return redirect(url_for("public.feed", code=today), 301)
    commune = matcher.territory.communes[today]
    entries = sorted(_entries(commune), key=lambda one: (-one.year, one.address))[:MOST_ENTRIES]
    page = render_template("public/feed.xml", commune=commune, entries=entries)
    return Response(page, mimetype="application/atom+xml")


def _entries(commune: Commune) -> Iterator[FeedEntry]:
    for project in shelves.projects.values():
        if project.year and project.departement == commune.departement:
            address = url_for("public.project", project_id=project.id, _external=True)
            yield FeedEntry(
                address, project.title, project.year, french.sentence(project.description)
            )
    for one, reach in matcher.coverage.eligible(commune):
        local = not isinstance(reach, Area) or reach.scale in LOCAL
        if one.source_year and local:
            address = url_for("public.structure", structure_id=one.id, _external=True)
            yield FeedEntry(address, one.name, one.source_year, french.sentence(one.description))
