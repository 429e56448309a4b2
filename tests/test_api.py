"""The API through its test client: answers, problems, limits."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher import Kind, Matcher, Need, Stage, Theme
from matcher.reports import suggestion_record
from matcher.tables import MAX_TEXT, repair
from matcher.tables.repair import MARKUP
from web import create_app
from web.api.bodies import SAYING

ROOT = Path(__file__).resolve().parents[1]
NEED = "Un collectif d’habitants veut ouvrir une recyclerie avec un café dans une halle inoccupée."
LODEVE = "34142"
ASKED = {"commune": LODEVE, "besoin": NEED}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}
"""An address that is not of this machine (RFC 5737)."""


@pytest.fixture(scope="module")
def app(matcher: Matcher) -> Flask:
    return create_app(matcher, {"PROPAGATE_EXCEPTIONS": False, "RATELIMIT_ENABLED": False})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, route: str, **body: object) -> TestResponse:
    return client.post(f"/api/v1/{route}", json=body)


def good(answer: TestResponse) -> dict:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    return answer.json


def problem(answer: TestResponse, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told = answer.json
    assert {"type", "title", "status", "detail", "instance"} <= set(told)
    assert told["status"] == status
    assert told["instance"].startswith("/api/v1/")
    assert "Traceback" not in answer.text and "pydantic" not in answer.text
    return told


def fields(answer: TestResponse) -> dict[str, str]:
    return {one["champ"]: one["message"] for one in problem(answer, 422)["champs"]}


# A need


def test_a_match_is_that_of_the_front_door(client: FlaskClient, matcher: Matcher) -> None:
    found = good(post(client, "match", **ASKED, top=3))
    records = [
        suggestion_record(s, matcher.territory) for s in matcher.match(Need(LODEVE, NEED), top=3)
    ]
    assert found["suggestions"] == json.loads(json.dumps(records))
    assert found["commune"]["insee"] == LODEVE
    assert found["lecture"]["themes"][0]["code"] == Theme.ECONOMIE_CIRCULAIRE
    assert found["equipe"] is None


def test_the_points_of_a_suggestion_add_up_to_its_score(client: FlaskClient) -> None:
    for one in good(post(client, "match", **ASKED))["suggestions"]:
        points = [c["points"] for c in one["contributions"]]
        assert sum(points) == pytest.approx(one["score"], abs=1e-4 * len(points))


def test_declared_themes_and_stage_change_the_answer(client: FlaskClient) -> None:
    plain = good(post(client, "match", **ASKED))
    told = good(post(client, "match", **ASKED, themes=["habitat"], etape="immobilier"))
    assert plain["suggestions"] != told["suggestions"]
    alone = good(post(client, "match", commune=LODEVE, themes=["habitat", "habitat"]))
    assert any("habitat" in s["structure"]["themes"] for s in alone["suggestions"])


def test_several_communes_may_ask_together(client: FlaskClient) -> None:
    body = {"commune": "Decazeville, Aubin", "besoin": NEED, "top": 3}
    answer = post(client, "match", **body).json
    assert answer["lieu"] == {
        "nom": "Decazeville et Aubin",
        "code": "12089,12013",
        "communes": ["12089", "12013"],
    }
    for found in answer["suggestions"]:
        assert found["territoire_couvert"]["communes"]
    assert post(client, "match", **(body | {"commune": "epci:200017341"})).json["lieu"]["code"] == (
        "epci:200017341"
    )


@pytest.mark.parametrize("top", [1, 10, 11, 100])
def test_top_is_how_many_there_are_at_most(client: FlaskClient, top: int) -> None:
    ranks = [s["rang"] for s in good(post(client, "match", **ASKED, top=top))["suggestions"]]
    assert ranks == list(range(1, top + 1))


@pytest.mark.parametrize(
    ("named", "insee"),
    [(LODEVE, LODEVE), ("lodeve", LODEVE), ("Lodève (34)", LODEVE), ("59000", "59350")],
)
def test_a_commune_is_asked_by_code_name_or_postal_code(
    client: FlaskClient, named: str, insee: str
) -> None:
    assert good(post(client, "match", commune=named, besoin=NEED))["commune"]["insee"] == insee


def test_a_code_that_is_also_the_postal_code_of_others_names_them(client: FlaskClient) -> None:
    told = problem(post(client, "match", commune="15100", besoin=NEED), 404)
    assert told["doute"] == "code_ambigu"
    assert [c["nom"] for c in told["suggestions"]][:2] == ["Saint-Flour", "Laveissenet"]
    found = good(post(client, "match", commune="15100 Laveissenet", besoin=NEED))
    assert found["commune"]["nom"] == "Laveissenet"
    assert good(post(client, "match", **ASKED))["homonymes"] == []


def test_a_team_comes_with_the_match_when_asked_for_and_by_itself(client: FlaskClient) -> None:
    team = good(post(client, "team", **ASKED))
    assert good(post(client, "match", **ASKED, equipe=True))["equipe"] == team
    answered = {d["code"] for member in team["membres"] for d in member["repond_a"]}
    assert answered and not answered & {d["code"] for d in team["sans_reponse"]}


def test_a_reading_quotes_the_text(client: FlaskClient) -> None:
    found = good(post(client, "read", besoin=NEED))
    assert found["themes"][0] == {
        "code": "economie_circulaire",
        "libelle": Theme.ECONOMIE_CIRCULAIRE.label,
        "poids": found["themes"][0]["poids"],
        "mots": ["recyclerie"],
    }
    for passage in found["preuves"] + found["ecartes"]:
        assert NEED[passage["debut"] : passage["fin"]] == passage["texte"]
    outside = good(post(client, "read", besoin="Refaire l’enrobé de la chaussée"))
    assert outside["themes"] == [] and outside["hors_champ"]


@pytest.mark.parametrize(
    ("asked", "outside"),
    [
        ({"besoin": "Refaire l’enrobé de la chaussée"}, True),
        ({"besoin": "Refaire l’enrobé de la chaussée", "themes": ["mobilite"]}, False),
        ({"besoin": NEED}, False),
    ],
)
def test_a_match_says_when_the_need_is_out_of_the_ess(
    client: FlaskClient, asked: dict[str, Any], outside: bool
) -> None:
    answer = good(post(client, "match", commune="34142", **asked))
    assert answer["hors_champ"] is outside
    assert answer["statut"] == ("hors_champ" if outside else "lu")
    assert bool(answer["suggestions"]) is not outside
    assert good(post(client, "match", commune="34142", quand_meme=True, **asked))["suggestions"]


def test_why_not_says_which_rule_and_what_would_change_it(
    client: FlaskClient, matcher: Matcher
) -> None:
    away = good(post(client, "why-not", **ASKED, structure="cress-bretagne"))
    assert (away["rang"], away["regle"], away["changement"]) == (None, "perimetre", None)
    assert "n’intervient pas à Lodève" in away["phrase"]
    far = matcher.match(Need(LODEVE, NEED), top=60)[-1]
    low = good(post(client, "why-not", **ASKED, structure=far.structure.id))
    assert low["rang"] == 60 and low["contributions"]
    change = low["changement"]
    assert change["rang"] < 60
    told = {"themes": change["themes"], "etape": change["etape"]}
    again = good(post(client, "why-not", **ASKED, **told, structure=far.structure.id))
    assert again["rang"] == change["rang"], "the change is true when applied"


# Communes and catalogue


def test_communes_are_searched_and_read(client: FlaskClient) -> None:
    found = good(client.get("/api/v1/communes?q=lod&limit=3"))["communes"]
    assert len(found) == 3 and found[0]["insee"] == LODEVE
    assert good(client.get(f"/api/v1/communes/{LODEVE}")) == found[0]
    assert found[0]["labels"] == {"pvd": "2021-01"}


def test_a_code_of_former_days_gives_the_commune_of_today(client: FlaskClient) -> None:
    assert good(client.get("/api/v1/communes/01091"))["insee"] == "01033"


def test_a_corsican_code_may_be_in_small_letters(client: FlaskClient) -> None:
    for code in ("2A004", "2B033"):
        found = good(client.get(f"/api/v1/communes/{code.lower()}"))
        assert found == good(client.get(f"/api/v1/communes/{code}"))
        assert found["insee"] == code


def test_structures_are_filtered_and_paged(client: FlaskClient, matcher: Matcher) -> None:
    whole: list[str] = []
    page = pages = 1
    while page <= pages:
        answer = good(client.get(f"/api/v1/structures?per_page=100&page={page}"))
        whole += [s["id"] for s in answer["structures"]]
        page, pages = page + 1, answer["pages"]
    assert sorted(whole) == sorted(matcher.structures) and answer["total"] == len(whole)
    assert good(client.get("/api/v1/structures?page=10000"))["structures"] == []
    some = good(client.get("/api/v1/structures?kind=cress&theme=habitat&per_page=100"))
    expected = {
        s.id
        for s in matcher.structures.values()
        if Kind.CRESS in s.kinds and Theme.HABITAT in s.themes
    }
    assert {s["id"] for s in some["structures"]} == expected
    assert good(client.get("/api/v1/structures?q=EMMAUS france"))["total"] >= 1
    assert good(client.get("/api/v1/structures?q=zzzz"))["total"] == 0


def test_every_structure_and_project_can_be_read(client: FlaskClient, matcher: Matcher) -> None:
    for structure in list(matcher.structures.values())[::10]:
        found = good(client.get(f"/api/v1/structures/{structure.id}"))
        assert found["nom"] == structure.name
        assert len(found["perimetre"]) == len(structure.coverage)
        for project in found["projets"]:
            assert structure.id in good(client.get(f"/api/v1/projects/{project}"))["structures"]
    for one in matcher.catalogue.projects[::10]:
        assert good(client.get(f"/api/v1/projects/{one.id}"))["source"] == one.source


def test_projects_are_filtered_by_theme(client: FlaskClient) -> None:
    found = good(client.get("/api/v1/projects?theme=energie&per_page=100"))
    assert found["projets"] and all("energie" in p["themes"] for p in found["projets"])
    years = [p["annee"] or 0 for p in found["projets"]]
    assert years == sorted(years, reverse=True)


# Problems


def test_what_is_wrong_with_a_body_is_told_field_by_field(client: FlaskClient) -> None:
    wrong = fields(post(client, "match", besoin=1, themes=["licorne"], top=0, licorne=1))
    assert wrong["commune"] == "champ obligatoire"
    assert wrong["besoin"] == "texte attendu"
    assert wrong["themes.0"].startswith("valeur inconnue ; valeurs possibles : economie_circulaire")
    assert wrong["top"] == "1 au moins"
    assert wrong["licorne"] == "champ inconnu"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"commune": LODEVE}, "besoin", "Votre besoin est vide : décrivez-le en quelques mots."),
        ({"commune": LODEVE, "besoin": " \n"}, "besoin", "Votre besoin est vide"),
        ({"commune": LODEVE, "besoin": "\x00\u200b"}, "besoin", "Votre besoin est vide"),
        ({"commune": LODEVE, "besoin": "a" * (MAX_TEXT + 1)}, "besoin", "5000 caractères au plus"),
        ({"commune": "", "besoin": NEED}, "commune", "texte vide"),
        ({"commune": "a" * 1_201, "besoin": NEED}, "commune", "1200 caractères au plus"),
        ({**ASKED, "themes": ["habitat"] * 19}, "themes", "18 valeurs au plus"),
        ({**ASKED, "themes": "habitat"}, "themes", "liste attendue"),
        ({**ASKED, "etape": "licorne"}, "etape", ", ".join(stage.value for stage in Stage)),
        ({**ASKED, "top": 101}, "top", "100 au plus"),
        ({**ASKED, "top": "dix"}, "top", "nombre entier attendu"),
        ({**ASKED, "equipe": "?"}, "equipe", "true ou false attendu"),
    ],
)
def test_a_bad_field_is_told_in_french(
    client: FlaskClient, body: dict, field: str, message: str
) -> None:
    wrong = fields(post(client, "match", **body))
    assert set(wrong) == {field}
    assert message in wrong[field]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("communes", "q"),
        ("communes?q=lod&limit=51", "limit"),
        ("communes?q=lod&limite=5", "limite"),
        ("structures?kind=licorne", "kind"),
        ("structures?page=0", "page"),
        ("structures?per_page=101", "per_page"),
        ("projects?theme=licorne", "theme"),
        ("projects?q=" + "a" * 101, "q"),
    ],
)
def test_a_bad_filter_is_refused_rather_than_ignored(
    client: FlaskClient, address: str, field: str
) -> None:
    assert set(fields(client.get(f"/api/v1/{address}"))) == {field}


def test_an_unknown_or_ambiguous_commune_comes_with_those_it_may_be(client: FlaskClient) -> None:
    told = problem(post(client, "match", commune="saint-denis", besoin=NEED), 404)
    assert "plusieurs communes" in told["detail"]
    assert {"insee": "97411", "nom": "Saint-Denis", "departement": "974"} in told["suggestions"]
    assert (told["doute"], told["territoires"]) == ("plusieurs", [])
    unknown = problem(post(client, "team", commune="Xyzzyville", besoin=NEED), 404)
    assert (unknown["doute"], unknown["territoires"]) == ("inconnue", [])


def test_the_name_of_an_area_comes_with_what_asks_for_all_of_it(client: FlaskClient) -> None:
    told = problem(post(client, "match", commune="Hérault", besoin=NEED), 404)
    assert told["doute"] == "territoire"
    assert told["territoires"] == [{"code": "departement:34", "nom": "Hérault"}]
    answer = good(post(client, "match", commune=told["territoires"][0]["code"], besoin=NEED))
    assert answer["lieu"]["nom"] == "Hérault"


@pytest.mark.parametrize(
    "address",
    ["structures/licorne", "projects/licorne", "communes/00000", "licorne", "structures/a/b"],
)
def test_what_does_not_exist_is_a_problem(client: FlaskClient, address: str) -> None:
    problem(client.get(f"/api/v1/{address}"), 404)


def test_an_unknown_structure_is_a_problem(client: FlaskClient) -> None:
    assert (
        "licorne" in problem(post(client, "why-not", **ASKED, structure="licorne"), 404)["detail"]
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 30_000, 400),
        (b'{"top": ' + b"9" * 5_000 + b"}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"commune": "\\ud800", "besoin": "a"}', 400),
        (b'{"commune": "34142", "besoin": "a", "top": NaN}', 422),
        (b" " * 100_000, 413),
    ],
)
def test_a_body_that_is_no_json_object_is_a_problem(
    client: FlaskClient, data: bytes, status: int
) -> None:
    for route in ("match", "read", "team", "why-not"):
        answer = client.post(f"/api/v1/{route}", data=data, content_type="application/json")
        problem(answer, status)


@pytest.mark.parametrize("media", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_media_type_is_refused(client: FlaskClient, media: str | None) -> None:
    answer = client.post("/api/v1/match", data=json.dumps(ASKED), content_type=media)
    problem(answer, 415)


def test_another_method_is_refused_and_told_which_is_right(client: FlaskClient) -> None:
    answer = client.get("/api/v1/match")
    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_a_fault_of_ours_is_a_problem_without_its_trace(matcher: Matcher) -> None:
    broken = create_app(matcher, {"PROPAGATE_EXCEPTIONS": False})
    broken.extensions["freshness"].served = None
    answer = post(broken.test_client(), "match", **ASKED)
    assert "L’erreur vient de nous" in problem(answer, 500)["detail"]
    assert "NoneType" not in answer.text


def test_an_answer_that_is_not_what_is_published_is_our_fault(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.views.reading_record", lambda _reading: {"themes": "licorne"})
    assert "licorne" not in str(problem(post(client, "read", besoin=NEED), 500))


# Other sites


def test_other_sites_may_not_read_the_answers(client: FlaskClient) -> None:
    answer = client.get("/api/v1/communes?q=lod", headers={"Origin": "https://ville.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_sites_of_the_list_may(matcher: Matcher) -> None:
    config = {"CORS_ORIGINS": "https://ville.example https://autre.example"}
    client = create_app(matcher, config).test_client()
    for origin, may in (("https://ville.example", True), ("https://evil.example", False)):
        for answer in (
            client.options("/api/v1/match", headers={"Origin": origin}),
            client.post("/api/v1/match", json=ASKED, headers={"Origin": origin}),
        ):
            given = answer.headers.get("Access-Control-Allow-Origin")
            assert given == (origin if may else None)
            assert "Origin" in answer.headers["Vary"]


# Pages


def test_the_description_is_a_page_and_can_be_tried_with_our_own_files(client: FlaskClient) -> None:
    page = client.get("/api/v1").text
    for path in good(client.get("/api/v1/openapi.json"))["paths"]:
        assert path in page
    docs = client.get("/api/v1/docs")
    addresses = re.findall(r'(?:src|href|data-url)="([^"]+)"', docs.text)
    assert len(addresses) >= 5
    for address in addresses:
        assert address.startswith("/") and client.get(address).status_code == 200
    assert not re.findall(r"<script>|<style| style=| on\w+=", docs.text)
    policy = docs.headers["Content-Security-Policy"]
    assert "img-src 'self' data:" in policy and "unsafe" not in policy
    assert "data:" not in client.get("/").headers["Content-Security-Policy"]
    for term in (*Theme, *Stage, *Kind):
        assert f"<code>{term.value}</code>" in page
    assert 'href="/api/v1"' in client.get("/donnees").text


def curls() -> Iterator[list[str]]:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").replace("\\\n", " ")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("curl "):
                yield shlex.split(line)[1:]


@pytest.mark.parametrize("words", list(curls()), ids=lambda words: words[-1][:50])
def test_the_examples_of_the_guide_work(client: FlaskClient, words: list[str]) -> None:
    host = "http://127.0.0.1:8000"
    (address,) = [word for word in words if word.startswith(host)]
    if "-d" in words:
        assert "Content-Type: application/json" in words
        data = words[words.index("-d") + 1].encode()
        answer = client.post(address[len(host) :], data=data, content_type="application/json")
    else:
        answer = client.get(address[len(host) :])
    good(answer)


def test_the_guide_shows_every_route(client: FlaskClient) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for path in good(client.get("/api/v1/openapi.json"))["paths"]:
        assert f"`{path}`" in text


# Limits


def limited(matcher: Matcher, **config: object) -> FlaskClient:
    return create_app(matcher, config).test_client()


def test_too_many_requests_to_the_api_are_a_problem_that_says_how_long_to_wait(
    matcher: Matcher,
) -> None:
    client = limited(matcher, LIMIT_API="2 per minute")
    assert client.get("/api/v1/communes?q=lod").status_code == 200
    assert post(client, "match", **ASKED).status_code == 200, "one count for all of the API"
    answer = post(client, "match", **ASKED)
    assert problem(answer, 429)["title"] == "Trop de demandes"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert client.get("/", environ_base=ELSEWHERE).status_code == 200, "pages are counted apart"
    other = client.get("/api/v1/communes?q=lod", environ_base=ELSEWHERE)
    assert other.status_code == 200, "each address is counted apart"


def test_what_works_longer_counts_for_more(matcher: Matcher) -> None:
    client = limited(matcher, LIMIT_API="7 per minute")
    asked = {**ASKED, "structure": "cress-bretagne"}
    statuses = [post(client, "why-not", **asked).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_too_many_pages_are_a_french_page(matcher: Matcher) -> None:
    client = limited(matcher, LIMIT_PAGES="2 per minute")
    for status in (200, 200, 429):
        answer = client.get("/methode", environ_base=ELSEWHERE)
        assert answer.status_code == status
    assert "Trop de demandes à la fois" in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    style = client.get("/static/site.css", environ_base=ELSEWHERE)
    assert style.status_code == 200, "the page of the error keeps its looks"
    assert client.get("/methode").status_code == 200, "this machine: a proxy not told of"


def test_forms_are_limited_more_tightly_than_pages(matcher: Matcher) -> None:
    client = limited(matcher, LIMIT_FORMS="1 per minute")
    assert client.post("/proposer").status_code == 400
    assert client.post("/proposer").status_code == 429
    assert client.get("/proposer").status_code == 200


@pytest.mark.parametrize("off", [False, "false", "0"])
def test_limits_can_be_switched_off(matcher: Matcher, off: object) -> None:
    client = limited(matcher, LIMIT_API="1 per minute", RATELIMIT_ENABLED=off)
    assert [client.get("/api/v1/communes?q=a").status_code for _ in range(3)] == [200] * 3


def test_the_environment_sets_the_limits(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_LIMIT_API", "1 per minute")
    client = create_app(matcher).test_client()
    assert [client.get("/api/v1/communes?q=a").status_code for _ in range(2)] == [200, 429]


def test_a_proxy_is_believed_only_when_told_of(matcher: Matcher) -> None:
    for proxies, statuses in ((0, [200, 429]), (1, [200, 200])):
        client = limited(matcher, LIMIT_API="1 per minute", PROXIES=proxies)
        found = [
            client.get(
                "/api/v1/communes?q=a", headers={"X-Forwarded-For": f"192.0.2.{visitor}"}
            ).status_code
            for visitor in (1, 2)
        ]
        assert found == statuses, proxies


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("une <b>halle</b>", [MARKUP]),
        ("une crè\u00adche", []),
    ],
)
def test_what_was_repaired_in_a_text_is_told(
    client: FlaskClient, text: str, said: list[str]
) -> None:
    assert good(post(client, "read", besoin=text))["reparations"] == said
    assert good(post(client, "match", commune=LODEVE, besoin=text))["reparations"] == said


def test_the_pattern_that_is_published_for_a_need_is_what_is_accepted(client: FlaskClient) -> None:
    every = (chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000)
    wrong = [c for c in every if bool(re.search(SAYING, c)) != bool(repair(c).text.strip())]
    assert [hex(ord(c)) for c in wrong] == []
    schemas = good(client.get("/api/v1/openapi.json"))["components"]["schemas"]
    assert schemas["ReadBody"]["properties"]["besoin"]["pattern"] == SAYING
    assert "pattern" not in schemas["MatchBody"]["properties"]["besoin"]
    for text in ("une crè\u00adche\x07", "\x01recyclerie"):
        assert re.search(SAYING, text)
        assert good(post(client, "read", besoin=text))
