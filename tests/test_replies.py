"""A letter is answered by its link: without an account, by its button only, once, until it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path

import pytest
from casework import Space, sent, token_of
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from matcher import Matcher
from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers import dossiers
from web.casework.dossiers.refinements import Refined, refine
from web.casework.introductions import links, memory, replies
from web.casework.introductions.links import LINK_DAYS
from web.casework.letters.letters import AGREED
from web.casework.states import State, Step
from web.casework.store.tables import AnswerLink, Dossier, Introduction
from web.signin.keys import answer_link

A, B = "cress-occitanie", "villages-vivants"
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Clock:
    """The time of the test."""

    def __init__(self) -> None:
        self.at = MONDAY

    def wait(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr("web.casework.clock.now", lambda: moved.at)
    return moved


class Letters:
    """A dossier with introductions prepared, and the links that their letters hold."""

    def __init__(self, space: Space, *structures: str, sent_too: bool = True) -> None:
        self.space, self.lea = space, space.client("lea")
        self.reference = space.receive(structures=[A])
        self.page = f"/espace/dossiers/{self.reference}"
        self.post(f"{self.page}/prendre", self.page)
        for structure in structures:
            self.post(f"{self.page}/ajouter", f"{self.page}/ajouter", structure=structure,
                      commentaire="proche")  # fmt: skip
            self.post(f"{self.page}/introductions", self.page, structure=structure)
            if sent_too:
                self.step(structure, etape="envoyee")

    def post(self, path: str, page: str, **fields: object) -> TestResponse:
        answer = sent(self.lea, path, page, version=self.version, **fields)
        assert answer.status_code == 303, answer.text
        return answer

    def at(self, structure: str) -> str:
        return f"{self.page}/introductions/{structure}"

    def step(self, structure: str, **fields: object) -> None:
        self.post(f"{self.at(structure)}/etape", self.at(structure), **fields)

    @property
    def version(self) -> int:
        with self.space.database.reading() as session:
            return dossiers.find(session, self.reference).version

    def one(self, structure: str = A) -> Introduction:
        with self.space.database.reading() as session:
            found = dossiers.find(session, self.reference).introductions
            return next(one for one in found if one.structure_id == structure)

    def state(self) -> State:
        with self.space.database.reading() as session:
            return State(dossiers.find(session, self.reference).state)

    def link(self, structure: str | None = A) -> str:
        """The address that the letter of a structure holds; None for that of the commune."""
        with self.space.database.reading() as session:
            dossier = dossiers.find(session, self.reference)
            one = next((i for i in dossier.introductions if i.structure_id == structure), None)
            found = links.current(session, dossier, one)
            assert found is not None
            with self.space.app.app_context():
                return f"/reponse/{answer_link(found.key)}"

    def logged(self, action: Action) -> list[audit.AuditEntry]:
        with self.space.database.reading() as session:
            found = audit.history(session, self.reference)
            return [entry for entry in found if entry.action == action.value]

    def visitor(self) -> FlaskClient:
        return self.space.app.test_client()


def answered(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    page = client.get(path).text
    found = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
    assert found, page
    data = {"csrf_token": token_of(page), "jeton": unescape(found[1]), **fields}
    return client.post(path, data=data)


@pytest.fixture
def space(matcher: Matcher, database_url: str, tmp_path: Path) -> Iterator[Space]:
    opened = Space.open(matcher, database_url, tmp_path / "cles.json")
    yield opened
    opened.close()


@pytest.fixture
def letters(space: Space) -> Letters:
    return Letters(space, A)


ANSWERS = [
    ({"reponse": "oui"}, Step.ACCEPTED, None, State.ACCEPTED),
    ({"reponse": "plus_tard", "reparler": "DANS_UN_MOIS"}, Step.LATER, None, State.PROPOSED),
    ({"reponse": "non", "motif": "hors_metier"}, Step.DECLINED, "hors_metier", State.DECLINED),
    ({"reponse": "pause"}, Step.DECLINED, "pause", State.DECLINED),
]


def day(days: int, clock: Clock | None = None) -> str:
    return f"{(clock.at if clock else datetime.now(UTC)) + timedelta(days=days):%Y-%m-%d}"


@pytest.mark.parametrize(("fields", "step", "reason", "state"), ANSWERS)
def test_a_structure_answers_without_an_account(
    letters: Letters, fields: dict[str, str], step: Step, reason: str | None, state: State
) -> None:
    said = {name: day(30) if value == "DANS_UN_MOIS" else value for name, value in fields.items()}
    visitor = letters.visitor()
    answer = answered(visitor, letters.link(), **said)
    assert answer.status_code == 303, answer.text
    assert "Merci" in visitor.get(answer.location).text
    assert (letters.one().step, letters.one().reason) == (step, reason)
    assert letters.state() is state
    last = letters.logged(Action.INTRODUCTION)[-1]
    assert last.account_id is None and '"par": "structure"' in last.details
    assert "par le lien de la structure" in letters.lea.get(letters.page).text


def test_a_link_that_is_only_opened_changes_nothing(letters: Letters) -> None:
    version, rows = letters.version, len(letters.logged(Action.INTRODUCTION))
    for side in (A, None):
        for method in ("GET", "HEAD", "OPTIONS"):
            for _ in range(3):
                opened = letters.visitor().open(letters.link(side), method=method)
                assert opened.status_code == 200
    assert letters.one().step == Step.SENT
    assert (letters.version, len(letters.logged(Action.INTRODUCTION))) == (version, rows)


def test_a_button_without_its_page_changes_nothing(letters: Letters) -> None:
    assert letters.visitor().post(letters.link(), data={"reponse": "oui"}).status_code == 400
    assert letters.one().step == Step.SENT


def test_an_answer_sent_again_counts_once(letters: Letters) -> None:
    visitor = letters.visitor()
    for _ in range(3):
        assert answered(visitor, letters.link(), reponse="oui").status_code == 303
    assert letters.one().step == Step.ACCEPTED
    assert len(letters.logged(Action.INTRODUCTION)) == 3  # prepared, sent, accepted


def test_a_structure_may_change_its_mind(letters: Letters) -> None:
    visitor = letters.visitor()
    answered(visitor, letters.link(), reponse="non", motif="indisponible")
    answered(visitor, letters.link(), reponse="oui")
    assert letters.one().step == Step.ACCEPTED and letters.state() is State.ACCEPTED


def test_a_structure_that_said_no_may_ask_for_a_pause_and_change_its_end(letters: Letters) -> None:
    visitor = letters.visitor()
    answered(visitor, letters.link(), reponse="non", motif="indisponible")
    for days in (30, 60):
        assert answered(visitor, letters.link(), reponse="pause", fin=day(days)).status_code == 303
    assert letters.one().reason == "pause"
    with letters.space.database.reading() as session:
        kept = memory.find(session, A)
        assert kept is not None and f"{kept.paused_until}" == day(60) and kept.account_id is None


def test_a_letter_may_be_answered_before_its_adviser_noted_that_it_left(space: Space) -> None:
    letters = Letters(space, A, sent_too=False)
    answered(letters.visitor(), letters.link(), reponse="oui")
    one = letters.one()
    assert one.step == Step.ACCEPTED and one.sent_at is not None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choisissez l’une des quatre réponses"),
        ({"reponse": "peut-etre"}, "Choisissez l’une des quatre réponses"),
        ({"reponse": "non"}, "Choisissez une raison"),
        ({"reponse": "non", "motif": "sans_reponse"}, "Choisissez une raison"),
        ({"reponse": "plus_tard"}, "Indiquez à partir de quelle date"),
        ({"reponse": "plus_tard", "reparler": "demain"}, "s’écrit comme 31/01/2027"),
        ({"reponse": "plus_tard", "reparler": "2020-01-01"}, "une date à venir"),
        ({"reponse": "pause", "fin": "31/12/2999"}, "dans les deux ans"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_kept(
    letters: Letters, fields: dict[str, str], told: str
) -> None:
    answer = answered(letters.visitor(), letters.link(), **fields)
    assert answer.status_code == 400 and told in answer.text.replace("\u00a0", " ")
    assert letters.one().step == Step.SENT


def test_later_is_a_state_that_comes_back_on_its_day(space: Space, clock: Clock) -> None:
    letters = Letters(space, A)
    answered(letters.visitor(), letters.link(), reponse="plus_tard", reparler=day(20, clock))
    assert letters.one().step == Step.LATER
    clock.wait(days=12)
    assert "Relance à faire" not in letters.lea.get(letters.at(A)).text
    clock.wait(days=9)
    letters.space.clients.clear()
    letters.lea = space.sign_in("lea")
    page = letters.lea.get(letters.at(A)).text
    assert "Relance à faire" in page and "d’en reparler plus tard" in page
    letters.post(f"{letters.at(A)}/relance", letters.at(A), relances=0)
    assert letters.one().step == Step.SENT and letters.one().later_on is None


def test_an_adviser_notes_later_too(letters: Letters) -> None:
    letters.step(A, etape="plus_tard", reparler=day(40))
    assert letters.one().step == Step.LATER
    assert "à reprendre le" in letters.lea.get(letters.page).text
    answer = sent(letters.lea, f"{letters.at(A)}/etape", letters.at(A), version=letters.version,
                  etape="plus_tard", reparler="hier")  # fmt: skip
    assert answer.status_code == 400 and "s’écrit comme" in answer.text


@pytest.mark.parametrize("spoilt", ["x", "", "a" * 500])
def test_a_link_that_was_not_made_here_opens_nothing(letters: Letters, spoilt: str) -> None:
    good = letters.link()
    for path in (f"/reponse/{spoilt or 'y'}", good[:-1], good + "A", good.swapcase()):
        assert letters.visitor().get(path).status_code == 404


def test_a_link_ends_after_a_while(space: Space, clock: Clock) -> None:
    letters = Letters(space, A)
    path = letters.link()
    clock.wait(days=LINK_DAYS)
    assert letters.visitor().get(path).status_code == 200
    clock.wait(seconds=1)
    over = letters.visitor().get(path)
    assert over.status_code == 404 and "n’est plus valable" in over.text.replace("\u00a0", " ")


@pytest.mark.parametrize("side", ["structure", "commune"])
def test_a_link_is_replaced_or_ended_by_an_adviser(letters: Letters, side: str) -> None:
    whose = A if side == "structure" else None
    first = letters.link(whose)
    letters.post(f"{letters.at(A)}/lien", letters.at(A), cote=side, changement="remplacer")
    second = letters.link(whose)
    assert letters.visitor().get(first).status_code == 404
    assert letters.visitor().get(second).status_code == 200
    letters.post(f"{letters.at(A)}/lien", letters.at(A), cote=side, changement="retirer")
    assert letters.visitor().get(second).status_code == 404
    assert [e.account_id is not None for e in letters.logged(Action.LINK)][-2:] == [True, True]
    page = letters.lea.get(letters.at(A)).text
    assert "répondez à ce courriel" in page and second not in page


def test_an_ended_link_takes_no_answer_of_a_page_that_was_open(letters: Letters) -> None:
    visitor, path = letters.visitor(), letters.link()
    page = visitor.get(path).text
    letters.post(f"{letters.at(A)}/lien", letters.at(A), cote="structure", changement="retirer")
    found = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
    assert found
    data = {"csrf_token": token_of(page), "jeton": unescape(found[1]), "reponse": "oui"}
    assert visitor.post(path, data=data).status_code == 404
    assert letters.one().step == Step.SENT


def test_what_waits_for_no_answer_takes_none(letters: Letters) -> None:
    path, visitor = letters.link(), letters.visitor()
    page = visitor.get(path).text
    letters.post(f"{letters.page}/etat", letters.page, etat="clos", motif="autrement")
    assert "n’attend plus de réponse" in visitor.get(path).text
    found = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
    assert found
    data = {"csrf_token": token_of(page), "jeton": unescape(found[1]), "reponse": "oui"}
    assert visitor.post(path, data=data).status_code == 409
    assert letters.one().step == Step.SENT


def test_no_engine_keeps_the_page_of_a_link(letters: Letters) -> None:
    for side in (A, None):
        headers = letters.visitor().get(letters.link(side)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_a_link_shows_neither_the_address_nor_the_notes(letters: Letters) -> None:
    letters.post(f"{letters.page}/notes", letters.page, texte="Une note de travail")
    for side in (A, None):
        page = letters.visitor().get(letters.link(side)).text
        assert "recyclerie" in page
        assert "mairie@ville.fr" not in page and "Une note de travail" not in page


def test_a_commune_says_what_became_of_it(space: Space) -> None:
    letters = Letters(space, A, B)
    number = letters.one(B).id
    said = {f"recontactee-{number}": "oui", f"utile-{number}": "trop_tot"}
    visitor = letters.visitor()
    for _ in range(2):
        assert answered(visitor, letters.link(None), **said).status_code == 303
    assert (letters.one(B).contacted, letters.one(B).useful) == ("oui", "trop_tot")
    assert (letters.one(A).contacted, letters.one(A).useful) == (None, None)
    (logged,) = letters.logged(Action.COMMUNE_TOLD)
    assert logged.account_id is None
    page = letters.lea.get(letters.at(B)).text
    assert "recontactée&nbsp;: <strong>oui" in page and "trop tôt pour le dire" in page


def test_what_a_commune_said_by_telephone_is_noted_by_its_adviser(letters: Letters) -> None:
    letters.post(f"{letters.at(A)}/avis", letters.at(A), recontactee="non", utile="")
    assert (letters.one().contacted, letters.one().useful) == ("non", None)
    assert letters.logged(Action.COMMUNE_TOLD)[0].account_id is not None


def test_codes_that_nobody_offers_are_not_kept(letters: Letters) -> None:
    number = letters.one().id
    answered(letters.visitor(), letters.link(None), **{f"utile-{number}": "<b>"})
    assert letters.one().useful is None and letters.logged(Action.COMMUNE_TOLD) == []


def test_consent_covers_the_structures_that_the_commune_chose_and_no_other(space: Space) -> None:
    letters = Letters(space, A, B, sent_too=False)
    chosen, other = (letters.lea.get(letters.at(one)).text for one in (A, B))
    side = '<h2 id="lettre-structure">'
    assert "mairie@ville.fr" in chosen.partition(side)[2]
    assert "mairie@ville.fr" not in other.partition(side)[2]
    assert "nous ferons le lien" in other.partition(side)[2]
    accord = {f"accord-{letters.one(B).id}": "oui"}
    assert answered(letters.visitor(), letters.link(None), **accord).status_code == 303
    assert "mairie@ville.fr" in letters.lea.get(letters.at(B)).text.partition(side)[2]
    (logged,) = letters.logged(Action.AGREED)
    assert logged.account_id is None and B in logged.details


def test_consent_that_is_withdrawn_is_withdrawn_of_every_structure(space: Space) -> None:
    letters = Letters(space, A, B, sent_too=False)
    letters.post(f"{letters.at(B)}/accord", letters.at(B))
    with space.database.writing() as session:
        dossier = dossiers.to_change(session, letters.reference, None)
        assert all(map(replies.covers, dossier.introductions))
        now = Refined(
            dossier.need,
            list(dossier.themes),
            list(dossier.excluded),
            dossier.stage,
            "mairie@ville.fr",
            "Service urbanisme",
            agreed=False,
        )
        refine(session, dossier, now, 1)
        assert not any(map(replies.covers, dossier.introductions))


def test_an_erased_dossier_leaves_no_link(letters: Letters) -> None:
    path = letters.link()
    with letters.space.database.writing() as session:
        session.delete(session.scalars(select(Dossier)).one())
    with letters.space.database.reading() as session:
        assert session.scalars(select(AnswerLink)).all() == []
    assert letters.visitor().get(path).status_code == 404


def test_a_pause_is_told_before_the_next_introduction(space: Space) -> None:
    first = Letters(space, A)
    answered(first.visitor(), first.link(), reponse="pause", fin=day(60))
    reference = space.receive(token="autre", besoin="Une autre recyclerie", structures=[A])
    page = f"/espace/dossiers/{reference}"
    lea = space.client("lea")
    sent(lea, f"{page}/prendre", page, version=1)
    sent(lea, f"{page}/ajouter", f"{page}/ajouter", version=2, structure=A, commentaire="x")
    assert "Préparer quand même" in lea.get(page).text


def opened(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=default)


def test_a_draft_has_its_reader_its_text_and_its_document(
    matcher: Matcher, database_url: str, tmp_path: Path
) -> None:
    settings = {"SENDER_REPLY": "aide@agence.fr", "SENDER_ORGANISATION": "Agence Test"}
    space = Space.open(matcher, database_url, tmp_path / "cles.json", **settings)
    letters = Letters(space, A, sent_too=False)
    answer = letters.lea.get(f"{letters.at(A)}/commune.eml")
    assert answer.content_type == "message/rfc822"
    draft = opened(answer.data)
    assert (draft["To"], draft["Reply-To"]) == ("mairie@ville.fr", "aide@agence.fr")
    assert draft["X-Unsent"] == "1" and letters.reference in draft["Subject"]
    body = draft.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Agence Test" in text and letters.link(None) in text and "[lien" not in text
    assert draft.get_body(("html",)) is None
    (document,) = draft.iter_attachments()
    assert document.get_filename() == f"{letters.reference}-{A}.docx"
    assert document.get_content()[:2] == b"PK"
    other = opened(letters.lea.get(f"{letters.at(A)}/structure.eml").data)
    plain = other.get_body(("plain",))
    assert plain is not None and letters.link(A) in plain.get_content()
    assert letters.link(None) not in plain.get_content()
    space.close()


def test_one_letter_to_the_commune_for_all_its_structures(space: Space) -> None:
    letters = Letters(space, A, B, sent_too=False)
    letters.post(f"{letters.page}/lettre-commune", letters.page)
    assert letters.one(A).to_commune == letters.one(B).to_commune
    assert "2 structures" in letters.one(A).to_commune
    assert letters.one(A).to_structure != letters.one(B).to_structure
    draft = opened(letters.lea.get(f"{letters.at(B)}/commune.eml").data)
    assert len(list(draft.iter_attachments())) == 2
    # Changed in one place, it is changed for all.
    changed = {"commune_objet": "Un objet", "commune_texte": "Un texte"}
    changed |= {"structure_objet": "Autre", "structure_texte": "Autre"}
    letters.post(f"{letters.at(B)}/textes", letters.at(B), **changed)
    assert letters.one(A).to_commune == letters.one(B).to_commune == "Objet : Un objet\n\nUn texte"
    assert letters.one(A).to_structure != letters.one(B).to_structure


def test_one_structure_alone_needs_no_letter_for_several(space: Space) -> None:
    letters = Letters(space, A, sent_too=False)
    answer = sent(letters.lea, f"{letters.page}/lettre-commune", letters.page,
                  version=letters.version)  # fmt: skip
    assert answer.status_code == 409 and "au moins deux" in answer.text


REWRITE = "La lettre à la commune est à réécrire avant de partir"


def test_a_letter_that_presents_a_structure_taken_back_is_to_be_written_anew(
    space: Space,
) -> None:
    letters = Letters(space, A, B, sent_too=False)
    letters.post(f"{letters.page}/lettre-commune", letters.page)
    for page in (letters.page, letters.at(B)):
        assert REWRITE not in letters.lea.get(page).text
    letters.step(A, etape=Step.WITHDRAWN.value)
    for page in (letters.page, letters.at(B)):
        assert REWRITE in letters.lea.get(page).text
    letters.post(f"{letters.page}/lettre-commune", letters.page)
    assert "structures" not in letters.one(B).to_commune
    for page in (letters.page, letters.at(B)):
        assert REWRITE not in letters.lea.get(page).text


def test_a_letter_that_says_an_agreement_which_is_taken_back_is_to_be_written_anew(
    space: Space,
) -> None:
    letters = Letters(space, A, B, sent_too=False)
    letters.post(f"{letters.page}/lettre-commune", letters.page)
    assert AGREED in letters.one(A).to_commune
    assert REWRITE not in letters.lea.get(letters.page).text
    with space.database.writing() as session:
        contact = dossiers.find(session, letters.reference).contact
        assert contact is not None
        contact.consent_at = None
    page = letters.lea.get(letters.page).text
    assert page.count("La commune ne donne plus son accord pour") == 1, "B had none"
    letters.post(f"{letters.page}/lettre-commune", letters.page)
    assert AGREED not in letters.one(A).to_commune
    assert REWRITE not in letters.lea.get(letters.page).text
