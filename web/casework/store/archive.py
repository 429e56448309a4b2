"""The file of a backup: a zip archive of the copy of a base, and a manifest to check it by.

A base of PostgreSQL is copied by its own tools, `pg_dump` and `pg_restore`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue import files

from .database import Database

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
class BackupManifest:
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


def read_manifest(path: Path) -> BackupManifest:
    """Read the manifest of a backup, its copy unchecked.

    Raises
    ------
    BackupError
        When the file is no backup.
    """
    try:
        with files.opened(path) as file, zipfile.ZipFile(file) as archive:
            found = BackupManifest(**json.loads(archive.read(MANIFEST)))
            if found.kind not in COPIES:
                raise ValueError(found.kind)
            return found
    except (*UNREADABLE, files.NotAFile) as error:
        raise BackupError(f"« {path} » n’est pas une sauvegarde, ou elle est abîmée.") from error


def unpacked(path: Path, folder: Path) -> tuple[BackupManifest, Path]:
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


class ToolError(RuntimeError):
    """A tool that is missing or failed; the message is French."""


def postgresql_dump(database: Database, path: Path, snapshot: str) -> None:
    """Copy a database, as a transaction under way sees it.

    Raises
    ------
    ToolError
        When `pg_dump` is missing, or fails.
    """
    options = ["--format=custom", f"--snapshot={snapshot}", f"--file={path}"]
    _run("pg_dump", database, *options, "--no-owner", "--no-acl", "--schema=public")


def postgresql_restore(database: Database, path: Path) -> None:
    """Put a copy into a base that holds nothing, all of it in one transaction.

    Raises
    ------
    ToolError
        When `pg_restore` is missing or fails.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    _run("pg_restore", database, *options, "--schema=public", str(path))


def _run(name: str, database: Database, *arguments: str) -> None:
    url = database.url.set(drivername="postgresql", password=None)
    environment = {**os.environ}
    if database.url.password:
        # Other users of the machine may read the arguments of a command.
        environment["PGPASSWORD"] = str(database.url.password)
    command = [_tool(name), f"--dbname={url.render_as_string()}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["sans explication"]
        raise ToolError(f"{name} a échoué, rien n’est changé : {said[0]}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolError(
            f"Il manque {name} : installez le client de PostgreSQL (paquet postgresql-client), "
            "de la version du serveur ou plus récent."
        )
    return found
