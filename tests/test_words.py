"""The words of the site, and what machines read of it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher import Kind, Matcher
from web import create_app
from web.answers.acronyms import ACRONYMS, acronym_in
from web.settings import LEGAL, untold

SAID = {name: f"dit-{name}" for name in LEGAL}


@pytest.fixture(scope="module")
def app(matcher: Matcher) -> Flask:
    return create_app(matcher, {"RATELIMIT_ENABLED": False, **SAID, "CONTACT": "mairie@ville.fr"})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_acronyms_are_in_order_and_each_has_its_place_in_the_glossary(client: FlaskClient) -> None:
    assert [one.short for one in ACRONYMS] == sorted(one.short for one in ACRONYMS)
    text = client.get("/glossaire").text
    for one in ACRONYMS:
        assert f'id="{one.short.lower()}"' in text


def test_every_acronym_of_a_kind_is_explained() -> None:
    known = {one.short for one in ACRONYMS}
    for kind in Kind:
        assert set(re.findall(r"\b[A-Z]{3,}\b", kind.label)) <= known, kind.label


def test_an_acronym_leads_to_its_meaning_which_the_link_holds(client: FlaskClient) -> None:
    assert acronym_in("Adlab") is None
    before, found, after = acronym_in("Le DLA du Lot") or ("", ACRONYMS[0], "")
    assert (before, found.short, after) == ("Le ", "DLA", " du Lot")
    query = {"commune": "34142", "besoin": "recyclerie"}
    text = client.get("/suggestions", query_string=query).text
    assert "/glossaire#dla" in text and "dispositif local d’accompagnement</span></a>" in text


def test_no_page_puts_the_name_of_a_whole_country_in_small_letters(client: FlaskClient) -> None:
    for page in ("/themes", "/themes/cooperation_territoriale", "/structures/cress-occitanie"):
        text = client.get(page).text
        assert "l’ess " not in text and "toute la france" not in text


def test_robots_are_told_to_leave_needs_alone_and_where_the_site_map_is(
    client: FlaskClient,
) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /suggestions\n" in text and "/sitemap.xml\n" in text
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)
    addresses = [one.text or "" for one in tree.iter() if one.tag.endswith("loc")]
    assert len(addresses) > 900 and len(set(addresses)) == len(addresses)
    for address in addresses[::200]:
        assert client.get(address.removeprefix("http://localhost")).status_code == 200


def test_whom_to_tell_of_a_fault_is_said_only_where_it_is_known(
    client: FlaskClient, matcher: Matcher
) -> None:
    assert "Contact: mailto:mairie@ville.fr\n" in client.get("/.well-known/security.txt").text
    silent = create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()
    assert silent.get("/.well-known/security.txt").status_code == 404


def test_a_site_whose_legal_notice_is_incomplete_says_so_on_each_page(
    client: FlaskClient, matcher: Matcher
) -> None:
    silent = create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()
    for page in ("/", "/mentions-legales"):
        assert "incomplètes" in silent.get(page).text
        assert "incomplètes" not in client.get(page).text
    for told in SAID.values():
        assert told in client.get("/mentions-legales").text or told == SAID["CONTACT"]
    assert untold(SAID) == []
    assert [one.partition(" ")[0] for one in untold({**SAID, "HOSTING": ""})] == [
        "MAILLAGE_HOSTING"
    ]


def test_only_what_is_served_over_https_asks_for_it(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/sante").headers
    secure = client.get("/sante", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=")


def test_regions_are_in_the_order_of_the_french_alphabet(client: FlaskClient) -> None:
    text = client.get("/annuaire").text
    assert text.index("Hauts-de-France") < text.index("Île-de-France") < text.index("Normandie")


def test_among_namesakes_those_that_cover_the_commune_come_first(client: FlaskClient) -> None:
    query = {"commune": "29151", "besoin": "recyclerie", "structure": "cress"}
    text = client.get("/pourquoi-pas", query_string=query).text
    named = re.findall(r"structure=(cress-[a-z-]+)", text)
    assert named and named[0] == "cress-bretagne"
