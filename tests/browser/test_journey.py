"""The journey of a chargé de mission: by keyboard, without JavaScript, on a phone, in the dark."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .checkers import invalid, second_opinion, sound
from .conftest import NewPage

pytestmark = pytest.mark.browser

NEED = "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée."
ASKED = urlencode({"commune": "34142", "besoin": NEED})
ANSWER, LISTING = f"/suggestions?{ASKED}", f"/suggestions/liste?{ASKED}"
ROUTES = Path(__file__).parents[1] / "cases" / "acces.csv"
OF_OTHERS = "/api/v1/docs"
"""Swagger UI, a tool of others: `/accessibilite` says that its faults are known."""
PAGES = (
    "/",
    ANSWER,
    LISTING,
    "/suggestions?commune=saint-denis&besoin=recyclerie",
    "/suggestions?commune=34142&besoin=refaire%20la%20chauss%C3%A9e",
    "/pourquoi-pas?commune=34142&besoin=recyclerie&structure=cress-occitanie",
    "/annuaire?theme=habitat",
    "/structures/villages-vivants",
    "/projets/P002",
    "/ressources",
    "/themes/habitat",
    "/communes/34142",
    "/methode",
    "/glossaire",
    "/suivi",
    "/donnees",
    "/api/v1",
    "/mise-en-relation?commune=34142&besoin=recyclerie&structure=villages-vivants",
    "/proposer?fiche=villages-vivants",
    "/vie-privee",
    "/accessibilite",
    "/integrer",
    "/widget",
    "/nulle-part",
)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_the_journey_by_keyboard_only(visit: NewPage) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "commune"
    page.keyboard.insert_text("lodev")  # at once: a list that comes back later resets the choice
    expect(page.get_by_role("option", name="Lodève (Hérault, 34142)")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "besoin"
    page.keyboard.type(NEED)
    page.keyboard.press("Tab")
    assert focused(page) == "Trouver qui peut aider"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui peut aider Lodève ?")
    assert "commune=34142" in page.url
    assert page.locator(".suggestion").count() == 3
    page.locator(".suggestion").nth(1).locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".suggestion").nth(1).locator(".parts")).to_be_visible()
    page.get_by_role("button", name="Voir toute la liste").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/suggestions/liste?*")
    assert page.locator(".suggestion").count() == 10
    # From the list, the keyboard opens the reasons of the second card and shows it on the map.
    page.locator(".suggestion").nth(1).locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".suggestion").nth(1).locator(".parts")).to_be_visible()
    page.locator("[data-show='2']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#carte-aide")).to_contain_text("2. ")


def test_the_journey_without_javascript(visit: NewPage) -> None:
    page = visit("/", java_script_enabled=False)
    page.fill("#commune", "Lodève")
    page.fill("#besoin", NEED)
    page.click("text=Préciser les thèmes")
    page.check("input[value=foncier]")
    page.check("input[value=creation]")
    page.click("text=Trouver qui peut aider")
    assert page.locator(".suggestion").count() == 3
    page.click("text=Voir toute la liste")
    page.wait_for_url("**/suggestions/liste?*")
    assert page.locator(".suggestion").count() == 10
    assert page.locator("table tbody tr").count() == 10
    assert page.locator("#bloc-carte").is_hidden()
    page.click("text=Modifier la demande")
    assert page.input_value("#besoin") == NEED
    assert page.is_checked("input[value=foncier]") and page.is_checked("input[value=creation]")


def test_a_doubtful_commune_is_chosen_in_one_click(visit: NewPage) -> None:
    page = visit("/suggestions?commune=saint-denis&besoin=recyclerie", java_script_enabled=False)
    page.click("text=La Réunion")
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui peut aider Saint-Denis ?")


def test_what_was_typed_is_sent_when_no_commune_was_chosen_in_the_list(visit: NewPage) -> None:
    page = visit("/")
    page.fill("#commune", "figeac")
    page.fill("#besoin", NEED)
    page.click("text=Trouver qui peut aider")
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui peut aider Figeac ?")


def test_back_from_the_answer_the_form_is_as_it_was_sent(visit: NewPage) -> None:
    page = visit("/")
    page.fill("#commune", "figeac")
    page.fill("#besoin", NEED)
    page.click("text=Trouver qui peut aider")
    page.wait_for_url("**/suggestions?*")
    page.go_back()
    expect(page.locator("#commune")).to_have_value("figeac")
    expect(page.locator("#besoin")).to_have_value(NEED)


def test_back_from_the_answer_the_commune_chosen_is_still_sent_by_its_code(visit: NewPage) -> None:
    page = visit("/")
    page.locator("#commune").focus()
    page.keyboard.insert_text("lodev")
    page.get_by_role("option", name="Lodève (Hérault, 34142)").click()
    page.fill("#besoin", NEED)
    for _ in range(2):
        page.click("text=Trouver qui peut aider")
        page.wait_for_url("**/suggestions?commune=34142&*")
        page.go_back()
        expect(page.locator("#commune")).to_have_value("Lodève (Hérault, 34142)")


def test_the_themes_read_show_on_their_chips_with_their_proof(visit: NewPage) -> None:
    page = visit("/", width=360)
    page.click("text=Préciser les thèmes")
    page.fill("#besoin", NEED)
    chip = page.locator("label.read", has=page.locator("input[value=economie_circulaire]"))
    expect(chip).to_contain_text("« recyclerie »")
    expect(page.locator("#theme-aide")).to_contain_text("Lu dans votre texte : Économie circulaire")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(page).violations_count == 0
    page.fill("#besoin", "")
    expect(page.locator("label.read")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_on_a_phone(visit: NewPage, path: str) -> None:
    page = visit(path, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_fault_in_either_theme(visit: NewPage, path: str) -> None:
    page = visit(path)
    for summary in page.locator("details:not([open]) > summary").all()[:1]:
        summary.click()
    sound(page)


def test_no_page_that_takes_nothing_is_left_out(visit: NewPage) -> None:
    """Each public route of cases/acces.csv that answers a page and is not in `PAGES`."""
    with ROUTES.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    routes = [row["route"] for row in rows if (row["methode"], row["visiteur"]) == ("GET", "oui")]
    page = visit("/", width=360)
    site, pages = page.url.rstrip("/"), {}
    for path in sorted({route for route in routes if "<" not in route} - {*PAGES, OF_OTHERS}):
        answer = page.request.get(site + path, max_redirects=0)
        if answer.status == 200 and "text/html" in answer.headers["content-type"]:
            pages[path] = answer.text()
    assert "/qualite" in pages
    for path in pages:
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        sound(page)
    assert invalid(pages) == []


@pytest.mark.parametrize("path", PAGES[::3])  # all of them take minutes: axe judges each
def test_a_second_engine_finds_no_fault_either(visit: NewPage, path: str) -> None:
    assert second_opinion(visit(path, width=360)) == []


def test_the_html_of_every_page_is_valid(visit: NewPage) -> None:
    page = visit("/")
    site = page.url.rstrip("/")
    assert invalid({path: page.request.get(site + path).text() for path in PAGES}) == []


def test_the_answer_with_its_map_weighs_less_than_500_kb(visit: NewPage) -> None:
    page = visit("/")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(page.url.rstrip("/") + LISTING, wait_until="networkidle")
    assert page.locator(".leaflet-marker-icon").count() > 1
    assert 0 < sum(sizes) < 500_000
