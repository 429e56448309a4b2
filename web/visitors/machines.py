"""What machines read: robots.txt, the site map, and whom to tell of a fault of security."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, current_app, render_template, url_for

from ..context import matcher, shelves

ANSWERS = ("/suggestions", "/pourquoi-pas", "/mise-en-relation", "/espace/", "/lecture", "/api/")
"""What no robot asks for: an address that holds a need is of who wrote it."""
SECURITY_DAYS = 180
"""Days for which a security.txt holds: it is made anew at each demand."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/robots.txt")(robots)
    pages.get("/sitemap.xml")(site_map)
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
