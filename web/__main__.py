"""`python -m web`: serve the site with waitress on HOST and PORT (127.0.0.1:8000)."""

from __future__ import annotations

import gc
import logging
import os
import sys

from flask import Flask
from waitress import serve

from matcher import DataError, Theme

from . import create_app
from .casework.store.database import WrongUrl
from .casework.store.schema import WrongSchema
from .settings import default_folder, untold
from .signin.keys import UnreadableKeys

LARGEST_BODY = 1024 * 1024
"""Bytes; the site itself refuses much less, in French."""
CONNECTIONS = 1000
"""Browsers connected at the same time; waitress would make the hundredth wait."""
THREADS = 8
"""Pages served at the same time; the rest waits its turn."""


def main() -> None:
    """Open the data, then listen: the port opens once the site can answer."""
    host = os.environ.get("HOST", "127.0.0.1")
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT doit être un nombre de 1 à 65535 : « {port} ».")
    try:
        app = create_app()
    except (DataError, WrongUrl, WrongSchema, UnreadableKeys) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(
            f"Impossible d’écrire dans {error.filename or default_folder()} ({error.strerror}) : "
            "indiquez où garder la base et les clés par MAILLAGE_DATABASE_URL et MAILLAGE_KEYS."
        )
    warm(app)
    # It would write a line for each page that waits: the busier the site, the slower.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # The data seldom change: leave them out of every later collection, which would stop a page
    # for a tenth of a second. Those that newer ones replace are freed all the same: they hold no
    # cycle.
    gc.collect()
    gc.freeze()
    if missing := untold(app.config):
        print(
            "ATTENTION : ce site ne peut pas être ouvert au public, ses mentions légales sont "
            f"incomplètes. Réglages à donner : {', '.join(missing)}.",
            file=sys.stderr,
            flush=True,
        )
    print(f"Maillage est prêt : http://{host}:{port}", flush=True)
    try:
        serve(
            app,
            host=host,
            port=int(port),
            threads=THREADS,
            connection_limit=CONNECTIONS,
            ident=None,
            # waitress drops X-Forwarded-*, unless a proxy was told of (see `limits`).
            clear_untrusted_proxy_headers=not int(app.config["PROXIES"]),
            # It stores a body before the site sees it: past this it refuses it by itself.
            max_request_body_size=LARGEST_BODY,
        )
    except OSError as error:
        sys.exit(f"Impossible d’écouter sur {host}:{port} : {error.strerror}.")


def warm(app: Flask) -> None:
    """Answer a need of any commune: the first one makes the index and compiles the templates."""
    commune = next(iter(app.extensions["freshness"].served.matcher.territory.communes))
    app.test_client().get("/suggestions", query_string={"commune": commune, "theme": [*Theme]})


if __name__ == "__main__":
    main()
