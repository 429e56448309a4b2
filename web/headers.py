"""Headers of what the site sends: a page keeps to it, and a browser keeps what has not changed.

Static files are kept for a year by their digest, pages as long as they are unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.sansio.utils import host_is_trusted

YEAR = 365 * 24 * 3600
DAY = 24 * 3600


def keep_what_is_unchanged(app: Flask) -> None:
    """Add `v=` to the addresses of static files, and say how long each answer may be kept."""
    folder = Path(str(app.static_folder))

    @cache
    def digest(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    @app.url_defaults
    def add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = digest(values["filename"])

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            # A font or an image named inside a style sheet has no digest: ask again after a day.
            age = YEAR if request.args.get("v") else DAY
            response.headers["Cache-Control"] = f"public, max-age={age}"
        elif response.status_code == 200 and not response.is_streamed:
            # The address of a page holds the need: no cache on the way keeps it.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            response.add_etag()
            response.make_conditional(request)
        return response


POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'"
"""No code and no style in the pages themselves, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The address of a page holds the need: it is not told to other sites.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


STRICT = "max-age=31536000"
"""Over https, a browser asks over nothing else for a year, seconds; a name that is beneath this one
is left alone, for it may be another site."""
FRAMED = {
    # Partners of any address may show the widget: it has no account, no cookie and no secret.
    "Content-Security-Policy": f"{POLICY}; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What is different for the one page that other sites may frame."""
WIDGET = "public.widget"

DRAWN = {"Content-Security-Policy": f"{POLICY}; img-src 'self' data:; frame-ancestors 'none'"}
"""What Swagger UI needs more: icons that its style sheet holds as `data:`. Its code comes from our
own files, without `eval`, and sets styles from code only. The page that sets the second factor up
draws its secret the same way: it is stored nowhere."""
DRAWING = ("api.docs", "security.two_factor_setup")


THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
"""Hosts that are always answered: whoever watches the site from its own machine."""
OTHER_NAME = "Ce site ne s’ouvre pas sous ce nom.\n"


def protect(app: Flask) -> None:
    """Set the headers on every answer, errors included."""

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)  # a page may be stricter
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = STRICT
        if request.endpoint == WIDGET and response.status_code < 400:
            response.headers.update(FRAMED)
            del response.headers["X-Frame-Options"]
        elif request.endpoint in DRAWING:
            response.headers.update(DRAWN)
        return response


def answer_to(app: Flask, names: str) -> None:
    """Refuse a request for another site than ours: its name would be written into what is copied.

    Parameters
    ----------
    names : str
        Names of the site, with commas; without any, it is for its own machine only.
    """
    known = [*filter(None, map(str.strip, names.split(","))), *THIS_MACHINE]
    inner = app.wsgi_app

    def named(environ: Any, start: Any) -> Iterable[bytes]:
        if host_is_trusted(environ.get("HTTP_HOST"), known):
            return inner(environ, start)
        refused = Response(OTHER_NAME, 400, mimetype="text/plain")
        return refused(environ, start)

    app.wsgi_app = named  # type: ignore[method-assign, assignment]
