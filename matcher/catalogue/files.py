"""The one writer: files there whole or not at all, even when the machine stops or the disk is full.

With it, the two ways to be alone in a folder: to wait for the others, or to be told of them.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias

Buffer: TypeAlias = bytes | memoryview

TEMPORARY = ".ecriture-"
"""Start of the name of a file being written: what a killed run leaves behind."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Faults of the disk, not of the place that was named."""
MODE = 0o644
"""Who may read a file that was not there: everybody, and its owner writes it."""
PRIVATE = 0o600
"""Who may read what people told, or a key: its owner only."""
PATIENCE = 15.0
"""Seconds that a new run waits for the workers of a killed one to end their part."""


def embedded() -> Path:
    """Folder of the data that come with the code: an installed package has them beside itself."""
    root = Path(__file__).resolve().parents[2]
    installed = root / "maillage_data"
    return installed if installed.is_dir() else root / "data"


class Busy(RuntimeError):
    """Another run writes in this folder; the message is French."""


class NotAFile(OSError):
    """A pipe, a device, a socket or a folder stands where a file should."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EINVAL, "ce n’est pas un fichier ordinaire", str(path))


class TooLong(OSError):
    """A file is longer than what its reader takes."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(errno.EINVAL, f"plus de {limit} octets", str(path))


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file to read it, and nothing else: a pipe would hang who opens it.

    Raises
    ------
    NotAFile
        When it is a pipe, a device, a socket or a folder.
    OSError
        When it cannot be opened.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket is not opened at all
            raise NotAFile(path) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotAFile(path)
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def read(path: Path, limit: int) -> bytes:
    """The bytes of a regular file.

    Raises
    ------
    NotAFile, TooLong, OSError
        As `opened`; or it holds more than `limit` bytes.
    """
    with opened(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise TooLong(path, limit)
    return data


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds: SHA-256 in hexadecimal, bytes."""

    sha256: str
    size: int


def write(path: Path, chunks: Iterable[Buffer], mode: int | None = None) -> Written:
    """Write a file beside its place, to the disk, then put it in its place at once.

    A link stays a link.

    Parameters
    ----------
    mode : int or None
        Who may read it; None leaves a file that was there as it was.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written: the former file is as it was.
    """
    path = path.resolve()
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            if mode is None:
                mode = path.stat().st_mode & 0o777 if path.exists() else MODE
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the name that the manual of the system gives it
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108
        raise
    _sync_folder(path.parent)
    return Written(digest.hexdigest(), size)


def write_folder(folder: Path, contents: Iterable[tuple[str, Iterable[Buffer]]]) -> None:
    """Write a folder of files beside its place, then put it there at once.

    When somebody else made it meanwhile, theirs stays.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written: nothing is left of it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=TEMPORARY))
    try:
        for name, chunks in contents:
            write(beside / name, chunks)
        with suppress(OSError):
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Bring to the disk the names of a folder: without it, a power cut may lose a new name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def tidy(folder: Path) -> None:
    """Remove what killed runs were writing."""
    for path in folder.glob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keep the folder for this run; the system frees it however the run ends.

    Processes forked inside hold it too: those of a killed run end their part first.

    Raises
    ------
    Busy
        When another run still has it after `patience` seconds.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        limit = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= limit:
                    raise Busy(
                        f"Un autre traitement écrit déjà dans « {folder} » : attendez sa fin, "
                        "ou choisissez un autre dossier."
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes the files of `folder`, and keep them waiting meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # frees the lock, as would the death of this process


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
