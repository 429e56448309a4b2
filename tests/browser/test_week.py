"""A week of a team: two advisers, a lead, a structure and a commune that answer by their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from casework import Clock, Space
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from web.access import Role
from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers import dossiers
from web.casework.states import State, Step
from web.casework.store.tables import AuditEntry

from .conftest import NewPage, browsing, listening
from .test_casework import ANSWER, ask, seen, sign_in

pytestmark = pytest.mark.browser
PATIENCE = 120_000
"""Milliseconds that a busy machine may take for a page."""

NEED = "Ouvrir une recyclerie pour donner une seconde vie aux objets."
NEIGHBOURS = {"34028": "Bédarieux", "34079": "Clermont-l’Hérault"}
LINK = re.compile(r"https?://\S+/reponse/\S+")


@pytest.fixture
def visit(space: Space, chromium: Browser) -> Iterator[NewPage]:
    """Open pages of the site of `space`, and wait for them as long as it takes."""
    expect.set_options(timeout=PATIENCE)
    with listening(space.app) as address, browsing(chromium, address) as new:

        def patient(path: str, **options: object) -> Page:
            page = new(path, **options)
            page.set_default_timeout(PATIENCE)
            return page

        yield patient


def push(page: Page, name: str) -> None:
    """Press a button, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(f"^{name}")).first.click()


def letter(page: Page, side: int) -> str:
    """The path of the link that a letter shows: of the commune first, then of the structure."""
    found = LINK.search(page.locator("pre.letter").nth(side).text_content() or "")
    assert found, page.content()
    return urlsplit(found[0]).path


def reply(visit: NewPage, space: Space, path: str, *labels: str) -> None:
    """Answer by a link, without an account: opening it says nothing yet."""
    page = visit(path)
    seen(page, space)
    for label in labels:
        page.get_by_label(label, exact=True).first.check()
    with page.expect_navigation():
        page.click("#envoyer")
    expect(page.locator("main")).to_contain_text("Merci")
    seen(page, space)


# Its pages are tried one by one on both databases.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_week_of_the_team(visit: NewPage, space: Space, clock: Clock) -> None:
    for name, role in (("lea", Role.ADVISER), ("max", Role.ADVISER), ("rose", Role.LEAD)):
        space.account(name, role)

    # Monday: a commune asks, and Léa takes its request.
    reference = ask(visit(ANSWER), space)
    lea = visit("/espace/")
    sign_in(lea, space, "lea")
    lea.get_by_role("link", name="Lodève (Hérault)").click()
    lea.wait_for_url(f"**/{reference}")
    dossier = lea.url
    push(lea, "Le prendre en charge")
    lea.fill("#texte", "Appel du service : la halle est libre en mars.")
    push(lea, "Ajouter la note")
    pdf = {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 une halle"}
    lea.set_input_files("#piece", files=[pdf])  # type: ignore[list-item]
    push(lea, "Joindre$")
    expect(lea.get_by_role("link", name="plan.pdf")).to_be_visible()
    seen(lea, space)
    push(lea, "Garder")
    push(lea, "Préparer l’introduction")
    introduction = lea.url
    of_commune, of_structure = letter(lea, 0), letter(lea, 1)
    seen(lea, space)
    push(lea, "Noter comme envoyée")

    # Tuesday: the structure says yes, the commune that it was called back.
    clock.wait(days=1)
    reply(visit, space, of_structure, "Oui, nous voulons bien échanger avec la commune")
    clock.wait(hours=3)
    reply(visit, space, of_commune, "Oui")
    lea.goto(introduction)
    expect(lea.locator("h1 + p .tag")).to_have_text("Introduction acceptée")

    # Wednesday: Léa leaves for two weeks, and Max stands in.
    clock.wait(days=1)
    lea.goto(f"{site(lea)}/espace/absence")
    seen(lea, space)
    first = clock.at.date()
    lea.fill("#du", f"{first:%Y-%m-%d}")
    lea.fill("#au", f"{first + timedelta(days=14):%Y-%m-%d}")
    lea.select_option("#remplacant", label="Max")
    push(lea, "Noter l’absence")
    clock.wait(days=1)
    max_ = visit(urlsplit(dossier).path)
    sign_in(max_, space, "max")
    max_.wait_for_url(f"**/{reference}")
    max_.fill("#texte", "Rendez-vous pris avec la structure.")
    push(max_, "Ajouter la note")
    expect(max_.locator("article", has_text="Rendez-vous pris")).to_be_visible()
    expect(max_.get_by_role("link", name="plan.pdf")).to_be_visible()
    max_.goto(f"{site(max_)}/espace/dossiers?etat=accepte&tri=-recu")
    max_.get_by_text("Listes gardées").click()
    max_.fill("#liste-nom", "Acceptées")
    max_.get_by_label("La partager avec l’équipe").check()
    push(max_, "Garder la liste")
    seen(max_, space)

    # Thursday: two neighbours have the same need, and Rose is proposed to make one dossier of both.
    for insee in NEIGHBOURS:
        space.receive(insee, commune=insee, besoin=NEED, courriel=f"mairie{insee}@ville.fr")
    rose = visit("/espace/groupes")
    sign_in(rose, space, "rose")
    rose.wait_for_url("**/espace/groupes")
    rose.get_by_role("link", name=re.compile("^En faire un dossier collectif")).first.click()
    rose.wait_for_url("**/groupes/former?*")
    expect(rose.get_by_role("button", name="Former le dossier collectif")).to_be_visible()

    with space.database.reading() as session:
        found = dossiers.find(session, reference)
        (one,) = found.introductions
        assert (found.state, one.step, one.contacted) == (State.ACCEPTED, Step.ACCEPTED, "oui")
        assert len(found.notes) == 2
        logged = {entry.action for entry in session.scalars(select(AuditEntry))}
        assert {Action.ATTACHED, Action.COMMUNE_TOLD} <= logged
        assert audit.verify(session).broken == ()


def site(page: Page) -> str:
    """Where the site listens."""
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"
