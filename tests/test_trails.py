"""What is said beside names goes into each output: that they are but trails, why one is below."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from casework import Space
from click.testing import CliRunner
from flask.testing import FlaskClient
from openpyxl import load_workbook
from test_dossiers import page_of, taken
from werkzeug.test import TestResponse

from matcher import Matcher, Need
from matcher.commands import main
from matcher.reports import Trail, present, render_pdf, render_sheet, render_workbook, trails_of
from web import create_app
from web.answers.letters import TRAIL, to_structure

BROAD = Need("48095", "Nous avons besoin d’aide")
MISREAD = Need("08490", "Développer l’attractivité de la commune pour les familles")
WEAK = Need("97106", "Sentier sous-marin et protection des récifs")
SURE = Need("34142", "Ouvrir une recyclerie")
TRAILS = {Trail.BROAD: BROAD, Trail.MISREAD: MISREAD, Trail.WEAK: WEAK}
FILES = ("csv", "geojson", "html", "pdf", "xlsx")
OUTLINES = Matcher.embedded() / "reference" / "outlines"


@pytest.fixture(scope="module")
def client(matcher: Matcher) -> FlaskClient:
    return create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()


def plain(text: str) -> str:
    """A text without marks nor ends of lines: buttons and paper cut sentences."""
    return " ".join(unescape(re.sub("<[^>]*>", "", text)).replace("\u202f", " ").split())


def cells(data: bytes) -> str:
    book = load_workbook(io.BytesIO(data))
    return " ".join(str(c) for sheet in book for row in sheet.values for c in row if c)


def printed(data: bytes) -> str:
    tool = ["pdftotext", "-raw", "-", "-"]
    return subprocess.run(tool, input=data, capture_output=True, check=True).stdout.decode()


def outputs(client: FlaskClient, need: Need) -> Iterator[tuple[str, str]]:
    """What each output of the site and of the command line says of a need."""
    query = {"commune": need.commune, "besoin": need.text}
    for path in ("/suggestions", "/suggestions/liste"):
        yield path, answered(client.get(path, query_string=query)).decode()
    for extension in FILES:
        data = answered(client.get(f"/suggestions.{extension}", query_string=query))
        read = {"pdf": printed, "xlsx": cells}.get(extension, bytes.decode)
        yield extension, read(data)
    yield "api", answered(client.post("/api/v1/match", json=query)).decode()
    for form in ("table", "json", "csv", "html"):
        yield f"match {form}", run("match", need.commune, "--need", need.text, "--format", form)


def answered(response: TestResponse) -> bytes:
    assert response.status_code == 200, response.request.path
    return response.data


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def said_in(name: str, text: str) -> str:
    return plain(json.dumps(json.loads(text), ensure_ascii=False) if name in JSON else text)


JSON = ("api", "geojson", "match json")


@pytest.mark.parametrize("trail", Trail)
def test_each_output_says_that_names_are_but_trails_in_the_same_words(
    client: FlaskClient, trail: Trail
) -> None:
    for name, text in outputs(client, TRAILS[trail]):
        assert plain(trail.said) in said_in(name, text), name


def test_each_output_says_why_one_is_below_another_that_has_fewer_points(
    client: FlaskClient, matcher: Matcher
) -> None:
    needs = (
        Need("71342", "Habitat et Humanisme nous aide ; il reste à réhabiliter une maison léguée."),
        Need("23079", "Un jeune maraîcher cherche des terres agricoles pour s’installer."),
        Need("58062", "Le dernier médecin part ; nous pensons à une maison de santé."),
    )
    need, lower = next(
        (need, one.lower) for need in needs for one in matcher.match(need, top=10) if one.lower
    )
    rank = next(one.rank for one in matcher.match(need, top=10) if one.lower == lower)
    for name, text in outputs(client, need):
        if name != "/suggestions" or rank <= 3:
            assert plain(lower) in said_in(name, text), name


def test_an_answer_that_is_sure_says_it_nowhere(client: FlaskClient, matcher: Matcher) -> None:
    (first,) = matcher.match(SURE, top=1)
    for name, text in outputs(client, SURE):
        said = said_in(name, text)
        assert plain(first.structure.name) in said, name
        assert not any(trail.label in said for trail in Trail), name
        assert "Des pistes" not in said and "y voir clair" not in said, name


def test_a_page_of_the_list_or_a_filter_says_it_too(client: FlaskClient) -> None:
    query = {"commune": BROAD.commune, "besoin": BROAD.text}
    for more in ({"page": "2"}, {"niveau": "national"}):
        page = client.get("/suggestions/liste", query_string={**query, **more}).text
        assert Trail.BROAD.said in plain(page), more
        rows = client.get("/suggestions.csv", query_string={**query, **more}).text
        table = csv.DictReader(io.StringIO(rows.removeprefix("\ufeff")), delimiter=";")
        assert all(row["a_savoir"].startswith(Trail.BROAD.said) for row in table)


@pytest.mark.parametrize("trail", Trail)
def test_whom_to_see_clearer_with_is_named_once(
    client: FlaskClient, matcher: Matcher, trail: Trail
) -> None:
    need = TRAILS[trail]
    query = {"commune": need.commune, "besoin": need.text}
    page = plain(client.get("/suggestions", query_string=query).text)
    shown = matcher.match(need, top=3)
    trails = trails_of(matcher.ranking(need), shown)
    assert trails and trails.guide
    before = page.partition("Des pistes")[0]
    called = [one.structure.body for one in shown]
    if trails.rank:
        assert called[trails.rank - 1] == trails.guide.body
    said_of_first = trails.rank == 1 and trail is Trail.WEAK
    assert (trails.guide.name in before) != said_of_first
    assert page.count("pour y voir clair") == (trails.guide.body in called)


def test_whom_to_see_clearer_with_is_named_where_the_list_does_not_show_it(
    matcher: Matcher,
) -> None:
    ranking = matcher.ranking(BROAD)
    first, *others = ranking.suggestions(5)
    above, alone = trails_of(ranking, [first, *others]), trails_of(ranking, others)
    assert (
        above
        and above.rank == 1
        and f"{first.structure.name}, la première de la liste" in above.sentence
    )
    assert alone and not alone.rank and first.structure.name in alone.sentence


def test_a_program_reads_why_and_whom_to_see_clearer_with(
    client: FlaskClient, matcher: Matcher
) -> None:
    for trail, need in TRAILS.items():
        query = {"commune": need.commune, "besoin": need.text}
        record = client.post("/api/v1/match", json=query).json["pistes"]
        assert record["code"] == trail and record["phrase"] == trail.said
        assert matcher.structure(record["pour_y_voir_clair"]).generalist
    sure = client.post("/api/v1/match", json={"commune": SURE.commune, "besoin": SURE.text})
    assert sure.json["pistes"] is None


def test_the_letter_says_that_the_structure_is_but_a_trail(client: FlaskClient) -> None:
    for trail, need in TRAILS.items():
        query = {"commune": need.commune, "besoin": need.text}
        letter = client.get("/suggestions", query_string=query).text
        assert TRAIL[trail] in unescape(letter.partition("<textarea")[2].partition("</")[0])
    sure = to_structure("Lodève (Hérault)", SURE.text, None).text
    assert not any(said in sure for said in TRAIL.values())


@pytest.mark.parametrize("trail", Trail)
def test_a_trail_that_is_kept_stays_one(client: FlaskClient, trail: Trail) -> None:
    """Of a list whose first structure is unsure, the others are no trails."""
    need = TRAILS[trail]
    query = {"commune": need.commune, "besoin": need.text}
    for path in ("/suggestions", "/suggestions/liste"):
        page = client.get(path, query_string=query).text
        first, *others = re.findall(r'data-keep="[^"]+"(?: data-trail="([^"]+)")?', page)
        assert first == trail and len(others) > 1, path
        assert set(others) == ({""} if trail is Trail.WEAK else {trail}), path


def test_a_list_that_is_kept_says_of_each_card_why_it_is_a_trail(client: FlaskClient) -> None:
    asked = "adefpat:besoin_large", "adie", "avise:x", "france-active-alsace:premiere_incertaine"
    page = client.get("/gardees", query_string={"structure": asked}).text
    broad, sure, unknown, weak = map(plain, page.split('<li class="card">')[1:])
    assert "Une piste" in broad and Trail.BROAD.said in broad
    assert "Une piste" in weak and "pas sûrs que cette structure soit la bonne" in weak
    for card in (sure, unknown):
        assert "iste" not in card and not any(trail.label in card for trail in Trail)
    assert "la première structure" not in plain(page)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What batch, pack and plan write of a need of each trail and of one that is sure."""
    folder = tmp_path_factory.mktemp("pistes")
    needs = folder / "besoins.csv"
    with needs.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("commune", "besoin", "id"))
        named = {**TRAILS, "sur": SURE}
        table.writerows((need.commune, need.text, name) for name, need in named.items())
    run("batch", str(needs), "--jobs", "1", "--top", "5", "--out", str(folder / "lot"))
    run("pack", str(folder / "lot"), "--out", str(folder / "paquet"))
    for form in ("csv", "xlsx", "pdf"):
        run("plan", str(needs), "--out", str(folder / f"plan.{form}"))
    return folder


SAID = {"sur": "", **{trail.value: trail.said for trail in Trail}}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_batch_and_a_plan_say_it_on_each_row(cohort: Path) -> None:
    lines = (cohort / "lot" / "suggestions.jsonl").read_text(encoding="utf-8").splitlines()
    for line in map(json.loads, lines):
        assert (line["pistes"] or "sur") == line["id"], line["id"]
    table = rows_of(cohort / "lot" / "suggestions.csv")
    suggested = {(row["id_besoin"], row["pistes"]) for row in table}
    assert suggested == set(SAID.items())
    planned = {(row["besoin"], row["pistes"]) for row in rows_of(cohort / "plan.csv")}
    assert planned == set(SAID.items())
    for read, name in ((cells, "plan.xlsx"), (printed, "plan.pdf")):
        text = plain(read((cohort / name).read_bytes()))
        assert all(plain(trail.said) in text for trail in Trail), name


def test_a_pack_says_it_beside_the_names_and_counts_it(cohort: Path, matcher: Matcher) -> None:
    pack = cohort / "paquet"
    named = {**{trail.value: need for trail, need in TRAILS.items()}, "sur": SURE}
    for id_, need in named.items():
        page = plain((pack / "communes" / f"{need.commune}.html").read_text(encoding="utf-8"))
        code = matcher.territory.communes[need.commune].departement
        departement = pack / f"departement-{code}"
        paper = plain(printed(departement.with_suffix(".pdf").read_bytes()))
        html = plain(departement.with_suffix(".html").read_text(encoding="utf-8"))
        if id_ == "sur":
            assert not any("pistes" in text for text in (page, paper, html))
            continue
        label = Trail(id_).label
        assert f"Des pistes. {SAID[id_]}" in page
        assert f"Des pistes. {SAID[id_]}" in paper
        assert f"Des pistes : {label[0].lower()}{label[1:]}." in html
        assert "Des pistes pour 1 besoin :" in paper and "Des pistes pour 1 besoin :" in html
    assert "Des pistes pour 3 besoins :" in plain((pack / "ensemble.html").read_text("utf-8"))
    book = load_workbook(pack / "maillage.xlsx")
    for title in ("Suggestions", "Besoins par statut"):
        heading, *rows = book[title].iter_rows(values_only=True)
        at, said = heading.index("Besoin n°"), heading.index("Des pistes")
        assert {(row[at], row[said] or "") for row in rows} == set(SAID.items()), title
    assert ("Besoins qui n’ont que des pistes", 3) in [row[:2] for row in book["Synthèse"].values]


def test_an_adviser_reads_what_the_commune_reads(space: Space) -> None:
    broad = taken(space, "lea", "un", besoin=BROAD.text, themes=[])
    sure = taken(space, "lea", "deux", besoin=SURE.text)
    client = space.client("lea")
    assert Trail.BROAD.said in plain(client.get(page_of(broad)).text)
    assert "Ce sont des pistes" not in plain(client.get(page_of(sure)).text)


def test_sheets_made_apart_say_it_too(matcher: Matcher) -> None:
    found = matcher.match(WEAK, top=3)
    trails = present(matcher, WEAK, found).trails
    assert trails
    for text in (
        render_sheet(matcher, WEAK, found),
        printed(render_pdf(matcher, WEAK, found, OUTLINES)),
        cells(render_workbook(matcher, WEAK, found)),
    ):
        assert plain(trails.sentence) in plain(text)
