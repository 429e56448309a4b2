"""The site: thin pages over the front door of `matcher`. It parses, calls and renders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from matcher import Matcher, typographic

from . import errors, maps, public, security, static

DATA = Path(__file__).resolve().parents[1] / "data"

MENU = (("public.home", "Trouver de l’aide"),)
"""Main pages, in the order of the header."""
FOOTER: tuple[tuple[str, str], ...] = ()
"""Pages of the footer."""


def create_app(matcher: Matcher | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    matcher : Matcher, optional
        By default the one of the data folder.
    config : mapping, optional
        Flask settings, and `DATA`: the data folder.
    """
    app = Flask(__name__)
    app.config.from_mapping(DATA=DATA, MAX_CONTENT_LENGTH=64 * 1024, **(config or {}))
    app.extensions["matcher"] = matcher or Matcher.open(app.config["DATA"])
    app.extensions["outlines"] = maps.Outlines(Path(app.config["DATA"]) / "reference" / "outlines")
    app.url_map.merge_slashes = False  # it would redirect, and one address is enough
    app.jinja_env.filters["fr"] = typographic
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"menu": MENU, "footer": FOOTER})
    static.version(app)
    security.protect(app)
    errors.explain(app)
    app.register_blueprint(public.pages)
    return app
