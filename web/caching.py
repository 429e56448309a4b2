"""What browsers may keep: static files for a year by their digest, pages as long as unchanged."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

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
