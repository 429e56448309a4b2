"""The database: what its transactions keep, what it says when it is down, who came too late."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from casework import NEED
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from web.casework import audit
from web.casework.dossiers import dossiers
from web.casework.dossiers.dossiers import Stale, UnknownDossier
from web.casework.dossiers.inbox import Inbox, Request, RequestKind
from web.casework.states import State
from web.casework.store.database import BUSY_MS, Database, Unavailable
from web.casework.store.tables import Contact, Dossier

NOBODY = "postgresql://maillage@127.0.0.1:1/absente"
"""A server that does not listen."""


@pytest.fixture
def reference(database: Database) -> str:
    """A dossier that was just received."""
    return Inbox(database).receive(Request(RequestKind.INTRODUCTION, "jeton", NEED))


def state(database: Database, reference: str) -> tuple[str, int]:
    with database.reading() as session:
        dossier = dossiers.find(session, reference)
        return dossier.state, dossier.version


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["reading", "writing", "single"])
def test_every_connection_of_sqlite_waits_its_turn_and_keeps_what_it_acknowledged(
    database: Database, kind: str
) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "busy_timeout": BUSY_MS,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    opened = database.single.connect if kind == "single" else getattr(database, kind)
    with opened() as session:
        found = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found == wanted


def test_postgresql_is_spoken_to_by_the_driver_that_is_installed() -> None:
    assert Database("postgresql://maillage@serveur/base").url.drivername == "postgresql+psycopg"


def test_what_people_wrote_is_in_no_message_of_an_error(database: Database) -> None:
    with database.writing() as session, pytest.raises(DBAPIError) as told:
        session.execute(text("SELECT :address FROM nulle_part"), {"address": "mairie@ville.fr"})
    assert "mairie@ville.fr" not in str(told.value)


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database, reference: str) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        dossier = dossiers.to_change(session, reference, 1)
        dossiers.move(session, dossier, State.OPEN, None)
        session.flush()
        raise RuntimeError
    assert state(database, reference) == ("recu", 1)
    with database.reading() as session:
        assert len(audit.history(session, reference)) == 1


def test_who_reads_sees_one_state_from_the_start_to_the_end(
    database: Database, reference: str
) -> None:
    with database.reading() as session:
        asked = select(Dossier.state).where(Dossier.reference == reference)
        before = session.scalar(asked)
        with ThreadPoolExecutor(1) as other:
            other.submit(opened, database, reference).result()
        assert session.scalar(asked) == before
    assert state(database, reference) == ("en_cours", 2)


def opened(database: Database, reference: str, version: int | None = 1) -> None:
    """Move a dossier as somebody who read `version` of it."""
    with database.writing() as session:
        dossier = dossiers.to_change(session, reference, version)
        dossiers.move(session, dossier, State.OPEN, None)


def test_who_saves_an_older_version_is_told_and_overwrites_nothing(
    database: Database, reference: str
) -> None:
    opened(database, reference)
    with pytest.raises(Stale, match="Rien n’a été écrasé"), database.writing() as session:
        dossier = dossiers.to_change(session, reference, 1)
        dossiers.move(session, dossier, State.CLOSED, None, "doublon")
    assert state(database, reference) == ("en_cours", 2)


def test_an_unknown_dossier_is_not_changed(database: Database) -> None:
    with pytest.raises(UnknownDossier), database.writing() as session:
        dossiers.to_change(session, "MR-AAAA-AAAA-AAAA", None)


def test_of_many_who_save_the_same_version_at_once_one_does(
    database: Database, reference: str
) -> None:
    start = threading.Barrier(6)

    def save(_: int) -> bool:
        start.wait()
        try:
            opened(database, reference)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(save, range(6))) == [False] * 5 + [True]
    assert state(database, reference) == ("en_cours", 2)
    with database.reading() as session:
        assert len(audit.history(session, reference)) == 2
        assert audit.verify(session).broken == ()


# What is said when it does not answer


@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_a_server_that_does_not_listen_is_unavailable(kind: str) -> None:
    with pytest.raises(Unavailable), getattr(Database(NOBODY), kind)() as session:
        session.execute(text("SELECT 1"))


@pytest.mark.parametrize("kind", ["reading", "writing"])
@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_cannot_be_read_is_unavailable(
    tmp_path: Path, kind: str, content: bytes
) -> None:
    path = tmp_path / "base.sqlite"
    if content:
        path.write_bytes(content)
    else:
        path.mkdir()
    with pytest.raises(Unavailable), getattr(Database(f"sqlite:///{path}"), kind)() as session:
        session.execute(text("SELECT 1 FROM sqlite_master"))


def test_who_waits_too_long_for_a_turn_is_told_that_it_is_unavailable(
    database: Database, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.casework.store.database.BUSY_MS", 50)
    hurried = Database(database.url.render_as_string(hide_password=False))
    with database.writing() as session:
        dossiers.to_change(session, reference, 1)
        with pytest.raises(Unavailable):
            opened(hurried, reference)
    opened(hurried, reference, 2)
    assert state(database, reference) == ("en_cours", 3)
    hurried.engine.dispose()


def test_a_broken_rule_stays_our_fault(database: Database, reference: str) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        found = dossiers.find(session, reference)
        session.execute(
            text("UPDATE dossiers SET contact_id = 999 WHERE id = :id"), {"id": found.id}
        )
    with database.reading() as session:
        assert session.scalars(select(Contact)).one()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_wrong_statement_of_postgresql_stays_our_fault(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.execute(text("SELECT licorne"))
