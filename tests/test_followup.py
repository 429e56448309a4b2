"""The follow-up of a request: by its reference and its address, and by nothing less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from test_forms import FIELDS, REFERENCE, hidden

from matcher import Matcher
from web import create_app
from web.casework.audit import history
from web.casework.dossiers.dossiers import find
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


def answered(client: FlaskClient, reference: str, text: str, **fields: str) -> tuple[int, str]:
    sent = {"reference": reference, "courriel": "mairie@ville.fr", "recontactee": "oui"}
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version
    sent |= {"version": version[1], **fields}
    answer = client.post("/suivi/reponse", data={**hidden(text), **sent})
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.text


def of(database: Database, reference: str) -> tuple[Dossier, list[str]]:
    with database.reading() as session:
        found = find(session, reference)
        return found, [entry.action for entry in history(session, reference)]


def test_the_commune_says_whether_it_was_useful_and_closes_its_request(
    client: FlaskClient, reference: str, database: Database
) -> None:
    _, page = opened(client, reference, "mairie@ville.fr")
    said = {"utile": "en_partie", "mot": "Une visite a eu lieu.", "clore": "accompagne"}
    status, text = answered(client, reference, page, **said)
    assert status == 200 and "votre réponse est enregistrée" in text
    assert "Le dossier est clos." in text and 'name="clore"' not in text
    dossier, actions = of(database, reference)
    assert dossier.heard and dossier.heard["mot"] == "Une visite a eu lieu."
    assert (dossier.state, dossier.reason) == ("clos", "accompagne")
    assert actions == ["dossier.recu", "dossier.avis", "dossier.etat"]


def test_an_answer_sent_twice_is_one_and_an_old_page_changes_nothing(
    client: FlaskClient, reference: str, database: Database
) -> None:
    _, page = opened(client, reference, "mairie@ville.fr")
    first = answered(client, reference, page, utile="non")
    again = answered(client, reference, page, utile="non")
    assert (first[0], again[0]) == (200, 200)
    later = answered(client, reference, first[1], recontactee="non", utile="")
    assert later[0] == 200
    assert answered(client, reference, page, utile="non")[0] == 409
    dossier, actions = of(database, reference)
    assert dossier.heard and dossier.heard["recontactee"] == "non"
    assert actions.count("dossier.avis") == 2


@pytest.mark.parametrize(
    "fields",
    [{"recontactee": ""}, {"utile": "peut-être"}, {"clore": "doublon"}, {"mot": "a" * 301}],
)
def test_an_answer_out_of_its_list_is_refused(
    client: FlaskClient, reference: str, database: Database, fields: dict[str, str]
) -> None:
    _, page = opened(client, reference, "mairie@ville.fr")
    assert answered(client, reference, page, **fields)[0] == 400
    assert of(database, reference)[0].heard is None


def test_nobody_answers_for_another_nor_without_the_token(
    client: FlaskClient, reference: str, database: Database
) -> None:
    _, page = opened(client, reference, "mairie@ville.fr")
    assert answered(client, reference, page, courriel="autre@ville.fr")[0] == 404
    assert answered(client, reference, page, csrf_token="faux")[0] == 400
    assert of(database, reference)[0].heard is None
