"""Asking for an introduction and proposing a project, as a person does."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from web.casework.dossiers import dossiers
from web.casework.store.database import Database
from web.casework.store.tables import Dossier, Proposal

from .conftest import NewPage

pytestmark = pytest.mark.browser

NEED = "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée."
ANSWER = "/suggestions?" + urlencode({"commune": "34142", "besoin": NEED})


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def tab_to(page: Page, name: str) -> None:
    for _ in range(120):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name}")


def dossier(page: Page, inbox: Database) -> Dossier:
    """What was kept under the reference that the page shows."""
    with inbox.reading() as session:
        found = dossiers.find(session, page.locator(".reference").text_content() or "")
        assert found.contact
        return found


def proposal(page: Page, inbox: Database) -> Proposal:
    reference = page.locator(".reference").text_content()
    with inbox.reading() as session:
        return session.scalars(select(Proposal).where(Proposal.reference == reference)).one()


def test_from_the_need_to_the_confirmation_by_keyboard_only(
    visit: NewPage, inbox: Database
) -> None:
    page = visit("/")
    tab_to(page, "commune")
    with page.expect_response(lambda answer: "lodev" in answer.url):  # the list of the last letter
        page.keyboard.type("lodev", delay=20)
    expect(page.get_by_role("option", name="Lodève (Hérault, 34142)")).to_be_visible()
    page.wait_for_timeout(300)  # it is drawn again: an arrow before that would be lost
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to(page, "besoin")
    page.keyboard.type(NEED)
    tab_to(page, "Trouver qui peut aider")
    page.keyboard.press("Enter")
    page.wait_for_url("**/suggestions?*")
    first = page.locator("input[form=rencontrer]").first
    wanted = first.get_attribute("value")
    first.focus()
    page.keyboard.press("Space")
    tab_to(page, "Demander une mise en relation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mise-en-relation?*")
    tab_to(page, "commune")
    assert page.input_value("#commune") == "Lodève (Hérault)"
    tab_to(page, "besoin")
    assert page.input_value("#besoin") == NEED
    tab_to(page, "service")
    page.keyboard.type("Service urbanisme")
    tab_to(page, "courriel")
    page.keyboard.type("mairie@ville.fr")
    tab_to(page, "telephone")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "envoyer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("est enregistrée")
    kept = dossier(page, inbox)
    assert (kept.commune, kept.wished) == ("34142", [wanted])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, (scheme, found.generate_report())


def test_without_javascript_a_refused_form_says_what_to_change(
    visit: NewPage, inbox: Database
) -> None:
    page = visit(ANSWER, java_script_enabled=False)
    page.locator("input[form=rencontrer]").nth(1).check()
    page.click("#rencontrer button")
    page.fill("#service", "Secrétariat général")
    page.fill("#courriel", "mairie")
    page.check("input[name=accord]")
    page.click("#envoyer")
    page.click("#erreurs a")
    page.fill("#courriel", "mairie@ville.fr")
    page.click("#envoyer")
    contact = dossier(page, inbox).contact
    assert contact and contact.service == "Secrétariat général"
    page.reload()
    assert page.locator(".reference").count() == 1


def test_a_refused_form_has_no_fault_in_either_theme(visit: NewPage) -> None:
    page = visit("/proposer", width=360)
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.fill("#source", "exemple")
    page.click("#envoyer")
    expect(page.locator("#titre-erreur")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, (scheme, found.generate_report())


def test_an_error_in_a_page_is_told_without_javascript(visit: NewPage, inbox: Database) -> None:
    page = visit("/structures/villages-vivants", java_script_enabled=False)
    page.click("text=Signaler une erreur")
    assert page.is_checked("input[value=correction]")
    page.fill("#description", "Le siège a changé.")
    page.click("#envoyer")
    kept = proposal(page, inbox)
    assert (kept.kind, kept.content["fiche"]) == ("correction", "villages-vivants")


def test_the_field_for_machines_is_out_of_sight_and_out_of_reach(visit: NewPage) -> None:
    page = visit("/proposer")
    trap = page.locator("#adresse_du_site")
    box = trap.bounding_box()
    assert box and box["x"] + box["width"] < 0
    tab_to(page, "titre")
    seen = set()
    for _ in range(40):
        seen.add(focused(page))
        page.keyboard.press("Tab")
    assert "adresse_du_site" not in seen


def test_the_map_starts_near_the_commune_and_shows_the_far_seats_on_demand(
    visit: NewPage,
) -> None:
    page = visit(ANSWER.replace("/suggestions?", "/suggestions/liste?"))
    expect(page.locator("#carte-loin")).to_contain_text("Hors de la carte : ")
    inside = """() => {
        const box = document.getElementById("carte").getBoundingClientRect();
        return [...document.querySelectorAll(".map .pin")].filter((pin) => {
            const at = pin.getBoundingClientRect();
            return at.left >= box.left && at.right <= box.right && at.top >= box.top
                && at.bottom <= box.bottom;
        }).length;
    }"""
    near = page.evaluate(inside)
    page.click("#carte-loin button")
    expect(page.locator("#carte-loin button")).to_have_text("Revenir près de la commune")
    for _ in range(50):  # not wait_for_function: it needs `eval`, which the site forbids
        if page.evaluate(inside) > near:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(inside) > near
