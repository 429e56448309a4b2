"""`python -m web`: serve the site on HOST and PORT (127.0.0.1:8000), with MAILLAGE_PROCESSES."""

from __future__ import annotations

import gc
import resource
import socket
import sys
from contextlib import suppress
from functools import partial

from flask import Flask

from matcher import DataError, Theme
from matcher.catalogue import missing

from . import create_app, processes, records
from .casework.store.database import WrongUrl
from .casework.store.schema import WrongSchema
from .settings import WrongSetting, untold
from .settings.table import default_folder
from .signin.keys import UnreadableKeys

FILES = 4096
"""Files and connections that a process may have open, where the system lets it."""
BACKLOG = 1024
"""Connections that the system lets in before a process takes them."""


def main() -> None:
    """Open the data, then listen: the port opens once the site can answer."""
    records.log_as_lines()
    try:
        app = create_app()
    except (DataError, WrongUrl, WrongSchema, WrongSetting, UnreadableKeys) as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        sys.exit(missing(error))
    except OSError as error:
        sys.exit(
            f"Impossible d’écrire dans {error.filename or default_folder()} ({error.strerror}) : "
            "indiquez où garder la base et les clés par MAILLAGE_DATABASE_URL et MAILLAGE_KEYS."
        )
    host, port = str(app.config["HOST"]), int(app.config["PORT"])
    warm(app)
    app.extensions["database"].engine.dispose()  # each process opens its own connections
    # The data seldom change: leave them out of every later collection, which would stop a page
    # for a tenth of a second. Those that newer ones replace are freed all the same: they hold no
    # cycle.
    gc.collect()
    gc.freeze()
    if lacking := untold(app.config):
        warn(
            "ce site ne peut pas être ouvert au public, ses mentions légales sont "
            f"incomplètes. Réglages à donner : {', '.join(lacking)}."
        )
    if not app.config["HOSTS"]:
        warn(
            "ce site ne répond qu’à cette machine : donnez ses noms par MAILLAGE_HOSTS pour "
            "l’ouvrir à d’autres."
        )
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    try:
        taken = socket.create_server(
            ("" if host == "*" else host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            backlog=BACKLOG,
        )
    except OSError as error:
        sys.exit(f"Impossible d’écouter sur {host}:{port} : {error.strerror}.")
    taken.setblocking(False)
    print(f"Maillage est prêt : http://{host}:{port}", flush=True)
    processes.Parent(taken, app.config["PROCESSES"], partial(answer, app)).run()


def answer(app: Flask, shared: socket.socket, seat: processes.Seat) -> None:
    """Answer as one of the processes."""
    app.extensions["freshness"].current()  # the data may be newer than what the parent read
    processes.answer(app, shared, seat)


def warn(told: str) -> None:
    """Tell who starts the site what it lacks."""
    print(f"ATTENTION : {told}", file=sys.stderr, flush=True)


def warm(app: Flask) -> None:
    """Answer a need of any commune: the first one makes the index and compiles the templates."""
    commune = next(iter(app.extensions["freshness"].served.matcher.territory.communes))
    for asked in ({"theme": [*Theme]}, {"besoin": "Ouvrir une recyclerie"}):  # declared, or read
        app.test_client().get("/suggestions", query_string={"commune": commune, **asked})


if __name__ == "__main__":
    main()
