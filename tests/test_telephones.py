"""A telephone number: kept in one way, said with consent only, found however it is written."""

from __future__ import annotations

import pytest
from casework import Clock, Space, sent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_introductions import Pages

from web.access import Role
from web.casework.dossiers import dossiers, refinements
from web.casework.introductions import introductions
from web.casework.introductions.introductions import LetterTexts
from web.casework.persons import contacts, traces
from web.casework.persons.addresses import is_number, number_finder, number_of, numbers_in
from web.casework.store.tables import Account, Contact

NUMBER = "04 67 00 00 01"
WRITTEN = (
    *("04 67 00 00 01", "0467000001", "04.67.00.00.01", "04-67-00-00-01", "04/67/00/00/01"),
    *("+33 4 67 00 00 01", "+33(0)467000001", "+33 (0)4 67 00 00 01", "0033 4 67 00 00 01"),
    *("04 67 000 001", "04 67\n00 00 01", "04\u00a067\u202f00 00 01", "33467000001"),
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+33 (0)4.67.00.00.01", "04 67 00 00 01"),
        ("tel:0467000001", "04 67 00 00 01"),
        ("00 33 4 67 00 00 01", "04 67 00 00 01"),
        ("+262 262 12 34 56", "02 62 12 34 56"),
        ("0041 22 345 67 89", "+41223456789"),
        ("3949", "39 49"),
    ],
)
def test_a_number_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert number_of(typed) == kept == number_of(kept)


@pytest.mark.parametrize("typed", ["", "le matin", "04 67", "mairie@ville.fr", "0" * 20])
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert not is_number(typed)
    if typed != "04 67":  # a short one is that of a service
        with pytest.raises(ValueError, match="04 67 00 00 00"):
            number_of(typed)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_number_is_found_as_people_write_it(written: str) -> None:
    for text in (f"Appeler le {written}, merci.", f"tél:{written}", f"{written} 06 11 22 33 44"):
        assert "01" not in number_finder(NUMBER).sub("", text)
        assert NUMBER in numbers_in(text)


@pytest.mark.parametrize("text", ["104 67 00 00 01", "04 67 00 00 012", "04 67 00 00 02", "2004"])
def test_another_number_is_another(text: str) -> None:
    assert not number_finder(NUMBER).search(text)


@given(st.integers(0, 10**8 - 1), st.sampled_from("123456789"), st.sampled_from(" .-\u00a0"))
def test_every_number_that_is_written_with_signs_is_found(last: int, area: str, sign: str) -> None:
    digits = f"0{area}{last:08d}"
    text = sign.join(digits[i : i + 2] for i in range(0, 10, 2))
    assert number_finder(digits).fullmatch(text)
    assert number_of(digits) in numbers_in(text)


def with_number(space: Space, **fields: object) -> Pages:
    """A dossier whose commune left its number, with letters prepared."""
    pages = Pages(space, telephone=NUMBER, **fields)
    pages.prepare()
    return pages


def test_a_letter_gives_the_number_only_with_the_consent_of_the_commune(
    space: Space, clock: Clock
) -> None:
    agreed = with_number(space, structures=["villages-vivants"])
    silent = with_number(space, token="autre", structures=["villages-vivants"], accord=False)
    others = with_number(space, token="tiers", structures=["cress-occitanie"])
    for pages, told in ((agreed, True), (silent, False), (others, False)):
        letter = pages.lea.get(f"{pages.page}/structure.txt").text
        assert ("mairie@ville.fr" in letter, NUMBER in letter) == (told, told)


def test_a_number_typed_in_a_letter_is_not_kept_in_it(space: Space, clock: Clock) -> None:
    pages = with_number(space)
    texts = LetterTexts("Objet : un\n\nBonjour,", "Objet : deux\n\nAppelez le +33 4 67 00 00 01.")
    with space.database.writing() as session:
        (one,) = dossiers.find(session, pages.reference).introductions
        introductions.edit(session, one, texts, one.account_id)
        assert one.to_structure.endswith("Appelez le [contact de la commune].")


def test_who_only_reads_a_dossier_does_not_see_the_number(space: Space, clock: Clock) -> None:
    reference = space.receive(telephone=NUMBER)
    page = f"/espace/dossiers/{reference}"
    assert NUMBER not in space.client("lea").get(page).text.replace("&nbsp;", " ")
    assert NUMBER in space.client("max", Role.LEAD).get(page).text.replace("&nbsp;", " ")


def test_a_dossier_is_found_by_the_number_of_its_contact(space: Space, clock: Clock) -> None:
    pages = with_number(space)
    for words in (NUMBER, "0467000001"):
        listed = pages.lea.get("/espace/dossiers", query_string={"q": words}).text
        assert pages.reference in listed
    assert pages.reference not in space.client("zoe").get(f"/espace/dossiers?q={NUMBER}").text


def test_the_public_form_takes_a_number_and_refuses_what_is_none(space: Space) -> None:
    client = space.app.test_client()
    fields = {
        "commune": "34142",
        "besoin": "Ouvrir une recyclerie.",
        "service": "Urbanisme",
        "courriel": "mairie@ville.fr",
        "accord": "oui",
    }
    for number, status in (("le matin", 400), ("+33467000001", 303)):
        page = client.get("/mise-en-relation").text
        token = page.split('name="jeton" value="')[1].split('"')[0]
        answer = sent(client, "/mise-en-relation", telephone=number, jeton=token, **fields)
        assert answer.status_code == status, answer.text
    with space.database.reading() as session:
        assert session.scalars(select(Contact.telephone)).all() == [NUMBER]


@pytest.mark.parametrize("way", ["+33 4 67 00 00 01", "mairie@ville.fr"])
def test_a_contact_is_erased_by_its_number_as_by_its_address(
    space: Space, clock: Clock, way: str
) -> None:
    pages = with_number(space)
    with space.database.writing() as session:
        found = dossiers.find(session, pages.reference)
        author = session.get_one(Account, found.members[0].id)
        refinements.add_note(
            session, found, author, "Rappeler mairie@ville.fr ou le 04.67.00.00.01."
        )
    with space.database.writing() as session:
        assert contacts.known(session, way) >= 1
        assert contacts.erase(session, way).contacts == 1
    with space.database.reading() as session:
        found = dossiers.find(session, pages.reference)
        assert found.contact is not None
        assert (found.contact.email, found.contact.telephone) == (None, None)
        assert found.notes[-1].text == f"Rappeler {traces.ERASED} ou le {traces.ERASED_NUMBER}."


def test_an_administrator_finds_exports_and_erases_a_number(space: Space, clock: Clock) -> None:
    with_number(space)
    admin = space.client("ada", Role.ADMIN)
    found = sent(admin, "/espace/contacts", adresse="04-67-00-00-01")
    assert f"<h2>{NUMBER}</h2>" in found.text
    export = sent(admin, "/espace/contacts/export", "/espace/contacts", adresse=NUMBER).json
    assert export["contacts"][0]["telephone"] == NUMBER
    done = sent(
        admin, "/espace/contacts/effacement", "/espace/contacts", adresse=NUMBER, confirme="oui"
    )
    assert done.status_code == 303
    with space.database.reading() as session:
        assert contacts.known(session, NUMBER) == 0
