"""The database: one URL, SQLite or PostgreSQL, and two kinds of transaction.

SQLite keeps one writer at a time: a transaction that will write says so at its start (`BEGIN
IMMEDIATE`) and waits its turn; one that had read first would be refused at once instead.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from .vault import Vault

BUSY_MS = 5000
"""Milliseconds for which a writer waits for its turn."""
BETWEEN_TRIES = (0.001, 0.01)
"""Seconds between two tries of a writer of SQLite, drawn: nobody keeps step with anybody."""
CONNECT_SECONDS = 3
"""Seconds after which a PostgreSQL that does not answer is taken to be down."""
RETRY_SECONDS = 5
"""When to come back, for who was told that the database is down."""
OF_THE_DATABASE = (DBAPIError, PoolTimeout)
"""Errors that are the database's, or that a wrong statement of ours provokes: see `is_down`."""
BEGIN = "maillage_begin"
"""Execution option: how a transaction of SQLite begins; None for single statements."""
IMMEDIATE = "BEGIN IMMEDIATE"
"""How a transaction begins that will write."""

VAULT = "vault"
"""Where a session keeps the vault of its base."""

T = TypeVar("T")


class Unavailable(Exception):
    """The database does not answer, or cannot write: nothing of the transaction was kept."""


class WrongUrl(ValueError):
    """An address of a database that we cannot read; the message is French."""


class Database:
    """An engine and its sessions.

    Parameters
    ----------
    url : str
        `sqlite:////folder/file.sqlite` or `postgresql+psycopg://user@host/name`;
        `postgresql://` is read as the latter.
    vault : Vault, optional
        What is kept outside of it; without one, the audit log is sealed without a key.

    Raises
    ------
    WrongUrl
        When it is neither.
    """

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        self.url, self.vault = _driven(url), vault
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # pysqlite's own waiting time is the busy timeout.
            options: dict[str, Any] = {"connect_args": {"timeout": BUSY_MS / 1000}}
        else:
            options = {
                "connect_args": {
                    "connect_timeout": CONNECT_SECONDS,
                    "tcp_user_timeout": CONNECT_SECONDS * 1000,  # a network that swallows
                    # Each waits its turn as on SQLite, and no longer: a page that waits for ever
                    # would take the place of others.
                    "options": f"{self.url.query.get('options', '')} -c lock_timeout={BUSY_MS}",
                },
                "pool_pre_ping": True,  # a server that restarted left dead connections behind
                "pool_timeout": RETRY_SECONDS,
            }
        # What people wrote stays out of the messages of errors, and so of the logs.
        self.engine = create_engine(self.url, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _set_up)
            event.listen(self.engine, "begin", _begin)
        # PostgreSQL would show each statement what others changed since the one before.
        reads: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reads = self.engine.execution_options(**{BEGIN: "BEGIN"}, **reads)
        self._writes = self.engine.execution_options(**{BEGIN: IMMEDIATE})
        self.single = self.engine.execution_options(isolation_level="AUTOCOMMIT", **{BEGIN: None})
        """For statements that each stand alone: it never holds a transaction open."""

    @property
    def file(self) -> Path | None:
        """The file of SQLite."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @property
    def _info(self) -> dict[Any, Any]:
        return {VAULT: self.vault}

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that reads one consistent state.

        Raises
        ------
        Unavailable
            When the database does not answer.
        """
        with told(), Session(self._reads, autoflush=False, info=self._info) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[tuple[Session, str]]:
        """Open a session of PostgreSQL that reads one state, and name it for other connections.

        Raises
        ------
        Unavailable
            When the database does not answer.
        """
        frozen = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with told(), Session(frozen, info=self._info) as session:
            yield session, str(session.scalar(text("SELECT pg_export_snapshot()")))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session whose changes are all kept at its end, or none of them.

        Raises
        ------
        Unavailable
            When the database does not answer, is full, or stays locked for `BUSY_MS`.
        """
        kept = Session(self._writes, expire_on_commit=False, info=self._info)
        with told(), kept as session, session.begin():
            yield session

    def keep(self, work: Callable[[Session], T]) -> T:
        """Do some work in a writing session; again where somebody stored the same meanwhile.

        Its second try finds what the other stored.

        Raises
        ------
        Unavailable
            As `writing`.
        """
        try:
            with self.writing() as session:
                return work(session)
        except IntegrityError:
            with self.writing() as session:
                return work(session)


def vault_of(session: Session) -> Vault | None:
    """What is kept outside of the base of a session."""
    found: Vault | None = session.info.get(VAULT)
    return found


@contextmanager
def told() -> Iterator[None]:
    """Say `Unavailable` for whatever keeps a database from answering.

    A fault of ours (a wrong statement, a broken rule) stays what it is.
    """
    try:
        yield
    except (*OF_THE_DATABASE, sqlite3.OperationalError) as error:
        if is_down(error):
            raise Unavailable(str(error)) from error
        raise


def is_down(error: Exception) -> bool:
    """Whether an error says that the database does not answer: a file damaged, a server away."""
    if isinstance(error, IntegrityError):
        return False
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError):
        return error.connection_invalidated or isinstance(error.orig, sqlite3.DatabaseError)
    return isinstance(error, (*OF_THE_DATABASE, sqlite3.OperationalError))


def _driven(text: str) -> URL:
    """The URL with the driver that we have."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        url = None
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    name = url.drivername.partition("+")[0] if url is not None else ""
    # A base in memory would be gone at the end of the command that made it.
    volatile = name == "sqlite" and url is not None and url.database in (None, "", ":memory:")
    if (
        url is None or volatile or name not in drivers
    ):  # the text may hold a password: it is not told
        raise WrongUrl(
            "Adresse de base illisible : sqlite:////dossier/fichier.sqlite ou "
            "postgresql://compte@machine/base attendu (MAILLAGE_DATABASE_URL)."
        )
    return url.set(drivername=drivers[name])


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # We say when a transaction begins: the driver would only at the first change.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a note that was acknowledged survives a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get(BEGIN, "BEGIN")
    if begin == IMMEDIATE:
        _take_turn(connection.connection.driver_connection)
    elif begin:
        connection.exec_driver_sql("BEGIN")


def _take_turn(connection: Any) -> None:
    """Begin a transaction that writes, as soon as the writer of the moment is done.

    Left to itself, SQLite sleeps longer and longer between two tries: of many writers, the one
    that waits longest tries least, and some are refused while others pass. Here all try alike.
    """
    end = time.monotonic() + BUSY_MS / 1000
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute(IMMEDIATE)
                return
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > end:
                    raise
            time.sleep(random.uniform(*BETWEEN_TRIES))
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
