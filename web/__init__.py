"""The site: thin pages over the front door of `matcher`. It parses, calls and renders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from matcher import Matcher, french

from . import caching, errors, public, security
from .answers import Answers
from .maps import Outlines
from .shelves import Shelves

DATA = Path(__file__).resolve().parents[1] / "data"

MENU = (
    ("public.home", "Trouver de l’aide"),
    ("public.directory", "Annuaire"),
    ("public.projects", "Projets"),
    ("public.resources", "Ressources"),
    ("public.method", "Méthode"),
)
"""Main pages, in the order of the header."""
FOOTER = (
    ("public.themes", "Thèmes"),
    ("public.data", "Données"),
    ("public.embedding", "Intégrer le formulaire"),
    ("public.accessibility", "Accessibilité"),
    ("public.legal", "Mentions légales"),
    ("public.privacy", "Vie privée"),
)
"""Pages of the footer."""
PUBLISHER = "l’organisme qui met ce site en service"
"""Who answers for the site, where the one who runs it says nothing."""


def create_app(matcher: Matcher | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    matcher : Matcher, optional
        By default the one of the data folder.
    config : mapping, optional
        Flask settings; `DATA`, the data folder; `PUBLISHER` and `CONTACT`, who answers for the
        site and how to reach them.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        DATA=DATA, MAX_CONTENT_LENGTH=64 * 1024, PUBLISHER=PUBLISHER, CONTACT="", **(config or {})
    )
    matcher = matcher or Matcher.open(app.config["DATA"])
    app.extensions["matcher"] = matcher
    app.extensions["answers"] = Answers(matcher)
    app.extensions["shelves"] = Shelves(matcher)
    app.extensions["outlines"] = Outlines(Path(app.config["DATA"]) / "reference" / "outlines")
    app.url_map.merge_slashes = False  # it would redirect, and one address is enough
    app.jinja_env.filters |= {
        "fr": french.typographic,
        "links": french.links,
        "month": french.month,
        "number": french.decimal,
        "sentence": french.sentence,
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"menu": MENU, "footer": FOOTER})
    caching.keep_what_is_unchanged(app)
    security.protect(app)
    errors.explain(app)
    app.register_blueprint(public.pages)
    return app
