"""What an earlier version of the site stored is still there, and whole, under this one."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from postgresql import Server
from test_retention import ADDRESS

from web.casework import audit
from web.casework.dossiers import dossiers
from web.casework.store import backup, schema
from web.casework.store.database import Database
from web.casework.store.tables import Dossier

SCRIPTS = ScriptDirectory.from_config(schema._config())
FORMER = sorted(script.revision for script in SCRIPTS.walk_revisions())[:-1]
"""Every schema that a site may have had, but that of today."""
BACKUPS = sorted((Path(__file__).parent / "cases" / "sauvegardes").glob("*.sauvegarde"))
"""One made by the code of each schema: its base holds one dossier and all that goes with it."""
MOMENT = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
ROWS = 3
Held = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind in which nothing was ever made."""
    running = None
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'maillage.sqlite'}")
    else:
        running = request.getfixturevalue("postgresql")
        assert isinstance(running, Server)
        opened = Database(running.new_base())
    yield opened
    opened.engine.dispose()
    if running:
        running.drop(opened.url.render_as_string(hide_password=False))


def bring_to(database: Database, revision: str) -> None:
    """Make the tables as they were at a revision."""
    if database.file is not None:
        schema.prepare(database.file)
    with schema._connected(database) as connection, connection.begin():
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables_of(database: Database) -> list[sa.Table]:
    """The tables as they stand in the database, those that others name first."""
    found = sa.MetaData()
    found.reflect(database.engine)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def value_of(column: sa.Column[Any], number: int) -> Any:
    """Something that a column holds: another one in each row."""
    if column.foreign_keys:
        return number
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.JSON):
        return {"clé": [number, "é’\u202f;\n"]}
    if isinstance(kind, sa.DateTime | sa.TIMESTAMP):
        return MOMENT
    if isinstance(kind, sa.Date):
        return MOMENT.date()
    if isinstance(kind, sa.Float | sa.Numeric):
        return number + 0.5
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.LargeBinary):
        return bytes([number, 0, 255])
    return f"{number}é’"


def fill(database: Database) -> Held:
    """Put rows in every table, with a value in every column; give what was put."""
    held: Held = {}
    with database.engine.begin() as connection:
        for table in tables_of(database):
            rows = [
                {column.name: value_of(column, number) for column in table.columns}
                for number in range(1, ROWS + 1)
            ]
            connection.execute(table.insert(), rows)
            held[table.name] = rows
        if not database.is_sqlite:  # numbers were given by hand: those to come go on after them
            for table in held:
                connection.execute(
                    sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', column_name), {ROWS}) "
                        "FROM information_schema.columns WHERE column_name = 'id' "
                        f"AND table_name = '{table}' AND column_default LIKE 'nextval%'"
                    )
                )
    return held


@pytest.mark.parametrize("revision", FORMER)
def test_rows_of_a_former_schema_are_all_there_under_that_of_today(
    empty: Database, revision: str
) -> None:
    bring_to(empty, revision)
    with pytest.raises(schema.WrongSchema, match=f"au schéma {revision}"):
        schema.check(empty)
    held = fill(empty)
    assert set(held) >= {"accounts", "dossiers", "notes", "introductions", "audit"}
    schema.upgrade(empty)
    schema.check(empty)
    today = {table.name: table for table in tables_of(empty)}
    with empty.engine.connect() as connection:
        for name, rows in held.items():
            columns = [today[name].c[column] for column in rows[0] if column in today[name].c]
            assert len(columns) == len(rows[0]), name  # no column was dropped
            key = [column for column in today[name].primary_key.columns]
            found = connection.execute(sa.select(*columns).order_by(*key)).mappings().all()
            assert [plain(row) for row in found] == [plain(row) for row in rows], name


def plain(row: Any) -> str:
    """A row as text, whatever the database makes of a moment."""
    return json.dumps({name: str(_utc(value)) for name, value in row.items()}, sort_keys=True)


def _utc(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    return value


def test_there_is_a_backup_of_each_schema_that_a_site_had() -> None:
    """A version that is handed out with a new schema adds its own."""
    made = [backup.archive.read_manifest(path).revision for path in BACKUPS]
    assert made == [path.stem for path in BACKUPS]
    assert made == FORMER[: len(made)] and made[-1] >= "0008"


@pytest.mark.parametrize("path", BACKUPS, ids=lambda path: path.stem)
def test_a_backup_of_a_former_version_is_restored_whole(tmp_path: Path, path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'maillage.sqlite'}")
    manifest = backup.restore(database, Path(shutil.copy(path, tmp_path / "s")))
    schema.check(database)
    with database.reading() as session:
        found = backup.rows(session)
        assert {name: found[name] for name in manifest.rows} == manifest.rows
        (dossier,) = session.scalars(sa.select(Dossier)).all()
        assert ADDRESS.upper() in dossier.need and dossier.contact
        assert (dossier.commune, dossier.contact.email) == ("34142", ADDRESS)
        assert [note.text for note in dossier.notes] == [f"Répondu à {ADDRESS}."]
        (introduction,) = dossier.introductions
        assert introduction.to_commune == f"À {ADDRESS}"
        assert audit.verify(session, manifest.audit_seal).broken == ()
        reference = dossier.reference
    with database.writing() as session:  # and it works on
        dossiers.to_change(session, reference, None).typed = "Lodève"
    database.engine.dispose()


def test_the_stored_backups_are_small_and_hold_no_key() -> None:
    for path in BACKUPS:
        with zipfile.ZipFile(path) as packed:
            assert set(packed.namelist()) == {"manifeste.json", "base.sqlite"}
        assert path.stat().st_size < 20_000
