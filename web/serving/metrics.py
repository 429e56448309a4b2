"""What Prometheus reads: how long pages take, what waits, what is refused. Of nobody in particular.

Kept only where `METRICS_TOKEN` is set. The processes of the site write into files of one temporary
folder that they inherit (the multiprocess mode of prometheus_client); whoever answers adds them up.
"""

from __future__ import annotations

import atexit
import hmac
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter
from typing import Any

from flask import Flask, Response, current_app, g, request

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client, which reads it when it is imported."""
NAME = "metrics"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REFUSED = frozenset({400, 403, 405, 413, 415, 422, 429, 503})
"""What is told by its status; a page that does not exist is no refusal."""
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


def forget(pid: int) -> None:
    """Leave a process that ended out of what is counted of those that live."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def is_reader() -> bool:
    """Whether who asks has the token."""
    told = request.headers.get("Authorization", "")
    token = f"Bearer {current_app.config['METRICS_TOKEN']}"
    return hmac.compare_digest(told.encode(), token.encode())


def written(families: Iterable[Family]) -> bytes:
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
