"""Nothing typed is lost when a session ends: it is shown again to its author, and sent once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from casework import PASSWORD, Space, sent, token_of
from flask.testing import FlaskClient
from sqlalchemy import func, select
from test_dossiers import NOTE, kept, page_of, taken, version_of
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import clock
from web.casework.store.tables import Held
from web.signin import held


def end(space: Space, client: FlaskClient, how: str) -> None:
    """End the session of Léa as it ended in the life of a team."""
    if how == "témoin perdu":
        client.delete_cookie("session")
    elif how == "ailleurs":
        cookie = client.get_cookie("session")
        assert cookie
        other = space.app.test_client()
        other.set_cookie("session", cookie.value)
        sent(other, "/espace/deconnexion", page="/espace/")
    else:
        with client.session_transaction() as session:
            session["fs_paa"] -= 11 * 3600
            session["vu"] -= 11 * 3600


def written(space: Space, client: FlaskClient, reference: str, how: str) -> TestResponse:
    """A note sent from a page whose session ended meanwhile."""
    token, version = token_of(client.get("/espace/").text), version_of(client, reference)
    end(space, client, how)
    fields = {"csrf_token": token, "version": version, "texte": NOTE}
    return client.post(f"{page_of(reference)}/notes", data=fields)


def signed_in_again(space: Space, client: FlaskClient, name: str, where: str) -> str:
    """Sign in from the page that the browser was led to; gives where that leads."""
    page = sent(client, where, email=f"{name}@test.fr", password=PASSWORD)
    return str(sent(client, page.location, code=space.code(name)).location)


def fields_of(page: str) -> dict[str, str]:
    """What the button of the page sends."""
    form = re.search(r'<form method="post" action="/espace/dossiers.*?</form>', page, re.DOTALL)
    assert form
    typed = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', form[0], re.DOTALL)
    hidden = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in (*hidden, *typed)}


@pytest.mark.parametrize("how", ["témoin perdu", "ailleurs", "dix heures"])
def test_what_was_typed_is_there_after_signing_in_and_leaves_once(space: Space, how: str) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    answer = written(space, lea, reference, how)
    assert answer.status_code == 303 and kept(space, reference).notes == []
    where = signed_in_again(space, lea, "lea", answer.location)
    assert where.startswith("/espace/reprendre/")
    page = lea.get(where).text
    assert NOTE in unescape(page)
    fields = fields_of(page)
    for status in (303, 409):
        assert lea.post(f"{page_of(reference)}/notes", data=fields).status_code == status
    assert [note.text for note in kept(space, reference).notes] == [NOTE]
    assert lea.get(where).status_code == 404


def test_a_page_of_before_another_sign_in_is_sent_again_by_a_button(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    token, version = token_of(lea.get("/espace/").text), version_of(lea, reference)
    lea.delete_cookie("session")
    space.clients["lea"] = again = space.sign_in("lea")
    fields = {"csrf_token": token, "version": version, "texte": NOTE}
    answer = again.post(f"{page_of(reference)}/notes", data=fields)
    assert answer.status_code == 303
    assert fields_of(again.get(answer.location).text)["texte"] == NOTE


@pytest.mark.parametrize("how", ["ailleurs", "dix heures"])
def test_nobody_else_reads_what_was_kept(space: Space, how: str) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    answer = written(space, lea, reference, how)
    space.account("noe")
    where = signed_in_again(space, lea, "noe", answer.location)
    page = lea.get(where)
    assert page.status_code == 404 and NOTE not in page.text


def test_what_waited_more_than_a_day_is_gone(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    first = written(space, lea, reference, "ailleurs")
    space.clients["lea"] = lea = space.sign_in("lea")
    where = first.location.partition("next=")[2]
    assert lea.get(where).status_code == 200
    late = clock.now() + timedelta(hours=held.HELD_HOURS, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert lea.get(where).status_code == 404
    written(space, lea, reference, "ailleurs")
    with space.database.reading() as session:
        assert session.scalar(select(func.count(Held.id))) == 1


@pytest.mark.parametrize(
    ("token", "origin"), [("", None), ("x", None), (None, "https://ailleurs.fr"), (None, "null")]
)
def test_what_comes_from_no_page_of_this_site_is_not_kept(
    space: Space, token: str | None, origin: str | None
) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    brought = token_of(lea.get("/espace/").text) if token is None else token
    stranger = space.app.test_client()
    answer = stranger.post(
        f"{page_of(reference)}/notes",
        data={"csrf_token": brought, "version": "1", "texte": NOTE},
        headers={"Origin": origin} if origin else {},
    )
    assert answer.status_code == 403 and NOTE in unescape(answer.text)
    with space.database.reading() as session:
        assert session.scalars(select(Held)).all() == []


def test_there_is_room_for_so_many_sendings_and_no_more(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_HELD", 1)
    reference, lea = taken(space, "lea"), space.client("lea")
    assert written(space, lea, reference, "ailleurs").status_code == 303
    space.clients["lea"] = lea = space.sign_in("lea")
    full = written(space, lea, reference, "ailleurs")
    assert full.status_code == 403 and NOTE in unescape(full.text)


def test_no_password_is_kept(space: Space) -> None:
    lea = space.client("lea", Role.ADVISER)
    token = token_of(lea.get("/espace/mot-de-passe").text)
    lea.delete_cookie("session")
    fields = {"csrf_token": token, "password": PASSWORD, "new_password": "un autre mot de passe"}
    assert lea.post("/espace/mot-de-passe", data=fields).status_code == 403
    with space.database.reading() as session:
        assert session.scalars(select(Held)).all() == []
