"""The site through its test client: what it answers, and what it never does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sockets import free_port

from matcher import Matcher, Need, Stage, Theme
from matcher.catalogue import Area
from matcher.ranking import CRITERIA
from matcher.tables import MAX_TEXT
from web import create_app
from web.__main__ import main as serve

ROOT = Path(__file__).resolve().parents[1]
NEED = "Un collectif d’habitants veut ouvrir une recyclerie avec un café dans une halle inoccupée."
LODEVE = "34142"

PRODUCT = str(29 * 1373717)
"""What a template would make of a hostile text."""
XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "javascript:alert(1)//<b>",
    "{{29*1373717}}{% raw %}<i>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\u2028<b>\u202e<b>",
)
HOSTILE = (
    *XSS,
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "....//....//setup.cfg",
    "/etc/passwd",
    "//evil.example",
    "https://evil.example",
    "\\\\evil.example",
    "a" * 20_000,
    "' OR 1=1 --",
    "%00",
    "\r\nSet-Cookie: a=b",
    "\ud7ff\uffff",
    "٣٤١٤٢",
)
FIELDS = ("commune", "besoin", "theme", "etape", "q", "next", "url", "id", "type", "niveau", "page")


@pytest.fixture(scope="module")
def app(matcher: Matcher) -> Flask:
    return create_app(matcher, {"PROPAGATE_EXCEPTIONS": False, "RATELIMIT_ENABLED": False})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def page(client: FlaskClient, path: str, **query: object) -> str:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def asked(client: FlaskClient, **changes: object) -> str:
    return page(client, "/suggestions/liste", **{"commune": LODEVE, "besoin": NEED, **changes})


def sent_by(text: str, words: str) -> str:
    """The address that a button of an answer asks for: its own, with the need that is hidden."""
    button = rf'form="(\w+)" formaction="([^"]*)"(?: name="(\w+)" value="(\w+)")?>{words}<'
    ((holder, action, *own),) = re.findall(button, text)
    form = text[text.index(f'id="{holder}"') :].partition("</form>")[0]
    hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
    fields = [(name, unescape(value)) for name, value in (*hidden, own) if name]
    return f"{action}?{urlencode(fields)}"


def answered(client: FlaskClient, **changes: object) -> str:
    """The road map of a need."""
    return page(client, "/suggestions", **{"commune": LODEVE, "besoin": NEED, **changes})


def number(shown: str) -> float:
    return float(shown.replace(",", "."))


def addresses(app: Flask, value: str) -> list[str]:
    """Every page of the site that can be read, with `value` where an address has a hole."""
    return [
        re.sub(r"<[^>]+>", lambda _: value, rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    ]


def test_the_site_starts_where_it_is_told_and_says_so() -> None:
    port = str(free_port())
    command = [sys.executable, "-m", "web"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PORT": port}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout and port in server.stdout.readline()
        try:
            for _ in range(1200):  # the line comes just before the port opens
                try:
                    with urlopen(f"http://127.0.0.1:{port}/sante") as answer:
                        assert json.load(answer) == {"etat": "vivant"}
                        break
                except URLError:
                    time.sleep(0.05)
            else:
                pytest.fail("the site does not answer")
        finally:
            server.terminate()


def test_a_port_that_is_none_is_a_french_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setattr("web.records.log_as_lines", lambda: None)
    with pytest.raises(SystemExit) as left:
        serve()
    assert left.value.code == "PORT doit être un nombre entier de 1 à 65535 : « http »."


def test_the_home_page_asks_for_all_that_a_need_holds(client: FlaskClient) -> None:
    text = page(client, "/")
    for name in ("commune", "besoin", "theme", "etape"):
        assert f'name="{name}"' in text
    for term in (*Theme, *Stage):
        assert f'value="{term.value}"' in text


def test_an_answer_shows_the_suggestions_of_the_front_door_in_order(
    app: Flask, client: FlaskClient
) -> None:
    text = asked(client)
    found = app.extensions["freshness"].served.matcher.match(Need(LODEVE, NEED), top=10)
    ids = re.findall(r'<li class="card suggestion" id="([^"]+)"', text)
    assert ids == [s.structure.id for s in found]
    for s in found:
        for part in s.contributions:
            if part.score is not None:
                start = part.sentence[1:25].replace("'", "’").split("«")[0].split(":")[0].strip()
                assert str(escape(start)) in text, part.sentence


def test_the_points_of_each_card_add_up_to_its_score(client: FlaskClient) -> None:
    cards = asked(client).split('<li class="card suggestion"')[1:]
    assert len(cards) == 10
    for card in cards:
        total = re.search(r"([\d,]+) points sur 100", card)
        parts = re.findall(r'<span class="num">([\d,]+)</span>', card)
        assert total and parts
        shown = sum(number(part) for part in parts)
        rounding = 0.05 * (len(parts) + 1) + 0.01  # each is rounded to a tenth
        assert shown == pytest.approx(number(total[1]), abs=rounding)


def test_the_words_that_prove_a_theme_are_marked_in_the_text(client: FlaskClient) -> None:
    assert re.search(
        r'<mark class="proof" title="Économie circulaire[^"]*">recyclerie</mark>', asked(client)
    )


def test_the_label_is_never_shown_without_its_vintage(client: FlaskClient) -> None:
    assert "Petites villes de demain (liste de janvier 2021)" in asked(client)


def test_a_commune_may_be_asked_by_name_and_the_theme_may_repeat(client: FlaskClient) -> None:
    text = asked(client, commune="lodeve", theme=["habitat", "energie"], etape="creation")
    assert "Toutes les structures pour Lodève" in text
    assert text.count("vous l’avez indiqué") == 2


def test_a_need_out_of_scope_is_told_kindly_with_what_to_do(client: FlaskClient) -> None:
    text = asked(client, besoin="zzz qqq")
    assert "reconnu aucun thème" in text
    assert "cochez un ou deux thèmes" in text


ROAD = "Refaire l’enrobé de la chaussée"


def test_out_of_scope_the_page_says_whom_to_see_and_ranks_nobody(client: FlaskClient) -> None:
    text = asked(client, besoin=ROAD)
    assert "sort du champ" in text and "chaussée" in text
    for whom in ("intercommunalité", "le département", "préfecture", "DETR"):
        assert whom in text
    assert 'class="card suggestion"' not in text and "carte-donnees" not in text
    assert "structures ci-dessous" not in text


def test_out_of_scope_the_list_may_be_wanted_all_the_same(client: FlaskClient) -> None:
    address = sent_by(asked(client, besoin=ROAD), "Voir quand même")
    assert "voir=oui" in address
    text = client.get(address).text
    assert text.count('<li class="card suggestion"') == 10
    assert "/suggestions.pdf?" in text
    for address in re.findall(r'href="(/suggestions[^"]*)', text):
        assert "voir=oui" in address, "every address of the list asks for the list"


def test_out_of_scope_a_declared_theme_brings_the_list(client: FlaskClient) -> None:
    assert asked(client, besoin=ROAD, theme="mobilite").count('<li class="card suggestion"') == 10


@pytest.mark.parametrize("extension", ["csv", "geojson", "html", "pdf", "xlsx"])
def test_out_of_scope_a_file_ranks_nobody_unless_wanted(
    client: FlaskClient, extension: str
) -> None:
    query = {"commune": LODEVE, "besoin": ROAD}
    path = f"/suggestions.{extension}"
    alone, listed = (
        client.get(path, query_string={**query, **more}) for more in ({}, {"voir": "oui"})
    )
    assert (alone.status_code, listed.status_code) == (200, 200)
    assert len(alone.data) < len(listed.data)
    if extension == "html":
        assert "préfecture" in alone.text and "structures proposées" not in alone.text
    if extension == "csv":
        assert len(alone.text.splitlines()) == 1


def test_the_map_data_hold_the_places_of_the_answer(client: FlaskClient) -> None:
    found = re.search(r'id="carte-donnees">(.*?)</script>', asked(client), re.S)
    assert found
    drawing = json.loads(found[1])
    assert drawing["commune"]["nom"] == "Lodève"
    assert [s["rang"] for s in drawing["structures"]] == list(range(1, 11))


def test_filters_keep_the_rank_of_the_whole_answer(client: FlaskClient) -> None:
    ranks = re.compile(r'data-rank="(\d+)"')
    text = asked(client, niveau="departement")
    found = [int(rank) for rank in ranks.findall(text)]
    assert found == sorted(found) and found[0] >= 1
    assert set(re.findall(r"<dt>Intervient</dt><dd>(.*?)</dd>", text)) == {"Hérault"}
    assert [int(rank) for rank in ranks.findall(asked(client, page="3"))] == list(range(21, 31))
    assert "ne passe ces filtres" in asked(client, type="licorne")
    assert len(ranks.findall(asked(client, page="9" * 20))) == 10
    assert "ne va pas si loin" in asked(client, page="999")


def test_the_answer_can_be_taken_away_as_files(app: Flask, client: FlaskClient) -> None:
    query = {"commune": LODEVE, "besoin": NEED, "niveau": "departement"}
    shown = re.findall(r'<li class="card suggestion" id="([^"]+)"', asked(client, **query))
    table = client.get("/suggestions.csv", query_string=query)
    assert table.text.startswith("\ufeffrang;")
    assert [line.split(";")[2] for line in table.text.splitlines()[1:]] == shown
    points = client.get("/suggestions.geojson", query_string=query).json
    assert points and [feature["id"] for feature in points["features"]] == shown
    sheet = client.get("/suggestions.html", query_string=query)
    assert sheet.headers["Content-Disposition"].startswith("attachment;")
    assert sheet.text.count('class="suggestion"') == len(shown)
    assert client.get("/suggestions.exe", query_string=query).status_code == 404
    assert client.get("/suggestions.csv").status_code == 400


def test_the_answer_says_who_together_covers_all_and_what_others_did(client: FlaskClient) -> None:
    text = asked(client)
    for title in ("Une petite équipe", "Ce que d’autres communes ont fait", "À lire, à voir"):
        assert title in text


def test_an_answer_names_what_is_missing_near_the_commune(app: Flask, client: FlaskClient) -> None:
    matcher = app.extensions["freshness"].served.matcher
    found = matcher.match(Need(LODEVE, NEED), top=10_000)
    local = [
        s for s in found if not isinstance(s.reach, Area) or s.reach.scale.value == "departement"
    ]
    text = asked(client)
    for theme, _, _ in matcher.read(NEED).themes:
        missing = not any(theme in s.structure.themes for s in local)
        assert missing == (f"spécialiste de «&nbsp;{theme.label}&nbsp;»" in text)


def test_why_not_names_what_kept_a_structure_away(client: FlaskClient) -> None:
    query = {"commune": LODEVE, "besoin": NEED}
    text = page(client, "/pourquoi-pas", **query, structure="cress-bretagne")
    assert "n’intervient pas à Lodève" in text
    assert "Plusieurs structures" in page(client, "/pourquoi-pas", **query, structure="cress")
    unknown = client.get("/pourquoi-pas", query_string={**query, "structure": "zzzz"})
    assert unknown.status_code == 404 and "ne connaît pas" in unknown.text
    assert client.get("/pourquoi-pas?structure=cress-bretagne").status_code == 400


def test_why_not_gives_no_rank_where_the_page_shows_nobody(client: FlaskClient) -> None:
    query = {"commune": LODEVE, "besoin": "Refaire la chaussée", "structure": "villages-vivants"}
    text = page(client, "/pourquoi-pas", **query)
    assert "Aucune structure n’est classée pour ce besoin" in text and "est au rang" not in text
    assert "Aucune structure" not in page(client, "/pourquoi-pas", **query, voir="oui")


def test_every_structure_project_and_theme_has_its_page(app: Flask, client: FlaskClient) -> None:
    matcher = app.extensions["freshness"].served.matcher
    for structure in list(matcher.structures.values())[::25]:
        text = page(client, f"/structures/{structure.id}")
        assert str(escape(structure.name.replace("'", "’"))) in text.replace("\xa0", " ")
        assert not structure.to_verify or "À vérifier" in text
    for project in matcher.catalogue.projects[::25]:
        page(client, f"/projets/{project.id}")
    for theme in Theme:
        assert theme.label in page(client, f"/themes/{theme.value}")
    for path in ("/structures/licorne", "/projets/licorne", "/themes/licorne", "/communes/00000"):
        assert client.get(path).status_code == 404


def test_a_commune_of_former_days_leads_to_that_of_today(client: FlaskClient) -> None:
    answer = client.get("/communes/01091")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/communes/01033")
    assert "Valserhône" in page(client, "/communes/01033")


@pytest.mark.parametrize(("typed", "today"), [("2a004", "2A004"), ("2b033", "2B033")])
def test_a_corsican_code_in_small_letters_leads_to_its_commune(
    client: FlaskClient, typed: str, today: str
) -> None:
    answer = client.get(f"/communes/{typed}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/communes/{today}")
    assert page(client, f"/communes/{today}")


def test_the_directory_searches_without_accents_and_counts_its_facets(
    app: Flask, client: FlaskClient
) -> None:
    whole = page(client, "/annuaire")
    assert f"{len(app.extensions['freshness'].served.matcher.structures)} structures" in whole
    assert "Emmaüs France" in page(client, "/annuaire", q="EMMAUS france")
    for value, count in re.findall(r'<option value="(\w+)">[^(]*(?:\([A-ZÉ]+\) )?\((\d+)\)', whole)[
        :5
    ]:
        found = page(client, "/annuaire", type=value)
        assert re.search(rf'role="status">{count} structure', found), value
    last = page(client, "/annuaire", page="9999")
    assert "Page précédente" in last and "Page suivante" not in last


def test_the_method_is_that_of_the_code(client: FlaskClient) -> None:
    text = page(client, "/methode").replace("\xa0", " ")
    for criterion in CRITERIA:
        assert str(escape(criterion.method.replace("'", "’"))) in text, criterion.code


def test_all_files_of_the_data_page_can_be_downloaded(client: FlaskClient) -> None:
    names = re.findall(r'href="(/donnees/[^"]+)"', page(client, "/donnees"))
    assert len(names) >= 10
    for name in names:
        assert client.get(name).status_code == 200
    assert client.get("/donnees/setup.cfg").status_code == 404


def test_every_link_of_every_sort_of_page_leads_somewhere(client: FlaskClient) -> None:
    todo = [
        "/",
        f"/suggestions?commune={LODEVE}&besoin=recyclerie",
        f"/suggestions/liste?commune={LODEVE}&besoin=recyclerie",
        f"/suggestions?commune={LODEVE}&besoin=chauss%C3%A9e",
    ]
    seen: set[str] = set()
    outside: set[str] = set()
    kinds: Counter[str] = Counter()
    while todo:
        address = todo.pop()
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code in (200, 301), address
        if "text/html" not in answer.headers["Content-Type"] or answer.status_code == 301:
            continue
        places = set(re.findall(r' id="([^"]+)"', answer.text))
        for link in map(unescape, re.findall(r'<a [^>]*?href="([^"]+)"', answer.text)):
            if not link.startswith("/"):
                if link.startswith("#"):
                    assert link[1:] in places, (address, link)
                else:
                    outside.add(link)
                continue
            link = link.partition("#")[0]
            kind = re.sub(r"/(structures|projets|communes)/.*|\?.*", r"/\1/", link)
            if link not in seen and kinds[kind] < 3:
                kinds[kind] += 1
                todo.append(link)
    assert len(kinds) > 30
    assert len(outside) > 50
    for link in outside:
        if link.startswith("mailto:?"):  # a draft: who sends it says to whom
            continue
        parts = urlsplit(link)
        assert parts.scheme in ("https", "http", "mailto"), link
        assert "." in (parts.hostname or parts.path) and not re.search(r"\s", link), link


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({}, 400, "Indiquez votre commune"),
        ({"commune": LODEVE}, 400, "Votre besoin est vide"),
        ({"commune": LODEVE, "besoin": "   "}, 400, "Votre besoin est vide"),
        ({"commune": LODEVE, "besoin": "a" * 100_000}, 400, "trop long"),
        ({"commune": LODEVE, "besoin": "\x00\u200b"}, 400, "Votre besoin est vide"),
        ({"commune": LODEVE, "besoin": NEED, "theme": "licorne"}, 400, "Thème inconnu"),
        ({"commune": LODEVE, "besoin": NEED, "etape": "licorne"}, 400, "Étape inconnu"),
        ({"commune": "a" * 1_201, "besoin": NEED}, 400, "dépasse 1200 caractères"),
        ({"commune": "Xyzzyville", "besoin": NEED}, 404, "Xyzzyville"),
        ({"commune": "saint-denis", "besoin": NEED}, 404, "Vouliez-vous dire"),
    ],
)
def test_bad_input_is_a_clear_french_sentence_beside_the_form(
    client: FlaskClient, query: dict[str, str], status: int, said: str
) -> None:
    answer = client.get("/suggestions", query_string=query)
    assert answer.status_code == status
    assert said in answer.text
    assert 'role="alert"' in answer.text and 'name="besoin"' in answer.text


def test_a_refused_form_keeps_what_was_typed(client: FlaskClient) -> None:
    query = {"commune": "saint-denis", "besoin": NEED, "theme": ["habitat"], "etape": "creation"}
    text = client.get("/suggestions", query_string=query).text
    assert NEED in text
    assert re.search(r'value="habitat" checked', text) and re.search(
        r'value="creation" checked', text
    )
    assert "/suggestions?commune=93066&amp;besoin=" in text  # each choice asks the same


ASKED_IN_DOUBT = {
    "besoin": NEED,
    "theme": ["habitat", "energie"],
    "etape": "creation",
    "sans": "mobilite",
}


def choices_of(text: str) -> dict[str, str]:
    """The addresses of the choices that a doubt offers, by their words."""
    note = text.split('id="erreurs"')[1].split("<form")[0]
    return {
        unescape(words): unescape(address)
        for address, words in re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', note)
    }


@pytest.mark.parametrize(
    ("typed", "said", "whole", "code"),
    [
        ("Hérault", "« Hérault » est un département", "le département Hérault", "departement:34"),
        ("34", "est un département", "le département Hérault", "departement:34"),
        ("Creuse", "et aussi une commune", "le département Creuse", "departement:23"),
        (
            "Grand-Figeac",
            "est une intercommunalité",
            "e l’intercommunalité CC Grand-Figeac",
            "epci:200067361",
        ),
        ("saint-denis", "peut désigner plusieurs communes", "", ""),
        ("Normandie", "est une région", "", ""),
    ],
)
def test_each_choice_of_a_doubt_asks_the_same_need(
    client: FlaskClient, typed: str, said: str, whole: str, code: str
) -> None:
    answer = client.get("/suggestions", query_string={"commune": typed, **ASKED_IN_DOUBT})
    assert answer.status_code == 404
    assert said in unescape(answer.text)
    choices = choices_of(answer.text)
    assert len(choices) > 1
    for address in choices.values():
        asked_there = parse_qs(urlsplit(address).query)
        assert asked_there.pop("commune") != [typed]
        assert asked_there == {
            name: value if isinstance(value, list) else [value]
            for name, value in ASKED_IN_DOUBT.items()
        }
    wholes = {w: a for w, a in choices.items() if w.startswith("Demander pour tout")}
    assert [w.removeprefix("Demander pour tout").strip() for w in wholes] == (
        [whole] if whole else []
    )
    for address in wholes.values():
        assert parse_qs(urlsplit(address).query)["commune"] == [code]
        assert client.get(address).status_code == 200


def test_two_areas_of_one_name_are_told_apart(client: FlaskClient) -> None:
    answer = client.get("/suggestions", query_string={"commune": "Quatre Rivières"})
    wholes = [w for w in choices_of(answer.text) if w.startswith("Demander pour tout")]
    assert wholes == [
        "Demander pour toute l’intercommunalité CC des Quatre Rivières (Haute-Saône)",
        "Demander pour toute l’intercommunalité CC des Quatre Rivières (Haute-Savoie)",
    ]


def test_a_need_of_the_longest_length_typed_with_windows_line_ends_is_read(
    client: FlaskClient,
) -> None:
    text = "une recyclerie\r\n" * (MAX_TEXT // len("une recyclerie\n"))
    assert len(text) > MAX_TEXT
    assert (
        client.get("/suggestions", query_string={"commune": LODEVE, "besoin": text}).status_code
        == 200
    )


@pytest.mark.parametrize("typed", ["CC Haut-Jura Saint-Claude", "cc du haut jura", "haut-jura"])
def test_the_field_offers_intercommunalities_too(client: FlaskClient, typed: str) -> None:
    found = client.get("/communes", query_string={"q": typed}).json
    offered = {one["nom"]: one for one in found or ()}
    chosen = offered["CC Haut-Jura Saint-Claude"]
    assert chosen["niveau"] == "intercommunalité"
    text = page(client, "/suggestions", commune=chosen["envoi"], besoin="Un tiers-lieu")
    assert "la CC Haut-Jura Saint-Claude" in text


def test_an_intercommunality_that_is_not_quite_named_is_asked_with_near_names(
    client: FlaskClient,
) -> None:
    refused = client.get("/suggestions?commune=CC+du+Haut-Jura&besoin=Un+tiers-lieu")
    assert refused.status_code == 404
    assert "Intercommunalité inconnue" in refused.text
    assert "Demander pour toute l’intercommunalité CC Haut-Jura Saint-Claude" in refused.text
    unknown = client.get("/suggestions?commune=CC+des+Zouaves&besoin=Un+tiers-lieu")
    assert "Demander pour" not in unknown.text


def test_the_autocompletion_finds_communes(client: FlaskClient) -> None:
    found = client.get("/communes?q=lod").json
    assert found and {"code": LODEVE, "nom": "Lodève"}.items() <= found[0].items()
    assert "janvier 2021" in found[0]["label"]
    assert client.get("/communes?q=").json == []
    assert client.get("/communes").json == []


def test_the_themes_of_a_text_are_read_while_it_is_written(client: FlaskClient) -> None:
    found = client.get("/lecture", query_string={"besoin": NEED}).json
    assert found
    said = {one["code"]: one["mots"] for one in found}
    assert "recyclerie" in said["economie_circulaire"]
    assert client.get("/lecture").json == []
    assert client.get("/lecture", query_string={"besoin": "a" * 100_000}).json == []


def test_no_address_breaks_the_site_or_lets_code_through(app: Flask, client: FlaskClient) -> None:
    asked = set()
    for value in HOSTILE:
        for path in addresses(app, value):
            queries = [dict.fromkeys(FIELDS, value), *([] if path in asked else [{}])]
            asked.add(path)  # alone, a page without a hole says the same each time
            for answer in (client.get(path, query_string=query) for query in queries):
                check_harmless(answer.status_code, answer.text, dict(answer.headers), value, path)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_field_lets_code_through(client: FlaskClient, value: str) -> None:
    plain = {"commune": LODEVE, "besoin": NEED, "theme": "habitat", "etape": "creation"}
    for name in plain:
        answer = client.get("/suggestions", query_string={**plain, name: value})
        check_harmless(answer.status_code, answer.text, dict(answer.headers), value, name)
        answer = client.get("/", query_string={**plain, name: value})
        check_harmless(answer.status_code, answer.text, dict(answer.headers), value, name)


def check_harmless(status: int, text: str, headers: dict[str, str], value: str, where: str) -> None:
    assert status < 500, (where, value)
    if value in XSS and "html" in headers["Content-Type"]:
        assert value not in text, (where, value)
    assert "{{" not in value or PRODUCT not in text, (where, value)
    assert "Traceback" not in text and "root:" not in text and "[metadata]" not in text
    assert headers.get("Set-Cookie", "session=").startswith("session=")  # not the one injected
    assert not urlsplit(headers.get("Location", "")).netloc.endswith("evil.example")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static//etc/passwd",
        "/contours/..%2f..%2fcatalogue.geojson",
        "//evil.example/a",
    ],
)
def test_no_file_outside_is_served_and_nothing_redirects_away(
    client: FlaskClient, path: str
) -> None:
    # As a server hands it on: the client would take the start of « //evil.example/a » for a host.
    answer = client.get("/", environ_overrides={"PATH_INFO": unquote(path)})
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_other_methods_are_refused_with_a_page(client: FlaskClient, method: str) -> None:
    answer = client.open("/suggestions", method=method)
    assert answer.status_code == 405
    assert "Demande impossible" in answer.text


def test_a_fault_of_ours_is_a_friendly_page_without_its_trace(app: Flask) -> None:
    broken = create_app(app.extensions["freshness"].served.matcher, {"PROPAGATE_EXCEPTIONS": False})
    broken.extensions["freshness"].served = None
    answer = broken.test_client().get("/suggestions?commune=34142&besoin=a")
    assert answer.status_code == 500
    assert "L’erreur vient de nous" in answer.text and "NoneType" not in answer.text


def test_pages_ask_nothing_of_other_sites(client: FlaskClient) -> None:
    for path in ("/", f"/suggestions?commune={LODEVE}&besoin=recyclerie"):
        text = client.get(path).text
        asked_for = re.findall(
            r'<(?:script|link|img|iframe|source|video)[^>]+(?:src|href)="([^"]+)"', text
        )
        assert asked_for and all(address.startswith("/") for address in asked_for)
        assert not re.findall(r"<[^>]+ (?:style|on\w+)=", text), "no inline style or code"
        assert not re.findall(r"<script>|<style", text)


def test_only_the_widget_may_be_framed(client: FlaskClient) -> None:
    widget = client.get("/widget").headers
    assert "frame-ancestors *" in widget["Content-Security-Policy"]
    assert "X-Frame-Options" not in widget
    for path in ("/", f"/suggestions?commune={LODEVE}&besoin=recyclerie", "/nulle-part"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


def test_static_files_are_kept_for_a_year_by_their_digest(client: FlaskClient) -> None:
    address = re.search(r'href="(/static/site\.css\?v=[0-9a-f]{12})"', client.get("/").text)
    assert address
    assert "max-age=31536000" in client.get(address[1]).headers["Cache-Control"]


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    query = {"commune": LODEVE, "besoin": NEED}
    first = client.get("/suggestions", query_string=query)
    assert "private" in first.headers["Cache-Control"]
    again = client.get(
        "/suggestions", query_string=query, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


ANSWERS = (
    f"/suggestions?commune={LODEVE}&besoin=recyclerie",
    f"/suggestions?commune={LODEVE}&besoin=recyclerie&page=2",
    f"/suggestions?commune={LODEVE}&besoin=chauss%C3%A9e",
    "/pourquoi-pas?commune=34142&besoin=recyclerie&structure=villages-vivants",
    "/mise-en-relation?commune=34142&besoin=recyclerie&structure=villages-vivants",
    "/structures/villages-vivants",
    "/projets/P002",
    "/communes/75056",
    "/themes/insertion_emploi",
)
"""Pages that are asked with something; those that take nothing are found by their routes."""


def test_a_page_weighs_less_than_200_kb_without_the_map(app: Flask, client: FlaskClient) -> None:
    plain = {
        rule.rule: client.get(rule.rule)
        for rule in app.url_map.iter_rules()
        if (rule.endpoint.startswith("public.") or rule.endpoint == "api.page")
        and "GET" in (rule.methods or ())
        and not rule.arguments
    }
    pages = [
        path
        for path, answer in plain.items()
        if (answer.status_code, answer.mimetype) == (200, "text/html")
    ]
    assert "/qualite" in pages
    sizes = {path: weight(client, path) for path in (*ANSWERS, *pages)}
    assert {path: size for path, size in sizes.items() if size >= 200_000} == {}


def weight(client: FlaskClient, path: str) -> int:
    """The page, its styles, scripts and fonts; Leaflet and the outlines are the map."""
    answer = client.get(path)
    size = len(answer.data)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        if "leaflet" not in address:
            size += len(client.get(address).data)
    for font in ("fraunces", "figtree"):
        size += len(client.get(f"/static/vendor/fonts/{font}-latin-wght-normal.woff2").data)
    return size


# The commune that a bare postal code means


@pytest.mark.parametrize(
    ("code", "communes"),
    [("46100", ("Figeac", "Faycelles")), ("15100", ("Saint-Flour", "Laveissenet"))],
)
def test_a_postal_code_that_is_an_insee_code_too_is_asked_about_once(
    client: FlaskClient, code: str, communes: tuple[str, ...]
) -> None:
    answer = client.get("/suggestions", query_string={"commune": code, **ASKED_IN_DOUBT})
    assert answer.status_code == 404
    choices = choices_of(answer.text)
    for name in communes:
        address = next(a for words, a in choices.items() if words.startswith(f"{name} ("))
        chosen = client.get(address).text
        assert f"Qui peut aider {name}" in chosen
        for words in ("Voir toute la liste", "Fiche PDF", "Classeur Excel"):
            found = client.get(sent_by(chosen, words))
            assert found.status_code == 200, words
        listed = client.get(sent_by(chosen, "Voir toute la liste")).text
        inside = {unescape(a) for a in re.findall(r'href="(/suggestions[^"]*)"', listed)}
        assert inside
        for link in inside:  # files, pages, themes to remove
            assert client.get(link).status_code == 200, link


def test_a_code_with_one_meaning_asks_nothing(client: FlaskClient) -> None:
    for code in (LODEVE, "46102", "lodeve", "Faycelles"):
        assert "est aussi le code postal" not in asked(client, commune=code)


@pytest.mark.parametrize("typed", ["Annecy-le-Vieux", "74011"])
def test_a_commune_of_former_days_is_said_to_be_that_of_today(
    client: FlaskClient, typed: str
) -> None:
    text = unescape(asked(client, commune=typed)).replace("\xa0", " ")
    assert f"Vous avez écrit « {typed} » : nous répondons pour Annecy (code Insee 74010)" in text


@pytest.mark.parametrize("typed", [LODEVE, "46102", "lodeve", "Lodève (Hérault)", "LODÈVE"])
def test_a_commune_asked_by_its_name_or_code_needs_no_word(client: FlaskClient, typed: str) -> None:
    assert "Vous avez écrit" not in asked(client, commune=typed)


# Themes that are read, and not meant


def test_a_theme_read_in_the_text_can_be_removed_and_put_back(client: FlaskClient) -> None:
    text = unescape(asked(client))
    removed = re.search(
        r'href="(/suggestions[^"]+)">Retirer<span class="hidden-label"> Économie circulaire', text
    )
    assert removed and "sans=economie_circulaire" in removed[1]
    without = unescape(client.get(removed[1]).text)
    assert "<strong>Économie circulaire et réemploi</strong>" not in without
    assert "Retirés par vous" in without
    assert "<mark" in without and 'title="Économie circulaire' not in without
    back = re.search(r'href="(/suggestions[^"]+)">remettre', without)
    assert back and unescape(client.get(back[1]).text) == text


def test_a_theme_declared_can_be_removed(client: FlaskClient) -> None:
    text = unescape(asked(client, theme="mobilite"))
    removed = re.search(
        r'href="(/suggestions[^"]+)">Retirer<span class="hidden-label"> Mobilit', text
    )
    assert removed and "mobilite" not in removed[1]


def test_what_was_removed_stays_so_in_every_form_of_the_page(client: FlaskClient) -> None:
    text = asked(client, sans="economie_circulaire")
    forms = re.findall(r"<form.*?</form>", text, re.S)
    assert len(forms) == 4
    assert all('name="sans" value="economie_circulaire"' in form for form in forms)
    assert 'name="sans" value="economie_circulaire"' in page(
        client, "/", commune=LODEVE, besoin=NEED, sans="economie_circulaire"
    )


def test_an_unknown_theme_to_remove_is_refused_in_french(client: FlaskClient) -> None:
    answer = client.get(
        "/suggestions", query_string={"commune": LODEVE, "besoin": NEED, "sans": "licorne"}
    )
    assert answer.status_code == 400 and "Thème inconnu" in answer.text


# The same as files to keep


@pytest.mark.parametrize(
    ("extension", "start", "media"),
    [
        ("pdf", b"%PDF-1.7", "application/pdf"),
        ("xlsx", b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_the_page_is_had_as_a_file(
    client: FlaskClient, extension: str, start: bytes, media: str
) -> None:
    query = {"commune": LODEVE, "besoin": NEED, "type": "incubateur"}
    answer = client.get(f"/suggestions.{extension}", query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, media)
    assert answer.data.startswith(start)
    assert f"maillage-lodeve.{extension}" in answer.headers["Content-Disposition"]
    assert f"/suggestions.{extension}?" in asked(client)


def test_several_communes_have_one_page_that_says_who_covers_which(client: FlaskClient) -> None:
    page = client.get(
        "/suggestions", query_string={"commune": "Decazeville, Aubin", "besoin": NEED}
    )
    assert page.status_code == 200
    assert "Qui peut aider Decazeville et Aubin" in page.text
    assert "couvre les 2 communes de votre demande" in page.text.lower()
    assert "commune=12089%2C12013" in sent_by(page.text, "Voir toute la liste")
    for extension in ("csv", "geojson", "xlsx", "html"):
        found = client.get(f"/suggestions.{extension}?commune=12089,12013&besoin=Une recyclerie")
        assert found.status_code == 200, extension


def test_a_long_need_out_of_scope_is_written_twice_at_most(client: FlaskClient) -> None:
    """To be read, and in the one form that its buttons send."""
    need = ("Refaire la chaussée et l’enrobé de la route départementale. " * 90)[:5000]
    text = page(client, "/suggestions", commune=LODEVE, besoin=need)
    assert "Voir quand même" in text and "Ce n’est sans doute pas ici" in text
    assert text.count("chauss") <= 2 * need.count("chauss") + 3
    assert len(text.encode()) < 40_000


def test_what_was_repaired_in_a_need_is_said_once(client: FlaskClient) -> None:
    said = "Nous avons réparé votre texte"
    shown = asked(client, besoin="Ouvrir une recy-\nclerie et un cafÃ©")
    assert shown.count(said) == 1 and "recollés" in shown
    assert said not in asked(client, besoin="Ouvrir une crè\u00adche")


def test_a_commune_and_an_answer_say_the_doors_that_we_do_not_know(client: FlaskClient):
    for text in (page(client, "/communes/08081"), asked(client, commune="08081")):
        said = unescape(text)
        assert "Ce que nous ne savons pas ici" in said
        assert "France services" in said


def test_a_commune_is_told_that_its_region_has_no_cress_with_the_page_that_says_so(
    client: FlaskClient,
):
    said = unescape(page(client, "/communes/61181"))
    assert "liquidation judiciaire" in said and "mediatico.fr" in said


def test_an_answer_that_is_not_sure_says_it_first_with_what_to_do(client: FlaskClient) -> None:
    need = (
        "ma mère elle chauffe plus que la cuisine, c'est pas isolé, elle peut pas payer les travaux"
    )
    page = client.get("/suggestions?" + urlencode({"commune": 34142, "besoin": need})).text
    said = page.index("Nous ne sommes pas sûrs d’avoir bien compris")
    assert said < page.index("Compris&nbsp;:") < page.index('class="cards calls"')
    assert "demandez à un conseiller" in page[said : said + 500]
    asks = sent_by(page, "demandez à un conseiller")
    assert asks.startswith("/mise-en-relation?commune=34142&besoin=ma")
    assert client.get(asks).status_code == 200
    sure = client.get("/suggestions?commune=34142&besoin=une+recyclerie").text
    assert "Nous ne sommes pas sûrs" not in sure


def test_a_broad_need_is_asked_before_trails_are_named_and_an_answer_is_one_tap(
    client: FlaskClient,
) -> None:
    page = client.get("/suggestions?commune=48095&besoin=nous+avons+besoin+d%27aide").text
    said = page.index("Votre besoin est encore large")
    assert said < page.index("De quoi s’agit-il surtout") < page.index("<h2>Des pistes</h2>")
    assert "Pour y voir clair" in page[said : said + 900]
    after = client.get("/suggestions?commune=48095&besoin=nous+avons+besoin+d%27aide&objet=sante")
    assert "Votre besoin est encore large" not in after.text
    assert "<h2>Des pistes</h2>" not in after.text and "Santé" in after.text


def test_a_first_structure_that_is_seldom_right_sends_to_an_adviser(client: FlaskClient) -> None:
    asked = "/suggestions?commune=97106&besoin=Sentier+sous-marin+et+protection+des+recifs"
    page = client.get(asked).text
    said = page.index("Nous ne sommes pas sûrs que la première structure soit la bonne")
    assert said < page.index("Compris&nbsp;:") < page.index('class="cards calls"')
    assert "demandez à un conseiller" in page[said : said + 500]
    assert "Pour y voir clair" in page[said : said + 900] and "<h2>Des pistes</h2>" in page
    asks = sent_by(page, "demandez à un conseiller")
    assert asks.startswith("/mise-en-relation?commune=97106&")


def test_a_situation_that_nobody_declared_is_said_to_be_a_guess(client: FlaskClient) -> None:
    guessed = unescape(answered(client, besoin="Notre cinéma associatif va fermer"))
    assert "situation supposée\xa0: une association" in guessed
    assert "Pas maintenant, si une structure existe déjà." in guessed
    told = unescape(
        answered(client, besoin="Notre cinéma associatif va fermer", etape="consolidation")
    )
    assert "supposée" not in told and "(supposé)" not in told
    assert "Pas maintenant, parce qu’une structure existe déjà." in told


def test_whom_the_text_names_and_we_do_not_know_is_said_before_the_others(
    client: FlaskClient,
) -> None:
    text = unescape(answered(client, commune="Aurillac", besoin="Une association cherche un DLA"))
    assert text.index("Vous nommez «\xa0DLA\xa0»") < text.index('class="cards calls"')


def test_an_intercommunality_has_its_article(client: FlaskClient) -> None:
    text = unescape(answered(client, commune="CC du Clermontais"))
    assert "Qui peut aider la CC du Clermontais" in text


def test_whom_to_write_to_of_a_project_without_a_commune_is_no_mairie(
    client: FlaskClient, matcher: Matcher
) -> None:
    need = "Mobilité solidaire : des voitures partagées pour aller travailler"
    text = unescape(answered(client, commune="Decazeville, Aubin", besoin=need))
    shown = text[text.index('id="mairies"') :].partition("</section>")[0].split('<li class="card">')
    projects = {project.id: project for project in matcher.catalogue.projects}
    owned = set()
    for card in shown[1:]:
        (found,) = re.findall(r'href="/projets/([^"]*)"', card)
        owned.add(bool(projects[found].commune))
        assert ("Un message à cette mairie" in card) == bool(projects[found].commune)
    assert owned == {True, False}
