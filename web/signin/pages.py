"""Signing in, by Flask-Security: a password and a second factor, always. No self-registration."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from flask import Flask, abort, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_babel import Babel
from flask_login import user_logged_out
from flask_security import (
    LoginForm,
    MailUtil,
    Security,
    SQLAlchemySessionUserDatastore,
    password_changed,
    tf_profile_changed,
)
from flask_security.totp import Totp
from flask_wtf.csrf import ValidationError, validate_csrf
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]
from sqlalchemy import or_, update
from sqlalchemy.orm import scoped_session, sessionmaker

from ..casework import audit
from ..casework.audit import Action
from ..casework.store.database import Database, Unavailable, told
from ..casework.store.tables import Account, AccountRole
from . import tries
from .security import MESSAGES, SHORTEST, Passwords

UNREAD = "account_unread"
"""Where a request keeps why the account of who asks could not be read."""
PREFIX = "/espace"
"""Start of the addresses of the space of advisers."""
SESSION_HOURS = 10
"""A day of work without a gesture: after it one signs in again."""
SESSION_DAYS = 7
"""However active, the password is asked once a week: a cookie that was copied ends."""
NOTED_SECONDS = 60
"""How exactly the last gesture is known: the cookie is not written with every page."""
ACTIVE, WHOSE = "vu", "compte"
"""Where a session keeps its last gesture, and whose it is: see `signin.held`."""
FRESH = timedelta(minutes=10)
"""After this a second factor is replaced only by who gives the password again: a page left open is
not enough to keep an account for good."""

SETTINGS: dict[str, Any] = {
    "SECURITY_URL_PREFIX": PREFIX,
    "SECURITY_LOGIN_URL": "/connexion",
    "SECURITY_LOGOUT_URL": "/deconnexion",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_CHANGE_URL": "/mot-de-passe",
    "SECURITY_VERIFY_URL": "/confirmer",
    "SECURITY_TWO_FACTOR_SETUP_URL": "/second-facteur",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/code",
    "SECURITY_POST_LOGIN_VIEW": f"{PREFIX}/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_CHANGE_VIEW": f"{PREFIX}/",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": f"{PREFIX}/",
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_REQUIRED": True,
    "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    # Seconds around the half minute of a code: the library's own two minutes are long.
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "SECURITY_FRESHNESS": FRESH,
    "SECURITY_FRESHNESS_GRACE_PERIOD": FRESH,
    "SECURITY_TOTP_ISSUER": "Maillage",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_REGISTERABLE": False,
    # A lost password or telephone goes through the command line: no mail is sent by this site.
    "SECURITY_RECOVERABLE": False,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    # Leaving alone the pages of visitors, which have forms of their own.
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "PERMANENT_SESSION_LIFETIME": SESSION_HOURS * 3600,
    **MESSAGES,
    "BABEL_DEFAULT_LOCALE": "fr_FR",
    "BABEL_DEFAULT_TIMEZONE": "Europe/Paris",
}


class Cookies(SecureCookieSessionInterface):
    """The cookie of the session, sent over https only where the site is reached by https."""

    def get_cookie_name(self, app: Flask) -> str:
        """Name it, over https, so that a browser takes it from this very host and no other."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if self.get_cookie_secure(app) else name

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie is for https only; `SESSION_COOKIE_SECURE` forces it."""
        return bool(app.config["SESSION_COOKIE_SECURE"]) or request.is_secure


class NoMail(MailUtil):  # type: ignore[misc]
    """No mail leaves this site: what would be sent is said by a person."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing."""


class SignIn(LoginForm):  # type: ignore[misc]
    """An address and a password; no box that would keep somebody signed in, nor who posts it."""

    remember = None


class OnceOnly(Totp):  # type: ignore[misc]
    """A code of the second factor serves once: who looked over a shoulder cannot use it again."""

    def get_last_counter(self, user: Account) -> int | None:
        """Give the last code used, as a number of half minutes."""
        return user.tf_last_counter

    def set_last_counter(self, user: Account, tmatch: Any) -> None:
        """Note the code just used; of two who bring it at the same moment, one is let in."""
        store = current_app.extensions["security"].datastore
        newer = or_(Account.tf_last_counter.is_(None), Account.tf_last_counter < tmatch.counter)
        used = update(Account).where(Account.id == user.id, newer)
        noted = store.db.session.execute(used.values(tf_last_counter=tmatch.counter))
        store.commit()
        if not noted.rowcount:
            raise UsedTokenError


def set_up(app: Flask, database: Database) -> None:
    """Let accounts of the database sign in."""
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    app.config.setdefault("SECURITY_TOTP_SECRETS", {"1": app.config["TOTP_KEY"]})
    # Statements that each stand alone: a transaction left open by a page would keep a writer of
    # SQLite from its turn.
    statements = scoped_session(sessionmaker(bind=database.single, expire_on_commit=False))
    app.session_interface = Cookies()
    Babel(app, locale_selector=lambda: "fr_FR")
    store = SQLAlchemySessionUserDatastore(statements, Account, AccountRole)
    security = Security(
        app,
        store,
        mail_util_cls=NoMail,
        totp_cls=OnceOnly,
        login_form=SignIn,
        password_util_cls=Passwords,
    )
    # Forms only: what a program sends would be answered in other ways, and not be counted as tried.
    security.want_json(lambda _request: False)
    _log_changes(app, database)
    tries.remember(app)
    _end_sessions(app)
    _read_without_an_account(app)

    @app.before_request
    def forms_only() -> None:
        if request.is_json and (request.endpoint or "").startswith("security."):
            abort(415)
        # The library asks for no token to sign out: another site would sign people out.
        if request.method == "POST" and request.endpoint == "security.logout":
            try:
                validate_csrf(request.form.get("csrf_token"))
            except ValidationError:
                abort(400)

    @app.teardown_appcontext
    def closed(_error: BaseException | None) -> None:
        statements.remove()

    @app.after_request
    def kept_by_nobody(response: Any) -> Any:
        if request.path.startswith(f"{PREFIX}/"):
            response.headers["Cache-Control"] = "no-store"
        if request.endpoint == "security.logout":
            response.headers["Clear-Site-Data"] = '"cache"'  # not the list that a visitor keeps
        return response


def is_over() -> bool:
    """Whether nothing was asked for a day of work, or the password was given a week ago."""
    now, signed_in = time.time(), session.get("fs_paa", 0)
    idle = now - max(session.get(ACTIVE, 0), signed_in)
    return bool(idle > SESSION_HOURS * 3600 or now - signed_in > SESSION_DAYS * 24 * 3600)


def note_activity(account: Account) -> None:
    """Note that who is signed in asks for something."""
    now = int(time.time())
    if session.get(WHOSE) != account.id or now - session.get(ACTIVE, 0) > NOTED_SECONDS:
        session[ACTIVE], session[WHOSE] = now, account.id


def require_accounts() -> None:
    """Refuse to take for a visitor somebody whose account could not be read.

    Raises
    ------
    Unavailable
        When the database did not answer.
    """
    if UNREAD in g:
        raise g.get(UNREAD)


def _read_without_an_account(app: Flask) -> None:
    """Show the pages for everybody to who is signed in too, while the database is down."""
    load = app.login_manager._user_callback  # type: ignore[attr-defined]

    @app.login_manager.user_loader  # type: ignore[attr-defined,untyped-decorator]
    def known(identifier: str) -> Account | None:
        try:
            with told():
                account: Account | None = load(identifier)
                return account
        except Unavailable as error:
            setattr(g, UNREAD, error)
            return None


def _end_sessions(app: Flask) -> None:
    """Who signs out does so everywhere: a copy of the cookie of the session opens nothing more."""

    def ended(_app: Flask, user: Account, **_details: Any) -> None:
        if request.endpoint == "security.logout" and user.is_authenticated:
            store = current_app.extensions["security"].datastore
            store.set_uniquifier(user)
            store.put(user)
            store.commit()

    user_logged_out.connect(ended, app, weak=False)


def _log_changes(app: Flask, database: Database) -> None:
    """Log what those who sign in change of their own account."""

    def logged(change: str) -> Any:
        def log(_app: Flask, user: Account, **_details: Any) -> None:
            number = user.id
            with database.writing() as writing:
                audit.record(writing, Action.ACCOUNT, number, f"compte {number}", changement=change)

        return log

    password_changed.connect(logged("mot_de_passe"), app, weak=False)
    tf_profile_changed.connect(logged("second_facteur"), app, weak=False)
