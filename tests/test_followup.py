"""The follow-up of a request: by its reference and its address, and by nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from test_forms import FIELDS, REFERENCE, hidden

from matcher import Matcher
from web import create_app
from web.casework.states import State, Step
from web.casework.store.database import Database
from web.casework.store.tables import Dossier
from web.visitors.followup import STEPS, TOLD


@pytest.fixture
def app(matcher: Matcher, database: Database, tmp_path: Path) -> Iterator[Flask]:
    settings = {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "KEYS": tmp_path / "cles.json",
        "FORM_SECONDS": 0,
        "RATELIMIT_ENABLED": False,
        "ANSWER_DAYS": 9,
    }
    app = create_app(matcher, settings)
    yield app
    app.extensions["database"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def reference(client: FlaskClient) -> str:
    form = hidden(client.get("/mise-en-relation").text)
    page = client.post("/mise-en-relation", data={**FIELDS, **form}, follow_redirects=True)
    found = REFERENCE.search(page.text)
    assert found and f"/suivi?reference={found[0]}" in page.text
    return found[0]


def opened(client: FlaskClient, reference: str, email: str) -> tuple[int, str]:
    form = hidden(client.get("/suivi").text)
    fields = {**form, "reference": reference, "courriel": email}
    answer = client.post("/suivi", data=fields)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.text


def test_a_request_says_where_it_stands_to_who_left_it(client: FlaskClient, reference: str) -> None:
    status, text = opened(client, reference.lower(), "Mairie@Ville.fr")
    assert status == 200 and reference in text
    assert "un conseiller va la lire" in text and "sous 9 jours" in text
    assert FIELDS["service"] not in text and FIELDS["besoin"] not in text


def test_another_address_or_reference_learns_nothing(client: FlaskClient, reference: str) -> None:
    other = reference[:-4] + ("AAAA" if not reference.endswith("AAAA") else "BBBB")
    answers = {opened(client, reference, "autre@ville.fr")[0], opened(client, other, "a@b.fr")[0]}
    assert answers == {404}
    assert "commence par MR" in opened(client, other, "mairie@ville.fr")[1]
    assert opened(client, reference, "")[0] == 400


def test_a_request_whose_contact_was_erased_opens_no_more(
    client: FlaskClient, reference: str, database: Database
) -> None:
    with database.writing() as session:
        contact = session.query(Dossier).filter_by(reference=reference).one().contact
        assert contact
        contact.email = None
    assert opened(client, reference, "mairie@ville.fr")[0] == 404


def test_each_state_is_told_and_what_is_only_prepared_is_not() -> None:
    assert set(TOLD) == set(State)
    assert set(STEPS) == set(Step) - {Step.PREPARED, Step.WITHDRAWN}
