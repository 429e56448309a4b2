"""How much one address may ask: pages generously, forms and the API less, and processor time.

A few heavy needs cost as much as a thousand light ones. The processes of a machine share their
counts (`counts`, `partage://`); several machines share them with a store such as
`RATELIMIT_STORAGE_URI=redis://host:6379`.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from time import thread_time, time

from flask import Flask, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter
from limits import RateLimitItem, parse
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from .access import is_open
from .signin import tries
from .signin.tries import is_secret_tried
from .turns import UNKNOWN, Turns, leave_turn, take_turn

API = "/api/"
"""Start of the addresses of the API."""

SITE_BITS = 64
"""Of an IPv6 address, what is of one subscriber: the rest it draws as it likes."""

COSTS = {
    "api.why_not": 4,
    "public.why_not": 10,
    "public.suggestions_file": 10,
}
"""What counts for more than one request, by endpoint: a whole ranking for each change that is
tried, a file to typeset."""
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


def limit(app: Flask) -> None:
    """Count requests by address; behind `PROXIES` proxies, by the address that the first saw."""
    proxies = app.config["PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    limits: list[str | Callable[[], str] | ApplicationLimit] = [
        ApplicationLimit(_setting(name), scope=name, exempt_when=exempt, cost=_cost)
        for name, exempt in (
            ("LIMIT_API", _no_api),
            ("LIMIT_FORMS", _no_form),
            ("LIMIT_PAGES", _no_page),
        )
    ]
    limiter = Limiter(_counted, application_limits=[*limits, *tries.limits(_counted)])
    limiter.init_app(app)


def client() -> str | None:
    """Who asks: an IPv4 address, or the half of an IPv6 one that is of a subscriber.

    None when this machine does: a proxy that we were not told of lends its address to everybody.
    """
    address = request.remote_addr or ""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.is_loopback:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), SITE_BITS), strict=False))


def _counted() -> str:
    return client() or request.remote_addr or ""


def seconds_to_wait(error: HTTPException) -> int:
    """Seconds until one may come back, from 1: as the refusal or the limit says."""
    told = getattr(error, "retry_after", None)
    if isinstance(told, int):
        return max(1, told)
    (limiter,) = current_app.extensions["limiter"]
    passed = limiter.current_limit
    return max(1, int(passed.reset_at - time()) + 1) if passed else 60


def _setting(name: str) -> Callable[[], str]:
    return lambda: current_app.config[name]


def _cost() -> int:
    return COSTS.get(request.endpoint or "", 1)


def _no_api() -> bool:
    return not request.path.startswith(API)


def _no_form() -> bool:
    """Secrets have limits of their own: an office is one address."""
    read = request.method in ("GET", "HEAD", "OPTIONS")
    return not _no_api() or read or is_secret_tried()


def _no_page() -> bool:
    """Static files are cheap. A proxy that is not told of lends its own address to all visitors:
    pages asked from this very machine are not counted, or one visitor would shut out the others.
    """
    return not _no_api() or request.endpoint == "static" or client() is None


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
