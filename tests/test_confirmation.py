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
from casework import Space, sent, token_of
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from test_moderation import CORRECTION, avise, published
from werkzeug.test import TestResponse

from matcher import Matcher
from matcher.catalogue.french import full_day
from matcher.upkeep import (
    Qualities,
    by_confirmation,
    change_contacts,
    change_record,
    confirmed,
    contacts_of,
    find_record,
)
from web.access import Role
from web.admin import main
from web.admin.exports import TABLE
from web.casework import audit
from web.casework.dossiers.inbox import RequestKind
from web.casework.store.tables import Proposal
from web.signin.keys import LINK_DAYS, link_of, record_of

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
    assert proposal.kind == RequestKind.CORRECTION and proposal.contact_id is None
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


# How it is reached, typed by who accepts the answer


def accept_ways(space: Space, folder: Path, **ways: str) -> TestResponse:
    """The answer of a structure is accepted, with how to reach it."""
    answered(space.app.test_client(), link(space, "avise"), reponse="juste")
    (proposal,) = left(space)
    client = space.client("lea", Role.LEAD)
    return published(client, proposal.reference, **avise(folder), **ways)


def test_who_accepts_a_confirmation_types_how_to_reach_the_structure(space: Space, folder: Path):
    table = folder / "catalogue" / "contacts.csv"
    before = table.read_text(encoding="utf-8")
    answer = accept_ways(
        space, folder, courriel="Contact@Avise.org", telephone="0153250225", cout="gratuit"
    )
    assert answer.status_code == 303
    (proposal,) = left(space)
    today, source = date.today(), f"confirmation:{proposal.reference}"
    after = table.read_text(encoding="utf-8")
    assert after == before + "".join(
        f"avise-{way},avise,,,{way},{value},{source},{today.isoformat()}\n"
        for way, value in (
            ("courriel", "contact@avise.org"),
            ("telephone", "01 53 25 02 25"),
            ("cout", "gratuit"),
        )
    )
    page = space.app.test_client().get("/structures/avise").text
    assert "mailto:contact@avise.org" in page
    assert f"dit par la structure le {full_day(today)}" in unescape(page)
    with space.database.reading() as session:
        (entry,) = [e for e in audit.history(session, proposal.reference) if "fiche" in e.details]
    assert '"contacts": ["courriel", "cout", "telephone"]' in entry.details
    assert "avise.org" not in entry.details, "the journal says which ways, not their values"


def test_a_way_that_breaks_a_rule_is_told_at_its_field_and_nothing_is_written(
    space: Space, folder: Path
):
    answered(space.app.test_client(), link(space, "avise"), reponse="juste")
    (proposal,) = left(space)
    files = [folder / "catalogue" / name for name in ("contacts.csv", "structures.csv")]
    before = [file.read_bytes() for file in files]
    path = f"/espace/propositions/{proposal.reference}"
    form = avise(folder, description="Une autre description, que rien ne doit écrire ici.")
    wrong = {"courriel": "marie.durand@avise.org", "telephone": "06 12 34 56 78"}
    answer = sent(
        space.client("lea", Role.LEAD),
        f"{path}/accepter", path, version=1, geste="relire", **form, **wrong,
    )  # fmt: skip
    assert answer.status_code == 400
    for way, said in (("courriel", "boîte générique"), ("telephone", "numéro mobile")):
        assert re.search(rf'id="{way}-erreur">[^<]*{said}', unescape(answer.text), re.IGNORECASE)
    assert "….</p>" not in answer.text, "a rule that ends with « … » has no full stop"
    assert "Comment la joindre, comme la structure l’a dit" in answer.text
    assert [file.read_bytes() for file in files] == before


def test_a_way_that_is_emptied_is_taken_away_and_one_that_stays_keeps_its_source(folder: Path):
    structure = find_record(folder, "avise").fields
    first, then = (by_confirmation("avise", *said) for said in (
        ({"courriel": "contact@avise.org", "delai": "Sous une semaine."}, "ab", date(2026, 1, 2)),
        ({"courriel": "contact@avise.org", "delai": ""}, "cd", date(2026, 11, 2)),
    ))  # fmt: skip
    change_contacts(folder, structure, first)
    change_contacts(folder, structure, then)
    assert contacts_of(folder, "avise") == {"courriel": "contact@avise.org"}
    text = (folder / "catalogue" / "contacts.csv").read_text(encoding="utf-8")
    assert "confirmation:ab" in text and "confirmation:cd" not in text


def test_a_correction_of_a_visitor_has_no_field_for_contacts(space: Space):
    reference = space.receive(kind=RequestKind.CORRECTION, **CORRECTION)
    page = space.client("lea", Role.LEAD).get(f"/espace/propositions/{reference}").text
    assert 'name="title"' in page or 'name="name"' in page
    assert 'name="saisine"' not in page
