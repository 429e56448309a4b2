"""What a kill may leave of a backup or a restoration: a mark, and folders with a clear copy.

The mark of a restoration is made before its first change and removed after the last, so that no
site opens on half a base: a table of PostgreSQL, which the restored rows share a base with, or a
file beside that of SQLite. A folder is held while it serves, and tidied when nobody holds it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from .database import Database, told

TABLE = "restauration_en_cours"
"""The mark in a base of PostgreSQL."""
SUFFIX = ".restauration-en-cours"
"""End of the name of the mark beside a file of SQLite."""
FORMER = "maillage_avant_restauration"
"""Schema where earlier code put aside what the base held: it may still wait there."""
LOCK = 0x6D616972
"""Number of PostgreSQL's advisory lock: one restoration at a time."""
WORKING = ".sauvegarde-"
"""Start of the name of the folders where copies are made: what a kill leaves behind."""
YOUNG_SECONDS = 2.0
"""Seconds for which a folder that nobody holds may be one that was just made."""


class Unfinished(RuntimeError):
    """A restoration was cut off, or is under way; the message is French."""


def check(database: Database) -> None:
    """Refuse a base that a restoration did not finish.

    Raises
    ------
    Unfinished
        When the mark of a restoration is there.
    Unavailable
        When the database does not answer.
    """
    if database.file is not None:
        mark = mark_beside(database.file)
        if mark.exists():
            raise Unfinished(
                "Une restauration de la base est en cours, ou a été coupée. Relancez « python -m "
                "web.admin restauration » avec --remplacer. Pour garder la base telle qu’elle "
                f"était avant, supprimez « {mark} »."
            )
        return
    with told(), database.single.connect() as connection:
        check_postgresql(connection)


def check_postgresql(connection: Connection) -> None:
    """Refuse, as `check`, the base of a connection to PostgreSQL."""
    if FORMER in inspect(connection).get_schema_names():
        raise Unfinished(
            f"Une restauration passée a été coupée : le schéma {FORMER} tient ce que la base "
            "contenait. Ne supprimez rien : remettez-le à sa place (ALTER SCHEMA public RENAME TO "
            f"mis_de_cote ; ALTER SCHEMA {FORMER} RENAME TO public)."
        )
    if TABLE in inspect(connection).get_table_names():
        raise Unfinished(
            "Une restauration est en cours dans cette base, ou y a été coupée : elle n’est pas "
            "complète. Créez une base vide, restaurez-y la sauvegarde, puis supprimez celle-ci."
        )


def mark_beside(file: Path) -> Path:
    """Name of the mark beside a file of SQLite."""
    return file.with_name(f"{file.name}{SUFFIX}")


@contextmanager
def marked_beside(file: Path) -> Iterator[None]:
    """Mark the restoration of a file, which is whole before the block and after it.

    Raises
    ------
    Unfinished
        When another restoration is under way.
    """
    mark = mark_beside(file)
    handle = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unfinished("Une autre restauration de cette base est en cours.") from None
        os.fsync(handle)
        _sync(mark.parent)
        try:
            yield
        finally:  # one transaction: it took place, or nothing changed
            mark.unlink(missing_ok=True)
            _sync(mark.parent)
    finally:
        os.close(handle)


@contextmanager
def marked_base(database: Database) -> Iterator[None]:
    """Mark the restoration of an empty base of PostgreSQL; it is empty again when the block fails.

    Raises
    ------
    Unfinished
        When the base holds a table, or another restoration is under way.
    """
    with database.single.connect() as alone:
        taken = alone.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": LOCK})
        if not taken:
            raise Unfinished("Une autre restauration de cette base est en cours.")
        try:
            with _marked(database):
                yield
        finally:  # else the lock would stay with a connection that is lent again
            alone.scalar(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK})


@contextmanager
def _marked(database: Database) -> Iterator[None]:
    with database.engine.begin() as connection:
        held = inspect(connection).get_table_names()
        if held and held != [TABLE]:  # the mark alone: cut off before the first row came
            check_postgresql(connection)
            raise Unfinished(
                "Avec PostgreSQL, une sauvegarde ne se restaure que dans une base vide, pour ne "
                "rien perdre de celle-ci : créez-en une (createdb), restaurez-y, vérifiez, puis "
                "indiquez-la au site (MAILLAGE_DATABASE_URL)."
            )
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {TABLE} ()")
    try:
        yield
    except BaseException:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        raise
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {TABLE}")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def apart(database: Database) -> Iterator[Path]:
    """A folder for the clear copy, where the next start or backup looks for what a kill left."""
    place = place_of(database)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folder_in(place) as folder:
        yield folder


def place_of(database: Database) -> Path:
    """Where clear copies are: beside the file of SQLite, else where temporary files are."""
    return database.file.parent if database.file is not None else Path(tempfile.gettempdir())


@contextmanager
def folder_in(place: Path) -> Iterator[Path]:
    """A folder for its owner only; it is held, so that it is not taken for a leftover."""
    tidy(place)
    with tempfile.TemporaryDirectory(dir=place, prefix=WORKING) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield Path(name)
        finally:
            os.close(handle)


def tidy(place: Path) -> int:
    """Remove the copies that killed backups and restorations left in a folder; how many.

    Those of others, and those that are under way, stay.
    """
    removed = 0
    for left in place.glob(f"{WORKING}*"):
        with suppress(OSError):  # of somebody else, or gone meanwhile
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid != os.getuid():
                    continue
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(handle).st_mtime > YOUNG_SECONDS:
                    shutil.rmtree(left)
                    removed += 1
            finally:
                os.close(handle)
    return removed


def put_in_place(made: Path, path: Path) -> None:
    """Give the name once the whole file is on the disk."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
