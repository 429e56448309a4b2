"""The site as those who sign in use it: accounts, signed-in clients, forms that are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

from flask import Flask, session
from flask.testing import FlaskClient
from flask_security import login_user
from passlib.totp import TOTP, AppWallet
from werkzeug.test import TestResponse

from matcher import Matcher
from web import create_app
from web.access import Role
from web.casework.dossiers.inbox import Request, RequestKind
from web.casework.store.database import Database
from web.casework.store.tables import Account
from web.signin import accounts

CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
"""A hash as cheap as it may be: the tests sign in a thousand times. So for the second factor."""
AppWallet.encrypt_cost = 6
PASSWORD = "un mot de passe de test"
NEED = {
    "commune": "34142",
    "besoin": "Ouvrir une recyclerie dans l’ancienne gare.",
    "themes": ["economie_circulaire"],
    "themes_ecartes": [],
    "etape": None,
    "structures": ["cress-occitanie"],
    "service": "Service urbanisme",
    "courriel": "mairie@ville.fr",
    "accord": True,
}
"""What the form of the site leaves in the inbox."""

TOKENS: dict[str, str] = {}
"""The token of forms of each session, by its secret."""
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
"""When the tests that move the time begin."""


class Clock:
    """The time of the test."""

    def __init__(self) -> None:
        self.at = MONDAY

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


@dataclass
class Space:
    """The application and its signed-in clients, one an account."""

    app: Flask
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @classmethod
    def open(cls, matcher: Matcher, url: str, keys: Path, **settings: object) -> Space:
        """Open the site on a database."""
        config = {
            "DATABASE_URL": url,
            "KEYS": keys,
            "FORM_SECONDS": 0,
            "RATELIMIT_ENABLED": False,
            "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP,
        }
        return cls(create_app(matcher, config | settings))

    @property
    def database(self) -> Database:
        """The database of the site."""
        opened: Database = self.app.extensions["database"]
        return opened

    def close(self) -> None:
        """Let go of the database."""
        self.database.engine.dispose()

    def receive(
        self, token: str = "jeton", kind: RequestKind = RequestKind.INTRODUCTION, **changes: object
    ) -> str:
        """Leave a request as the form of the site does; gives its reference."""
        content = {**NEED, **changes} if kind is RequestKind.INTRODUCTION else changes
        return str(self.app.extensions["inbox"].receive(Request(kind, token, content)))

    def account(self, name: str, role: Role = Role.ADVISER) -> int:
        """Make an account whose second factor is set, under `name@test.fr`; gives its number."""
        with self.app.app_context():
            accounts.create(f"{name}@test.fr", name.title(), role, PASSWORD)
            store, user = self.app.extensions["security"].datastore, self._user(name)
            store.tf_set(user, "authenticator", self._totp().generate_totp_secret())
            store.commit()
            return user.id

    def client(self, name: str, role: Role = Role.ADVISER) -> FlaskClient:
        """Give a client signed in as `name`, whose account is made when it is first asked for."""
        if name not in self.clients:
            self.account(name, role)
            self.clients[name] = self._signed_in(name)
        return self.clients[name]

    def _signed_in(self, name: str) -> FlaskClient:
        """Give a client whose session is that of who signed in: a thousand tests only need it."""
        client = self.app.test_client()
        with self.app.test_request_context(environ_base=client.environ_base):
            login_user(self._user(name), authn_via=["password", "authenticator"])
            opened = dict(session)
        with client.session_transaction() as kept:
            kept.update(opened)
        return client

    def sign_in(self, name: str) -> FlaskClient:
        """Sign in as people do: with the password, then with a code."""
        client = self.app.test_client()
        sent(client, "/espace/connexion", email=f"{name}@test.fr", password=PASSWORD)
        answer = sent(client, "/espace/code", code=self.code(name))
        assert answer.status_code == 302, answer.text
        return client

    def code(self, name: str) -> str:
        """The code that the telephone of an account shows."""
        with self.app.app_context():
            user = self._user(name)
            user.tf_last_counter = None  # as if half a minute had passed
            self.app.extensions["security"].datastore.commit()
            return str(self._totp().generate_totp_password(user.tf_totp_secret))

    def _user(self, name: str) -> Account:
        found: Account = self.app.extensions["security"].datastore.find_user(
            email=f"{name}@test.fr"
        )
        return found

    def _totp(self) -> TOTP:
        return self.app.extensions["security"]._totp_factory


def token_of(page: str) -> str:
    """The token that a form of the page brings."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def sent(client: FlaskClient, path: str, page: str | None = None, **fields: object) -> TestResponse:
    """Send a form to `path` with the token of the session.

    The page that holds the form is opened for the first one only: it serves for the whole session.
    """
    token = TOKENS.get(_secret(client)) or token_of(client.get(page or path).text)
    TOKENS[_secret(client)] = token
    return client.post(path, data={"csrf_token": token, **fields})


def _secret(client: FlaskClient) -> str:
    """What the tokens of a session are made from; empty before there is a session."""
    app = client.application
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    serializer = app.session_interface.get_signing_serializer(app)
    return str(serializer.loads(cookie.value).get("csrf_token", "")) if cookie else ""
