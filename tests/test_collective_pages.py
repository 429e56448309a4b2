"""The pages of a group: formed, joined and left, written to, answered commune by commune."""

from __future__ import annotations

import csv
import email.policy
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from email.parser import BytesParser
from html import unescape

import pytest
from builders import LODEVE
from casework import Space, sent
from flask.testing import FlaskClient
from sqlalchemy import select
from test_collective import BEDARIEUX, CLERMONT
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import clock
from web.casework.dossiers import dossiers, parties
from web.casework.introductions import links
from web.casework.states import Closed, Outcome, State, Step
from web.casework.store.tables import Dossier
from web.signin.keys import answer_link

NEED = "Ouvrir une recyclerie pour donner une seconde vie aux objets"
STRUCTURE = "reseau-national-ressourceries"
NEAR = (LODEVE, BEDARIEUX, CLERMONT)


class Board:
    """An adviser before three dossiers of one need that nobody follows."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.own = [
            space.receive(
                insee, commune=insee, besoin=f"{NEED}.", courriel=f"mairie{insee}@ville.fr"
            )
            for insee in NEAR
        ]
        self.lea = space.client("lea")
        self.group = ""

    @property
    def page(self) -> str:
        """The page of the collective dossier."""
        return f"/espace/dossiers/{self.group}"

    @property
    def letters(self) -> str:
        """The page of its introduction."""
        return f"{self.page}/introductions/{STRUCTURE}"

    def version(self, reference: str = "") -> int:
        """The version that a form brings."""
        with self.space.database.reading() as session:
            return dossiers.find(session, reference or self.group).version

    def read(self) -> Dossier:
        """The collective dossier, with all that is looked at here."""
        with self.space.database.reading() as session:
            found = dossiers.find(session, self.group)
            _ = [party.voices for party in found.parties], found.members, found.introductions
            return found

    def form(self, *references: str, who: FlaskClient | None = None) -> TestResponse:
        """Make one dossier of some."""
        named = references or self.own
        page = "/espace/groupes/former?" + "&".join(f"dossier={one}" for one in named)
        ticked = [f"{one}:{self.version(one)}" for one in named]
        answer = sent(who or self.lea, "/espace/groupes/former", page, dossier=ticked, besoin=NEED)
        found = re.search(r"MR-[A-Z0-9-]+", answer.headers.get("Location", ""))
        self.group = found[0] if found else self.group
        return answer

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form of the collective dossier."""
        page = f"{self.page}{path}"
        return sent(self.lea, page, self.page, version=self.version(), **fields)

    def introduce(self) -> None:
        """Prepare the letters to a structure."""
        assert self.post("/choix", structure=STRUCTURE, geste="garder").status_code == 303
        assert self.post("/introductions", structure=STRUCTURE).status_code == 303

    def link(self, insee: str = "") -> str:
        """The address by which a commune, or the structure, answers."""
        with self.space.database.reading() as session, self.space.app.test_request_context():
            found = dossiers.find(session, self.group)
            party = parties.find(found, insee) if insee else None
            one = None if insee else found.introductions[0]
            link = links.current(session, found, one, party)
            assert link is not None
            return f"/reponse/{answer_link(link.key)}"


@pytest.fixture
def board(space: Space) -> Iterator[Board]:
    yield Board(space)


def test_a_group_that_is_proposed_becomes_one_dossier(board: Board) -> None:
    proposed = unescape(board.lea.get("/espace/groupes").text)
    assert "En faire un dossier collectif" in proposed
    address = re.search(r'href="(/espace/groupes/former\?[^"]+)"', proposed)
    assert address and all(one in address[1] for one in board.own)
    shown = unescape(board.lea.get(address[1]).text)
    assert all(one in shown for one in board.own) and NEED in shown
    assert board.form().status_code == 303
    page = unescape(board.lea.get(board.page).text)
    assert "Le groupe\u00a0: 3 communes" in page and "mairie34028@ville.fr" in page
    assert "dossier collectif formé" in page.lower() and "formé de plusieurs dossiers" in page
    own = unescape(board.lea.get(f"/espace/dossiers/{board.own[1]}").text)
    assert "suivi avec d’autres communes" in own and board.group in own


def test_a_form_that_is_sent_twice_makes_one_group(board: Board) -> None:
    page = "/espace/groupes/former?" + "&".join(f"dossier={one}" for one in board.own)
    ticked = [f"{one}:{board.version(one)}" for one in board.own]
    for expected in (303, 409):
        answer = sent(board.lea, "/espace/groupes/former", page, dossier=ticked, besoin=NEED)
        assert answer.status_code == expected
    with board.space.database.reading() as session:
        assert len(session.scalars(select(Dossier).where(Dossier.origin == "groupe")).all()) == 1


def test_a_need_to_share_is_asked_for(board: Board) -> None:
    page = "/espace/groupes/former?" + "&".join(f"dossier={one}" for one in board.own)
    ticked = [f"{one}:{board.version(one)}" for one in board.own]
    answer = sent(board.lea, "/espace/groupes/former", page, dossier=ticked, besoin=" ")
    assert answer.status_code == 400 and "Écrivez le besoin commun" in unescape(answer.text)


def test_an_adviser_groups_no_dossier_of_a_colleague_and_a_lead_does(board: Board) -> None:
    bob, lead = board.space.client("bob"), board.space.client("max", Role.LEAD)
    taken = f"/espace/dossiers/{board.own[0]}"
    sent(bob, f"{taken}/prendre", taken, version=board.version(board.own[0]))
    page = f"/espace/groupes/former?dossier={board.own[0]}&dossier={board.own[1]}"
    assert board.lea.get(page).status_code == 404
    ticked = [f"{one}:{board.version(one)}" for one in board.own[:2]]
    token_page = "/espace/besoin"
    answer = sent(board.lea, "/espace/groupes/former", token_page, dossier=ticked, besoin=NEED)
    assert answer.status_code == 404
    assert board.form(*board.own[:2], who=lead).status_code == 303
    assert {one.name for one in board.read().members} == {"Bob", "Max"}
    assert bob.get(board.page).status_code == 200 and board.lea.get(board.page).status_code == 404


def test_others_join_a_group_that_is_there_already(board: Board) -> None:
    board.form(*board.own[:2])
    first = board.group
    assert board.form(first, board.own[2]).status_code == 303
    assert board.group == first and board.read().places == ",".join(NEAR)


def test_who_followed_a_dossier_that_joins_follows_the_group(board: Board) -> None:
    board.form(*board.own[:2])
    bob, lead = board.space.client("bob"), board.space.client("max", Role.LEAD)
    page = f"/espace/dossiers/{board.own[2]}"
    sent(bob, f"{page}/prendre", page, version=board.version(board.own[2]))
    assert bob.get(board.page).status_code == 404
    assert board.form(board.group, board.own[2], who=lead).status_code == 303
    assert bob.get(board.page).status_code == 200


def test_a_commune_joins_by_its_reference_or_its_name_and_leaves(board: Board) -> None:
    board.form(*board.own[:2])
    board.introduce()
    assert board.post("/groupe/communes", commune=board.own[2].lower()).status_code == 303
    assert "relisez-les" in unescape(board.lea.get(board.page).text)
    again = board.post("/groupe/communes", commune="Clermont-l’Hérault")
    assert again.status_code == 409 and "déjà dans le groupe" in unescape(again.text)
    unknown = board.post("/groupe/communes", commune="Ville qui n’est pas")
    assert unknown.status_code == 409
    assert board.post("/groupe/communes", commune="Die (Drôme)").status_code == 303
    assert board.read().places == ",".join([*NEAR, "26113"])
    assert board.post(f"/groupe/{LODEVE}/sortie").status_code == 303
    assert board.read().places == f"{BEDARIEUX},{CLERMONT},26113"
    alone = unescape(board.lea.get(f"/espace/dossiers/{board.own[0]}").text)
    assert "suivi avec d’autres communes" not in alone and "commune sortie du groupe" in (
        alone.lower()
    )
    assert board.post(f"/groupe/{LODEVE}/sortie").status_code == 404


def test_a_dossier_of_a_group_is_not_opened_again_by_itself(board: Board) -> None:
    board.form()
    page = f"/espace/dossiers/{board.own[0]}"
    version = board.version(board.own[0])
    answer = sent(board.lea, f"{page}/etat", page, version=version, etat=State.OPEN.value)
    assert answer.status_code == 409 and board.group in answer.text


def test_joining_a_group_is_no_reason_that_one_chooses(board: Board) -> None:
    board.form()
    answer = board.post("/etat", etat=State.CLOSED.value, motif=Closed.JOINED.value)
    assert answer.status_code == 400 and "Choisissez un motif" in answer.text
    assert Closed.JOINED.label not in unescape(board.lea.get(board.page).text)


def test_a_contact_of_one_commune_is_checked_and_is_its_own(board: Board) -> None:
    board.form()
    for fields, told in (
        ({"adresse": "mairie", "source": "telephone"}, "s’écrit comme"),
        ({"adresse": "accueil@ville.fr", "source": ""}, "comment vous avez eu"),
    ):
        answer = board.post(f"/groupe/{BEDARIEUX}/contact", **fields)
        assert answer.status_code == 409 and told in unescape(answer.text)
    told = {"adresse": "accueil@ville.fr", "service": "Accueil", "source": "telephone"}
    assert board.post(f"/groupe/{BEDARIEUX}/contact", **told).status_code == 303
    page = board.lea.get(board.page).text
    assert "accueil@ville.fr" in page and f"mairie{BEDARIEUX}@ville.fr" not in page
    assert f"mairie{LODEVE}@ville.fr" in page


def draft(board: Board, side: str, insee: str = "") -> str:
    """The text of a draft, and whom it goes to."""
    more = f"?commune={insee}" if insee else ""
    answer = board.lea.get(f"{board.letters}/{side}.eml{more}")
    assert answer.status_code == 200
    mail = BytesParser(policy=email.policy.default).parsebytes(answer.data)
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['To']}\n{body.get_content()}"


def test_one_letter_goes_to_each_commune_with_its_own_link(board: Board) -> None:
    board.form()
    board.introduce()
    drafts = {insee: draft(board, "commune", insee) for insee in NEAR}
    for insee, text in drafts.items():
        assert text.startswith(f"mairie{insee}@ville.fr") and board.link(insee) in text
        others = [one for one in NEAR if one != insee]
        assert not any(f"mairie{one}@" in text or board.link(one) in text for one in others)
    structure = draft(board, "structure")
    assert board.link() in structure and "@ville.fr" not in structure
    assert board.lea.get(f"{board.letters}/commune.eml?commune=26113").status_code == 404
    page = unescape(board.lea.get(board.letters).text)
    assert "Ce que dit chaque commune" in page and "[lien de réponse]" in page


def test_each_commune_answers_for_itself_and_the_structure_for_all(board: Board) -> None:
    board.form()
    board.introduce()
    board.post(f"/introductions/{STRUCTURE}/etape", etape=Step.SENT.value)
    visitor = board.space.app.test_client()
    address = board.link(BEDARIEUX)
    shown = unescape(visitor.get(address).text)
    assert "Bédarieux, où en êtes-vous" in shown and "@ville.fr" not in shown
    number = board.read().introductions[0].id
    fields = {
        f"recontactee-{number}": "oui",
        f"utile-{number}": "en_partie",
        f"accord-{number}": "oui",
        "suite": Outcome.USEFUL.value,
    }
    token = re.search(r'name="jeton"[^>]*value="([^"]+)"', shown)
    assert token
    answer = sent(visitor, address, jeton=token[1], **fields)
    assert answer.status_code == 303, answer.text
    found = {one.commune: one for one in board.read().parties}
    assert found[BEDARIEUX].outcome == Outcome.USEFUL
    assert [voice.contacted for voice in found[BEDARIEUX].voices] == ["oui"]
    assert found[LODEVE].outcome == Outcome.WAITING and not found[LODEVE].voices
    assert f"mairie{BEDARIEUX}@ville.fr" in draft(board, "structure")
    assert f"mairie{LODEVE}@ville.fr" not in draft(board, "structure")
    said = unescape(board.lea.get(board.page).text)
    assert "Bédarieux, rencontre utile, par le lien de la commune" in said
    reply = unescape(visitor.get(board.link()).text)
    assert "Lodève, Bédarieux et Clermont" in reply and "échanger avec les communes" in reply


def test_an_adviser_notes_agreement_opinion_and_link_of_one_commune(board: Board) -> None:
    board.form()
    board.introduce()
    one = f"/introductions/{STRUCTURE}"
    board.post(f"{one}/etape", etape=Step.SENT.value)
    assert board.post(f"{one}/accord", commune=CLERMONT).status_code == 303
    assert board.post(f"{one}/avis", commune=CLERMONT, recontactee="non").status_code == 303
    before = board.link(CLERMONT), board.link(LODEVE)
    change = {"cote": "commune", "changement": "remplacer", "commune": CLERMONT}
    assert board.post(f"{one}/lien", **change).status_code == 303
    assert (board.link(CLERMONT) == before[0], board.link(LODEVE) == before[1]) == (False, True)
    (voice,) = parties.find(board.read(), CLERMONT).voices
    assert voice.agreed_at is not None and voice.contacted == "non"
    page = unescape(board.lea.get(board.letters).text)
    assert "Clermont-l'Hérault n’accepte plus" in page and "Lodève accepte" in page
    assert f"mairie{CLERMONT}@ville.fr" in draft(board, "structure")
    assert board.post(f"{one}/accord", commune=CLERMONT, accord="non").status_code == 303
    assert f"mairie{CLERMONT}@ville.fr" not in draft(board, "structure")
    assert "accord retiré" in unescape(board.lea.get(board.page).text)


def test_outcomes_are_noted_for_all_in_one_gesture(board: Board) -> None:
    board.form()
    said = {f"suite-{LODEVE}": "demarre", f"suite-{BEDARIEUX}": "arrete", "suite-99999": "utile"}
    assert board.post("/groupe/suites", **said).status_code == 303
    outcomes = [one.outcome for one in parties.present(board.read())]
    assert outcomes == ["demarre", "arrete", "en_attente"]
    assert "Lodève, projet démarré" in unescape(board.lea.get(board.page).text)


def test_lists_files_and_search_know_all_the_communes(board: Board) -> None:
    board.form(*board.own[:2])
    board.post("/groupe/communes", commune="Die (Drôme)")
    listed = unescape(board.lea.get("/espace/dossiers?departement=26").text)
    assert board.group in listed and "1 dossier, 3 communes" in listed
    for words in ("bédarieux", "26150", "mairie34028@ville.fr", board.own[0]):
        found = unescape(board.lea.get("/espace/dossiers", query_string={"q": words}).text)
        assert board.group in found, words
    data = board.lea.get("/espace/dossiers.csv?departement=26").data.decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(data), delimiter=";")
    assert row[header.index("Code Insee")] == f"{LODEVE}, {BEDARIEUX}, 26113"
    assert row[-1] == "Lodève : en attente, Bédarieux : en attente, Die : en attente"
    board.introduce()
    one = f"/introductions/{STRUCTURE}"
    board.post(f"{one}/etape", etape=Step.SENT.value)
    day = clock.today() + timedelta(days=20)
    when = {"rdv": f"{day}", "heure": "14:00", "lieu": "Halle de Lodève"}
    assert board.post(f"{one}/dates", **when).status_code == 303
    feed = board.lea.get(f"{board.page}/agenda.ics").text.replace("\r\n ", "")
    assert feed.count("BEGIN:VEVENT") == 1 and "Lodève\\, Bédarieux et Die" in feed
    assert "LOCATION:Halle de Lodève" in feed


def test_a_commune_follows_its_request_by_its_own_reference(board: Board) -> None:
    board.form()
    visitor = board.space.app.test_client()

    def follow(reference: str, address: str) -> TestResponse:
        page = visitor.get("/suivi").text
        token = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
        assert token
        return sent(visitor, "/suivi", reference=reference, courriel=address, jeton=token[1])

    own = unescape(follow(board.own[0], f"mairie{LODEVE}@ville.fr").text)
    assert "dossier commun" in own and "Un conseiller s’en occupe" in own
    assert f"mairie{BEDARIEUX}@ville.fr" not in own
    by_group = unescape(follow(board.group, f"mairie{BEDARIEUX}@ville.fr").text)
    assert "utilisez le lien du courriel" in by_group
    assert follow(board.group, "autre@ville.fr").status_code == 404
    assert follow(board.own[0], f"mairie{BEDARIEUX}@ville.fr").status_code == 404
