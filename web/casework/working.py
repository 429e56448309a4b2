"""Folders where a base is copied in clear: held while they serve, tidied when a kill left them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .store.database import Database

WORKING = ".sauvegarde-"
"""Start of the name of the folders where copies are made: what a kill leaves behind."""
YOUNG_SECONDS = 2.0
"""Seconds for which a folder that nobody holds may be one that was just made."""


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


def keep(made: Path, path: Path) -> None:
    """Give the name once the whole file is on the disk."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
