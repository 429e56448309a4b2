"""What is recorded of pages, of nobody: a JSON line for each, and figures for Prometheus.

No need, no query, no address is logged: of a page only its route (`/suivi/<reference>`), and an
identifier that the error pages show, so that who calls can be helped. Figures (how long pages
take, what waits, what is refused) are kept only where `METRICS_TOKEN` is set. The processes of the
site write into files of one temporary folder that they inherit (the multiprocess mode of
prometheus_client); whoever answers adds them up.
"""

from __future__ import annotations

import atexit
import hmac
import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from time import perf_counter
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request

HEADER = "X-Request-Id"
STANDARD_ERROR = "-"
"""What `ACCESS_LOG` is to write on the standard error; empty, no page is logged."""
ID_BYTES = 5

pages = logging.getLogger("maillage.pages")
logger = logging.getLogger(__name__)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client, which reads it when it is imported."""
NAME = "metrics"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REFUSED = frozenset({400, 403, 405, 413, 415, 422, 429, 503})
"""What is told by its status; a page that does not exist is no refusal."""


class JsonLines(logging.Formatter):
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
    handler.setFormatter(JsonLines())
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
        handler.setFormatter(JsonLines())
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


Family = tuple[str, str, str, Mapping[str, float]]
"""Name, what it is, name of its label ("" for none), values by label."""


class Metrics:
    """The measures of one application, in all its processes."""

    def __init__(self) -> None:
        if FOLDER not in os.environ:
            folder = tempfile.mkdtemp(prefix="maillage-mesures-")
            os.environ[FOLDER] = folder
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

        # Another library may have brought it in before the folder was said.
        if values.ValueClass is values.MutexValue:
            values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
        mine: Any = {"registry": CollectorRegistry()}
        self.pages = Histogram(
            "maillage_pages_seconds", "Durée des pages", ("route", "statut"),
            buckets=SECONDS, **mine,
        )  # fmt: skip
        self.waiting = Gauge(
            "maillage_waiting", "Réponses qui attendent", multiprocess_mode="livesum", **mine
        )
        self.answers = Counter(
            "maillage_answers", "Réponses, trouvées en mémoire ou calculées", ("origine",), **mine
        )
        self.needs = Counter("maillage_needs", "Besoins, par leur lecture", ("lecture",), **mine)
        self.sign_ins = Counter(
            "maillage_sign_ins", "Connexions des conseillers, par issue", ("issue",), **mine
        )
        self.refusals = Counter("maillage_refusals", "Demandes refusées", ("statut",), **mine)
        self._seen = (0, 0, 0)

    def of_page(self, response: Response, seconds: float) -> None:
        """Count a page by its route, never by its address."""
        route = request.url_rule.rule if request.url_rule else "aucune"
        self.pages.labels(route, str(response.status_code)).observe(seconds)
        if response.status_code in REFUSED:
            self.refusals.labels(str(response.status_code)).inc()
        self.waiting.set(current_app.extensions["turns"].waiting)
        self._count_answers()

    def _count_answers(self) -> None:
        """Add what was found or computed since the last look; newer data begin at nothing."""
        answers = current_app.extensions["freshness"].served.answers
        found = answers.needs.cache_info().hits + answers.page.cache_info().hits
        made = answers.needs.cache_info().misses
        which, hits, misses = self._seen
        if which != id(answers):
            hits = misses = 0
        self._seen = (id(answers), found, made)
        self.answers.labels("memoire").inc(max(0, found - hits))
        self.answers.labels("calcul").inc(max(0, made - misses))


def measure(app: Flask) -> None:
    """Measure the pages of an application, where a token is set to read the measures."""
    if not app.config["METRICS_TOKEN"]:
        return
    app.extensions[NAME] = metrics = Metrics()

    @app.after_request
    def end(response: Response) -> Response:
        metrics.of_page(response, perf_counter() - g.begun)
        return response


def need_read(status: str) -> None:
    """Count a need by what its reading said, where it is measured."""
    if current_app and NAME in current_app.extensions:
        current_app.extensions[NAME].needs.labels(status).inc()


def signed_in(issue: str) -> None:
    """Count a sign-in by how it ended, where it is measured."""
    if NAME in current_app.extensions:
        current_app.extensions[NAME].sign_ins.labels(issue).inc()


def forget_process(pid: int) -> None:
    """Leave a process that ended out of what is counted of those that live."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def is_reader() -> bool:
    """Whether who asks has the token."""
    told = request.headers.get("Authorization", "")
    token = f"Bearer {current_app.config['METRICS_TOKEN']}"
    return hmac.compare_digest(told.encode(), token.encode())


def prometheus_text(families: Iterable[Family]) -> bytes:
    """All measures as Prometheus reads them.

    Parameters
    ----------
    families : iterable of Family
        What is known at this moment: they are added to what was counted.
    """
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.multiprocess import MultiProcessCollector

    class Now:
        def collect(self) -> Iterator[Any]:
            for name, meaning, label, values in families:
                family = GaugeMetricFamily(name, meaning, labels=[label] if label else [])
                for key, value in values.items():
                    family.add_metric([key] if label else [], value)
                yield family

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Now())
    return generate_latest(registry)
