"""What machines read: robots.txt, the site map, whom to tell of a fault, how the site is."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from ..casework import statistics
from ..casework.store import schema
from ..casework.store.database import Unavailable
from ..context import database, freshness, matcher, shelves
from ..serving import records

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


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/robots.txt")(robots)
    pages.get("/sitemap.xml")(site_map)
    pages.get("/sante")(alive)
    pages.get("/pret")(ready)
    pages.get("/metriques")(measures)
    pages.get("/.well-known/security.txt")(security)


def robots() -> Response:
    """What robots may ask for, and where the site map is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in ANSWERS)]
    lines.append(f"Sitemap: {url_for('public.site_map', _external=True)}")
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


def site_map() -> Response:
    """The pages of the catalogue, for search engines."""
    pages = ("home", "directory", "projects", "resources", "themes", "method", "glossary")
    addresses = [url_for(f"public.{page}", _external=True) for page in pages]
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
    return Response(records.written(families), mimetype="text/plain; version=0.0.4")


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
