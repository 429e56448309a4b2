"""What is erased is gone: after three years, or because somebody asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from casework import Space, sent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, String, Text, delete, func, select

from web.access import Role
from web.casework import audit, clock
from web.casework.dossiers import dossiers, refinements
from web.casework.dossiers.inbox import Inbox, Request, RequestKind
from web.casework.persons import contacts, retention, traces
from web.casework.store.database import Database
from web.casework.store.tables import (
    Account,
    Base,
    Choice,
    Contact,
    Dossier,
    Introduction,
    Note,
    Party,
    Proposal,
)

ADDRESS = "recyclerie@ville-exemple.fr"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def fill(database: Database, token: str = "un", address: str = ADDRESS, **fields: object) -> str:
    """A need whose address is quoted everywhere; gives its reference."""
    content = {
        "commune": "34142",
        "besoin": f"Ouvrir une recyclerie. Écrire à {address.upper()}, merci.",
        "themes": [],
        "themes_ecartes": [],
        "etape": None,
        "structures": [],
        "service": "Service urbanisme",
        "courriel": address,
        "accord": True,
        **fields,
    }
    reference = Inbox(database).receive(Request(RequestKind.INTRODUCTION, token, content))
    with database.writing() as session:
        author = session.scalar(select(Account).limit(1))
        if author is None:
            author = Account(
                email="lea@test.fr", name="Léa", fs_uniquifier="x", created_at=clock.now()
            )
            session.add(author)
            session.flush()
        dossier = dossiers.find(session, reference)
        refinements.add_note(session, dossier, author, f"Répondu à {address}.")
        dossier.choices.append(
            Choice(
                structure_id="cress-occitanie",
                verdict="gardee",
                position=1,
                comment=f"Voir {address}",
                weights={},
                catalogue="c",
                account_id=author.id,
                decided_at=clock.now(),
            )
        )
        dossier.introductions.append(
            Introduction(
                structure_id="cress-occitanie",
                step="preparee",
                to_commune=f"À {address}",
                to_structure=f"De {address}",
                account_id=author.id,
                prepared_at=clock.now(),
            )
        )
    return reference


def propose(database: Database, token: str = "p") -> str:
    """A project that quotes the address; gives its reference."""
    content = {"titre": "Halle", "texte": f"Écrire à {ADDRESS}", "courriel": ADDRESS}
    return Inbox(database).receive(Request(RequestKind.PROJECT, token, content))


def count(database: Database, model: type[Base]) -> int:
    """Rows of a table."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def bytes_of(database: Database) -> bytes:
    """All that the files of SQLite hold."""
    assert database.file is not None
    return b"".join(p.read_bytes() for p in database.file.parent.glob(f"{database.file.name}*"))


def texts(database: Database) -> str:
    """All that the tables hold."""
    with database.reading() as session:
        return json.dumps(
            [
                [str(value) for row in session.execute(select(table)) for value in row]
                for table in Base.metadata.sorted_tables
            ],
            ensure_ascii=False,
        )


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moment that casework takes for the present; its only item may be changed."""
    moment = [NOW]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


def test_three_years_after_its_last_activity_a_dossier_is_erased(
    database: Database, today: list[datetime]
) -> None:
    reference = fill(database)
    proposal = propose(database)
    today[0] = NOW.replace(year=2029)
    with database.writing() as session:
        assert not retention.erase_outdated(session)
    today[0] += timedelta(seconds=1)
    with database.reading() as session:
        told = retention.outdated(session)
    assert (told.dossiers, told.proposals, told.contacts) == ([reference], [proposal], 2)
    with database.writing() as session:
        assert retention.erase_outdated(session) == told
    for model in (Dossier, Note, Choice, Introduction, Contact):
        assert count(database, model) == 0
    with database.reading() as session:
        assert audit.verify(session).broken == ()
        (*_, last) = audit.history(session, reference)
        assert last.action == audit.Action.DOSSIER_ERASED
    assert ADDRESS not in texts(database).lower()
    with database.writing() as session:
        assert not retention.erase_outdated(session)


def test_what_was_worked_on_since_is_kept(database: Database, today: list[datetime]) -> None:
    old, kept = fill(database), fill(database, "deux")
    today[0] = NOW.replace(year=2028)
    with database.writing() as session:
        dossiers.to_change(session, kept, None)
    today[0] = NOW.replace(year=2030)
    with database.writing() as session:
        assert retention.erase_outdated(session).dossiers == [old]
    with database.reading() as session:
        dossier = dossiers.find(session, kept)
        assert dossier.contact is not None
        assert dossier.contact.email == ADDRESS
        assert len(dossier.notes) == 1


def test_an_erasure_is_told_for_ninety_days_the_oldest_first(
    database: Database, today: list[datetime]
) -> None:
    """A quarter before the third year is over: at the very second not yet, at the next one yes."""
    first = fill(database)
    today[0] += timedelta(days=1)
    second = fill(database, "deux")
    with database.writing() as session:
        dossiers.find(session, first).active_at = today[0] + timedelta(hours=1)
    for moment, told in (
        (datetime(2029, 8, 27, 12, tzinfo=UTC), []),
        (datetime(2029, 8, 27, 12, 0, 1, tzinfo=UTC), [second]),
        (datetime(2029, 8, 27, 13, 0, 1, tzinfo=UTC), [second, first]),
        (datetime(2029, 11, 26, tzinfo=UTC), [second, first]),
    ):
        today[0] = moment
        with database.reading() as session:
            assert [reference for reference, _ in retention.coming(session)] == told


def test_a_proposal_is_kept_three_years_from_its_decision_or_else_from_its_arrival(
    database: Database, today: list[datetime]
) -> None:
    waiting, decided, late = (propose(database, token) for token in ("p", "q", "r"))
    with database.writing() as session:
        for reference, days in ((decided, 10), (late, 11)):
            proposal = session.scalars(
                select(Proposal).where(Proposal.reference == reference)
            ).one()
            proposal.decided_at = NOW + timedelta(days=days)
    for days, gone in ((0, []), (1, [waiting]), (10, [waiting]), (11, [waiting, decided])):
        today[0] = NOW.replace(year=2029) + timedelta(days=days)
        with database.reading() as session:
            assert retention.outdated(session).proposals == gone
    assert late not in gone


def test_whom_to_answer_for_one_commune_goes_with_its_collective_dossier(
    database: Database, today: list[datetime]
) -> None:
    """Between two dossiers that stay, one goes: its contact goes too, and no other."""
    references = [fill(database, str(number), f"a{number}@ville.fr") for number in range(3)]
    with database.writing() as session:
        for number, reference in enumerate(references):
            one = Contact(email=f"partie{number}@ville.fr", source="essai", created_at=NOW)
            dossier = dossiers.find(session, reference)
            party = Party(commune="34142", wished=[], outcome="en_attente", joined_at=NOW)
            party.contact = one
            dossier.parties.append(party)
    today[0] = NOW.replace(year=2028)
    with database.writing() as session:
        for reference in (references[0], references[2]):
            dossiers.to_change(session, reference, None)
    today[0] = NOW.replace(year=2030)
    with database.writing() as session:
        assert retention.erase_outdated(session).dossiers == [references[1]]
    with database.reading() as session:
        left = session.scalars(select(Contact.email).order_by(Contact.email)).all()
    assert left == ["a0@ville.fr", "a2@ville.fr", "partie0@ville.fr", "partie2@ville.fr"]


def test_the_files_are_cleaned_whatever_the_base(database: Database) -> None:
    fill(database)
    assert retention.wipe(database) is True
    assert count(database, Dossier) == 1


def test_the_29th_of_february_has_a_limit_too(today: list[datetime]) -> None:
    today[0] = datetime(2028, 2, 29, 8, tzinfo=UTC)
    assert retention.limit() == datetime(2025, 2, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kept", "is_some"),
    [
        (retention.Outdated([], [], 0), False),
        (retention.Outdated(["D-1"], [], 0), True),
        (retention.Outdated([], ["P-1"], 0), True),
        (retention.Outdated([], [], 1), True),
    ],
)
def test_a_dossier_a_proposal_or_an_address_alone_is_something_to_erase(
    kept: retention.Outdated, is_some: bool
) -> None:
    assert bool(kept) is is_some


def test_nothing_is_told_of_a_base_where_nothing_is_old(database: Database) -> None:
    fill(database)
    with database.reading() as session:
        assert retention.outdated(session) == retention.Outdated([], [], 0)


def test_an_address_is_erased_wherever_it_stands(database: Database) -> None:
    reference, other = fill(database), fill(database, "deux", "autre@ville.fr")
    proposal = propose(database)
    with database.writing() as session:
        before = dossiers.find(session, reference).version
        erased = contacts.erase(session, ADDRESS.upper(), 1)
    # Need, note, comment, two briefs, text of the proposal.
    assert erased == contacts.Erased(2, 6)
    assert ADDRESS not in texts(database).lower()
    with database.reading() as session:
        dossier = dossiers.find(session, reference)
        assert dossier.need == "Ouvrir une recyclerie. Écrire à [adresse effacée], merci."
        assert dossier.version == before + 1  # who has it open would bring the address back
        assert dossier.contact is not None
        assert (dossier.contact.email, dossier.contact.service) == (None, None)
        assert dossier.contact.erased_at is not None
        assert contacts.known(session, "autre@ville.fr") == 6
        assert audit.verify(session).broken == ()
        for subject in (reference, proposal):
            assert audit.history(session, subject)[-1].action == audit.Action.CONTACT_ERASED
        assert audit.history(session, other)[-1].action != audit.Action.CONTACT_ERASED


@pytest.mark.parametrize("years", [0, 1, 2, 3, 30])
def test_what_is_known_of_an_address_is_erased_however_old_it_is(
    database: Database, today: list[datetime], years: int
) -> None:
    fill(database)
    today[0] = NOW.replace(year=NOW.year + years)
    with database.writing() as session:
        assert contacts.erase(session, ADDRESS, None).contacts == 1
    with database.reading() as session:
        (contact,) = session.scalars(select(Contact)).all()
        assert (contact.email, contact.service) == (None, None)
        assert contact.erased_at == today[0]
    assert ADDRESS not in texts(database).lower()


def test_a_contact_that_nothing_names_any_more_goes_when_its_time_comes_not_before(
    database: Database, today: list[datetime]
) -> None:
    """Of two alone, the older goes; one that a kept dossier names stays, however old."""
    reference = fill(database)
    with database.writing() as session:
        for day in (NOW, NOW + timedelta(days=2)):
            session.add(Contact(email="seul@ville.fr", source="essai", created_at=day))
    today[0] = NOW.replace(year=2028)
    with database.writing() as session:
        dossiers.to_change(session, reference, None)
    today[0] = NOW.replace(year=2029) + timedelta(days=1)
    with database.writing() as session:
        assert retention.erase_outdated(session, 7) == retention.Outdated([], [], 1)
    with database.reading() as session:
        assert len(session.scalars(select(Contact)).all()) == 2
        (entry,) = audit.history(session, "contact 2")
        assert (entry.account_id, entry.action) == (7, audit.Action.CONTACT_ERASED)
        assert json.loads(entry.details) == {"motif": "conservation"}


def test_every_text_of_the_tables_is_looked_at() -> None:
    """A table that somebody adds is looked at too, unless it is named as kept apart."""
    for table in Base.metadata.sorted_tables:
        holds_text = any(isinstance(c.type, String | Text | JSON) for c in table.columns)
        if holds_text and table.name not in traces.KEPT_APART:
            assert "id" in table.c, table.name


@given(st.sampled_from("abz.-+_1é"), st.sampled_from("abz-_1é"))
def test_a_longer_address_is_another_one(before: str, after: str) -> None:
    pattern = traces.Sought.of("a.b@ville.fr")
    for text in (f"{before}a.b@ville.fr", f"a.b@ville.fr{after}", "a.b@ville.fr.org"):
        assert pattern.taken_from(text) == text
    for text in ("<a.b@ville.fr>", "à a.b@ville.fr.", "A.B@VILLE.FR", "(a.b@ville.fr)"):
        assert "ville" not in pattern.taken_from(text).lower()
    nested = {"x": ["a.b@ville.fr", 3, None]}
    assert pattern.taken_from(nested) == {"x": [traces.ERASED, 3, None]}


@pytest.mark.parametrize(
    "stored", ["c@ville.fr;d@ville.fr", "Mairie <C@Ville.fr>", "mailto:c@ville.fr"]
)
def test_an_address_that_was_badly_stored_is_given_and_erased(
    database: Database, stored: str
) -> None:
    reference = fill(database, "un", stored)
    with database.writing() as session:
        found = contacts.export(session, "c@ville.fr", None)
        assert [dossier["reference"] for dossier in found["dossiers"]] == [reference]
        assert contacts.erase(session, "c@ville.fr", None).contacts == 1
    with database.reading() as session:
        assert session.scalars(select(Contact.email)).all() == [None]


def test_an_export_holds_all_that_is_known_of_an_address(database: Database) -> None:
    reference = fill(database)
    fill(database, "deux", "autre@ville.fr")
    proposal = propose(database)
    with database.writing() as session:
        found = contacts.export(session, ADDRESS, 1)
    assert [one["service"] for one in found["contacts"]] == ["Service urbanisme", None]
    assert [one["reference"] for one in found["dossiers"]] == [reference]
    assert [one["reference"] for one in found["propositions"]] == [proposal]
    assert len(found["autres_textes"]) == 6
    written = json.dumps(found, ensure_ascii=False)
    assert "autre@ville.fr" not in written
    with database.reading() as session:
        last = session.scalars(
            select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc())
        ).first()
        assert last is not None
        assert last.action == audit.Action.CONTACT_EXPORTED
        assert ADDRESS not in last.subject + last.details


def test_nothing_of_what_was_erased_stays_in_the_files(tmp_path: Path) -> None:
    """Rows of all sizes are changed and split over pages, then searched byte by byte."""
    from web.casework.store import schema

    database = Database(f"sqlite:///{tmp_path / 'maillage.sqlite'}")
    schema.upgrade(database)
    for number in range(60):
        words = "mot " * (number * 74 % 900)
        fill(database, f"a{number}", besoin=f"{words}{ADDRESS} {words}")
    with database.writing() as session:
        for note in session.scalars(select(Note).where(Note.id % 3 == 0)):
            note.text = f"{ADDRESS} " * 40 + note.text
    assert ADDRESS.encode() in bytes_of(database)
    with database.writing() as session:
        contacts.erase(session, ADDRESS, None)
    assert retention.wipe(database)
    assert ADDRESS.encode() not in bytes_of(database).lower()
    assert b"ville-exemple" not in bytes_of(database).lower()
    database.engine.dispose()


def test_a_base_that_somebody_reads_is_cleaned_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.casework.store import schema

    monkeypatch.setattr("web.casework.store.database.BUSY_MS", 200)  # it would wait five seconds
    database = Database(f"sqlite:///{tmp_path / 'maillage.sqlite'}")
    schema.upgrade(database)
    fill(database)
    with database.reading() as session:
        session.scalar(select(func.count()).select_from(Dossier))  # an old state is kept for it
        with database.writing() as writing:
            contacts.erase(writing, ADDRESS, None)
        assert not retention.wipe(database)
    with database.writing() as session:  # somebody else is in the middle of a change
        session.execute(delete(Note))
        assert not retention.wipe(database)
    assert retention.wipe(database)
    assert ADDRESS.encode() not in bytes_of(database).lower()
    database.engine.dispose()


def test_an_administrator_gives_and_erases_what_is_known(space: Space) -> None:
    client = space.client("zoe", Role.ADMIN)
    reference = space.receive()
    page = sent(client, "/espace/contacts", adresse="pas une adresse")
    assert page.status_code == 400
    assert "Une adresse s’écrit comme" in page.text
    assert "pas une adresse" in page.text
    assert "Rien ne porte" in sent(client, "/espace/contacts", adresse="x@y.fr").text
    assert "1 endroit" in sent(client, "/espace/contacts", adresse="mairie@ville.fr").text
    file = sent(client, "/espace/contacts/export", "/espace/contacts", adresse="mairie@ville.fr")
    assert file.mimetype == "application/json"
    assert json.loads(file.text)["dossiers"][0]["reference"] == reference
    fields = {"adresse": "mairie@ville.fr"}
    unsure = sent(client, "/espace/contacts/effacement", "/espace/contacts", **fields)
    assert unsure.status_code == 400
    assert "Cochez la case" in unsure.text
    done = sent(client, "/espace/contacts/effacement", "/espace/contacts", confirme="oui", **fields)
    assert done.status_code == 303
    assert "Adresse effacée" in client.get("/espace/contacts").text
    assert "mairie@ville.fr" not in texts(space.database)


def test_the_register_says_what_is_kept_and_for_how_long(space: Space) -> None:
    page = space.client("lea").get("/espace/registre").text
    assert "3 ans après la dernière activité" in page
    assert "Base légale" in page
