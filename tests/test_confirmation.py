"""A structure confirms its record by a signed link, which dates it; the mail-merge that asks it."""

from __future__ import annotations

import csv
import email
import re
from collections.abc import Iterator
from datetime import date
from email.policy import default
from html import unescape
from pathlib import Path
from unittest.mock import patch

import pytest
from casework import Space, token_of
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from test_moderation import avise, published
from werkzeug.test import TestResponse

from matcher import Matcher
from matcher.upkeep import Qualities, change_record, confirmed, find_record
from web.access import Role
from web.admin import main
from web.admin.confirmations import TABLE
from web.casework.dossiers.inbox import Kind
from web.casework.store.tables import Proposal
from web.signin.links import LINK_DAYS, link_of, record_of

NAMED = "villages-vivants"


@pytest.fixture
def space(matcher: Matcher, database_url: str, folder: Path, tmp_path: Path) -> Iterator[Space]:
    """The site on a copy of the data."""
    opened = Space.open(matcher, database_url, tmp_path / "cles.json", DATA=folder)
    yield opened
    opened.close()


def link(space: Space, structure: str = NAMED) -> str:
    with space.app.app_context():
        return f"/fiche/{link_of(structure)}"


def answered(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    page = client.get(path).text
    found = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
    assert found
    data = {"csrf_token": token_of(page), "jeton": unescape(found[1]), **fields}
    return client.post(path, data=data)


def left(space: Space) -> list[Proposal]:
    with space.database.reading() as session:
        found = list(session.scalars(select(Proposal)))
        session.expunge_all()
        return found


def test_the_link_shows_its_record_to_nobody_else(space: Space):
    answer = space.app.test_client().get(link(space))
    assert answer.status_code == 200
    assert "Villages Vivants" in answer.text and "Tout est juste" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("reponse", "precisions", "said"),
    [
        ("juste", "", "tout est juste"),
        ("a_corriger", "Nous couvrons aussi la Lozère.", "Nous couvrons aussi la Lozère."),
        ("plus", "", "n’existe plus"),
    ],
)
def test_each_answer_is_a_correction_to_examine(
    space: Space, reponse: str, precisions: str, said: str
):
    client = space.app.test_client()
    answer = answered(client, link(space), reponse=reponse, precisions=precisions)
    assert answer.status_code == 303
    assert "Merci, votre réponse est enregistrée" in client.get(answer.location).text
    (proposal,) = left(space)
    assert proposal.kind == Kind.CORRECTION and proposal.contact_id is None
    assert proposal.content["fiche"] == NAMED
    assert proposal.content["confirmation"] == reponse
    assert said in proposal.content["description"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choisissez l’une des trois réponses."),
        ({"reponse": "peut-être"}, "Choisissez l’une des trois réponses."),
        ({"reponse": "a_corriger"}, "Dites-nous ce qu’il faut corriger."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_stored(
    space: Space, fields: dict[str, str], said: str
):
    answer = answered(space.app.test_client(), link(space), **fields)
    assert answer.status_code == 400 and said in unescape(answer.text)
    assert left(space) == []


@pytest.mark.parametrize("end", ["", "x", "villages-vivants", "a" * 500])
def test_a_link_that_was_not_made_here_opens_nothing(space: Space, end: str):
    assert space.app.test_client().get(f"/fiche/{end}").status_code == 404


def test_a_link_of_another_record_or_changed_by_hand_opens_nothing(space: Space):
    path = link(space)
    head, end = path[:-8], path[-8:]  # not the last letter, of which some bits say nothing
    changed = head + ("A" if end[0] != "A" else "B") + end[1:]
    client = space.app.test_client()
    assert client.get(changed).status_code == 404
    assert client.get(link(space, "inconnue")).status_code == 404


def test_a_link_is_over_after_its_days(space: Space):
    with space.app.app_context():
        made = link_of(NAMED)
        assert record_of(made) == NAMED
        later = 1 + LINK_DAYS * 24 * 3600
        from itsdangerous import TimestampSigner

        moment = TimestampSigner.get_timestamp
        with patch.object(TimestampSigner, "get_timestamp", lambda self: moment(self) + later):
            assert record_of(made) is None


def test_a_moderator_who_publishes_a_confirmation_dates_the_record(space: Space, folder: Path):
    answered(space.app.test_client(), link(space, "avise"), reponse="juste")
    (proposal,) = left(space)
    client = space.client("lea", Role.LEAD)
    shown = unescape(client.get(f"/espace/propositions/{proposal.reference}").text)
    assert "Confirmée par la structure le" in shown  # the form begins with it
    before = find_record(folder, "avise").fields["note"]
    note = confirmed(before, date.today())
    answer = published(client, proposal.reference, **avise(folder, note=note))
    assert answer.status_code == 303
    assert "Confirmée par la structure le" in find_record(folder, "avise").fields["note"]
    assert left(space)[0].verdict == "acceptee"


def test_a_confirmation_makes_a_record_recent(folder: Path):
    structure = next(
        s
        for s in Matcher.open(folder).structures.values()
        if s.website and s.source and not s.to_verify and s.source_year is None
    )
    before = Qualities.open(folder).of[structure.id].points
    note = confirmed(find_record(folder, structure.id).fields["note"], date.today())
    change_record(folder, structure.id, {"note": note}, date.today())
    assert Qualities.open(folder).of[structure.id].points == before + 15


def test_a_record_confirmed_again_says_the_last_day_only():
    once = confirmed("Zone large.", date(2025, 3, 1))
    assert once == "Zone large. Confirmée par la structure le 1er mars 2025."
    twice = confirmed(once, date(2026, 11, 29))
    assert twice == "Zone large. Confirmée par la structure le 29 novembre 2026."


# The mail-merge


def test_the_drafts_hold_a_link_that_opens_and_nothing_is_sent(
    space: Space, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", str(space.app.config["DATABASE_URL"]))
    monkeypatch.setenv("MAILLAGE_KEYS", str(space.app.config["KEYS"]))
    monkeypatch.setenv("MAILLAGE_DATA", str(folder))
    out = tmp_path / "lettres"
    asked = ["confirmations", "--site", "https://maillage.example/", "-o", str(out)]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    text = (out / TABLE).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    doubtful = [s for s in Matcher.open(folder).structures.values() if s.to_verify]
    assert {row["id"] for row in rows} == {s.id for s in doubtful}
    assert len(list(out.glob("*.eml"))) == len(rows)
    one = rows[0]
    message = email.message_from_bytes((out / f"{one['id']}.eml").read_bytes(), policy=default)
    body = message.get_content()
    assert message["X-Unsent"] == "1" and one["nom"] in body
    assert one["lien"] in body.split()
    path = one["lien"].removeprefix("https://maillage.example")
    assert space.app.test_client().get(path).status_code == 200
    assert (out / TABLE).stat().st_mode & 0o077 == 0


def test_an_address_that_is_none_is_refused(space: Space, tmp_path: Path):
    done = CliRunner().invoke(main, ["confirmations", "--site", "maillage", "-o", str(tmp_path)])
    assert done.exit_code == 2 and "https://" in done.output
