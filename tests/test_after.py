"""What comes after an answer: an opinion of nobody, a list that one keeps, what is new."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher import Matcher, Need
from matcher.catalogue.french import order_key
from matcher.cohorts.evaluation import relevance
from web import create_app
from web.admin import main
from web.casework.opinions import KEPT_DAYS, Fair, Impressions
from web.casework.store.database import Database
from web.casework.store.memories import Impression, Opinion

ASKED = {"commune": "34142", "besoin": "Une recyclerie dans la halle"}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def app(matcher: Matcher, database: Database, tmp_path: Path) -> Iterator[Flask]:
    settings = {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "KEYS": tmp_path / "cles.json",
        "RATELIMIT_ENABLED": False,
    }
    app = create_app(matcher, settings)
    yield app
    app.extensions["database"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def first(matcher: Matcher) -> list[str]:
    ranking = matcher.ranking(matcher_need())
    return [one.id for one in ranking.structures(ranking.first(3))]


def matcher_need() -> Need:

    return Need(ASKED["commune"], ASKED["besoin"])


def opinions(database: Database) -> list[Opinion]:
    with database.reading() as session:
        return list(session.scalars(select(Opinion).order_by(Opinion.id)))


def test_each_card_asks_and_no_cookie_is_set(client: FlaskClient) -> None:
    for path in ("/suggestions", "/suggestions/liste"):
        answer = client.get(path, query_string=ASKED)
        assert "Set-Cookie" not in answer.headers
        assert answer.text.count('<details class="fair">') == answer.text.count(
            'checkbox" name="structure"'
        )
        assert all(f":{code.value}" in answer.text for code in Fair)


def test_an_opinion_is_kept_once_a_day_without_a_person_or_the_words(
    client: FlaskClient, database: Database, matcher: Matcher
) -> None:
    second = first(matcher)[1]
    for _ in range(2):
        sent = client.post("/avis", data={**ASKED, "avis": f"{second}:{Fair.TOO_FAR.value}"})
        assert sent.status_code == 303 and "Set-Cookie" not in sent.headers
        assert "Merci de votre avis" in client.get(sent.location).text
    [kept] = opinions(database)
    assert (kept.structure_id, kept.rank, kept.reason) == (second, 2, "trop_loin")
    assert kept.commune == "34142" and kept.themes and "recyclerie" not in str(vars(kept))
    client.post("/avis", data={**ASKED, "avis": f"{second}:{Fair.KNOWN.value}"})
    assert len(opinions(database)) == 2


@pytest.mark.parametrize("sent", ["", "personne:juste", "avise:parce_que", "avise"])
def test_what_is_not_in_the_list_is_refused(
    client: FlaskClient, database: Database, sent: str
) -> None:
    assert client.post("/avis", data={**ASKED, "avis": sent}).status_code == 400
    assert opinions(database) == []


def test_a_page_of_another_site_says_nothing_here(
    client: FlaskClient, database: Database, matcher: Matcher
) -> None:
    data = {**ASKED, "avis": f"{first(matcher)[0]}:juste"}
    for headers in ({"Origin": "https://autre.fr"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/avis", data=data, headers=headers).status_code == 403
    assert opinions(database) == []


def test_what_was_shown_is_counted_without_the_words_and_old_days_are_erased(
    app: Flask, client: FlaskClient, database: Database, matcher: Matcher
) -> None:
    counted: Impressions = app.extensions["impressions"]
    for _ in range(3):
        client.get("/suggestions", query_string=ASKED)
    counted.keep()
    client.get("/suggestions", query_string=ASKED)
    counted.keep()
    with database.reading() as session:
        [kept] = session.scalars(select(Impression))
    assert kept.shown == first(matcher) and kept.times == 4
    assert "recyclerie" not in str(vars(kept))
    later = datetime.now(UTC) + timedelta(days=KEPT_DAYS + 2)
    with patch("web.casework.clock.now", lambda: later):
        client.get("/suggestions", query_string={**ASKED, "commune": "46102"})
        counted.keep()
    with database.reading() as session:
        assert [one.commune for one in session.scalars(select(Impression))] == ["46102"]


def test_impressions_are_switched_off_by_one_setting(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    counted: Impressions = app.extensions["impressions"]
    assert "nous comptons ce qui est montré" in client.get("/vie-privee").text
    counted.on = False
    client.get("/suggestions", query_string=ASKED)
    counted.keep()
    with database.reading() as session:
        assert session.scalars(select(Impression)).all() == []
    assert "nous comptons ce qui est montré" not in client.get("/vie-privee").text


def test_opinions_are_exported_as_the_evaluation_reads_them(
    app: Flask,
    client: FlaskClient,
    matcher: Matcher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two, three = first(matcher)
    for structure, said in ((one, "juste"), (two, "hors_sujet"), (three, "deja_sollicitee")):
        client.post("/avis", data={**ASKED, "avis": f"{structure}:{said}"})
    client.get("/suggestions", query_string=ASKED)
    app.extensions["impressions"].keep()
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", app.config["DATABASE_URL"])
    monkeypatch.setenv("MAILLAGE_KEYS", str(tmp_path / "cles.json"))
    folder = tmp_path / "avis"
    run = CliRunner().invoke(main, ["avis", "-o", str(folder)])
    assert run.exit_code == 0, run.output
    [judged] = relevance.read_judged(folder)
    assert judged.grades == {one: (2,), two: (0,)}
    relevance.check_judged(matcher, [judged])
    with (folder / "affichages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [(row["rang"], row["structure_id"]) for row in rows] == [
        (str(rank), structure) for rank, structure in enumerate((one, two, three), 1)
    ]


def test_a_kept_list_is_its_address(client: FlaskClient, matcher: Matcher) -> None:
    one, two = first(matcher)[:2]
    page = client.get("/gardees", query_string={"structure": [two, one, two, "plus-la"]})
    assert page.text.index(f"/structures/{two}") < page.text.index(f"/structures/{one}")
    assert page.text.count('<li class="card">') == 2
    assert "Une structure de cette liste n’est plus au catalogue" in page.text
    assert "Aucune pour l’instant" in client.get("/gardees").text


def test_the_feed_of_a_commune_is_dated_by_the_catalogue(
    client: FlaskClient, matcher: Matcher
) -> None:
    answer = client.get("/communes/34142.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    years = [one.findtext(f"{ATOM}updated", "")[:4] for one in feed.iter(f"{ATOM}entry")]
    assert years and years == sorted(years, reverse=True)
    known = {str(p.year) for p in matcher.catalogue.projects}
    assert set(years) <= known | {str(s.source_year) for s in matcher.structures.values()}
    assert client.get("/communes/99999.atom").status_code == 404


def test_lists_of_names_are_sorted_as_in_french(app: Flask, matcher: Matcher) -> None:
    names = ["Évron", "Le Mans", "Saint-Malo", "St-Lô", "Eu", "L’Aigle"]
    assert sorted(names, key=order_key) == ["L’Aigle", "Eu", "Évron", "Le Mans", "St-Lô", names[2]]
    page = app.test_client().get("/communes/34142").text
    listed = re.findall(r'href="/structures/([^"]+)"', page.split("Dans la région")[1])
    [*keys] = [order_key(matcher.structures[one].name) for one in listed[:10]]
    assert keys == sorted(keys) and len(set(keys)) > 5
