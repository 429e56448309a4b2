"""What is logged: one JSON line per page and per message, without what people wrote or who asks.

No need, no query, no address: of a page only its route is kept (`/suivi/<reference>`), and an
identifier that the error pages show, so that who calls can be helped.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from time import perf_counter

from flask import Flask, Response, g, has_request_context, request

HEADER = "X-Request-Id"
STANDARD_ERROR = "-"
"""What `ACCESS_LOG` is to write on the standard error; empty, no page is logged."""
ID_BYTES = 5

pages = logging.getLogger("maillage.pages")
logger = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """A message as a line of JSON, with the identifier of the request that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a message, or what is known of a page."""
        line = {
            "heure": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "processus": os.getpid(),
            "id": identifier() if has_request_context() else None,
        }
        if record.name == pages.name and isinstance(record.args, dict):
            line |= record.args
        else:
            line |= {"niveau": record.levelname, "de": record.name, "message": record.getMessage()}
            if record.exc_info:
                line["erreur"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False)


def log_as_lines() -> None:
    """Write the warnings and errors of this process on the standard error, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def record(app: Flask) -> None:
    """Give each request an identifier, and log each page where `ACCESS_LOG` says, slow ones always.

    Raises
    ------
    OSError
        When its file cannot be written.
    """
    if place := app.config["ACCESS_LOG"]:
        to = str(place)
        handler: logging.Handler = (
            logging.StreamHandler(sys.stderr)
            if to == STANDARD_ERROR
            else WatchedFileHandler(to, encoding="utf-8")
        )
        handler.setFormatter(Lines())
        pages.handlers = [handler]
        pages.setLevel(logging.INFO)
        pages.propagate = False
    slow = app.config["SLOW_SECONDS"]
    app.context_processor(lambda: {"request_id": identifier()})

    @app.before_request
    def begin() -> None:
        g.begun = perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = identifier()
        if place:
            pages.info("page", _line(response))
        if slow and perf_counter() - g.begun > slow:
            logger.warning("page lente : %s", json.dumps(_line(response), ensure_ascii=False))
        return response


def identifier() -> str:
    """Identifier of this request: drawn by us, so that nobody writes in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(ID_BYTES)
    return str(g.request_id)


def _line(response: Response) -> dict[str, object]:
    rule = request.url_rule
    return {
        "methode": request.method,
        "route": rule.rule if rule else None,
        "statut": response.status_code,
        "ms": round(1000 * (perf_counter() - g.begun), 1),
        "octets": response.content_length,
    }
