"""`python -m web`: serve the site with waitress on HOST and PORT (127.0.0.1:8000)."""

from __future__ import annotations

import gc
import os
import sys

from waitress import serve

from . import create_app

LARGEST_BODY = 1024 * 1024
"""Bytes; the site itself refuses much less, in French."""
THREADS = 8
"""Pages served at the same time; the rest waits its turn."""


def main() -> None:
    """Open the data, then listen: the port opens once the site can answer."""
    host = os.environ.get("HOST", "127.0.0.1")
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT doit être un nombre de 1 à 65535 : « {port} ».")
    app = create_app()
    # The data never change: leave them out of every later collection, which would stop a page
    # for a tenth of a second.
    gc.collect()
    gc.freeze()
    print(f"Maillage est prêt : http://{host}:{port}", flush=True)
    try:
        serve(
            app,
            host=host,
            port=int(port),
            threads=THREADS,
            ident=None,
            # waitress drops X-Forwarded-*, unless a proxy was told of (see `limits`).
            clear_untrusted_proxy_headers=not int(app.config["PROXIES"]),
            # It stores a body before the site sees it: past this it refuses it by itself.
            max_request_body_size=LARGEST_BODY,
        )
    except OSError as error:
        sys.exit(f"Impossible d’écouter sur {host}:{port} : {error.strerror}.")


if __name__ == "__main__":
    main()
