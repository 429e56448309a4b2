"""The site: thin pages over the front door of `matcher`. It parses, calls and renders."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from matcher import Matcher
from matcher.catalogue import french

from . import access, advisers, api, errors, headers, limits, records, settings
from . import (
    visitors as public,
)
from .advisers.dossiers.followed import capacities
from .answers.acronyms import acronym_in
from .answers.maps import Outlines
from .casework.dossiers.inbox import Inbox
from .casework.opinions import Impressions
from .casework.store import anchors, schema, unfinished
from .casework.store.database import Database, Unavailable
from .casework.store.vault import VaultError
from .context import FOOTER, MENU, exact, keep_addresses, keep_pieces
from .freshness import Freshness
from .signin import pages as signin


def create_app(matcher: Matcher | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    matcher : Matcher, optional
        By default the one of the data folder.
    config : mapping, optional
        Settings of Flask, and of the table (`settings.table`), which the environment gives too.

    Raises
    ------
    WrongSetting
        When a setting may not be what it is.
    WrongSchema
        When the database has to be upgraded first; SQLite is, by itself.
    UnreadableKeys
        When the file of the keys is damaged.
    """
    app = Flask(__name__)
    settings.configure(app, config)
    freshness = Freshness(Path(app.config["DATA"]), matcher)
    database = _database(app)
    app.extensions["database"] = database
    app.extensions["inbox"] = Inbox(database)
    app.extensions["impressions"] = Impressions(database, app.config["IMPRESSIONS"])
    app.extensions["freshness"] = freshness
    app.extensions["capacity"] = capacities(app.config["CAPACITY"], freshness.served.matcher)
    app.extensions["outlines"] = Outlines(Path(app.config["DATA"]) / "reference" / "outlines")
    app.url_map.merge_slashes = False  # it would redirect, and one address is enough
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # French, read by people too
    app.jinja_env.filters |= {
        "exact": exact,
        "acronym_in": acronym_in,
        "fr": french.typographic,
        "links": french.links,
        "month": french.month,
        "number": french.decimal,
        "of": french.of,
        "sentence": french.sentence,
        "the": french.the,
        "upfirst": lambda text: text[:1].upper() + text[1:],
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    missing = settings.untold(app.config)
    app.context_processor(lambda: {"menu": MENU, "footer": FOOTER, "untold": missing})
    records.record(app)
    records.measure(app)
    headers.keep_what_is_unchanged(app)
    keep_addresses(app)
    keep_pieces(app)
    headers.answer_to(app, str(app.config["HOSTS"]))
    limits.limit(app)
    limits.share(app)
    headers.protect(app)
    errors.explain(app)
    signin.set_up(app, database)
    access.guard(app)
    app.register_blueprint(public.pages)
    app.register_blueprint(advisers.pages)
    app.register_blueprint(api.routes)
    return app


def _database(app: Flask) -> Database:
    """Open the database; one that does not answer yet only closes the pages that need it."""
    database = settings.database_of(app)
    unfinished.tidy(unfinished.place_of(database))
    try:
        if database.is_sqlite:
            schema.upgrade(database)
        else:
            schema.check(database)
        anchors.begin(database)
    except Unavailable as error:
        logging.getLogger(__name__).warning("base indisponible : %s", error)
    except (VaultError, OSError) as error:
        logging.getLogger(__name__).error("journal sans ancrage : %s", error)
    return database
