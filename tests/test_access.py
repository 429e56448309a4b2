"""Who may ask for what: what is not written is refused. The table: cases/acces.csv."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain, combinations, product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from casework import PASSWORD, Clock, Space, sent, token_of
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter
from werkzeug.test import TestResponse

from matcher import Matcher
from web.access import (
    FORMS,
    POLICY,
    STANDING_IN,
    Role,
    is_member,
    may_change,
    may_open_notes,
    may_read,
    may_read_contact,
    may_read_notes,
    readable,
    working_as,
)
from web.casework import clock as clocks
from web.casework.dossiers import dossiers
from web.casework.dossiers.dossiers import Declared
from web.casework.states import State
from web.casework.store import schema
from web.casework.store.database import Database
from web.casework.store.tables import Account as AccountRow
from web.casework.store.tables import AccountRole as RoleRow
from web.casework.store.tables import Dossier
from web.signin import accounts

TABLE = Path(__file__).parent / "cases" / "acces.csv"
WHO = ("visiteur", *(role.value for role in Role))
SEEN, SIGN_IN, REFUSED, NONE = "oui", "connexion", "non", "absent"
"""The page is there; it asks to sign in first; it is refused; it does not seem to exist."""


@pytest.fixture(scope="module")
def site(matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    """The site whose pages answer « vu » at once: only who gets there is looked at."""
    folder = tmp_path_factory.mktemp("acces")
    url = f"sqlite:///{folder / 'maillage.sqlite'}"
    schema.upgrade(Database(url))
    space = Space.open(matcher, url, folder / "cles.json")
    for role in Role:
        space.client(role.value, role)
    for endpoint in space.app.view_functions:
        space.app.view_functions[endpoint] = lambda **_parts: "vu"
    yield space
    space.close()


def rows() -> dict[tuple[str, str], dict[str, str]]:
    """The table, by method and route."""
    with TABLE.open(encoding="utf-8-sig", newline="") as file:
        return {(row["methode"], row["route"]): row for row in csv.DictReader(file, delimiter=";")}


def routes(space: Space) -> list[tuple[str, str, str]]:
    """Method, route and endpoint of all there is."""
    return sorted(
        (method, str(rule), rule.endpoint)
        for rule in space.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def address(space: Space, route: str) -> str:
    """An address of a route, its parts filled with what they take."""
    rule = next(r for r in space.app.url_map.iter_rules() if str(r) == route)
    built = rule.build({name: part(rule._converters[name]) for name in rule.arguments})
    assert built
    return built[1]


def part(converter: BaseConverter) -> object:
    """Something that a part of an address takes."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, IntegerConverter) else "x"


def asked(client: FlaskClient, method: str, path: str) -> str:
    """What becomes of a request that brings the token of its form, in a word of the table."""
    return told(answered(client, method, path))


def answered(client: FlaskClient, method: str, path: str) -> TestResponse:
    """The answer to a request that brings the token of its form."""
    data = {}
    if method != "GET":
        with client.session_transaction() as session:
            secret = session.setdefault("csrf_token", "0" * 40)
        from flask_wtf.csrf import generate_csrf

        with client.application.test_request_context():
            from flask import session as live

            live["csrf_token"] = secret
            data["csrf_token"] = generate_csrf()
    return client.open(path, method=method, data=data)


def told(answer: TestResponse) -> str:
    """An answer in a word of the table."""
    if answer.status_code == 200:
        assert answer.text == "vu"
        return SEEN
    if answer.status_code in (302, 303):
        assert urlsplit(answer.location).path == "/espace/connexion"
        return SIGN_IN
    # 415: the API got the request, and takes another kind of body.
    return {403: REFUSED, 404: NONE, 415: SEEN}[answer.status_code]


def test_each_role_gets_to_its_pages_and_to_no_other(site: Space) -> None:
    table, wrong = rows(), []
    clients = {"visiteur": site.app.test_client(), **site.clients}
    for method, route, _endpoint in routes(site):
        path = address(site, route)
        found = [asked(clients[who], method, path) for who in WHO]
        row = table.get((method, route))
        if row is None or [row[who] for who in WHO] != found:
            wrong.append(";".join([method, route, *found]))
    assert not wrong, "\n".join([f"lignes à relire de {TABLE.name} :", *wrong])


def test_the_table_names_only_routes_that_are_there(site: Space) -> None:
    assert set(rows()) <= {(method, route) for method, route, _endpoint in routes(site)}


def test_the_policy_names_only_endpoints_that_are_there(site: Space) -> None:
    assert set(POLICY) <= set(site.app.view_functions)


def test_no_change_without_the_token_of_its_form(site: Space) -> None:
    posts = [(r, e) for method, r, e in routes(site) if method == "POST" and e.startswith(FORMS)]
    assert posts
    for route, endpoint in posts:
        role = min(POLICY[endpoint])
        answer = site.clients[role.value].post(address(site, route))
        assert answer.status_code == 400, route


def test_the_api_takes_what_brings_no_token(site: Space) -> None:
    assert told(site.app.test_client().post("/api/v1/read", json={})) == SEEN


def test_the_forms_of_the_library_look_at_their_token_themselves(site: Space) -> None:
    posts = [
        (route, endpoint)
        for method, route, endpoint in routes(site)
        if method == "POST" and endpoint in POLICY and not endpoint.startswith(FORMS)
    ]
    assert posts
    for route, endpoint in posts:
        client = site.clients[min(POLICY[endpoint]).value]
        assert told(client.post(address(site, route))) == SEEN, route


def test_what_is_sent_without_a_session_is_kept_for_who_signs_in(site: Space) -> None:
    answer = answered(site.app.test_client(), "POST", "/espace/importer")
    assert (answer.status_code, told(answer)) == (303, SIGN_IN), "the page of sign-in is got"
    assert "/espace/reprendre/" in unquote(answer.location)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", ["/espace/dossiers/MR%00", "/structures/a%00b"])
def test_an_address_that_no_base_can_hold_is_unknown_to_anybody(
    site: Space, who: str, path: str
) -> None:
    client = site.clients.get(who) or site.app.test_client()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("since", "until", "works"),
    [
        (-2, -1, False),
        (-1, 0, False),
        (-1, 1, True),
        (0, 1, True),
        (1, 2, False),
    ],
)
@pytest.mark.parametrize("by_me", [True, False])
def test_one_works_for_a_colleague_from_the_first_hour_to_the_last(
    database: Database, clock: Clock, since: int, until: int, works: bool, by_me: bool
) -> None:
    """Hours from now; only who was named stands in, whoever came first among the accounts."""
    with database.writing() as session:
        before, away, after = people = [
            AccountRow(email=name, name=name, fs_uniquifier=name, created_at=clock.at)
            for name in ("ana", "lea", "max")
        ]
        session.add_all(people)
        session.flush()
        for me, other in ((before, after), (after, before)):
            away.stand_in = me.id if by_me else other.id
            away.away_from = clock.at + timedelta(hours=since)
            away.away_until = clock.at + timedelta(hours=until)
            session.flush()
            me.__dict__.pop(STANDING_IN, None)
            expected = {me.id, away.id} if works and by_me else {me.id}
            assert working_as(me) == expected
            assert working_as(me) == expected, "and so for the whole request"
        lonely = AccountRow(id=7, email="x", name="x", fs_uniquifier="x", created_at=clock.at)
        assert working_as(lonely) == {7}, "an account that no session holds works for itself"


def test_an_adviser_signs_in_with_a_password_and_a_code(space: Space) -> None:
    for name, role in (("lea", Role.ADVISER), ("bob", Role.ADMIN)):
        space.account(name, role)
        assert space.sign_in(name).get("/espace/").status_code == 200


def test_a_password_alone_opens_nothing(space: Space) -> None:
    space.account("lea")
    client = space.app.test_client()
    answer = sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
    assert urlsplit(answer.location).path == "/espace/code"
    assert client.get("/espace/").status_code == 302


def test_who_has_no_second_factor_yet_sets_one_up_first(space: Space) -> None:
    with space.app.app_context():
        accounts.create("ana@test.fr", "Ana", Role.ADVISER, PASSWORD)
    client = space.app.test_client()
    answer = sent(client, "/espace/connexion", email="ana@test.fr", password=PASSWORD)
    assert urlsplit(answer.location).path == "/espace/second-facteur"
    assert client.get("/espace/").status_code == 302
    page = sent(client, "/espace/second-facteur", setup="authenticator")
    assert "data:image/svg+xml" in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get("/espace/").status_code == 302
    wrong = client.post("/espace/code", data={"csrf_token": token_of(page.text), "code": "000000"})
    assert "Ce code ne convient pas" in wrong.text
    assert client.get("/espace/").status_code == 302
    key = page.text.split('class="reference key">')[1].split("<")[0]
    code = TOTP(key=key).generate().token
    answer = client.post("/espace/code", data={"csrf_token": token_of(page.text), "code": code})
    assert answer.status_code == 302
    assert client.get("/espace/").status_code == 200


def test_a_code_serves_once(space: Space) -> None:
    space.account("lea")
    code = space.code("lea")
    first, second = space.app.test_client(), space.app.test_client()
    for client in (first, second):
        sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
    assert sent(first, "/espace/code", code=code).status_code == 302
    again = sent(second, "/espace/code", code=code)
    assert again.status_code == 200
    assert "il a déjà servi" in again.text
    assert second.get("/espace/").status_code == 302


def test_a_code_brought_by_many_at_once_lets_one_in(space: Space) -> None:
    space.account("lea")
    code, forms = space.code("lea"), []
    for _ in range(4):
        client = space.app.test_client()
        sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
        forms.append((client, token_of(client.get("/espace/code").text)))
    together = threading.Barrier(len(forms))

    def tried(form: tuple[FlaskClient, str]) -> int:
        client, token = form
        together.wait()
        return client.post("/espace/code", data={"csrf_token": token, "code": code}).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        assert sorted(pool.map(tried, forms)) == [200, 200, 200, 302]


@pytest.mark.parametrize("change", ["fermer", "mot de passe", "second facteur"])
def test_who_is_shut_out_is_out_at_once(space: Space, change: str) -> None:
    client = space.client("lea")
    assert client.get("/espace/").status_code == 200
    with space.app.app_context():
        if change == "fermer":
            accounts.set_active("lea@test.fr", False)
        elif change == "mot de passe":
            accounts.set_password("lea@test.fr")
        else:
            accounts.reset_second_factor("lea@test.fr")
    assert client.get("/espace/").status_code == 302


def test_a_closed_account_between_password_and_code_does_not_get_in(space: Space) -> None:
    space.account("lea")
    client = space.app.test_client()
    sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
    token = token_of(client.get("/espace/code").text)
    with space.app.app_context():
        accounts.set_active("lea@test.fr", False)
    client.post("/espace/code", data={"csrf_token": token, "code": space.code("lea")})
    assert client.get("/espace/").status_code == 302


def test_nothing_tells_whether_an_account_exists(space: Space) -> None:
    space.account("lea")
    space.account("max")
    with space.app.app_context():
        accounts.set_active("max@test.fr", False)
    client = space.app.test_client()
    pages = set()
    for email, password in (
        ("lea@test.fr", "un autre mot de passe"),
        ("personne@test.fr", PASSWORD),
        ("max@test.fr", PASSWORD),
        ("max@test.fr", "un autre mot de passe"),
    ):
        answer = sent(client, "/espace/connexion", email=email, password=password)
        assert answer.status_code == 200
        page = answer.text.replace(token_of(answer.text), "").replace(email, "")
        assert "ne convient pas" in page
        pages.add(page)
    assert len(pages) == 1


def test_an_unknown_address_costs_a_hash_too(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time of the answer tells nothing either."""
    import flask_security.forms

    hashed: list[str] = []
    known = flask_security.forms.hash_password
    monkeypatch.setattr(
        flask_security.forms, "hash_password", lambda text: hashed.append(text) or known(text)
    )
    client = space.app.test_client()
    sent(client, "/espace/connexion", email="personne@test.fr", password=PASSWORD)
    assert hashed == [PASSWORD]


def later(client: FlaskClient, hours: int) -> None:
    """Let hours pass in a session."""
    with client.session_transaction() as session:
        session["fs_paa"] -= hours * 3600
        session["vu"] -= hours * 3600


def test_a_session_lasts_a_day_of_work_from_its_last_gesture(space: Space) -> None:
    client = space.client("lea")
    assert client.get("/espace/").status_code == 200
    for _ in range(3):
        later(client, 9)
        assert client.get("/espace/").status_code == 200
    later(client, 11)
    assert client.get("/espace/").status_code == 302


def test_however_active_the_password_is_asked_once_a_week(space: Space) -> None:
    client = space.client("lea")
    assert client.get("/espace/").status_code == 200
    for _ in range(18):
        later(client, 9)
        assert client.get("/espace/").status_code == 200
    later(client, 9)
    assert client.get("/espace/").status_code == 302


def test_nobody_is_kept_signed_in_past_the_session(space: Space) -> None:
    space.account("lea")
    client = space.app.test_client()
    fields = {"email": "lea@test.fr", "password": PASSWORD, "remember": "y"}
    answers = [sent(client, "/espace/connexion", **fields)]
    answers.append(sent(client, "/espace/code", code=space.code("lea"), remember="y"))
    assert client.get("/espace/").status_code == 200
    cookies = [cookie for one in answers for cookie in one.headers.getlist("Set-Cookie")]
    assert cookies and not any("remember" in cookie for cookie in cookies)
    client.delete_cookie("session")
    assert client.get("/espace/").status_code != 200


def test_the_cookie_is_for_this_site_and_for_no_script(space: Space) -> None:
    client = space.app.test_client()
    cookie = client.get("/espace/connexion").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    by_https = space.app.test_client().get("/espace/connexion", base_url="https://localhost")
    assert "Secure" in by_https.headers["Set-Cookie"]
    assert by_https.headers["Set-Cookie"].startswith("__Host-session=")


def test_a_colleague_is_sent_back_to_the_page_that_was_asked(space: Space) -> None:
    space.account("lea")
    client = space.app.test_client()
    asked_for = client.get("/espace/registre")
    assert asked_for.location == "/espace/connexion?next=/espace/registre"
    page = sent(client, asked_for.location, email="lea@test.fr", password=PASSWORD)
    answer = sent(client, page.location, code=space.code("lea"))
    assert answer.location == "/espace/registre"


@pytest.mark.parametrize("place", ["https://ailleurs.fr/", "//ailleurs.fr", "/\\ailleurs.fr"])
def test_signing_in_never_leads_elsewhere(space: Space, place: str) -> None:
    space.account("lea")
    client = space.app.test_client()
    path = f"/espace/connexion?next={place}"
    page = sent(client, path, email="lea@test.fr", password=PASSWORD)
    if page.status_code == 302:
        page = sent(client, page.location, code=space.code("lea"))
    place = page.location or "/"
    assert place.startswith("/"), place
    assert not place.startswith(("//", "/\\")), place


def test_a_password_is_changed_by_its_owner(space: Space) -> None:
    client = space.client("lea")
    new = "un tout autre mot de passe"
    fields = {"new_password": new, "new_password_confirm": new}
    wrong = sent(client, "/espace/mot-de-passe", password="pas celui-là", **fields)
    assert "Ce n’est pas votre mot de passe actuel" in wrong.text
    short = {"new_password": "court", "new_password_confirm": "court"}
    refused = sent(client, "/espace/mot-de-passe", password=PASSWORD, **short)
    assert "12 caractères au moins" in refused.text
    for easy in ("azertyuiop12", "maillage2026!", "lea lea lea lea"):
        known = {"new_password": easy, "new_password_confirm": easy}
        page = sent(client, "/espace/mot-de-passe", password=PASSWORD, **known)
        assert "se devine trop vite" in page.text
    answer = sent(client, "/espace/mot-de-passe", password=PASSWORD, **fields)
    assert answer.status_code == 302
    assert "Votre mot de passe est changé" in client.get("/espace/").text
    other = space.app.test_client()
    sent(other, "/espace/connexion", email="lea@test.fr", password=new)
    assert sent(other, "/espace/code", code=space.code("lea")).status_code == 302


def test_a_second_factor_is_replaced_by_who_is_signed_in(space: Space) -> None:
    client = space.client("lea")
    space.code("lea")  # half a minute later: the code of the sign-in is over
    page = sent(client, "/espace/second-facteur", setup="authenticator")
    action = page.text.split('action="/espace/second-facteur/')[1].split('"')[0]
    key = page.text.split('class="reference key">')[1].split("<")[0]
    code = TOTP(key=key).generate().token
    answer = client.post(
        f"/espace/second-facteur/{action}", data={"csrf_token": token_of(page.text), "code": code}
    )
    assert answer.status_code == 302
    assert "Votre second facteur est en place" in client.get("/espace/").text


def test_a_secret_that_is_refused_is_logged_without_its_account(
    space: Space, caplog: pytest.LogCaptureFixture
) -> None:
    space.account("lea")
    sent(space.app.test_client(), "/espace/connexion", email="lea@test.fr", password="au hasard")
    (line,) = (r.getMessage() for r in caplog.records if r.name == "maillage.connexions")
    assert "security.login" in line and "lea" not in line and "hasard" not in line


def test_who_signs_in_is_logged_by_the_same_digest_as_its_refusals(
    space: Space, caplog: pytest.LogCaptureFixture
) -> None:
    space.client("lea")
    sent(space.app.test_client(), "/espace/connexion", email="lea@test.fr", password="au hasard")
    let_in, refused = (r for r in caplog.records if r.name == "maillage.connexions")
    assert (let_in.levelname, refused.levelname) == ("INFO", "WARNING")
    assert let_in.getMessage().startswith("connexion")
    assert let_in.getMessage().split()[-1] == refused.getMessage().split()[-1]
    assert "lea" not in let_in.getMessage()


def test_wrong_passwords_of_one_account_are_counted(matcher: Matcher, tmp_path: Path) -> None:
    space = counted(matcher, tmp_path)
    space.account("lea")
    client = space.app.test_client()
    for _ in range(3):
        answer = sent(client, "/espace/connexion", email="lea@test.fr", password="pas le bon mot")
        assert answer.status_code == 200
    shut = sent(client, "/espace/connexion", email="Lea@test.fr ", password=PASSWORD)
    assert shut.status_code == 429
    assert "Trop d’essais de connexion" in shut.text
    assert int(shut.headers["Retry-After"]) > 0
    # Another account is not concerned, and what is right does not count.
    space.account("max")
    for _ in range(4):
        client = space.app.test_client()
        sent(client, "/espace/connexion", email="max@test.fr", password=PASSWORD)
        assert sent(client, "/espace/code", code=space.code("max")).status_code == 302
    client = space.app.test_client()
    sent(client, "/espace/connexion", email="max@test.fr", password=PASSWORD)
    for _ in range(3):
        assert sent(client, "/espace/code", code="000000").status_code == 200
    token = token_of(client.get("/espace/code").text)
    shut = client.post("/espace/code", data={"csrf_token": token, "code": space.code("max")})
    assert shut.status_code == 429
    space.close()


@pytest.mark.parametrize("written", ["lea@test.fr", "LEA@test.fr", "lea@test。fr", " lea@ｔest.fr"])
def test_another_way_to_write_an_address_gives_no_further_tries(
    matcher: Matcher, tmp_path: Path, written: str
) -> None:
    space = counted(matcher, tmp_path)
    space.account("lea")
    client = space.app.test_client()
    for _ in range(3):
        sent(client, "/espace/connexion", email=written, password="pas le bon mot")
    shut = sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
    assert shut.status_code == 429
    space.close()


def test_what_asks_for_json_is_counted_as_a_form_is(matcher: Matcher, tmp_path: Path) -> None:
    space = counted(matcher, tmp_path)
    space.account("lea")
    client = space.app.test_client()
    token = token_of(client.get("/espace/connexion").text)
    wrong = {"email": "lea@test.fr", "password": "pas le bon mot", "csrf_token": token}
    json = {"Accept": "application/json"}
    answers = [client.post("/espace/connexion", data=wrong, headers=json) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    space.close()


@pytest.mark.parametrize("page", ["connexion", "code", "mot-de-passe", "confirmer"])
def test_no_secret_is_tried_but_by_a_form(space: Space, page: str) -> None:
    space.account("lea")
    tried = {"email": "lea@test.fr", "password": PASSWORD, "code": "000000"}
    for client in (space.app.test_client(), space.client("max")):
        assert client.post(f"/espace/{page}", json=tried).status_code == 415


def test_a_page_left_open_does_not_give_the_second_factor_away(space: Space) -> None:
    client = space.client("lea")
    with client.session_transaction() as session:
        session["fs_paa"] -= 3600
    asked = client.get("/espace/second-facteur")
    assert asked.location == "/espace/confirmer?next=/espace/second-facteur"
    page = sent(client, asked.location, password=PASSWORD)
    assert page.location == "/espace/second-facteur"
    assert client.get(page.location).status_code == 200


def test_a_copy_of_the_cookie_opens_nothing_once_its_owner_signed_out(space: Space) -> None:
    client = space.client("lea")
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief = space.app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/espace/").status_code == 200
    sent(client, "/espace/deconnexion", page="/espace/")
    assert thief.get("/espace/").location == "/espace/connexion?next=/espace/"


@pytest.mark.parametrize("page", ["dossiers", "propositions"])
def test_a_reference_that_no_database_can_hold_is_unknown(space: Space, page: str) -> None:
    client = space.client("lea")
    assert client.get(f"/espace/{page}/MR%00").status_code == 404


def test_filters_that_no_row_can_match_are_no_fault_of_ours(space: Space) -> None:
    client = space.client("max", Role.LEAD)
    assert client.get("/espace/dossiers?etat=%00&theme=%00&departement=%00").status_code == 200
    assert client.get(f"/espace/journal?page={10**20}").status_code == 404


def counted(matcher: Matcher, folder: Path) -> Space:
    """A site where the fourth wrong secret of an account in an hour is refused."""
    return Space.open(
        matcher,
        f"sqlite:///{folder / 'maillage.sqlite'}",
        folder / "cles.json",
        RATELIMIT_ENABLED=True,
        LIMIT_SIGN_INS="3 per hour",
        LIMIT_FORMS="1000 per minute",
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["/espace/connexion", "/espace/code"])
def test_who_signs_in_while_the_file_is_damaged_is_told_to_come_back(
    space: Space, page: str
) -> None:
    space.account("lea")
    client = space.app.test_client()
    fields = {"email": "lea@test.fr", "password": PASSWORD}
    if page == "/espace/code":
        sent(client, "/espace/connexion", **fields)
        fields = {"code": space.code("lea")}
    token = token_of(client.get(page).text)
    file = space.database.file
    assert file is not None
    space.close()
    for known in file.parent.glob(f"{file.name}*"):
        known.write_bytes(b"not a database at all" * 1000)
    answer = client.post(page, data={"csrf_token": token, **fields})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Base de données indisponible" in answer.text


def test_what_may_be_read_is_what_a_search_finds(database: Database) -> None:
    """Each role, alone, together or none, by each state and each team of a dossier."""
    teams = ((), ("lea",), ("max",), ("lea", "max"))
    with database.writing() as session:
        kinds = {role: RoleRow(name=role.value) for role in Role}
        people = {
            name: AccountRow(email=name, name=name, fs_uniquifier=name, created_at=clocks.now())
            for name in ("lea", "max")
        }
        session.add_all([*kinds.values(), *people.values()])
        for number, (state, team) in enumerate(product(State, teams)):
            declared = Declared("34142", "Un café.", "main", seed={"essai": number})
            dossier = dossiers.open_dossier(session, declared)
            dossier.state = state.value
            dossier.members = [people[name] for name in team]
        session.flush()
        lea, all_of_them = people["lea"], session.scalars(select(Dossier)).all()
        assert len(all_of_them) == len(State) * len(teams)
        for held in chain.from_iterable(combinations(Role, size) for size in range(4)):
            lea.roles = [kinds[role] for role in held]
            found = set(session.scalars(select(Dossier.id).where(readable(lea))))
            assert found == {one.id for one in all_of_them if may_read(lea, one)}, held
            for one in all_of_them:
                hers, new = lea in one.members, one.state != State.CLOSED and not one.members
                case = (held, one.state, [member.name for member in one.members])
                by_role = Role.LEAD in held or (Role.ADVISER in held and (hers or new))
                assert may_read(lea, one) == by_role, case
                works = hers and bool({Role.ADVISER, Role.LEAD} & set(held))
                assert may_change(lea, one) == may_read_notes(lea, one) == works, case
                assert may_read_contact(lea, one) == (works or Role.LEAD in held), case
                assert is_member(lea, one) == hers, case
            assert may_open_notes(lea) == (Role.LEAD in held)


def test_a_dossier_of_a_colleague_is_not_there_for_others_even_when_just_received(
    space: Space,
) -> None:
    client, number = space.client("lea"), space.account("max")
    reference = space.receive()
    assert client.get(f"/espace/dossiers/{reference}").status_code == 200
    with space.database.writing() as session:
        dossiers.find(session, reference).members = [session.get_one(AccountRow, number)]
    assert client.get(f"/espace/dossiers/{reference}").status_code == 404
    assert reference not in client.get("/espace/dossiers").text
