"""Secrets that are tried: nobody guesses one, and no stranger shuts somebody out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from casework import PASSWORD, Space, sent
from flask.testing import FlaskClient

from matcher import Matcher
from web.signin import tries

WRONG = "pas le bon mot"
ELSEWHERE = "203.0.113.7"
"""An address kept for examples (RFC 5737)."""


@pytest.fixture
def counting(matcher: Matcher, tmp_path: Path) -> Iterator[Space]:
    """A site that counts as it does unless told otherwise, with an account."""
    space = Space.open(
        matcher,
        f"sqlite:///{tmp_path / 'maillage.sqlite'}",
        tmp_path / "cles.json",
        RATELIMIT_ENABLED=True,
    )
    space.account("lea")
    yield space
    space.close()


def stranger(space: Space, address: str = ELSEWHERE) -> FlaskClient:
    """A browser that nobody knows, at an address."""
    client = space.app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def tried(client: FlaskClient, password: str = WRONG, name: str = "lea") -> int:
    """Try a password; gives the status."""
    answer = sent(client, "/espace/connexion", email=f"{name}@test.fr", password=password)
    return answer.status_code


def test_who_tries_from_one_place_waits_longer_and_longer(counting: Space) -> None:
    client = stranger(counting)
    assert [tried(client) for _ in range(6)] == [200] * 5 + [429]
    assert tried(client, PASSWORD) == 429
    assert tried(stranger(counting), PASSWORD) == 429  # another browser of the same place
    page = sent(client, "/espace/connexion", email="lea@test.fr", password=WRONG)
    assert 0 < int(page.headers["Retry-After"]) <= 61
    assert "déjà connecté n’est pas concerné" in page.text


def test_a_stranger_does_not_shut_a_colleague_out(counting: Space) -> None:
    """Ten wrong passwords from elsewhere: neither a known browser nor a new one is refused."""
    known = counting.sign_in("lea")
    sent(known, "/espace/deconnexion", page="/espace/")
    for _ in range(10):
        tried(stranger(counting))
    assert tried(known, PASSWORD) == 302
    assert tried(stranger(counting, "198.51.100.9"), PASSWORD) == 302


def test_who_signed_in_before_is_let_in_however_many_strangers_try(counting: Space) -> None:
    known = counting.sign_in("lea")
    sent(known, "/espace/deconnexion", page="/espace/")
    statuses = [tried(stranger(counting, f"203.0.113.{n}")) for n in range(65)]
    assert statuses[:60] == [200] * 60 and set(statuses[60:]) == {429}
    assert tried(stranger(counting, "198.51.100.9"), PASSWORD) == 429
    assert tried(known, PASSWORD) == 302
    assert sent(known, "/espace/code", code=counting.code("lea")).status_code == 302


def test_colleagues_behind_one_address_do_not_block_each_other(counting: Space) -> None:
    counting.account("max")
    office = "192.0.2.1"
    known = counting.sign_in("max")
    sent(known, "/espace/deconnexion", page="/espace/")
    known.environ_base["REMOTE_ADDR"] = office
    for _ in range(20):
        tried(stranger(counting, office))
    assert tried(stranger(counting, office), PASSWORD, "max") == 302
    for number in range(60):
        tried(stranger(counting, office), WRONG, f"personne{number}")
    assert (
        tried(stranger(counting, office), PASSWORD, "max") == 429
    )  # all accounts tried from there
    assert tried(known, PASSWORD, "max") == 302


def test_a_known_browser_does_not_guess_either(counting: Space) -> None:
    known = counting.sign_in("lea")
    sent(known, "/espace/deconnexion", page="/espace/")
    assert [tried(known) for _ in range(6)] == [200] * 5 + [429]


def test_a_browser_is_known_for_the_accounts_that_signed_in_with_it_only(counting: Space) -> None:
    counting.account("max")
    known = counting.sign_in("lea")
    sent(known, "/espace/deconnexion", page="/espace/")
    for number in range(60):
        tried(stranger(counting, f"203.0.113.{number}"), WRONG, "max")
    assert tried(known, PASSWORD, "max") == 429
    assert tried(known, PASSWORD) == 302


@pytest.mark.parametrize("forged", ["", "x", "eyJuIjoiYSIsImEiOlsiYiJdfQ.aaaa.bbbb"])
def test_a_cookie_that_is_not_ours_makes_no_browser_known(counting: Space, forged: str) -> None:
    for number in range(60):
        tried(stranger(counting, f"203.0.113.{number}"))
    client = stranger(counting, "198.51.100.9")
    client.set_cookie(tries.COOKIE, forged, path="/espace")
    assert tried(client, PASSWORD) == 429


def test_the_cookie_is_signed_closed_to_scripts_and_names_nobody(counting: Space) -> None:
    client = counting.sign_in("lea")
    cookie = client.get_cookie(tries.COOKIE, path="/espace")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    assert cookie.max_age == 90 * 24 * 3600
    with counting.app.test_request_context():
        held = tries._signer().loads(cookie.value)
    assert len(held["a"]) == 1 and "lea" not in str(held)


@pytest.mark.parametrize(("scheme", "prefix"), [("https", "__Secure-"), ("http", "")])
def test_over_https_the_cookie_is_one_that_browsers_take_over_https_only(
    counting: Space, scheme: str, prefix: str
) -> None:
    with counting.app.test_request_context(base_url=f"{scheme}://localhost"):
        assert tries._name() == prefix + tries.COOKIE
        assert tries._is_secure() == bool(prefix)


def test_a_password_alone_makes_no_browser_known(counting: Space) -> None:
    client = counting.app.test_client()
    assert tried(client, PASSWORD) == 302
    assert client.get_cookie(tries.COOKIE, path="/espace") is None


def test_nobody_signs_a_colleague_out_from_another_page(counting: Space) -> None:
    client = counting.sign_in("lea")
    assert client.get("/espace/deconnexion").status_code == 405
    client.post("/espace/deconnexion")
    assert client.get("/espace/").status_code == 200


def test_a_sign_in_from_a_browser_that_never_did_is_told_and_counted_and_whose_it_is(
    matcher: Matcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What somebody who relays what is typed cannot hide (docs/decisions/11)."""
    url, token = f"sqlite:///{tmp_path / 'base.sqlite'}", "un-jeton-pour-prometheus"
    space = Space.open(matcher, url, tmp_path / "cles.json", METRICS_TOKEN=token)
    told = {"Authorization": f"Bearer {token}"}

    def count() -> dict[str, float]:
        text = space.app.test_client().get("/metriques", headers=told).text
        found = re.findall(r'^maillage_sign_ins_total\{issue="(\w+)"\} (\S+)', text, re.M)
        return {issue: float(value) for issue, value in found}

    before = count()
    space.account("lea")
    client = space.sign_in("lea")
    sent(client, "/espace/deconnexion", page="/espace/")
    sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
    sent(client, "/espace/code", code=space.code("lea"))
    sent(space.app.test_client(), "/espace/connexion", email="lea@test.fr", password="au hasard")
    assert {k: v - before.get(k, 0) for k, v in count().items()} == {
        tries.NEW: 1,
        tries.KNOWN: 1,
        tries.REFUSED: 1,
    }
    said = [r.getMessage() for r in caplog.records if r.name == "maillage.connexions"]
    assert ["nouveau" in said[0], "connu" in said[1]] == [True, True]
    with space.app.app_context():
        assert all(line.endswith(tries.account_digest("lea@test.fr")) for line in said)
    space.close()
