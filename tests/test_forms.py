"""What visitors leave: checked in French, stored once, and never lost without a word."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from test_web import XSS
from werkzeug.test import TestResponse

from matcher import Matcher
from web import create_app
from web.casework.dossiers import dossiers as dossier_needs
from web.casework.dossiers.inbox import Inbox, InboxUnavailable, Request
from web.casework.persons.retention import KEPT_YEARS
from web.casework.store.database import Database
from web.casework.store.tables import Contact, Dossier, Proposal

FIELDS = {
    "commune": "34142",
    "besoin": "Ouvrir une recyclerie dans l’ancienne halle.",
    "theme": ["foncier"],
    "etape": "creation",
    "structure": ["cress-occitanie", "villages-vivants"],
    "service": "Service urbanisme",
    "courriel": "mairie@ville.fr",
    "accord": "oui",
}
PROPOSAL = {
    "nature": "projet",
    "titre": "La Ressourcerie du Causse",
    "description": "Une ressourcerie portée par une association, ouverte en 2024.",
}


sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database is asked."""
REFERENCE = re.compile(r"(?:MR|PR|CO)(?:-[A-Z2-7]{4}){3}")


@pytest.fixture
def app(matcher: Matcher, database: Database, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(
        matcher,
        {
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "KEYS": tmp_path / "cles.json",
            "FORM_SECONDS": 0,
            "RATELIMIT_ENABLED": False,
        },
    )
    yield app
    app.extensions["database"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def hidden(text: str) -> dict[str, str]:
    """The fields that the form brings by itself."""
    found = {}
    for name in ("csrf_token", "jeton"):
        match = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]+)"', text)
        assert match, name
        found[name] = unescape(match[1])
    return found


def send(client: FlaskClient, path: str = "/mise-en-relation", **changes: object) -> TestResponse:
    """Open a form, fill it and send it."""
    fields = {
        **(FIELDS if path == "/mise-en-relation" else PROPOSAL),
        **hidden(client.get(path).text),
    }
    return client.post(path, data={k: v for k, v in (fields | changes).items() if v is not None})


def dossiers(database: Database) -> list[Dossier]:
    """What was asked, with its contact, oldest first."""
    with database.reading() as session:
        found = list(session.scalars(select(Dossier).order_by(Dossier.id)))
        for dossier in found:
            assert dossier.contact
        return found


def proposals(database: Database) -> list[Proposal]:
    """What was proposed, oldest first."""
    with database.reading() as session:
        return list(session.scalars(select(Proposal).order_by(Proposal.id)))


def contacts(database: Database) -> list[Contact]:
    with database.reading() as session:
        return list(session.scalars(select(Contact).order_by(Contact.id)))


def is_empty(database: Database) -> bool:
    """Whether nothing at all was kept."""
    return not (dossiers(database) or proposals(database) or contacts(database))


# A request for an introduction


@sqlite_only
def test_the_form_is_filled_from_the_page_of_suggestions(client: FlaskClient) -> None:
    query = {k: v for k, v in FIELDS.items() if k in ("commune", "besoin", "theme", "etape")}
    text = client.get(
        "/mise-en-relation", query_string={**query, "structure": ["villages-vivants", "inconnue"]}
    ).text
    assert 'value="Lodève (Hérault)"' in text
    assert FIELDS["besoin"] in text
    assert re.search(r'value="foncier" checked', text)
    assert re.search(r'value="creation" selected', text)
    assert re.findall(r'name="structure" value="([^"]+)" checked', text) == ["villages-vivants"]


def test_a_request_is_stored_whole_and_confirmed_with_its_reference(
    client: FlaskClient, database: Database
) -> None:
    answer = send(client)
    assert (answer.status_code, answer.location) == (303, "/mise-en-relation/recue")
    (dossier,) = dossiers(database)
    assert (dossier.commune, dossier.need) == ("34142", FIELDS["besoin"])
    assert (dossier.themes, dossier.stage) == (["foncier"], "creation")
    assert dossier.wished == ["cress-occitanie", "villages-vivants"]
    assert (dossier.state, dossier.origin, dossier.version) == ("recu", "site", 1)
    contact = dossier.contact
    assert contact and contact.consent_at
    assert (contact.service, contact.email) == ("Service urbanisme", "mairie@ville.fr")
    confirmed = client.get("/mise-en-relation/recue").text
    assert REFERENCE.fullmatch(dossier.reference)
    assert dossier.reference in confirmed


def test_sending_twice_makes_one_request(client: FlaskClient, database: Database) -> None:
    fields = {**FIELDS, **hidden(client.get("/mise-en-relation").text)}
    for _ in range(2):
        assert client.post("/mise-en-relation", data=fields).status_code == 303
    assert len(dossiers(database)) == len(contacts(database)) == 1


def test_what_was_typed_for_the_place_is_kept_beside_what_was_understood(
    client: FlaskClient, database: Database
) -> None:
    fields = {**FIELDS, **hidden(client.get("/mise-en-relation").text)}
    for typed in ("lodeve herault", "34142"):  # said otherwise, it is the same request
        client.post("/mise-en-relation", data={**fields, "commune": typed})
    (dossier,) = dossiers(database)
    assert (dossier.commune, dossier.typed) == ("34142", "lodeve herault")
    send(client, "/proposer", commune="LODEVE")
    send(client, "/proposer", commune=None)
    named, unnamed = proposals(database)
    assert (named.content["commune"], named.typed) == ("34142", "LODEVE")
    assert unnamed.typed is None
    assert "commune_saisie" not in named.content


def test_several_communes_ask_together_in_one_request(
    client: FlaskClient, database: Database
) -> None:
    assert send(client, commune="Lodève, Die").status_code == 303
    send(client, commune="epci:200017341")
    two, epci = dossiers(database)
    assert (two.commune, two.places, two.typed) == ("34142", "34142,26113", "Lodève, Die")
    assert epci.places and len(epci.places.split(",")) > 10 and epci.commune == "34142"
    assert dossier_needs.need_of(two).places == ("34142", "26113")
    refused = send(client, commune="Lodève, Diexyz")
    assert refused.status_code == 400 and "Diexyz" in refused.text
    assert len(dossiers(database)) == 2


def test_the_form_names_the_communes_of_the_page_of_suggestions(client: FlaskClient) -> None:
    for code, shown in (("34142,26113", "Lodève et Die"), ("34142", "Lodève (Hérault)")):
        page = client.get("/mise-en-relation", query_string={"commune": code}).text
        assert f'value="{shown}"' in page


def test_what_was_changed_before_sending_again_is_kept_too(
    client: FlaskClient, database: Database
) -> None:
    fields = {**FIELDS, **hidden(client.get("/mise-en-relation").text)}
    client.post("/mise-en-relation", data=fields)
    client.post("/mise-en-relation", data={**fields, "service": "Secrétariat général"})
    assert {contact.service for contact in contacts(database)} == {
        "Service urbanisme",
        "Secrétariat général",
    }


def test_reading_the_confirmation_again_stores_nothing(
    client: FlaskClient, database: Database
) -> None:
    send(client)
    for _ in range(2):
        assert client.get("/mise-en-relation/recue").status_code == 200
    assert len(dossiers(database)) == 1


@sqlite_only
@pytest.mark.parametrize("path", ["/mise-en-relation", "/proposer"])
def test_who_sent_nothing_has_nothing_confirmed(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}/recue")
    assert (answer.status_code, answer.location) == (303, path)


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"commune": ""}, "commune", "Indiquez votre commune."),
        ({"commune": "Trifouillis-les-Oies"}, "commune", "Commune inconnue"),
        ({"commune": "saint-denis"}, "commune", "La Réunion, 97411"),
        ({"besoin": "", "theme": None}, "besoin", "Votre besoin est vide"),
        ({"besoin": "a" * 5_001}, "besoin", "5000 caractères au plus"),
        ({"besoin": "\x07\ufffe", "theme": None}, "besoin", "Votre besoin est vide"),
        ({"service": "\ufdd0\u200b"}, "service", "Indiquez le service"),
        ({"theme": ["licorne"]}, "theme", "Thème inconnu"),
        ({"etape": "licorne"}, "etape", "Étape inconnue"),
        ({"structure": ["licorne"]}, "structure", "n’est plus au catalogue"),
        ({"service": " "}, "service", "Indiquez le service"),
        ({"service": "a\r\nBcc: b"}, "service", "une seule ligne"),
        ({"courriel": ""}, "courriel", "Indiquez une adresse"),
        ({"courriel": "mairie"}, "courriel", "comme mairie@ville.fr"),
        ({"courriel": "c@ville.fr;d@ville.fr"}, "courriel", "une seule adresse"),
        ({"courriel": "a@b.fr\nBcc: c@d.fr"}, "courriel", "une seule ligne"),
        ({"accord": None}, "accord", "Sans votre accord"),
        ({"adresse_du_site": "https://example.org"}, "adresse_du_site", "laissez-le vide"),
    ],
)
def test_what_is_wrong_is_said_in_french_beside_its_field(
    client: FlaskClient, database: Database, changes: dict[str, object], field: str, said: str
) -> None:
    answer = send(client, **changes)
    text = unescape(answer.text)
    assert answer.status_code == 400
    assert re.search(rf'<a href="#{field}">[^<]*{re.escape(said)}', text), text[:3000]
    assert f'id="{field}"' in text and f'id="{field}-erreur"' in text
    # A screen reader says it with the field.
    assert re.search(rf'<[^>]* aria-describedby="{field}-erreur[ "]', text)
    assert is_empty(database)


@sqlite_only
def test_a_no_break_space_is_no_control_character(client: FlaskClient) -> None:
    assert send(client, service="Service\u00a0: urbanisme").status_code == 303


@sqlite_only
def test_what_was_typed_is_still_there_after_a_refusal(client: FlaskClient) -> None:
    text = unescape(send(client, courriel="mairie").text)
    for value in (FIELDS["besoin"], FIELDS["service"], 'value="mairie"', "Villages Vivants"):
        assert str(value) in text


@sqlite_only
@pytest.mark.parametrize(
    "address",
    [
        "mairie@ville.fr",
        "service+ess@mairie.ville.gouv.fr",
        "o'brien@exemple.org",
        "accueil@orléans-métropole.fr",
        "élus@ville.fr",
        '"service culture"@ville.fr',
        "a@b.museum",
        "mairie@[192.0.2.1]",
        "x" * 64 + "@" + "a" * 60 + ".fr",
    ],
)
def test_no_valid_address_is_refused(client: FlaskClient, database: Database, address: str) -> None:
    assert send(client, courriel=address).status_code == 303
    assert contacts(database)[0].email == address


def test_a_need_in_any_script_is_stored_as_typed(client: FlaskClient, database: Database) -> None:
    need = "Recyclerie ♻️ « l’Établi » #1 $x @y \\ مقهى\r\nDeuxième ligne <b>"
    send(client, besoin=need)
    assert dossiers(database)[0].need == need.replace("\r\n", "\n")


# A proposal


def test_a_project_is_stored_without_any_address(client: FlaskClient, database: Database) -> None:
    assert send(client, "/proposer").location == "/proposer/recue"
    (proposal,) = proposals(database)
    assert proposal.kind == "projet" and proposal.contact_id is None
    assert proposal.content["titre"] == PROPOSAL["titre"]
    assert proposal.reference.startswith("PR-")
    assert proposal.reference in client.get("/proposer/recue").text


@sqlite_only
@pytest.mark.parametrize(
    ("page", "fiche", "name"),
    [
        ("/structures/villages-vivants", "villages-vivants", "Villages Vivants"),
        ("/projets/P002", "P002", ""),
    ],
)
def test_a_page_leads_to_its_correction(
    client: FlaskClient, database: Database, page: str, fiche: str, name: str
) -> None:
    assert f'href="/proposer?fiche={fiche}"' in client.get(page).text
    text = client.get("/proposer", query_string={"fiche": fiche}).text
    assert re.search(r'value="correction" checked', text)
    assert f'name="fiche" value="{fiche}"' in text and name in text
    send(client, "/proposer", nature="correction", fiche=fiche, source="https://exemple.org/a")
    (proposal,) = proposals(database)
    assert (proposal.kind, proposal.content["fiche"]) == ("correction", fiche)
    assert proposal.reference.startswith("CO-")


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nature": "licorne"}, "nature"),
        ({"fiche": "licorne"}, "fiche"),
        ({"titre": ""}, "titre"),
        ({"description": "  "}, "description"),
        ({"description": "\x00"}, "description"),
        ({"commune": "Trifouillis-les-Oies"}, "commune"),
        ({"source": "javascript:alert(1)"}, "source"),
        ({"source": "https://"}, "source"),
        ({"source": "http://[bad"}, "source"),
        ({"courriel": "@"}, "courriel"),
        ({"adresse_du_site": "x"}, "adresse_du_site"),
    ],
)
def test_a_faulty_proposal_is_not_stored(
    client: FlaskClient, database: Database, changes: dict[str, object], field: str
) -> None:
    answer = send(client, "/proposer", **changes)
    assert answer.status_code == 400
    assert f'id="{field}-erreur"' in answer.text
    assert is_empty(database)


# What protects them


@sqlite_only
@pytest.mark.parametrize("path", ["/mise-en-relation", "/proposer"])
@pytest.mark.parametrize("missing", ["csrf_token", "jeton"])
def test_a_form_without_its_tokens_is_refused_and_works_the_second_time(
    client: FlaskClient, database: Database, path: str, missing: str
) -> None:
    answer = send(client, path, **{missing: None})
    assert answer.status_code == 400
    assert "relisez-le, puis envoyez-le de nouveau" in answer.text
    assert is_empty(database)
    fields = FIELDS if path == "/mise-en-relation" else PROPOSAL
    again = client.post(path, data={**fields, **hidden(answer.text)})
    assert again.status_code == 303


@sqlite_only
def test_the_token_of_another_visitor_is_refused(app: Flask, database: Database) -> None:
    fields = {**FIELDS, **hidden(app.test_client().get("/mise-en-relation").text)}
    assert app.test_client().post("/mise-en-relation", data=fields).status_code == 400
    assert is_empty(database)


@sqlite_only
def test_a_form_filled_faster_than_a_person_reads_waits_for_a_second_sending(
    app: Flask, client: FlaskClient
) -> None:
    app.config["FORM_SECONDS"] = 3
    fields = {**FIELDS, **hidden(client.get("/mise-en-relation").text)}
    answer = client.post("/mise-en-relation", data=fields)
    assert answer.status_code == 400 and "parti très vite" in answer.text
    assert hidden(answer.text)["jeton"] == fields["jeton"], "the clock must not start again"
    app.config["FORM_SECONDS"] = 0
    assert client.post("/mise-en-relation", data=fields).status_code == 303


@sqlite_only
def test_a_cookie_comes_with_a_form_only_and_scripts_cannot_read_it(client: FlaskClient) -> None:
    for path in ("/", "/suggestions?commune=34142&besoin=recyclerie", "/vie-privee", "/widget"):
        assert "Set-Cookie" not in client.get(path).headers
    cookie = client.get("/proposer").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Expires" not in cookie


@sqlite_only
def test_the_privacy_page_says_how_long_and_what_is_kept(client: FlaskClient) -> None:
    text = unescape(client.get("/vie-privee").text)
    assert (
        f"{KEPT_YEARS} ans après la dernière activité" in text and "Un cookie, et un seul" in text
    )
    assert "Aucun cookie" in text, "of the search"


@sqlite_only
def test_the_page_of_a_form_is_kept_by_no_cache(client: FlaskClient) -> None:
    send(client)
    for path in ("/mise-en-relation", "/proposer", "/mise-en-relation/recue"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@sqlite_only
@pytest.mark.parametrize("path", ["/mise-en-relation", "/proposer"])
def test_no_field_lets_code_through(client: FlaskClient, path: str) -> None:
    for value in XSS:
        for name in (*FIELDS, *PROPOSAL, "source", "fiche", "sans", "jeton", "adresse_du_site"):
            answer = send(client, path, **{name: value})
            assert answer.status_code in (303, 400), (name, value)
            assert value not in answer.text, (name, value)


# When it cannot be stored


class Full:
    """An inbox that is full."""

    def receive(self, request: Request) -> str:
        raise InboxUnavailable("plein")


@sqlite_only
@pytest.mark.parametrize("path", ["/mise-en-relation", "/proposer"])
def test_what_could_not_be_stored_is_said_and_stays_on_the_page(
    app: Flask, client: FlaskClient, path: str
) -> None:
    app.extensions["inbox"] = Full()
    answer = send(client, path)
    text = unescape(answer.text)
    assert answer.status_code == 503
    assert "Rien n’a pu être enregistré" in text
    assert (
        str(
            (FIELDS if path == "/mise-en-relation" else PROPOSAL)[
                "besoin" if path == "/mise-en-relation" else "description"
            ]
        )
        in text
    )
    assert "Set-Cookie" not in answer.headers or "recue" not in answer.headers["Set-Cookie"]
    assert client.get(f"{path}/recue").status_code == 303, "nothing is confirmed"


def test_a_database_that_is_down_loses_nothing_of_what_was_typed_and_nothing_is_logged_of_it(
    app: Flask, client: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = {**FIELDS, **hidden(client.get("/mise-en-relation").text)}
    down = Database("postgresql://maillage@127.0.0.1:1/absente")
    app.extensions["inbox"], kept = Inbox(down), app.extensions["inbox"]
    answer = client.post("/mise-en-relation", data=fields)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    again = {**FIELDS, **hidden(answer.text)}
    assert again["jeton"] == fields["jeton"], "sent again, it is the same request"
    text = unescape(answer.text)
    for typed in ("besoin", "service", "courriel"):
        assert str(FIELDS[typed]) in text
        assert str(FIELDS[typed]) not in caplog.text
    app.extensions["inbox"] = kept
    assert client.post("/mise-en-relation", data=again).status_code == 303
    assert len(dossiers(database)) == 1


def test_nothing_personal_is_logged_when_a_table_refuses(
    app: Flask, client: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with database.writing() as session:
        session.execute(text("ALTER TABLE dossiers RENAME TO ailleurs"))
    answer = send(client)
    assert answer.status_code in (500, 503)
    for typed in ("besoin", "service", "courriel"):
        assert str(FIELDS[typed]) not in caplog.text + answer.text * (answer.status_code == 500)


def test_a_visitor_sends_twice_at_the_same_instant_and_is_told_one_reference(
    app: Flask, database: Database
) -> None:
    start = threading.Barrier(6)
    first = app.test_client()
    fields = {**FIELDS, **hidden(first.get("/mise-en-relation").text)}
    cookie = first.get_cookie("session")
    assert cookie

    def click(_: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        start.wait()
        answer = client.post("/mise-en-relation", data=fields)
        (reference,) = set(REFERENCE.findall(client.get("/mise-en-relation/recue").text))
        return answer.status_code, reference

    with ThreadPoolExecutor(6) as pool:
        told = set(pool.map(click, range(6)))
    (dossier,) = dossiers(database)
    assert told == {(303, dossier.reference)}
    assert len(contacts(database)) == 1


def test_the_environment_says_where_requests_go(
    matcher: Matcher, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", url)
    monkeypatch.setenv("MAILLAGE_KEYS", str(tmp_path / "ailleurs" / "cles.json"))
    monkeypatch.setenv("MAILLAGE_FORM_SECONDS", "0")
    monkeypatch.setenv("MAILLAGE_CONTACT", "contact@exemple.org")
    app = create_app(matcher)
    client = app.test_client()
    assert send(client, "/proposer").status_code == 303
    assert len(proposals(database)) == 1
    assert (tmp_path / "ailleurs" / "cles.json").is_file()
    assert "contact@exemple.org" in client.get("/proposer/recue").text
    app.extensions["database"].engine.dispose()
