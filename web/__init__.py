"""The site: thin pages over the front door of `matcher`. It parses, calls and renders."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from matcher import Matcher, french

from . import api, caching, errors, limits, public, security
from .answers import Answers
from .inbox import FolderInbox, default_folder
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
    ("api.page", "API"),
    ("public.proposal", "Proposer un projet"),
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
        Flask settings; `DATA`, the data folder; `INBOX`, the folder of what visitors send;
        `FORM_SECONDS`, how long a person takes at least to fill a form; `PUBLISHER` and `CONTACT`,
        who answers for the site and how to reach them. The environment gives them too, as texts:
        `MAILLAGE_INBOX`, `MAILLAGE_SECRET_KEY`, `MAILLAGE_CONTACT`…
    """
    app = Flask(__name__)
    app.config.from_mapping(
        DATA=DATA,
        INBOX=default_folder(),
        FORM_SECONDS=3,
        # One process keeps its own; several must be given the same.
        SECRET_KEY=secrets.token_hex(32),
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
        CORS_ORIGINS="",
        **limits.DEFAULTS,
        PUBLISHER=PUBLISHER,
        CONTACT="",
    )
    app.config.from_prefixed_env("MAILLAGE")
    app.config.from_mapping(config or {})
    matcher = matcher or Matcher.open(app.config["DATA"])
    app.extensions["matcher"] = matcher
    app.extensions["answers"] = Answers(matcher)
    app.extensions["inbox"] = FolderInbox(Path(app.config["INBOX"]))
    app.extensions["shelves"] = Shelves(matcher)
    app.extensions["outlines"] = Outlines(Path(app.config["DATA"]) / "reference" / "outlines")
    app.url_map.merge_slashes = False  # it would redirect, and one address is enough
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # French, read by people too
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
    limits.limit(app)
    security.protect(app)
    errors.explain(app)
    app.register_blueprint(public.pages)
    app.register_blueprint(api.routes)
    return app
