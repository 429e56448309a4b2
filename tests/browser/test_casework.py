"""From a need to its outcome, as a visitor, an adviser and a lead go through it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from casework import PASSWORD, Space
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from web.access import Role
from web.casework import audit
from web.casework.dossiers import dossiers
from web.casework.store.tables import Introduction

from .checkers import invalid, second_opinion, sound
from .conftest import NewPage, browsing, listening

pytestmark = pytest.mark.browser

NEED = "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée."
ANSWER = "/suggestions?" + urlencode({"commune": "34142", "besoin": NEED})
NOTE = "Appel du service : la halle est libre en mars."


@pytest.fixture
def visit(space: Space, chromium: Browser) -> Iterator[NewPage]:
    """Open pages of the site of `space`, which listens."""
    with listening(space.app) as address, browsing(chromium, address) as new:
        yield new


def seen(page: Page, space: Space) -> None:
    """Judge a page of the journey: once, as it is the same on both databases."""
    if space.database.is_sqlite:
        sound(page)


def sign_in(page: Page, space: Space, name: str) -> None:
    """From the page of sign-in: the password, then the code of a telephone."""
    page.fill("#email", f"{name}@test.fr")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator("#code")).to_be_visible()
    seen(page, space)
    page.fill("#code", space.code(name))
    page.get_by_role("button", name="Se connecter").click()


def ask(page: Page, space: Space) -> str:
    """Ask for an introduction, as a visitor; gives the reference that the page tells."""
    page.locator("input[form=rencontrer]").first.check()
    page.get_by_role("button", name="Demander une mise en relation").click()
    page.wait_for_url("**/mise-en-relation?*")
    page.fill("#service", "Service urbanisme")
    page.fill("#courriel", "mairie@ville.fr")
    page.check("input[name=accord]")
    page.click("#envoyer")
    page.wait_for_url("**/mise-en-relation/recue")
    return page.locator(".reference").first.text_content() or ""


def state(page: Page) -> str:
    """The state that the page of a dossier shows."""
    return (page.locator("h1 + ul .tag strong").first.text_content() or "").strip()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
    page.wait_for_load_state()


def test_from_the_need_to_the_outcome_and_the_figures(visit: NewPage, space: Space) -> None:
    reference = ask(visit(ANSWER), space)
    space.account("lea")
    space.account("max", Role.LEAD)

    page = visit("/espace/")
    seen(page, space)
    sign_in(page, space, "lea")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Lea")
    seen(page, space)
    page.get_by_role("link", name="Lodève (Hérault)").click()
    page.wait_for_url(f"**/{reference}")
    assert state(page) == "Reçu"
    assert "mairie@ville.fr" not in page.content(), "the contact is for who takes the dossier"
    seen(page, space)

    press(page, "Le prendre en charge")
    assert state(page) == "En cours"
    expect(page.get_by_role("link", name="mairie@ville.fr")).to_be_visible()
    press(page, "Garder")
    kept = page.locator("#structures ~ details ol.cards h4").first.text_content() or ""
    press(page, "Garder")
    page.get_by_text("Les autres suggestions").click()
    others = page.locator("#structures ~ details ul.cards")
    others.locator("summary", has_text="Écarter").first.click()
    others.locator("select[name=motif]").first.select_option("hors_metier")
    page.get_by_role("button", name="Écarter cette structure").locator("visible=true").click()
    expect(page.get_by_text("Écartées : 1")).to_be_visible()
    page.fill("#texte", NOTE)
    press(page, "Ajouter la note")
    expect(page.locator("article", has_text=NOTE)).to_be_visible()
    seen(page, space)

    press(page, "Préparer l’introduction")
    expect(page.get_by_role("heading", level=1)).to_have_text(kept.strip())
    assert kept.strip() in (page.locator("pre.letter").first.text_content() or "")
    seen(page, space)
    for gesture, step in (
        ("Noter comme envoyée", "envoyée"),
        ("La structure accepte", "acceptée"),
        ("La rencontre a eu lieu", "rencontre faite"),
    ):
        press(page, gesture)
        expect(page.locator("h1 + p .tag")).to_have_text(f"Introduction {step}")
    seen(page, space)

    page.get_by_role("link", name=f"Dossier {reference}").click()
    page.wait_for_url(f"**/{reference}")
    assert state(page) == "Rencontre faite"
    press(page, "Passer à « suivi »")
    assert state(page) == "Suivi"
    page.get_by_text("Clore le dossier").click()
    page.select_option("#motif-clos", "accompagne")
    page.locator("details[open]", has=page.locator("#motif-clos")).get_by_role("button").click()
    page.wait_for_load_state()
    assert state(page) == "Clos"
    seen(page, space)

    lead = visit("/espace/tableau-de-bord")
    sign_in(lead, space, "max")
    lead.wait_for_url("**/espace/tableau-de-bord")
    row = lead.locator("section[aria-labelledby=etats] tr", has_text="Clos")
    expect(row.locator("td").first).to_have_text("1")
    expect(lead.locator("section", has_text="Acceptées").first).to_contain_text("1")
    seen(lead, space)

    with space.database.reading() as session:
        dossier = dossiers.find(session, reference)
        assert (dossier.state, dossier.reason) == ("clos", "accompagne")
        (introduction,) = session.scalars(select(Introduction))
        assert introduction.step == "rencontre_faite"
        assert introduction.sent_at and introduction.answered_at and introduction.met_at
        assert [note.text for note in dossier.notes] == [NOTE]
        assert audit.verify(session).broken == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_advisers_on_one_dossier_the_second_is_told_and_nothing_is_overwritten(
    visit: NewPage, space: Space
) -> None:
    reference = ask(visit(ANSWER), space)
    pages = []
    for name in ("lea", "max"):
        space.account(name, Role.LEAD)
        page = visit(f"/espace/dossiers/{reference}")
        sign_in(page, space, name)
        page.wait_for_url(f"**/{reference}")
        press(page, "Le prendre en charge" if name == "lea" else "Rejoindre ce dossier")
        pages.append(page)
    first, second = pages
    first.reload()  # the second one joined meanwhile
    for page, note in ((first, "La halle est libre."), (second, "La halle est prise.")):
        page.fill("#texte", note)
        press(page, "Ajouter la note")
    with space.database.reading() as session:
        notes = [note.text for note in dossiers.find(session, reference).notes]
    assert notes == ["La halle est libre.", "La halle est prise."], "notes are only added"
    first.reload()
    second.reload()
    for page in (first, second):
        press(page, "Passer à « introduction proposée »")
    expect(second.get_by_role("heading", level=1)).to_have_text("Dossier modifié entre-temps")
    seen(second, space)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN])
def test_no_page_of_the_space_has_a_fault_in_either_theme(
    visit: NewPage, space: Space, role: Role
) -> None:
    space.receive()
    space.receive("autre", commune="34199")
    client = space.client("max", role)
    addresses = sorted(
        rule.rule
        for rule in space.app.url_map.iter_rules()
        if rule.endpoint.startswith(("advisers.", "security."))
        and "GET" in (rule.methods or ())
        and not rule.arguments
    )
    answers = {address: client.get(address) for address in addresses}
    pages = [
        address
        for address, answer in answers.items()
        if answer.status_code == 200 and answer.mimetype == "text/html"
    ]
    assert "/espace/" in pages
    page = visit("/espace/")
    sign_in(page, space, "max")
    page.wait_for_url("**/espace/")
    site = page.url.removesuffix("/espace/")
    faults: dict[str, list[str]] = {}
    for address in pages:
        page.goto(site + address)
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, (address, wide)
        sound(page)
        faults[address] = second_opinion(page)
    assert {address: found for address, found in faults.items() if found} == {}
    assert invalid({address: answers[address].text for address in pages}) == []
