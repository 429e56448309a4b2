"""Dossiers: who sees them, who changes them, and what two people do at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import product
from threading import Barrier

import pytest
from casework import Space, sent, token_of
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from web.access import Role, may_read, readable
from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers import dossiers
from web.casework.persons import contacts
from web.casework.states import State
from web.casework.store.database import Database
from web.casework.store.tables import Account, Dossier

NOTE = "La gare appartient à la SNCF ; le conseil délibère en janvier."


def page_of(reference: str) -> str:
    return f"/espace/dossiers/{reference}"


def version_of(client: FlaskClient, reference: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(page_of(reference)).text)
    assert found
    return found[1]


def version_now(client: FlaskClient, reference: str) -> str:
    """The version that the page would hold, without the time that it takes to make it."""
    database: Database = client.application.extensions["database"]
    with database.reading() as session:
        version = select(Dossier.version).where(Dossier.reference == reference)
        return str(session.scalar(version) or "")


def do(client: FlaskClient, reference: str, what: str, **fields: object) -> TestResponse:
    """Send a form of the page of a dossier, as it stands now unless `version` is given."""
    fields.setdefault("version", version_now(client, reference))
    return sent(client, f"{page_of(reference)}/{what}", page_of(reference), **fields)


def taken(space: Space, name: str, token: str = "jeton", **changes: object) -> str:
    """A need that an adviser took charge of."""
    reference = space.receive(token, **changes)
    assert do(space.client(name), reference, "prendre").status_code == 303
    return reference


def kept(space: Space, reference: str) -> Dossier:
    """A dossier as the database has it, with its notes and members."""
    with space.database.reading() as session:
        dossier = dossiers.find(session, reference)
        _ = [*dossier.notes, *dossier.members]  # read while the session is open
        return dossier


def test_who_takes_a_need_becomes_its_member_and_opens_it(space: Space) -> None:
    reference = taken(space, "lea")
    dossier = kept(space, reference)
    assert dossier.state == State.OPEN
    assert [member.name for member in dossier.members] == ["Lea"]
    page = " ".join(space.client("lea").get(page_of(reference)).text.split())
    assert "Dossier pris en charge" in page
    assert "de « reçu » à « en cours »" in page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Lodeve herault", True),
        ("Lodévois", True),
        ("LODEVE", False),
        ("Lodève (Hérault)", False),
        ("34142", False),
        ("34700", False),
        (None, False),
    ],
)
def test_what_was_typed_is_shown_when_it_is_not_the_commune(
    space: Space, typed: str | None, shown: bool
) -> None:
    reference = space.receive(commune_saisie=typed)
    page = space.client("lea").get(page_of(reference)).text
    assert ("Saisi&nbsp;:" in page) == shown
    assert not shown or f"«&nbsp;{typed}&nbsp;»" in page


def test_the_dossier_of_several_communes_names_all_and_answers_for_all(space: Space) -> None:
    lea = space.client("lea")
    one = taken(space, "lea")
    reference = taken(space, "lea", "autre", communes=["34142", "26113"])
    page = unescape(lea.get(page_of(reference)).text)
    assert "<h1>Lodève et Die</h1>" in page and "<h1>Lodève</h1>" in lea.get(page_of(one)).text
    assert "Le groupe\u00a0: 2 communes" in page
    assert "commune=34142%2C26113" in page or "commune=34142,26113" in page
    with space.app.app_context():
        alone, together = (dossiers.need_of(kept(space, ref)) for ref in (one, reference))
    assert (alone.places, together.places) == ((), ("34142", "26113"))
    found = lea.get("/espace/dossiers", query_string={"q": "Drôme"}).text
    assert reference in found and one not in found
    precise = lea.get(f"{page_of(reference)}/besoin")
    assert "Lodève et Die" in precise.text


def test_an_address_typed_for_the_place_is_given_then_erased(space: Space) -> None:
    typed = "Lodève, ecrire a maire@ville.fr"
    reference = space.receive(commune_saisie=typed)
    with space.database.writing() as session:
        quoted = contacts.export(session, "maire@ville.fr", None)["autres_textes"]
        assert [text["texte"] for text in quoted] == [typed]
        contacts.erase(session, "maire@ville.fr", None)
    assert kept(space, reference).typed == "Lodève, ecrire a [adresse effacée]"
    with space.database.writing() as session:
        (given,) = contacts.export(session, "mairie@ville.fr", None)["dossiers"]
    assert given["commune_saisie"] == "Lodève, ecrire a [adresse effacée]"


def test_the_contact_is_for_members_and_leads(space: Space) -> None:
    reference = space.receive()
    assert "mairie@ville.fr" not in space.client("lea").get(page_of(reference)).text
    assert do(space.client("lea"), reference, "prendre").status_code == 303
    assert "mairie@ville.fr" in space.client("lea").get(page_of(reference)).text
    assert "mairie@ville.fr" in space.client("max", Role.LEAD).get(page_of(reference)).text


def test_an_address_adds_nobody_to_the_mail_that_it_opens(space: Space) -> None:
    reference = taken(space, "lea", courriel="mairie@ville.fr?bcc=autre@ville.fr")
    page = space.client("lea").get(page_of(reference)).text
    assert 'href="mailto:mairie@ville.fr%3Fbcc%3Dautre@ville.fr"' in page


def test_the_dossier_of_another_looks_as_if_it_did_not_exist(space: Space) -> None:
    reference = taken(space, "lea")
    do(space.client("lea"), reference, "notes", texte=NOTE)
    before = kept(space, reference)
    noe = space.client("noe")
    token = token_of(noe.get("/espace/").text)
    forms = {
        "prendre": {},
        "etat": {"etat": "introduction_proposee"},
        "notes": {"texte": "Une note."},
        "choix": {"structure": "avise", "geste": "garder"},
        "ordre": {"monter": "avise"},
        "ajouter": {"structure": "avise", "commentaire": "Oui."},
    }
    for named, version in product((reference, "MR-AAAA-BBBB-CCCC"), (before.version, 1)):
        answers = [noe.get(page_of(named)), noe.get(f"{page_of(named)}/ajouter?structure=avise")]
        for what, fields in forms.items():
            data = {"csrf_token": token, "version": version, **fields}
            answers.append(noe.post(f"{page_of(named)}/{what}", data=data))
        assert {answer.status_code for answer in answers} == {404}
        assert not any(NOTE in answer.text or "Lodève" in answer.text for answer in answers)
    assert NOTE not in noe.get("/espace/mes-notes").text
    assert reference not in noe.get("/espace/dossiers").text + noe.get("/espace/").text
    after = kept(space, reference)
    assert (after.version, after.state) == (before.version, before.state)
    assert len(after.notes) == 1


def test_the_list_and_the_policy_agree_on_who_sees_what(space: Space) -> None:
    roles = {"lea": Role.ADVISER, "noe": Role.ADVISER, "max": Role.LEAD, "bob": Role.ADMIN}
    for name, role in roles.items():
        space.client(name, role)
    taken(space, "lea", "1")
    taken(space, "noe", "2")
    shared = taken(space, "noe", "3")
    do(space.client("max"), shared, "prendre")
    space.receive("4")
    with space.database.reading() as session:
        every = session.scalars(select(Dossier)).all()
        for account in session.scalars(select(Account)):
            listed = set(session.scalars(select(Dossier.id).where(readable(account))))
            assert listed == {d.id for d in every if may_read(account, d)}, account.name


def test_a_lead_reads_the_dossier_and_its_notes_only_for_a_reason_that_is_logged(
    space: Space,
) -> None:
    reference = taken(space, "lea")
    do(space.client("lea"), reference, "notes", texte=NOTE)
    max_ = space.client("max", Role.LEAD)
    assert max_.get(page_of(reference)).status_code == 200
    assert NOTE not in max_.get(page_of(reference)).text
    refused = do(max_, reference, "notes/ouvrir", motif="curiosite")
    assert refused.status_code == 400 and NOTE not in refused.text
    assert "Choisissez un motif" in refused.text
    opened = do(max_, reference, "notes/ouvrir", motif="absence")
    assert opened.status_code == 200 and NOTE in opened.text
    assert NOTE not in max_.get(page_of(reference)).text  # once
    with space.database.reading() as session:
        logged = [
            entry.details
            for entry in audit.history(session, reference)
            if entry.action == Action.NOTES_OPENED
        ]
    assert logged == ['{"motif": "absence"}']
    # The members see that it happened, and why.
    assert "est absente" in space.client("lea").get(page_of(reference)).text


def test_an_adviser_opens_no_notes_and_names_no_team(space: Space) -> None:
    reference = taken(space, "lea")
    for what, fields in (("notes/ouvrir", {"motif": "absence"}), ("membres", {"membre": "1"})):
        assert do(space.client("lea"), reference, what, **fields).status_code == 403


def test_who_wrote_a_note_reads_it_even_after_leaving_the_dossier(space: Space) -> None:
    reference = taken(space, "lea")
    do(space.client("lea"), reference, "notes", texte=NOTE)
    noe = space.account("noe")
    answer = do(space.client("max", Role.LEAD), reference, "membres", membre=noe)
    assert answer.status_code == 303
    assert [member.name for member in kept(space, reference).members] == ["Noe"]
    assert space.client("lea").get(page_of(reference)).status_code == 404
    assert NOTE in space.client("lea").get("/espace/mes-notes").text


def test_a_dossier_keeps_at_least_one_member(space: Space) -> None:
    reference = taken(space, "lea")
    answer = do(space.client("max", Role.LEAD), reference, "membres")
    assert answer.status_code == 400 and "au moins une personne" in answer.text
    after = kept(space, reference)
    assert [member.name for member in after.members] == ["Lea"]


def test_what_may_not_follow_is_not_offered_and_is_refused(space: Space) -> None:
    reference = taken(space, "lea")
    page = space.client("lea").get(page_of(reference)).text
    assert set(re.findall(r'name="etat" value="(\w+)"', page)) == {"introduction_proposee", "clos"}
    refused = do(space.client("lea"), reference, "etat", etat="suivi")
    assert refused.status_code == 409
    assert "ne peut pas passer à « suivi »" in refused.text
    assert kept(space, reference).state == State.OPEN


def test_a_dossier_is_closed_for_a_reason_and_opened_again(space: Space) -> None:
    reference = taken(space, "lea")
    lea = space.client("lea")
    missing = do(lea, reference, "etat", etat="clos", motif="")
    assert missing.status_code == 400 and "Choisissez un motif" in missing.text
    assert do(lea, reference, "etat", etat="clos", motif="autrement").status_code == 303
    assert "le besoin a trouvé une autre réponse" in lea.get(page_of(reference)).text
    assert do(lea, reference, "etat", etat="en_cours").status_code == 303
    assert kept(space, reference).reason is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Écrivez votre note"),
        ("x" * 5001, "5000 caractères"),
    ],
)
def test_a_note_that_cannot_be_kept_says_why(space: Space, text: str, said: str) -> None:
    reference = taken(space, "lea")
    answer = do(space.client("lea"), reference, "notes", texte=text)
    assert answer.status_code == 400 and said in answer.text
    assert kept(space, reference).notes == []


def test_the_second_of_two_is_told_keeps_their_text_and_overwrites_nothing(space: Space) -> None:
    reference = taken(space, "lea")
    max_ = space.client("max", Role.LEAD)
    do(max_, reference, "prendre")
    read_by_both = version_of(max_, reference)
    first = do(space.client("lea"), reference, "notes", texte=NOTE, version=read_by_both)
    fields = {"geste": "ecarter", "structure": "avise", "motif": "mieux"}
    second = do(max_, reference, "choix", **fields, commentaire="De <Max>", version=read_by_both)
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Rien n’a été écrasé" in second.text
    assert "De <Max>" in unescape(second.text) and "De <Max>" not in second.text
    assert page_of(reference) in second.text
    assert [note.text for note in kept(space, reference).notes] == [NOTE]
    # The same for a state: what the first decided stands.
    stale = do(max_, reference, "etat", etat="clos", motif="abandonne", version=read_by_both)
    assert stale.status_code == 409
    assert kept(space, reference).state == State.OPEN


def test_a_note_of_two_people_never_conflicts_and_one_sent_twice_is_one(space: Space) -> None:
    reference, max_ = taken(space, "lea"), space.client("max", Role.LEAD)
    do(max_, reference, "prendre")
    read = version_of(max_, reference)
    for name, text in (("lea", NOTE), ("max", "Celle de Max"), ("max", "Celle de Max")):
        answer = do(space.client(name), reference, "notes", texte=text, version=read)
        assert answer.status_code == 303
    assert [note.text for note in kept(space, reference).notes] == [NOTE, "Celle de Max"]
    # Written again on a page that shows the first, it is another note.
    do(max_, reference, "notes", texte="Celle de Max")
    assert len(kept(space, reference).notes) == 3


def test_of_eight_changes_at_the_same_moment_one_lands_and_seven_are_told(space: Space) -> None:
    reference = taken(space, "lea")
    lea = space.client("lea")
    version, token = version_of(lea, reference), token_of(lea.get("/espace/").text)
    cookie = lea.get_cookie("session")
    assert cookie
    together = Barrier(8)

    def write(_number: int) -> int:
        client = space.app.test_client()
        client.set_cookie("session", cookie.value)
        together.wait()
        return client.post(
            f"{page_of(reference)}/etat",
            data={"csrf_token": token, "version": version, "etat": "clos", "motif": "autrement"},
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(8)))
    assert statuses == [303] + [409] * 7
    after = kept(space, reference)
    assert after.state == State.CLOSED and after.version == int(version) + 1


def test_of_two_who_take_a_need_at_once_the_second_is_told(space: Space) -> None:
    reference = space.receive()
    lea, noe = space.client("lea"), space.client("noe")
    token, version = token_of(noe.get("/espace/").text), version_of(noe, reference)
    assert do(lea, reference, "prendre", version=version).status_code == 303
    late = noe.post(f"{page_of(reference)}/prendre", data={"csrf_token": token, "version": version})
    assert late.status_code == 404 and "Une autre personne vient de le prendre" in late.text
    assert [member.name for member in kept(space, reference).members] == ["Lea"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 12, "²"])
def test_a_form_without_the_version_it_read_changes_nothing(space: Space, version: str) -> None:
    reference = taken(space, "lea")
    answer = do(space.client("lea"), reference, "notes", texte=NOTE, version=version)
    assert answer.status_code == 400
    assert kept(space, reference).notes == []
