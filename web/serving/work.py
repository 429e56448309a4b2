"""Processor time, counted per visitor: a few heavy needs cost as much as a thousand light ones."""

from __future__ import annotations

from time import thread_time, time

from flask import Flask, current_app, g, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse

from ..access import is_open
from ..limits import client
from .turns import UNKNOWN, Turns, leave_turn, take_turn

HEAVY = frozenset(
    {
        "api.match",
        "api.read",
        "api.team",
        "api.why_not",
        "public.reading",
        "public.suggestions_file",
        "public.why_not",
    }
)
"""Endpoints that compute whatever was asked before; the others wait where they compute."""
NAME = "travail"
"""Under which the time is counted."""


def share(app: Flask) -> None:
    """Let each visitor have turns as long as the processor time of a visitor lasts."""
    app.extensions["turns"] = Turns()

    @app.before_request
    def begin() -> None:
        if request.endpoint in (None, "static") or not is_open(request.endpoint or ""):
            return
        g.visitor = client() or UNKNOWN
        g.work_begun = thread_time()
        g.out_of_time = _seconds_over()
        if request.endpoint in HEAVY:
            take_turn()

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        leave_turn()
        begun = g.pop("work_begun", None)
        if begun is not None and _is_counted():
            spent = round(1000 * (thread_time() - begun))
            _limiter().limiter.hit(_allowed(), NAME, g.visitor, cost=spent)


def _seconds_over() -> int | None:
    """Seconds until this visitor may ask for answers again; None when it may now."""
    if not _is_counted() or _limiter().limiter.test(_allowed(), NAME, g.visitor):
        return None
    until = _limiter().limiter.get_window_stats(_allowed(), NAME, g.visitor).reset_time
    return max(1, int(until - time()) + 1)


def _is_counted() -> bool:
    return bool(g.visitor != UNKNOWN and _limiter().enabled)


def _limiter() -> Limiter:
    (limiter,) = current_app.extensions["limiter"]
    found: Limiter = limiter
    return found


def _allowed() -> RateLimitItem:
    return parse(current_app.config["LIMIT_WORK"])
