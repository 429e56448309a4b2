"""The schema: migrations make the tables of the code, once, and another schema is refused."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from casework import NEED
from postgresql import Server
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from web.casework.dossiers import dossiers
from web.casework.dossiers.inbox import Inbox, Request, RequestKind
from web.casework.store import schema
from web.casework.store.database import Database, Unavailable
from web.casework.store.tables import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind in which nothing was ever made."""
    if request.param == "sqlite":
        opened, running = Database(f"sqlite:///{tmp_path / 'a' / 'maillage.sqlite'}"), None
    else:
        running = request.getfixturevalue("postgresql")
        assert isinstance(running, Server)
        opened = Database(running.new_base())
    yield opened
    opened.engine.dispose()
    if running:
        running.drop(opened.url.render_as_string(hide_password=False))


def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_table_that_no_migration_makes_would_be_seen(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata)


def test_upgrading_again_changes_nothing_and_keeps_what_is_there(database: Database) -> None:
    reference = Inbox(database).receive(Request(RequestKind.INTRODUCTION, "jeton", NEED))
    schema.upgrade(database)
    schema.check(database)
    with database.reading() as session:
        assert dossiers.find(session, reference).need == NEED["besoin"]


def test_processes_that_upgrade_together_upgrade_once(empty: Database) -> None:
    url = empty.url.render_as_string(hide_password=False)
    processes = get_context("fork")
    start, ended = processes.Barrier(3), []

    def upgrade() -> None:
        start.wait()
        schema.upgrade(Database(url))

    together = [processes.Process(target=upgrade) for _ in range(3)]
    for process in together:
        process.start()
    for process in together:
        process.join(60)
        ended.append(process.exitcode)
    assert ended == [0, 0, 0]
    schema.check(empty)
    assert set(inspect(empty.engine).get_table_names()) == {
        *Base.metadata.tables,
        "alembic_version",
    }


def test_an_empty_database_is_refused_until_it_is_upgraded(empty: Database) -> None:
    if empty.file:
        empty.file.parent.mkdir()
    with pytest.raises(schema.WrongSchema, match="schéma vide"):
        schema.check(empty)
    schema.upgrade(empty)
    schema.check(empty)


def test_the_database_of_a_newer_code_is_refused_in_french(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.WrongSchema, match="La base est au schéma 9999, ce code attend"):
        schema.check(database)


@pytest.mark.parametrize("change", ["UPDATE audit SET subject = 'x'", "DELETE FROM audit"])
def test_the_audit_log_refuses_to_be_changed(database: Database, change: str) -> None:
    Inbox(database).receive(Request(RequestKind.INTRODUCTION, "jeton", NEED))
    with pytest.raises(DBAPIError, match="append only"), database.engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_the_file_and_its_journal_are_for_their_owner_only(empty: Database) -> None:
    schema.upgrade(empty)
    assert empty.file
    assert stat.S_IMODE(empty.file.parent.stat().st_mode) == 0o700
    with empty.writing() as session:
        session.execute(text("DELETE FROM notes"))
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in empty.file.parent.iterdir()
        }
    assert set(modes) == {"maillage.sqlite", "maillage.sqlite-wal", "maillage.sqlite-shm"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("act", [schema.upgrade, schema.check])
def test_a_server_that_does_not_listen_is_unavailable(act: object) -> None:
    assert callable(act)
    with pytest.raises(Unavailable):
        act(Database("postgresql://maillage@127.0.0.1:1/absente"))


def test_a_base_that_holds_dossiers_gains_what_was_typed(database: Database) -> None:
    reference = Inbox(database).receive(Request(RequestKind.INTRODUCTION, "jeton", NEED))
    with database.engine.begin() as connection:
        for index in (
            "ix_accounts_feed",
            "ix_dossiers_imported",
            "ix_dossiers_same_as",
            "ix_dossiers_back_at",
            "ix_contacts_telephone",
        ):
            connection.execute(text(f"DROP INDEX {index}"))
        later = ("structure_memories", "answer_links", "voices", "parties")
        past = ("past_cases", "past_introductions", "attachments", "saved_views")
        for table in ("seen", "held", *later, *past, "opinions", "impressions"):
            connection.execute(text(f"DROP TABLE {table}"))
        for table, column in (
            ("dossiers", "typed"),
            ("dossiers", "places"),
            ("proposals", "typed"),
            ("dossiers", "heard"),
            ("contacts", "telephone"),
            *(("accounts", name) for name in ("away_from", "away_until", "stand_in", "feed")),
            *(("dossiers", name) for name in ("imported", "same_as", "back_at", "back_line")),
            *(("introductions", name) for name in ("meeting_at", "meeting_place")),
            *(("introductions", name) for name in ("later_on", "agreed_at", "told_at")),
            *(("introductions", name) for name in ("contacted", "useful")),
        ):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(schema.WrongSchema, match="La base est au schéma 0001"):
        schema.check(database)
    schema.upgrade(database)
    schema.check(database)
    with database.reading() as session:
        found = dossiers.find(session, reference)
        assert (found.need, found.typed, found.places) == (NEED["besoin"], None, None)
