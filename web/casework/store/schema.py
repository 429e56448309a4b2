"""The schema of the database: brought up to date by Alembic, never by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from . import unfinished
from .database import BEGIN, IMMEDIATE, Database, told

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x6D616973
"""Number of PostgreSQL's advisory lock: two processes that start together upgrade once."""


class WrongSchema(RuntimeError):
    """The database is older or newer than the code, or half restored; the message is French."""


def upgrade(database: Database, *, restoring: bool = False) -> None:
    """Bring a database to the schema of this code, all steps or none.

    Parameters
    ----------
    restoring : bool
        Whether the restoration that marked the base asks for it.

    Raises
    ------
    WrongSchema
        When a restoration of the base was cut off, or is under way.
    Unavailable
        When the database does not answer.
    """
    if not restoring:
        _check_finished(database)
    if database.file is not None:
        prepare(database.file)
    if found(database) == wanted():
        return  # and no writer had to wait for a site that starts
    with told(), _connected(database) as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # the other may take its time
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def prepare(file: Path) -> None:
    """Make the file of SQLite: it holds addresses, and is for its owner only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)


def found(database: Database) -> str | None:
    """Revision of the schema of a database; None when it has no table yet.

    Raises
    ------
    Unavailable
        When the database does not answer.
    """
    with told(), database.single.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def wanted() -> str:
    """Revision of the schema of this code."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def tables(connection: Connection) -> frozenset[str]:
    """Names of the tables of a database."""
    return frozenset(inspect(connection).get_table_names())


def check(database: Database) -> None:
    """Refuse a database of another schema.

    Raises
    ------
    WrongSchema
        When it has to be upgraded, comes from a newer code, or was not restored whole.
    Unavailable
        When the database does not answer.
    """
    _check_finished(database)
    revision = found(database)
    if revision != wanted():
        raise WrongSchema(
            f"La base est au schéma {revision or 'vide'}, ce code attend {wanted()} : lancez "
            "« python -m web.admin base maj » (après une sauvegarde)."
        )


def _check_finished(database: Database) -> None:
    try:
        unfinished.check(database)
    except unfinished.Unfinished as error:
        raise WrongSchema(str(error)) from error


def _connected(database: Database) -> Connection:
    return database.engine.execution_options(**{BEGIN: IMMEDIATE}).connect()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
