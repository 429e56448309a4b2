"""A group as it is followed: formed of dossiers, introduced once, answered by each by its link."""

from __future__ import annotations

import re
from html import unescape

import pytest
from casework import Space
from playwright.sync_api import expect
from test_collective_pages import BEDARIEUX, NEED, STRUCTURE, Board

from .conftest import NewPage
from .test_casework import press, seen, sign_in, visit

pytestmark = pytest.mark.browser

__all__ = ["visit"]
SCREEN = 800
"""Pixels of a screen, as high as the pages of these tests."""


# Its pages are tried one by one on both databases.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_group_from_its_proposal_to_the_outcome_of_each_commune(
    visit: NewPage, space: Space
) -> None:
    board = Board(space)
    page = visit("/espace/groupes")
    sign_in(page, space, "lea")
    page.get_by_role("link", name=re.compile("En faire un dossier collectif")).click()
    seen(page, space)
    page.fill("#besoin", NEED)
    press(page, "Former le dossier collectif")
    expect(page.get_by_role("heading", name="Le groupe : 3 communes")).to_be_visible()
    board.group = page.locator("h1 + ul .reference").text_content() or ""
    board.introduce()
    page.reload()
    seen(page, space)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height < 3 * SCREEN, "la page d’un dossier tient en trois écrans"

    page.goto(page.url.partition("/espace")[0] + board.letters)
    seen(page, space)
    assert "3 communes (Hérault) cherchent un appui ensemble" in unescape(page.content())
    press(page, "Noter comme envoyée")

    commune = visit(board.link(BEDARIEUX))
    seen(commune, space)
    expect(commune.get_by_role("heading", level=1)).to_have_text("Bédarieux, où en êtes-vous ?")
    commune.get_by_label("Nous acceptons que l’adresse").check()
    commune.get_by_label("Projet démarré").check()
    press(commune, "Envoyer la réponse")
    expect(commune.get_by_text("Merci, votre réponse est enregistrée")).to_be_visible()

    structure = visit(board.link())
    structure.get_by_label("Oui, nous voulons bien").check()
    press(structure, "Envoyer la réponse")
    expect(structure.get_by_text("Proposez aux communes une première rencontre")).to_be_visible()

    page.goto(page.url.partition("/espace")[0] + board.page)
    expect(page.locator(f"#suite-{BEDARIEUX}")).to_have_value("demarre")
    page.select_option("#suite-34142", "arrete")
    press(page, "Enregistrer les suites")
    expect(page.locator("#suite-34142")).to_have_value("arrete")
    assert STRUCTURE in page.content()
