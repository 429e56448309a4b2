"""How often one address may ask: pages generously, forms and the API less.

With `RATELIMIT_STORAGE_URI` at `memory://` each process counts for itself: two processes allow
twice as much, and a restart forgets. Several processes share one count with a store such as
`redis://host:6379`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from time import time
from typing import Any

from flask import Flask, Response, current_app, request, session
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

API = "/api/"
"""Start of the addresses of the API."""

DEFAULTS: dict[str, Any] = {
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_STORAGE_URI": "memory://",
    # A town hall, or a whole administration, has one address.
    "LIMIT_PAGES": "1200 per minute",
    "LIMIT_FORMS": "30 per minute",
    "LIMIT_API": "120 per minute",
    # Wrong passwords and codes of one account, wherever they come from.
    "LIMIT_SIGN_INS": "10 per 15 minutes",
    # Proxies in front of the site whose X-Forwarded-* headers are believed.
    "PROXIES": 0,
}
"""Settings and what they are unless told otherwise."""

SECRETS = (
    "security.login",
    "security.two_factor_token_validation",
    "security.two_factor_setup_validate",
    "security.change_password",
    "security.verify",
)
"""Endpoints where a password or a code is tried."""

COSTS = {
    "api.why_not": 4,
    "public.why_not": 10,
    "public.suggestions_file": 10,
    **dict.fromkeys(SECRETS, 2),
}
"""What counts for more than one request, by endpoint: a whole ranking for each change that is
tried, a file to typeset, a secret to guess."""


def limit(app: Flask) -> None:
    """Count requests by address; behind `PROXIES` proxies, by the address that the first saw."""
    # The environment may give a text.
    app.config["RATELIMIT_ENABLED"] = str(app.config["RATELIMIT_ENABLED"]).lower() in ("true", "1")
    proxies = int(app.config["PROXIES"])
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
    sign_ins = ApplicationLimit(
        _setting("LIMIT_SIGN_INS"),
        key_function=_account,
        scope="LIMIT_SIGN_INS",
        exempt_when=lambda: not is_secret_tried(),
        deduct_when=_was_wrong,
    )
    limiter = Limiter(get_remote_address, application_limits=[*limits, sign_ins])
    limiter.init_app(app)


def seconds_to_wait() -> int:
    """Seconds until the limit that was just passed is lifted, from 1."""
    (limiter,) = current_app.extensions["limiter"]
    passed = limiter.current_limit
    return max(1, int(passed.reset_at - time()) + 1) if passed else 60


def is_secret_tried() -> bool:
    """Whether this request tries a password or a code."""
    return request.method == "POST" and request.endpoint in SECRETS


def _account() -> str:
    """Whose secret is tried: who is signed in, or gave a password, or the address that was typed.

    An address counts whether or not it has an account, so that the count tells nothing of it.
    """
    known = session.get("_user_id") or session.get("tf_user_id")
    if known and request.endpoint != "security.login":
        return str(known)
    typed = request.form.get("email", "").strip()
    # As the form reads it: another way to write an address gives no further tries.
    with suppress(ValueError):
        typed = current_app.extensions["security"]._mail_util.normalize(typed)
    return typed.lower()[:254] or get_remote_address()


def _was_wrong(response: Response) -> bool:
    """A secret that is right leads elsewhere; one that is wrong shows its form again."""
    return response.status_code == 200


def _setting(name: str) -> Callable[[], str]:
    return lambda: current_app.config[name]


def _cost() -> int:
    return COSTS.get(request.endpoint or "", 1)


def _no_api() -> bool:
    return not request.path.startswith(API)


def _no_form() -> bool:
    return not _no_api() or request.method in ("GET", "HEAD", "OPTIONS")


def _no_page() -> bool:
    """Static files are cheap. A proxy that is not told of lends its own address to all visitors:
    pages asked from this very machine are not counted, or one visitor would shut out the others.
    """
    return not _no_api() or request.endpoint == "static" or _from_this_machine()


def _from_this_machine() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
