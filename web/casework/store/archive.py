"""The file of a backup: a zip archive of the copy of a base, and a manifest to check it by."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue import files

MANIFEST = "manifeste.json"
COPIES = {"sqlite": "base.sqlite", "postgresql": "base.dump"}
"""Name of the copy in the archive, by kind of database."""
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    RecursionError,  # a manifest that nests without end
    RuntimeError,  # an archive with a password, or packed in a way that is not ours
)
"""What an archive that is damaged, or is no backup, may raise when it is read."""


class BackupError(RuntimeError):
    """A backup that cannot be made or restored; nothing was changed. The message is French."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    kind : {"sqlite", "postgresql"}
    revision : str
        Of the schema.
    rows : mapping
        Rows by table.
    audit_rows, audit_seal, audit_faults
        The audit log: rows, last seal, and rows that were already broken.
    sha256 : str
        Of the copy, in hexadecimal.
    """

    kind: str
    made_at: str
    revision: str
    rows: Mapping[str, int]
    audit_rows: int
    audit_seal: str
    audit_faults: int
    sha256: str = ""


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a backup, its copy unchecked.

    Raises
    ------
    BackupError
        When the file is no backup.
    """
    try:
        with files.opened(path) as file, zipfile.ZipFile(file) as archive:
            found = Manifest(**json.loads(archive.read(MANIFEST)))
            if found.kind not in COPIES:
                raise ValueError(found.kind)
            return found
    except (*UNREADABLE, files.NotAFile) as error:
        raise BackupError(f"« {path} » n’est pas une sauvegarde, ou elle est abîmée.") from error


def unpacked(path: Path, folder: Path) -> tuple[Manifest, Path]:
    """Take the copy out of a backup into a folder, once it is what the manifest says.

    Raises
    ------
    BackupError
        When the file is no backup, or is damaged.
    """
    manifest = read_manifest(path)
    copy = folder / COPIES[manifest.kind]
    try:
        with (
            files.opened(path) as file,
            zipfile.ZipFile(file) as archive,
            archive.open(copy.name) as packed,
            copy.open("wb") as target,
        ):
            shutil.copyfileobj(packed, target)
    except UNREADABLE as error:
        raise BackupError(f"« {path} » est abîmée : la copie ne se lit pas.") from error
    if sha256(copy) != manifest.sha256:
        raise BackupError(f"« {path} » est abîmée : son empreinte n’est pas celle du manifeste.")
    return manifest, copy


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
