"""The inbox of the site: whole or not at all, once however often it is sent, on both databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from casework import NEED
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers.inbox import Inbox, InboxUnavailable, Request, RequestKind
from web.casework.store import schema
from web.casework.store.database import Database
from web.casework.store.tables import AuditEntry, Contact, Dossier, Proposal
from web.settings.table import default_folder

REFERENCE = re.compile(r"(MR|PR|CO)(-[A-Z2-7]{4}){3}")
CORRECTION = {"titre": "L’Établi", "description": "Le siège a changé.", "courriel": None}
ONE = Request(RequestKind.INTRODUCTION, "jeton", NEED)
PROPOSED = Request(RequestKind.CORRECTION, "jeton", CORRECTION)


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database)


def counted(database: Database) -> tuple[int, int, int, int]:
    """Dossiers, proposals, contacts and rows of the audit log."""
    with database.reading() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).select_from(table))
            for table in (Dossier, Proposal, Contact, AuditEntry)
        )


def test_a_need_becomes_a_dossier_its_contact_and_a_line_of_the_log(
    inbox: Inbox, database: Database
) -> None:
    reference = inbox.receive(ONE)
    assert counted(database) == (1, 0, 1, 1)
    with database.reading() as session:
        dossier = session.scalars(select(Dossier)).one()
        assert (dossier.reference, dossier.need) == (reference, NEED["besoin"])
        assert dossier.contact and dossier.contact.email == NEED["courriel"]
        assert dossier.contact.consent_at is not None
        (line,) = audit.history(session, reference)
        assert line.action == Action.DOSSIER_RECEIVED
        kept = f"{line.subject} {line.details}"
        assert not any(str(NEED[name]) in kept for name in ("courriel", "service", "besoin"))


def test_without_consent_none_is_written_down(inbox: Inbox, database: Database) -> None:
    inbox.receive(Request(RequestKind.INTRODUCTION, "jeton", {**NEED, "accord": False}))
    with database.reading() as session:
        assert session.scalars(select(Contact)).one().consent_at is None


@pytest.mark.parametrize("email", [None, "elus@ville.fr"])
def test_a_proposal_keeps_its_address_apart_from_its_content(
    inbox: Inbox, database: Database, email: str | None
) -> None:
    reference = inbox.receive(
        Request(RequestKind.CORRECTION, "jeton", {**CORRECTION, "courriel": email})
    )
    with database.reading() as session:
        proposal = session.scalars(select(Proposal)).one()
        assert (proposal.reference, proposal.kind) == (reference, "correction")
        assert proposal.content == {k: CORRECTION[k] for k in ("titre", "description")}
        assert (proposal.contact.email if proposal.contact else None) == email
        assert session.scalars(select(AuditEntry)).one().subject == reference


def test_by_default_the_database_is_outside_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[1]
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert root not in default_folder().resolve().parents
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/donnees")
    assert default_folder() == Path("/srv/donnees/maillage")


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One base for all the examples of a property."""
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('boite') / 'base.sqlite'}")
    schema.upgrade(opened)
    yield opened
    opened.engine.dispose()


@settings(max_examples=60)
@given(
    st.sampled_from([RequestKind.PROJECT, RequestKind.CORRECTION]),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])).filter(lambda name: name != "courriel"),
        st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])),
    ),
)
def test_a_reference_can_be_read_over_the_telephone_and_is_always_the_same(
    sqlite: Database, kind: RequestKind, token: str, content: dict[str, object]
) -> None:
    inbox = Inbox(sqlite)
    reference = inbox.receive(Request(kind, token, content))
    assert REFERENCE.fullmatch(reference)
    before = counted(sqlite)
    assert inbox.receive(Request(kind, token, content)) == reference
    assert counted(sqlite) == before


@pytest.mark.parametrize(
    "other",
    [
        Request(RequestKind.PROJECT, "jeton", CORRECTION),
        Request(RequestKind.CORRECTION, "autre", CORRECTION),
        Request(RequestKind.CORRECTION, "jeton", {**CORRECTION, "titre": "L'Établi"}),
        ONE,
    ],
)
def test_another_request_has_another_reference(
    inbox: Inbox, database: Database, other: Request
) -> None:
    assert inbox.receive(PROPOSED) != inbox.receive(other)
    dossiers, proposals, _, _ = counted(database)
    assert dossiers + proposals == 2


def test_what_an_adviser_changed_is_never_written_over(inbox: Inbox, database: Database) -> None:
    reference = inbox.receive(ONE)
    with database.writing() as session:
        session.scalars(select(Dossier)).one().state = "en_cours"
    assert inbox.receive(ONE) == reference
    with database.reading() as session:
        assert session.scalars(select(Dossier)).one().state == "en_cours"
    assert counted(database) == (1, 0, 1, 1)


@pytest.mark.parametrize("request_", [ONE, PROPOSED], ids=["dossier", "proposition"])
def test_the_same_request_from_many_at_once_is_kept_once(
    inbox: Inbox, database: Database, request_: Request
) -> None:
    start = threading.Barrier(8)

    def send(_: int) -> str:
        start.wait()
        return inbox.receive(request_)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    dossiers, proposals, _, lines = counted(database)
    assert (dossiers + proposals, lines) == (1, 1)


@pytest.mark.parametrize("request_", [ONE, PROPOSED], ids=["dossier", "proposition"])
def test_what_fails_at_the_last_moment_leaves_nothing_half_written(
    inbox: Inbox, database: Database, request_: Request
) -> None:
    def failing(session: Session) -> None:
        session.flush()
        raise RuntimeError

    event.listen(Session, "before_commit", failing)
    try:
        with pytest.raises(RuntimeError):
            inbox.receive(request_)
    finally:
        event.remove(Session, "before_commit", failing)
    assert counted(database) == (0, 0, 0, 0)
    assert inbox.receive(request_)


def test_half_a_character_is_refused_and_nothing_is_stored(
    inbox: Inbox, database: Database
) -> None:
    with pytest.raises(InboxUnavailable):
        inbox.receive(
            Request(RequestKind.INTRODUCTION, "jeton", {**NEED, "besoin": "une \ud800 halle"})
        )
    assert counted(database) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "url", ["sqlite:////dev/null/base.sqlite", "postgresql://maillage@127.0.0.1:1/absente"]
)
def test_a_database_that_does_not_answer_is_said(url: str) -> None:
    with pytest.raises(InboxUnavailable):
        Inbox(Database(url)).receive(ONE)


def test_a_locked_sqlite_is_said_once_the_wait_is_over(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.casework.store.database.BUSY_MS", 50)
    hurried = Database(str(sqlite.url))
    request = Request(RequestKind.INTRODUCTION, "attente", NEED)
    with sqlite.writing() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(InboxUnavailable):
            Inbox(hurried).receive(request)
    assert Inbox(hurried).receive(request)
    hurried.engine.dispose()
