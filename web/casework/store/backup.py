"""Backups: one file that holds a whole database, and a manifest to check it by.

A zip archive of `manifeste.json` and of the copy: a database of SQLite made by its online backup,
or an archive of `pg_dump`. The keys of the site are not in it (see `keys`).
"""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from matcher.catalogue import french

from .. import audit, clock
from ..audit import Action
from ..letters import attachments
from ..persons import contacts, erasures, retention
from . import anchors, archive, schema, unfinished
from .archive import COPIES, MANIFEST, BackupError, BackupManifest
from .database import Database, Unavailable
from .tables import Base
from .vault import Vault, VaultError

NO_ROWS = ("roles",)
"""Tables whose rows alone do not make a database worth keeping."""
AGAIN = (
    (erasures.mask_again, "nom masqué", "noms masqués"),
    (attachments.remove_again, "pièce retirée", "pièces retirées"),
    (contacts.erase_again, "adresse effacée", "adresses effacées"),
)
"""What was taken away since a backup was made, and is when it is restored, as it is told."""


def back_up(database: Database, path: Path) -> BackupManifest:
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
    with unfinished.apart(database) as apart, unfinished.folder_in(path.parent) as folder:
        kind = "sqlite" if database.is_sqlite else "postgresql"
        copy = apart / COPIES[kind]
        if database.file is not None:
            _copy_sqlite(database.file, copy)
            with _opened(copy, database.vault) as copied, copied.reading() as session:
                manifest = _described(session, kind)
        else:
            manifest = _dump(database, copy)
        manifest = BackupManifest(**{**asdict(manifest), "sha256": archive.sha256(copy)})
        packed = folder / "sauvegarde.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as packing:
            packing.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2, ensure_ascii=False))
            packing.write(copy, copy.name)
        packed.chmod(0o600)
        unfinished.put_in_place(packed, path)
    anchors.add(database.vault, anchors.When.BACKUP, manifest.audit_rows, manifest.audit_seal)
    return manifest


def restore(
    database: Database,
    path: Path,
    *,
    replace: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> BackupManifest:
    """Put a backup in the place of what the database holds, all of it or nothing.

    An older backup is brought to the schema of this code. PostgreSQL takes one into an empty
    database only: what another one holds stays there, whatever happens.

    Parameters
    ----------
    replace : bool
        Whether rows that a database of SQLite already holds may be lost.
    tell : callable
        Told, in French, what was erased again: see `erasures`.

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
    with unfinished.apart(database) as folder:
        manifest, copy = archive.unpacked(path, folder)
        if (manifest.kind == "sqlite") != database.is_sqlite:
            raise BackupError(
                f"Cette sauvegarde vient de {manifest.kind} : elle ne peut être restaurée que là."
            )
        try:
            if database.file is not None:
                _restore_sqlite(database, copy, manifest, tell)
            else:
                with unfinished.marked_base(database):
                    archive.postgresql_restore(database, copy)
                    _check(database, manifest, tell)
        except (archive.ToolError, unfinished.Unfinished, VaultError) as error:
            raise BackupError(str(error)) from error
    with database.reading() as session:
        anchors.add(database.vault, anchors.When.RESTORATION, *anchors.last(session))
    return manifest


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)  # in one step: one consistent state, and writers go on
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside


def _restore_sqlite(
    database: Database, copy: Path, manifest: BackupManifest, tell: Callable[[str], None]
) -> None:
    """Check the copy, then copy it into the open database: those who use it need not stop."""
    with _opened(copy, database.vault) as copied:
        _check(copied, manifest, tell)
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


def _dump(database: Database, copy: Path) -> BackupManifest:
    try:
        with database.snapshot() as (session, name):
            manifest = _described(session, "postgresql")
            archive.postgresql_dump(database, copy, name)
    except archive.ToolError as error:
        raise BackupError(str(error)) from error
    return manifest


def _described(session: Session, kind: str) -> BackupManifest:
    found = audit.verify(session)
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    return BackupManifest(
        kind=kind,
        made_at=clock.now().isoformat(),
        revision=revision or "",
        rows=rows(session),
        audit_rows=found.rows,
        audit_seal=found.seal,
        audit_faults=len(found.faults),
    )


def _check(database: Database, manifest: BackupManifest, tell: Callable[[str], None]) -> None:
    """Refuse a copy that is not what its manifest says; then bring it to today.

    Its schema is that of this code, and what was erased since it was made is erased again.
    """
    try:
        with database.reading() as session:
            if database.is_sqlite and session.scalar(text("PRAGMA integrity_check")) != "ok":
                raise BackupError("La copie de la base est abîmée.")
            found = _described(session, manifest.kind)
    except Unavailable as error:
        raise BackupError("La copie de la base est abîmée.") from error
    # The faults of its log are told and not compared: the key, or an anchor, may be newer.
    for name in ("revision", "rows", "audit_rows", "audit_seal"):
        if getattr(found, name) != getattr(manifest, name):
            raise BackupError(f"La sauvegarde n’est pas ce que dit son manifeste ({name}).")
    schema.upgrade(database, restoring=True)
    with database.writing() as session:
        counts = [again(session, manifest.made_at) for again, *_ in AGAIN]
    if any(counts):
        retention.wipe(database)
    for count, (_, one, several) in zip(counts, AGAIN, strict=True):
        if count:
            told = french.counted(count, one, several)
            tell(f"{told} depuis cette sauvegarde : {told.split()[-1]} de nouveau.")


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


@contextmanager
def _opened(path: Path, vault: Vault | None) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}", vault)
    try:
        yield database
    finally:
        database.engine.dispose()
