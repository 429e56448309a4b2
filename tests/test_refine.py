"""The need of a dossier is made precise: what came first stays, and nothing else moves."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from casework import NEED, Space, sent
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from test_dossiers import do, page_of, taken, version_now, version_of
from werkzeug.test import TestResponse

from matcher import Stage, Theme
from web.access import Role
from web.advisers.dossiers.needs import SOURCES
from web.casework import audit, clock
from web.casework.audit import Action
from web.casework.dossiers import dossiers, refinements
from web.casework.dossiers.dossiers import Declared, open_dossier
from web.casework.dossiers.refinements import NeedPart, Refined
from web.casework.persons import contacts
from web.casework.store.database import Database
from web.casework.store.tables import Account, Base, Contact, Dossier

PRECISE = "Ouvrir une recyclerie de 300 m² dans l’ancienne gare, avec deux emplois."
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AS_IT_STANDS = {
    "besoin": NEED["besoin"],
    "theme": NEED["themes"],
    "service": NEED["service"],
    "courriel": NEED["courriel"],
    "accord": "oui",
}
"""The form of a dossier of `space.receive`, untouched."""


def form_of(reference: str) -> str:
    return f"{page_of(reference)}/besoin"


def precise(client: FlaskClient, reference: str, **fields: object) -> TestResponse:
    """Send the form as it stands but for `fields`; None leaves one out."""
    fields.setdefault("version", version_now(client, reference))
    given = {name: one for name, one in {**AS_IT_STANDS, **fields}.items() if one is not None}
    return sent(client, form_of(reference), page_of(reference), **given)


def kept(space: Space, reference: str) -> Dossier:
    with space.database.reading() as session:
        dossier = dossiers.find(session, reference)
        _ = dossier.contact  # read while the session is open
        return dossier


def logged(space: Space, reference: str) -> list[list[str]]:
    """The codes of each time that the need was made precise."""
    with space.database.reading() as session:
        return [
            json.loads(entry.details)["champs"]
            for entry in audit.history(session, reference)
            if entry.action == Action.DOSSIER_NEED
        ]


def test_the_need_is_made_precise_and_the_first_words_stay(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    assert form_of(reference) in lea.get(page_of(reference)).text
    answer = precise(
        lea,
        reference,
        besoin=PRECISE,
        theme=["economie_circulaire", "insertion_emploi"],
        sans="mobilite",
        etape=next(iter(Stage)).value,
    )
    assert answer.status_code == 303, answer.text
    dossier = kept(space, reference)
    assert (dossier.need, dossier.received_need) == (PRECISE, NEED["besoin"])
    assert dossier.themes == ["economie_circulaire", "insertion_emploi"]
    assert (dossier.excluded, dossier.stage) == (["mobilite"], next(iter(Stage)).value)
    assert logged(space, reference) == [["besoin", "themes", "themes_ecartes", "etape"]]
    for page in (page_of(reference), form_of(reference)):
        seen = unescape(lea.get(page).text)
        assert "Mots reçus" in seen and NEED["besoin"] in seen
    assert "Besoin précisé" in lea.get(page_of(reference)).text
    # The second time, the words that came first are still those.
    assert precise(lea, reference, besoin="Une recyclerie à la gare.").status_code == 303
    assert kept(space, reference).received_need == NEED["besoin"]


def test_the_log_holds_codes_and_never_a_text(space: Space) -> None:
    reference = taken(space, "lea")
    precise(
        space.client("lea"),
        reference,
        besoin=PRECISE,
        service="Service culture",
        courriel="culture@ville.fr",
        source="telephone",
        accord=None,
    )
    assert logged(space, reference) == [["besoin", "service", "courriel", "source", "accord"]]
    with space.database.reading() as session:
        details = " ".join(entry.details for entry in audit.history(session, reference))
    assert not any(text in details for text in ("300", "culture", "ville.fr", "téléphone"))


def test_a_form_sent_as_it_was_shown_changes_nothing(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    page = unescape(lea.get(form_of(reference)).text)
    for value in (NEED["besoin"], NEED["service"], NEED["courriel"], "formulaire du site"):
        assert str(value) in page
    before = kept(space, reference)
    assert precise(lea, reference).status_code == 303
    after = kept(space, reference)
    assert logged(space, reference) == [] and after.received_need is None
    assert after.contact and before.contact
    assert after.contact.source == "formulaire du site"
    assert after.contact.consent_at == before.contact.consent_at
    assert after.contact.created_at == before.contact.created_at


def test_the_same_form_sent_twice_counts_once(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    version = version_of(lea, reference)
    answers = [precise(lea, reference, besoin=PRECISE, version=version) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert kept(space, reference).version == int(version) + 1
    assert logged(space, reference) == [["besoin"]]


def test_who_comes_second_is_told_and_finds_their_text(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    version = version_of(lea, reference)
    assert do(lea, reference, "notes", texte="Une note.").status_code == 303
    late = precise(lea, reference, besoin=PRECISE, version=version)
    assert late.status_code == 409 and PRECISE in unescape(late.text)
    assert kept(space, reference).need == NEED["besoin"]


def test_a_form_to_be_changed_keeps_the_version_that_was_read(space: Space) -> None:
    """Otherwise what others wrote meanwhile would be overwritten at the second try."""
    reference, lea = taken(space, "lea"), space.client("lea")
    version = version_of(lea, reference)
    assert do(lea, reference, "notes", texte="Une note.").status_code == 303
    refused = precise(lea, reference, besoin=PRECISE, courriel="mairie", version=version)
    assert refused.status_code == 400
    assert re.findall(r'name="version" value="(\d+)"', refused.text) == [version]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"besoin": "", "theme": None}, "besoin"),
        ({"besoin": "x" * 6000}, "caractères au plus"),
        ({"theme": "inconnu"}, "Thème"),
        ({"sans": "economie_circulaire"}, "à la fois indiqué et écarté"),
        ({"etape": "inconnue"}, "Étape"),
        ({"courriel": "mairie"}, "Une adresse s’écrit comme"),
        ({"service": "", "courriel": ""}, "qui a donné cet accord"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    space: Space, fields: dict[str, Any], said: str
) -> None:
    reference = taken(space, "lea")
    answer = precise(space.client("lea"), reference, **{"besoin": PRECISE, **fields})
    assert answer.status_code == 400
    assert said in unescape(" ".join(re.findall(r'class="wrong".*?</p>', answer.text)))
    assert str(fields.get("besoin", PRECISE))[:5000] in unescape(answer.text)
    after = kept(space, reference)
    assert (after.need, after.received_need) == (NEED["besoin"], None)


def test_a_closed_dossier_refuses(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    do(lea, reference, "etat", etat="clos", motif="autrement")
    assert form_of(reference) not in lea.get(page_of(reference)).text
    answers = [lea.get(form_of(reference)), precise(lea, reference, besoin=PRECISE)]
    for answer in answers:
        assert answer.status_code == 409 and "Ce dossier est clos" in answer.text
    assert kept(space, reference).need == NEED["besoin"]


def test_only_members_make_a_need_precise(space: Space) -> None:
    reference = taken(space, "lea")
    version = version_of(space.client("lea"), reference)
    for name, role, status in (("max", Role.LEAD, 409), ("noe", Role.ADVISER, 404)):
        client = space.client(name, role)
        assert client.get(form_of(reference)).status_code == status
        fields = {**AS_IT_STANDS, "besoin": PRECISE, "version": version}
        answer = sent(client, form_of(reference), "/espace/", **fields)
        assert answer.status_code == status and NEED["courriel"] not in client.get("/espace/").text
    assert kept(space, reference).need == NEED["besoin"]


def test_an_agreement_is_dated_when_it_is_ticked_and_goes_when_it_is_not(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    assert precise(lea, reference, accord=None).status_code == 303
    contact = kept(space, reference).contact
    assert contact and contact.consent_at is None
    today = clock.now()
    monkeypatch.setattr("web.casework.clock.now", lambda: today)
    assert precise(lea, reference).status_code == 303
    contact = kept(space, reference).contact
    assert contact and contact.consent_at == today
    assert logged(space, reference) == [["accord"], ["accord"]]


def test_a_contact_may_go_and_come_back_with_its_source(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    none = {"service": "", "courriel": "", "accord": None}
    assert precise(lea, reference, **none).status_code == 303
    assert kept(space, reference).contact is None
    with space.database.reading() as session:
        assert session.scalar(select(func.count(Contact.id))) == 0
    refused = precise(lea, reference, service="Mairie")
    assert refused.status_code == 400 and "Dites comment vous connaissez" in refused.text
    assert precise(lea, reference, service="Mairie", source="telephone").status_code == 303
    contact = kept(space, reference).contact
    assert contact and (contact.service, contact.source) == ("Mairie", "téléphone")


def test_an_erased_contact_comes_back_only_if_it_is_typed_again(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    version = version_of(lea, reference)
    with space.database.writing() as session:
        contacts.erase(session, str(NEED["courriel"]), None)
    # A form that was open before would bring it back.
    assert (
        precise(lea, reference, besoin=PRECISE, source="courriel", version=version).status_code
        == 409
    )
    page = lea.get(form_of(reference)).text
    assert f'value="{NEED["courriel"]}"' not in page and str(NEED["service"]) not in page
    none = {"service": "", "courriel": "", "accord": None}
    assert precise(lea, reference, besoin=PRECISE, **none).status_code == 303
    erased = kept(space, reference).contact
    assert erased and erased.erased_at and not erased.email
    answer = precise(lea, reference, besoin=PRECISE, courriel="autre@ville.fr", source="telephone")
    assert answer.status_code == 303
    contact = kept(space, reference).contact
    assert contact and (contact.email, contact.erased_at) == ("autre@ville.fr", None)
    assert contact.id != erased.id


def test_the_first_words_are_given_and_erased_as_the_others(space: Space) -> None:
    address = str(NEED["courriel"])
    reference = taken(space, "lea", besoin=f"Écrire à {address} pour la recyclerie.")
    assert precise(space.client("lea"), reference, besoin=PRECISE).status_code == 303
    with space.database.writing() as session:
        (given_back,) = contacts.export(session, address, None)["dossiers"]
        assert address in given_back["mots_recus"]
        contacts.erase(session, address, None)
    assert kept(space, reference).received_need == "Écrire à [adresse effacée] pour la recyclerie."


def rows(database: Database) -> dict[tuple[str, Any, str], Any]:
    """Every cell of every table but the log."""
    found = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "audit":
                for row in session.execute(select(table)).mappings():
                    key = row["id"] if "id" in row else tuple(row.values())
                    found |= {(table.name, key, name): value for name, value in row.items()}
    return found


TEXTS = st.text("abé ’\n", max_size=20).map(str.strip)
CELLS = {
    NeedPart.NEED: {"need", "received_need"},
    NeedPart.THEMES: {"themes"},
    NeedPart.EXCLUDED: {"excluded"},
    NeedPart.STAGE: {"stage"},
}
"""Columns of a dossier that each part may change; those of the contact are apart."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.builds(
        Refined,
        TEXTS,
        st.lists(st.sampled_from([*map(str, Theme)]), unique=True, max_size=3),
        st.lists(st.sampled_from([*map(str, Theme)]), unique=True, max_size=3),
        st.none() | st.sampled_from([*map(str, Stage)]),
        st.none() | st.just("autre@ville.fr"),
        st.none() | st.just("Mairie"),
        st.sampled_from([*SOURCES.values()]),
        st.booleans(),
    )
)
def test_nothing_else_of_the_dossiers_changes(database: Database, refined: Refined) -> None:
    with database.writing() as session:
        account = session.scalar(select(Account))
        if account is None:
            account = Account(email="lea@test.fr", name="Lea", fs_uniquifier="lea", created_at=NOW)
            session.add(account)
            for token in ("un", "deux"):
                declared = Declared(
                    "34142", "Une recyclerie.", "main", service="Urbanisme", seed={"jeton": token}
                )
                dossier = open_dossier(session, declared, account)
                refinements.add_note(session, dossier, account, "Une note.")
        session.flush()
        number = account.id
        one = session.scalars(select(Dossier).order_by(Dossier.id)).first()
        assert one
        identifier, reference = one.id, one.reference
    before = rows(database)
    with database.writing() as session:
        dossier = dossiers.to_change(session, reference, None)
        changed, first = refinements.changes(dossier, refined), dossier.received_need
        was = dossier.contact_id
        refinements.refine(session, dossier, refined, number)
        session.flush()
        assert refinements.changes(dossier, refined) == []
        assert first is None or dossier.received_need == first
        own = {was, dossier.contact_id}
    after = rows(database)
    differ = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    allowed = {"version", "active_at", *(name for part in changed for name in CELLS.get(part, ()))}
    about_contact = {NeedPart.SERVICE, NeedPart.EMAIL, NeedPart.SOURCE, NeedPart.CONSENT} & set(
        changed
    )
    for table, key, name in differ:
        if table == "dossiers":
            assert key == identifier
            assert name in allowed or (name == "contact_id" and about_contact), name
        else:
            assert table == "contacts" and key in own and about_contact, (table, name)
