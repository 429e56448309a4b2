"""Backups: one file that holds a whole database, and a manifest to check it by.

A zip archive of `manifeste.json` and of the copy: a database of SQLite made by its online backup,
or an archive of `pg_dump`. The keys of the site are not in it (see `keys`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from .. import audit, clock, unfinished, working
from ..audit import Action
from . import postgresql, schema
from .database import Database, Unavailable
from .tables import Base

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
NO_ROWS = ("roles",)
"""Tables whose rows alone do not make a database worth keeping."""


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


def back_up(database: Database, path: Path) -> Manifest:
    """Copy a database while it is in use into one file, readable by its owner only.

    Raises
    ------
    BackupError
        When the tools of PostgreSQL are missing, or fail.
    Unavailable
        When the database does not answer.
    """
    schema.check(database)
    with database.writing() as session:
        audit.record(session, Action.EXPORT, None, "sauvegarde")
    path.parent.mkdir(parents=True, exist_ok=True)
    with working.apart(database) as apart, working.folder_in(path.parent) as folder:
        kind = "sqlite" if database.is_sqlite else "postgresql"
        copy = apart / COPIES[kind]
        if database.file is not None:
            _copy_sqlite(database.file, copy)
            with _opened(copy) as copied, copied.reading() as session:
                manifest = _described(session, kind)
        else:
            manifest = _dump(database, copy)
        manifest = Manifest(**{**asdict(manifest), "sha256": _sha256(copy)})
        packed = folder / "sauvegarde.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2, ensure_ascii=False))
            archive.write(copy, copy.name)
        packed.chmod(0o600)
        working.keep(packed, path)
    return manifest


def restore(database: Database, path: Path, *, replace: bool = False) -> Manifest:
    """Put a backup in the place of what the database holds, all of it or nothing.

    An older backup is brought to the schema of this code. PostgreSQL takes one into an empty
    database only: what another one holds stays there, whatever happens.

    Parameters
    ----------
    replace : bool
        Whether rows that a database of SQLite already holds may be lost.

    Raises
    ------
    BackupError
        When the backup is damaged, of another kind, or the database holds rows.
    Unavailable
        When the database does not answer.
    """
    if database.is_sqlite and not replace and _holds_rows(database):
        raise BackupError(
            "La base contient déjà des données. Pour les remplacer par la sauvegarde, ajoutez "
            "--remplacer (après une sauvegarde de ce qu’elle contient)."
        )
    with working.apart(database) as folder:
        manifest, copy = _unpacked(path, folder)
        if (manifest.kind == "sqlite") != database.is_sqlite:
            raise BackupError(
                f"Cette sauvegarde vient de {manifest.kind} : elle ne peut être restaurée que là."
            )
        try:
            if database.file is not None:
                _restore_sqlite(database, copy, manifest)
            else:
                with unfinished.marked_base(database):
                    postgresql.restore(database, copy)
                    _check(database, manifest)
        except (postgresql.ToolError, unfinished.Unfinished) as error:
            raise BackupError(str(error)) from error
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a backup, its copy unchecked.

    Raises
    ------
    BackupError
        When the file is no backup.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = Manifest(**json.loads(archive.read(MANIFEST)))
            if found.kind not in COPIES:
                raise ValueError(found.kind)
            return found
    except UNREADABLE as error:
        raise BackupError(f"« {path} » n’est pas une sauvegarde, ou elle est abîmée.") from error


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)  # in one step: one consistent state, and writers go on
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside


def _restore_sqlite(database: Database, copy: Path, manifest: Manifest) -> None:
    """Check the copy, then copy it into the open database: those who use it need not stop."""
    with _opened(copy) as copied:
        _check(copied, manifest)
    file = database.file
    assert file is not None
    schema.prepare(file)
    with (
        unfinished.marked_beside(file),
        closing(sqlite3.connect(copy)) as source,
        closing(sqlite3.connect(file)) as live,
    ):
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("PRAGMA synchronous=FULL")
        source.backup(live)  # one transaction of the database that is restored


def _dump(database: Database, copy: Path) -> Manifest:
    try:
        with database.snapshot() as (session, name):
            manifest = _described(session, "postgresql")
            postgresql.dump(database, copy, name)
    except postgresql.ToolError as error:
        raise BackupError(str(error)) from error
    return manifest


def _described(session: Session, kind: str) -> Manifest:
    found = audit.verify(session)
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    return Manifest(
        kind=kind,
        made_at=clock.now().isoformat(),
        revision=revision or "",
        rows=rows(session),
        audit_rows=found.rows,
        audit_seal=found.seal,
        audit_faults=len(found.broken),
    )


def _check(database: Database, manifest: Manifest) -> None:
    """Refuse a copy that is not what its manifest says; then bring it to today's schema."""
    try:
        with database.reading() as session:
            if database.is_sqlite and session.scalar(text("PRAGMA integrity_check")) != "ok":
                raise BackupError("La copie de la base est abîmée.")
            found = _described(session, manifest.kind)
    except Unavailable as error:
        raise BackupError("La copie de la base est abîmée.") from error
    for name in ("revision", "rows", "audit_rows", "audit_seal", "audit_faults"):
        if getattr(found, name) != getattr(manifest, name):
            raise BackupError(f"La sauvegarde n’est pas ce que dit son manifeste ({name}).")
    schema.upgrade(database, restoring=True)


def rows(session: Session) -> dict[str, int]:
    """Count rows by table, of those that the database has: an older one has fewer."""
    names = schema.tables(session.connection())
    return {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Base.metadata.sorted_tables
        if table.name in names
    }


def _holds_rows(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    with database.reading() as session:
        return any(count for name, count in rows(session).items() if name not in NO_ROWS)


def _unpacked(path: Path, folder: Path) -> tuple[Manifest, Path]:
    manifest = read_manifest(path)
    copy = folder / COPIES[manifest.kind]
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(copy.name) as packed,
            copy.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file)
    except UNREADABLE as error:
        raise BackupError(f"« {path} » est abîmée : la copie ne se lit pas.") from error
    if _sha256(copy) != manifest.sha256:
        raise BackupError(f"« {path} » est abîmée : son empreinte n’est pas celle du manifeste.")
    return manifest, copy


@contextmanager
def _opened(path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}")
    try:
        yield database
    finally:
        database.engine.dispose()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
