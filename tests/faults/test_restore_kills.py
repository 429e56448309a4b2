"""Backups and restorations that are killed (kill -9) leave the base as it was, whole, or refused.

Never a base that opens with half of the rows, nor a clear copy that nobody takes away.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from postgresql import Server
from sqlalchemy import inspect
from test_retention import fill, texts

from web.casework.store import archive, backup, schema, unfinished
from web.casework.store.database import Database

KILLS = 4
"""Kills at a random moment, by kind of database."""
LONGEST = 0.4
"""Seconds after which a restoration is killed at the latest."""
PLACES = {
    "avant": (archive, "postgresql_restore"),
    "verification": (backup, "_check"),
    "copie": (archive, "sha256"),
    "nom": (unfinished, "put_in_place"),
}
"""Where the work may be killed: what it calls there."""


@pytest.fixture(autouse=True)
def temporary(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place for temporary files of its own, once the server has its: what is left is ours."""
    (tmp_path / "temporaire").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporaire"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporaire"))


@pytest.fixture
def target(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of where to restore: of SQLite, a base with rows; of PostgreSQL, an empty one."""
    if database.is_sqlite:
        url = f"sqlite:///{tmp_path / 'autre' / 'base.sqlite'}"
        other = Database(url)
        schema.upgrade(other)
        fill(other, "autre")
        other.engine.dispose()
        yield url
        return
    server = request.getfixturevalue("postgresql")
    assert isinstance(server, Server)
    url = server.new_base()
    yield url
    server.drop(url)


def killed(work: Callable[[], object], where: str = "", after: float | None = None) -> bool:
    """Do some work in a process killed at a place, or after a while; whether it had ended before.

    A process of ours, copied: to read the libraries again takes seconds. It shares no connection.
    """
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            if where:
                owner, name = PLACES[where]
                setattr(owner, name, die)
            work()
            os._exit(0)
        os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert not where or code in (0, -signal.SIGKILL), f"not killed at its place: {code}"
    return code == 0  # one that is refused has not ended either


def die(*_arguments: object, **_named: object) -> None:
    """Kill who calls."""
    os.kill(os.getpid(), signal.SIGKILL)


def until_alone(url: str) -> None:
    """Wait until nobody else is connected to a base of PostgreSQL, nor about to be."""
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    opened = Database(url)
    with opened.single.connect() as connection:
        time.sleep(0.5)
        while connection.exec_driver_sql(others).scalar():
            time.sleep(0.05)
    opened.engine.dispose()


def restored(url: str, path: Path) -> None:
    """Restore a backup, as who runs the site does."""
    backup.restore(Database(url), path, replace=True)


def standing(url: str) -> str | None:
    """What a base holds for a site that starts; None when the site refuses it."""
    opened = Database(url)
    try:
        schema.check(opened)
        return texts(opened)
    except schema.WrongSchema:
        return None
    finally:
        opened.engine.dispose()


def test_a_restoration_killed_at_any_moment_leaves_no_half_base(
    database: Database, target: str, tmp_path: Path
) -> None:
    for number in range(30):
        fill(database, f"{number}", f"mairie{number}@ville.fr")
    backup.back_up(database, tmp_path / "s")
    whole, before = texts(database), standing(target)
    draw = random.Random(20261129)
    for _ in range(KILLS):
        database.engine.dispose()
        ended = killed(lambda: restored(target, tmp_path / "s"), after=draw.uniform(0, LONGEST))
        if not database.is_sqlite:
            until_alone(target)  # pg_restore outlives who started it, and may end its transaction
        found = standing(target)
        assert found in (None, before, whole)
        assert not ended or found == whole
        if found == whole:
            break
    else:  # it is done again as if nothing had happened
        again = Database(target)
        if again.is_sqlite or inspect(again.engine).get_table_names() in ([], [unfinished.TABLE]):
            backup.restore(again, tmp_path / "s", replace=True)
            assert standing(target) == whole
        again.engine.dispose()


@pytest.mark.parametrize("where", ["avant", "verification"])
def test_a_base_restored_but_not_checked_is_refused_by_the_site(
    database: Database, target: str, tmp_path: Path, where: str
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite checks the copy before anything changes")
    fill(database)
    backup.back_up(database, tmp_path / "s")
    database.engine.dispose()
    assert not killed(lambda: restored(target, tmp_path / "s"), where)
    opened = Database(target)
    for refused in (schema.check, schema.upgrade):
        with pytest.raises(schema.WrongSchema, match="a été coupée"):
            refused(opened)
    held = inspect(opened.engine).get_table_names()
    assert unfinished.TABLE in held
    assert ("dossiers" in held) == (where == "verification")
    opened.engine.dispose()


@pytest.mark.parametrize("where", ["copie", "nom"])
def test_the_clear_copy_of_a_killed_backup_goes_with_the_next_one(
    database: Database, tmp_path: Path, where: str
) -> None:
    fill(database)
    vault = tmp_path / "coffre"
    backup.back_up(database, vault / "s")
    good = (vault / "s").read_bytes()
    url = database.url.render_as_string(hide_password=False)
    database.engine.dispose()
    assert not killed(lambda: backup.back_up(Database(url), vault / "s"), where)
    place = unfinished.place_of(database)
    left = [*place.glob(f"{unfinished.WORKING}*"), *vault.glob(f"{unfinished.WORKING}*")]
    assert left, "the kill left its folders"
    assert (vault / "s").read_bytes() == good
    for folder in left:
        os.utime(folder, (0, 0))
    backup.back_up(database, vault / "s")
    assert not any(folder.exists() for folder in left)
    assert [path.name for path in vault.iterdir()] == ["s"]
