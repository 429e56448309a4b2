"""How often a secret may be tried: nobody guesses one, and no stranger shuts somebody out.

Wrong tries are counted by account and by where they come from: each further one waits longer. A
browser that signed in before is known by a signed cookie and counts for itself, so that neither
strangers nor colleagues behind the same address keep its owner out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from flask_limiter import ApplicationLimit
from flask_security import user_authenticated
from itsdangerous import BadData, URLSafeTimedSerializer

from .. import records

SECRETS = (
    "security.login",
    "security.two_factor_token_validation",
    "security.two_factor_setup_validate",
    "security.change_password",
    "security.verify",
)
"""Endpoints where a password or a code is tried."""
COOKIE = "navigateur_connu"
KNOWN_DAYS = 90
"""Days for which a browser stays known after it signed in: a season of work."""
_DAY_SECONDS = 24 * 3600
ACCOUNTS = 8
"""Accounts that one browser is known for: a shared desk."""
log = logging.getLogger("maillage.connexions")
"""Who signs in and wrong secrets, with a digest in the place of the account."""
log.setLevel(logging.INFO)
KNOWN, NEW, REFUSED = "connu", "nouveau", "refus"
"""How a sign-in ends: from a browser that signed in before, from another, with a wrong secret."""
TRIED = "essai"
"""Where a session keeps which account gave its password, as a digest."""


def limits(place: Callable[[], str]) -> list[ApplicationLimit]:
    """The limits of wrong secrets.

    Parameters
    ----------
    place : callable
        Where the request comes from.
    """

    def limit(name: str, key: Callable[[], str], exempt: Callable[[], bool]) -> ApplicationLimit:
        return ApplicationLimit(
            lambda: current_app.config[name],
            scope=name,
            key_function=key,
            exempt_when=exempt,
            deduct_when=_was_wrong,
        )

    return [
        limit(
            "LIMIT_SIGN_INS",
            lambda: f"{_account() or place()} {_browser() or place()}",
            lambda: not is_secret_tried(),
        ),
        limit("LIMIT_STRANGERS", lambda: _account() or place(), _is_no_stranger),
        limit("LIMIT_PLACE", place, _is_no_stranger),
    ]


def is_secret_tried() -> bool:
    """Whether this request tries a password or a code."""
    return request.method == "POST" and request.endpoint in SECRETS


def remember(app: Flask) -> None:
    """Know a browser again once somebody signed in with it, both factors."""

    def signed_in(_app: Flask, user: Any, **_details: Any) -> None:
        g.signed_in = account_digest(user.email)
        browser = KNOWN if g.signed_in in _cookie()["a"] else NEW
        records.signed_in(browser)
        log.info("connexion : navigateur %s, compte %s", browser, g.signed_in)

    user_authenticated.connect(signed_in, app, weak=False)

    @app.after_request
    def known(response: Response) -> Response:
        if is_secret_tried() and (_was_wrong(response) or response.status_code == 429):
            records.signed_in(REFUSED)
            log.warning(
                "secret refusé : %s, compte %s", request.endpoint, account_digest(_account())
            )
        if request.endpoint == "security.login" and is_secret_tried() and not _was_wrong(response):
            session[TRIED] = account_digest(_typed())
        if "signed_in" in g:
            found = _cookie()
            accounts = [g.signed_in, *(one for one in found["a"] if one != g.signed_in)]
            response.set_cookie(
                _name(),
                _signer().dumps({"n": found["n"], "a": accounts[:ACCOUNTS]}),
                max_age=KNOWN_DAYS * _DAY_SECONDS,
                path=app.config["SECURITY_URL_PREFIX"],
                secure=_is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return response


def _account() -> str:
    """Whose secret is tried: who is signed in, or gave a password, or the address that was typed.

    An address counts whether or not it has an account, so that the count tells nothing of it.
    """
    known = session.get("_user_id") or session.get("tf_user_id")
    if known and request.endpoint != "security.login":
        return str(known)
    return _typed()


def _typed() -> str:
    typed = request.form.get("email", "").strip()
    # As the form reads it: another way to write an address gives no further tries.
    with suppress(ValueError):
        typed = current_app.extensions["security"]._mail_util.normalize(typed)
    return typed.lower()[:254]


def _browser() -> str:
    """The name of this browser, where it signed in before with the account that is tried."""
    known = session.get(TRIED) if request.endpoint != "security.login" else account_digest(_typed())
    found = _cookie()
    return str(found["n"]) if known in found["a"] else ""


def _cookie() -> dict[str, Any]:
    """What the cookie holds; a new name and no account where it is absent, old or not ours."""
    with suppress(BadData):
        read: dict[str, Any] = _signer().loads(
            request.cookies.get(_name(), ""), max_age=KNOWN_DAYS * _DAY_SECONDS
        )
        return read
    return {"n": secrets.token_urlsafe(12), "a": []}


def _name() -> str:
    """Its name; over https, one that a browser takes over https only."""
    return f"__Secure-{COOKIE}" if _is_secure() else COOKIE


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure


def _is_no_stranger() -> bool:
    return not is_secret_tried() or bool(_browser())


def _was_wrong(response: Response) -> bool:
    """A secret that is right leads elsewhere; one that is wrong shows its form again."""
    return response.status_code == 200


def account_digest(email: str) -> str:
    """An account as the cookie and the log name it: nobody reads an address in it."""
    key = (current_app.secret_key or "").encode()  # type: ignore[union-attr]
    return hmac.new(key, f"{COOKIE} {email.lower()}".encode(), hashlib.sha256).hexdigest()[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=COOKIE)
