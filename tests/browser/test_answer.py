"""The answer on a phone: whom to call first, with which words, and what comes after."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import NewPage

pytestmark = pytest.mark.browser

PHONE = 360
"""Pixels of width."""
SCREEN = 800
"""Pixels of height."""
FIRST = 700
"""Pixels above the first suggestion, at most."""
SCREENS = 6
"""Screens of the whole answer, at most."""
WEIGHT = 40_000
"""Bytes of HTML, at most."""
PAPER = 4
"""Sheets of an answer on paper, at most."""
NEEDS = (
    ("34142", "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée."),
    ("46102", "Notre dernière épicerie ferme, personne pour la reprendre."),
    ("29151", "Notre association d’insertion perd de l’argent, nous cherchons un DLA."),
    ("2A004", "Une maison partagée pour nos anciens"),
    ("34142", "il n'y a plus rien ici"),  # not surely understood: that is said first
    ("Saint-Denis (La Réunion)", "Nous avons besoin de quelqu’un pour nous aider"),
    ("Decazeville, Aubin", "Un tiers-lieu dans l’ancienne école"),
    (
        "21603",
        ("Un lieu où l’on se retrouve : café, atelier, dépôt-vente, logements. " * 70)[:5000],
    ),
)


def answer(commune: str, need: str) -> str:
    return "/suggestions?" + urlencode({"commune": commune, "besoin": need})


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["y"]


@pytest.mark.parametrize(("commune", "need"), NEEDS)
def test_an_answer_is_short_on_a_phone(visit: NewPage, commune: str, need: str) -> None:
    page = visit(answer(commune, need), width=PHONE)
    assert page.locator(".suggestion").count() == 3
    # What a broad need is about is asked first: its trails come after.
    asked_first = page.get_by_role("heading", name="Des pistes").count() and top(
        page, ".questions"
    ) < top(page, ".suggestion")
    assert top(page, ".questions" if asked_first else ".suggestion") <= FIRST
    assert page.evaluate("document.documentElement.scrollHeight") <= SCREENS * SCREEN
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert len(page.context.request.get(page.url).body()) <= WEIGHT


def test_the_whole_form_that_has_to_be_filled_is_on_one_screen(visit: NewPage) -> None:
    page = visit("/", width=PHONE)
    box = page.get_by_role("button", name="Trouver qui peut aider").bounding_box()
    assert box and box["y"] + box["height"] <= SCREEN


def test_one_tap_answers_a_question_and_the_address_can_be_shared(visit: NewPage) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE, java_script_enabled=False)
    asked = page.locator(".questions fieldset")
    assert 1 <= asked.count() <= 2
    button = asked.first.locator("button").first
    field, value = button.get_attribute("name"), button.get_attribute("value")
    button.click()
    assert f"{field}={value}" in page.url
    assert page.locator(f"button[name={field}]").count() == 0, "it is not asked twice"
    shown = page.locator(".suggestion").evaluate_all("all => all.map(one => one.id)")
    shared = visit(page.url.partition("/suggestions")[1] + page.url.partition("/suggestions")[2])
    assert shared.locator(".suggestion").evaluate_all("all => all.map(one => one.id)") == shown


def test_who_does_not_know_is_not_asked_again(visit: NewPage) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE)
    while page.locator(".questions").count():
        before = page.locator(".questions fieldset").count()
        page.get_by_role("button", name="Je ne sais pas").first.click()
        page.wait_for_load_state()
        assert page.locator(".questions fieldset").count() < before
    assert page.locator(".suggestion").count() == 3


def test_a_draft_message_is_ready_and_a_choice_keeps_the_request_on_screen(visit: NewPage) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE)
    page.locator(".drafts summary").click()
    draft = page.locator("#texte-message").input_value()
    assert NEEDS[0][1] in draft and "Lodève (Hérault)" in draft
    link = page.locator(".drafts a").get_attribute("href")
    assert link and link.startswith("mailto:?subject=")
    page.locator(".call input").first.check()
    page.evaluate("scrollTo(0, document.body.scrollHeight / 4)")
    expect(page.locator("#rencontrer button")).to_be_in_viewport()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, (scheme, found.generate_report())


@pytest.mark.parametrize("script", [True, False])
def test_a_tap_on_message_opens_the_draft(visit: NewPage, script: bool) -> None:
    page = visit(answer("32296", "redynamiser le centre-bourg"), java_script_enabled=script)
    link = page.locator('.ways a[href="#message"]').first
    for _ in range(2):
        link.click()
        expect(page.locator("#texte-message")).to_be_in_viewport()
        page.locator(".drafts summary").click()


def test_an_opinion_is_one_tap_without_javascript(visit: NewPage) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE, java_script_enabled=False)
    page.locator(".fair summary").first.press("Enter")
    page.locator(".fair button", has_text="Trop loin").first.click()
    expect(page.locator("h1")).to_have_text("Merci de votre avis")
    page.get_by_role("link", name="Revenir à la réponse").click()
    assert page.locator(".suggestion").count() == 3


def test_a_kept_structure_stays_in_the_browser_and_its_list_has_an_address(
    visit: NewPage,
) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE)
    first = page.locator(".call .keep").first
    name = page.locator(".call h3 a").first.inner_text()
    first.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator(".call .keep").first).to_have_attribute("aria-pressed", "true")
    page.locator("[data-kept]").click()
    expect(page.locator("h2.item")).to_have_text([name])
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Vider ma liste").click()
    expect(page.get_by_text("Aucune pour l’instant")).to_be_visible()


def test_what_keeps_a_structure_is_not_shown_without_javascript(visit: NewPage) -> None:
    page = visit(answer(*NEEDS[0]), width=PHONE, java_script_enabled=False)
    assert page.locator(".keep:visible, [data-kept]:visible").count() == 0


@pytest.mark.parametrize("path", ["/suggestions", "/suggestions/liste"])
def test_on_paper_there_is_nothing_to_press_and_addresses_are_written(
    visit: NewPage, path: str
) -> None:
    page = visit(f"{path}?{urlencode({'commune': NEEDS[0][0], 'besoin': NEEDS[0][1]})}")
    page.emulate_media(media="print")
    for pressed in ("button", "input", "select", ".fair", "nav"):
        assert page.locator(f"{pressed}:visible").count() == 0, pressed
    assert page.locator(".suggestion h3:visible").count() in (3, 10)
    written = page.locator(".suggestion a[href^=http]").first.evaluate(
        "link => getComputedStyle(link, '::after').content"
    )
    assert "(http" in written


def test_an_answer_takes_few_sheets_of_paper(visit: NewPage) -> None:
    page = visit(f"/suggestions?{urlencode({'commune': NEEDS[0][0], 'besoin': NEEDS[0][1]})}")
    assert page.pdf(format="A4").count(b"/Type /Page\n") in range(1, PAPER + 1)


def test_a_list_that_is_kept_and_printed_says_how_to_reach_each(visit: NewPage) -> None:
    page = visit("/gardees?structure=villages-vivants&structure=avise")
    page.emulate_media(media="print")
    for card in page.locator("main .card").all():
        assert card.locator("a[href^=http]").first.is_visible()
