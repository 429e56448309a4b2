"""A backup is only one once it was restored."""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql import Server
from sqlalchemy import inspect, select, text
from test_retention import fill, texts

from web import create_app
from web.casework import audit
from web.casework.dossiers import dossiers, refinements
from web.casework.store import archive, backup, schema, unfinished
from web.casework.store.archive import BackupError
from web.casework.store.database import Database
from web.casework.store.tables import Account, Dossier


@pytest.fixture
def empty(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A second database of the same kind, without a table."""
    if database.is_sqlite:
        url, server = f"sqlite:///{tmp_path / 'autre' / 'vide.sqlite'}", None
    else:
        server = request.getfixturevalue("postgresql")
        assert isinstance(server, Server)
        url = server.new_base()
    opened = Database(url)
    yield opened
    opened.engine.dispose()
    if server:
        server.drop(url)


def test_what_is_restored_is_what_was_there(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    reference = fill(database)
    path = tmp_path / "coffre" / "base.sauvegarde"
    made = backup.back_up(database, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert archive.read_manifest(path) == made
    assert made.rows["dossiers"] == made.rows["notes"] == made.rows["introductions"] == 1
    assert backup.restore(empty, path) == made
    assert texts(empty) == texts(database)
    schema.check(empty)
    with empty.writing() as session:  # it works on, and its log goes on
        dossier = dossiers.to_change(session, reference, None)
        author = session.scalars(select(Account)).one()
        refinements.add_note(session, dossier, author, "Après la restauration.")
    with empty.reading() as session:
        assert audit.verify(session, made.audit_seal).broken == ()
    with pytest.raises(Exception, match="append only"), empty.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


def emptied(database: Database) -> None:
    """Take away all that a base of PostgreSQL holds."""
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def tables_of(database: Database) -> list[str]:
    """Names of the tables of a base."""
    return inspect(database.engine).get_table_names()


@pytest.mark.parametrize("replace", [False, True])
def test_postgresql_restores_into_an_empty_base_only(
    database: Database, tmp_path: Path, replace: bool
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite replaces its file in one transaction")
    fill(database)
    backup.back_up(database, tmp_path / "s")
    before = texts(database)
    with pytest.raises(BackupError, match="que dans une base vide"):
        backup.restore(database, tmp_path / "s", replace=replace)
    assert texts(database) == before
    schema.check(database)


def test_no_site_opens_on_a_base_whose_restoration_was_cut_off(
    database: Database, empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill: the mark stays, and with it whatever came so far."""
    backup.back_up(database, tmp_path / "s")
    if empty.file is not None:
        schema.prepare(empty.file)
        unfinished.mark_beside(empty.file).touch()
    else:
        schema.upgrade(empty)
        with empty.engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE {unfinished.TABLE} ()"))
    before = tables_of(empty)
    for refused in (schema.check, schema.upgrade, lambda one: backup.back_up(one, tmp_path / "t")):
        with pytest.raises(schema.WrongSchema, match="a été coupée"):
            refused(empty)
    with pytest.raises(schema.WrongSchema, match="a été coupée"):
        create_app(config={"DATABASE_URL": url_of(empty), "KEYS": tmp_path / "cles.json"})
    assert tables_of(empty) == before
    assert not (tmp_path / "t").exists()
    if empty.is_sqlite:  # it is simply done again
        backup.restore(empty, tmp_path / "s", replace=True)
        schema.check(empty)
    else:
        with pytest.raises(BackupError, match="a été coupée"):
            backup.restore(empty, tmp_path / "s", replace=True)


def url_of(database: Database) -> str:
    """The URL of a database, for another process."""
    return database.url.render_as_string(hide_password=False)


def test_a_restoration_cut_off_before_its_first_row_is_done_again(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    if database.is_sqlite:
        pytest.skip("the mark of SQLite is beside its file")
    made = backup.back_up(database, tmp_path / "s")
    with empty.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {unfinished.TABLE} ()"))
    assert backup.restore(empty, tmp_path / "s") == made
    assert unfinished.TABLE not in tables_of(empty)
    schema.check(empty)


def test_two_restorations_at_a_time_are_not_begun(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    backup.back_up(database, tmp_path / "s")
    if empty.file is not None:
        schema.prepare(empty.file)
        under_way = unfinished.marked_beside(empty.file)
    else:
        under_way = unfinished.marked_base(empty)
    with under_way, pytest.raises(BackupError, match="Une autre restauration"):
        backup.restore(Database(url_of(empty)), tmp_path / "s")
    backup.restore(empty, tmp_path / "s")
    schema.check(empty)


def test_copies_that_kills_left_are_tidied_and_those_under_way_are_not(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporaire"))
    place, vault = unfinished.place_of(database), tmp_path / "coffre"
    for folder in (place, vault):
        left = folder / f"{unfinished.WORKING}abandon"
        left.mkdir(parents=True)
        (left / "base.sqlite").write_bytes(b"en clair")
        os.utime(left, (0, 0))
    young = place / f"{unfinished.WORKING}jeune"
    young.mkdir()
    with unfinished.folder_in(place) as held:
        os.utime(held, (0, 0))
        assert not (place / f"{unfinished.WORKING}abandon").exists()
        assert unfinished.tidy(place) == 0
        assert held.exists() and young.exists()
        backup.back_up(database, vault / "s")
        assert [path.name for path in vault.iterdir()] == ["s"]
    os.utime(young, (0, 0))
    create_app(config={"DATABASE_URL": url_of(database), "KEYS": tmp_path / "cles.json"})
    assert not list(place.glob(f"{unfinished.WORKING}*"))


def test_rows_are_not_lost_unless_that_is_said(database: Database, tmp_path: Path) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL restores into an empty base only")
    fill(database)
    path = tmp_path / "s"
    backup.back_up(database, path)
    fill(database, "deux")
    before = texts(database)
    with pytest.raises(BackupError, match="--remplacer"):
        backup.restore(database, path)
    assert texts(database) == before
    backup.restore(database, path, replace=True)
    with database.reading() as session:
        assert len(session.scalars(select(Dossier)).all()) == 1
        assert audit.verify(session).broken == ()


def test_a_backup_made_while_others_write_is_one_whole_state(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    fill(database)
    stop, written = threading.Event(), []

    def write(name: str) -> None:
        number = 0
        while not stop.is_set():
            written.append(fill(database, f"{name}{number}"))
            number += 1

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    try:
        manifests = [backup.back_up(database, tmp_path / f"s{n}") for n in range(3)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert written
    assert manifests[0].audit_rows < manifests[2].audit_rows
    for number, manifest in enumerate(manifests):
        if not empty.is_sqlite:
            emptied(empty)
        backup.restore(empty, tmp_path / f"s{number}", replace=True)
        assert manifest.audit_faults == 0
        with empty.reading() as session:
            assert audit.verify(session).seal == manifest.audit_seal
    with database.reading() as session:
        known = set(session.scalars(select(Dossier.reference)))
        assert set(written) <= known
        for manifest in manifests:
            assert audit.verify(session, manifest.audit_seal).broken == ()


def test_sqlite_is_restored_under_those_who_write(tmp_path: Path) -> None:
    """What is written after it is kept: the file is not exchanged under an open connection."""
    database = Database(f"sqlite:///{tmp_path / 'm.sqlite'}")
    schema.upgrade(database)
    fill(database)
    backup.back_up(database, tmp_path / "s")
    stop, faults = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            try:
                fill(database, f"w{number}")
            except Exception as error:
                faults.append(error)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            backup.restore(database, tmp_path / "s", replace=True)
    finally:
        stop.set()
        writer.join()
    last = fill(database, "dernier")
    database.engine.dispose()
    reopened = Database(f"sqlite:///{tmp_path / 'm.sqlite'}")
    with reopened.reading() as session:
        assert dossiers.find(session, last)
        assert audit.verify(session).broken == ()
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    reopened.engine.dispose()
    # A dossier may vanish between its two transactions: it was in what is replaced.
    assert all(isinstance(error, dossiers.UnknownDossier) for error in faults)


def _changed(path: Path, **changes: object) -> Path:
    """The backup with another manifest."""
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(files[archive.MANIFEST])
    files[archive.MANIFEST] = json.dumps({**manifest, **changes}).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"audit_seal": "0" * 64},
        {"audit_rows": 99},
        {"rows": {}},
        {"revision": "9999"},
        {"sha256": "0" * 64},
        {"kind": "autre"},
        {"inconnu": 1},
    ],
)
def test_a_backup_that_is_not_what_it_says_changes_nothing(
    database: Database, empty: Database, tmp_path: Path, changes: dict[str, object]
) -> None:
    fill(database)
    path = tmp_path / "s"
    backup.back_up(database, path)
    fill(database, "deux")
    before = texts(database)
    changed = _changed(path, **changes)
    if not empty.is_sqlite:
        with pytest.raises(BackupError):
            backup.restore(empty, changed)
        assert tables_of(empty) == []
    with pytest.raises(BackupError):
        backup.restore(database, changed, replace=True)
    assert texts(database) == before
    with database.reading() as session:
        assert audit.verify(session).broken == ()
    schema.check(database)


def test_a_damaged_file_is_refused(database: Database, tmp_path: Path) -> None:
    fill(database)
    path = tmp_path / "s"
    backup.back_up(database, path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(archive.COPIES[archive.read_manifest(path).kind].encode()) + 60] ^= 0xFF
    locked = bytearray(whole)
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1  # the copy asks for a password
    packed = bytearray(whole)
    packed[whole.rindex(b"PK\x01\x02") + 10] = 99  # in a way that nobody knows
    endless = io.BytesIO()
    with zipfile.ZipFile(endless, "w") as deep:
        deep.writestr(archive.MANIFEST, "[" * 100_000)
    odd = (bytes(flipped), bytes(locked), bytes(packed), endless.getvalue())
    for content in (b"", b"rien", whole[: len(whole) // 2], b"x" + whole[1:2000], *odd):
        path.write_bytes(content)
        with pytest.raises(BackupError, match="abîmée"):
            backup.restore(database, path, replace=True)


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_no_backup_and_hangs_nobody(
    database: Database, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "s"
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(BackupError, match="n’est pas une sauvegarde"):
        backup.restore(database, path, replace=True)


def test_one_kind_does_not_restore_the_other(database: Database, tmp_path: Path) -> None:
    backup.back_up(database, tmp_path / "s")
    other = "postgresql" if database.is_sqlite else "sqlite"
    with pytest.raises(BackupError):
        backup.restore(database, _changed(tmp_path / "s", kind=other), replace=True)


def test_without_the_client_of_postgresql_a_sentence_says_so(
    database: Database, empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite needs no client")
    backup.back_up(database, tmp_path / "s")
    monkeypatch.setattr(archive.shutil, "which", lambda _name: None)
    with pytest.raises(BackupError, match="postgresql-client"):
        backup.back_up(database, tmp_path / "t")
    assert not (tmp_path / "t").exists()
    with pytest.raises(BackupError, match="postgresql-client"):
        backup.restore(empty, tmp_path / "s")
    assert tables_of(empty) == []


def test_what_an_earlier_version_put_aside_is_not_lost(database: Database, tmp_path: Path) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite restores in one transaction")
    fill(database)
    backup.back_up(database, tmp_path / "s")
    with database.engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {unfinished.FORMER}"))
    before = texts(database)
    for refused in (schema.check, schema.upgrade):
        with pytest.raises(schema.WrongSchema, match="Ne supprimez rien"):
            refused(database)
    with pytest.raises(BackupError, match="Ne supprimez rien"):
        backup.restore(database, tmp_path / "s", replace=True)
    assert texts(database) == before


def test_an_earlier_backup_stays_when_a_new_one_fails(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coffre" / "s"
    backup.back_up(database, path)
    first = path.read_bytes()

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(OSError, match="space"):
        backup.back_up(database, path)
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["s"]
