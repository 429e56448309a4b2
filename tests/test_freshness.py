"""What a moderator accepts is on the site without a restart; what is damaged never is."""

import gc
import logging
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from builders import PROJECT
from flask import Flask, g

from matcher import Matcher, Need
from matcher.upkeep import add_project, change_record
from web import create_app, freshness
from web.freshness import Freshness, Served, served

TODAY = date(2026, 11, 24)


@pytest.fixture
def app(matcher: Matcher, folder: Path, tmp_path: Path) -> Iterator[Flask]:
    """The site on a copy of the data, which the tests change."""
    url = f"sqlite:///{tmp_path / 'maillage.sqlite'}"
    made = create_app(
        matcher, {"DATA": folder, "DATABASE_URL": url, "KEYS": tmp_path / "cles.json"}
    )
    yield made
    made.extensions["database"].engine.dispose()


def wait_until(happened: Callable[[], bool]) -> None:
    """The data are read aside: give that a minute at most."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_added_project_shows_without_a_restart_and_browsers_ask_again(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "LOOK_SECONDS", 0.0)
    client = app.test_client()
    app.extensions["freshness"]._next_look = 0.0
    page = "/projets?q=epicerie+du+pont"
    before = client.get(page)
    known = {"If-None-Match": before.headers["ETag"]}
    assert client.get(page, headers=known).status_code == 304
    assert client.get("/projets/PR-AAAA").status_code == 404
    add_project(folder, "PR-AAAA", PROJECT, TODAY)
    wait_until(lambda: client.get("/projets/PR-AAAA").status_code == 200)
    after = client.get(page, headers=known)
    assert after.status_code == 200 and "Épicerie du pont" in after.text
    found = client.get("/api/v1/projects/PR-AAAA")
    assert found.status_code == 200


def test_two_processes_follow_the_same_files(app: Flask, folder: Path, matcher: Matcher) -> None:
    """Each application stands for a process: they share the files and nothing else."""
    other = Freshness(folder, matcher)
    add_project(folder, "PR-AAAA", PROJECT, TODAY)
    for one in (app.extensions["freshness"], other):
        one.renew()
        assert "PR-AAAA" in one.served.shelves.projects


def test_the_pages_of_suggestions_kept_are_those_of_the_data_served(
    app: Flask, folder: Path
) -> None:
    client = app.test_client()
    page = "/suggestions?commune=34142&theme=alimentation"
    name = next(
        s.structure
        for s in app.extensions["freshness"]
        .served.answers.of(
            Need("34142", themes=("alimentation",))  # type: ignore[arg-type]
        )
        .first
    )
    assert client.get(page).text == client.get(page).text
    change_record(
        folder,
        name.id,
        {"name": "Un tout autre nom", "source_url": name.source or "https://exemple.fr"},
        TODAY,
    )
    app.extensions["freshness"].renew()
    assert "Un tout autre nom" in client.get(page).text


def test_a_request_keeps_the_data_with_which_it_began(app: Flask, folder: Path) -> None:
    with app.test_request_context("/"):
        first = served()
        add_project(folder, "PR-AAAA", PROJECT, TODAY)
        app.extensions["freshness"].renew()
        assert served() is first
        assert "PR-AAAA" not in served().shelves.projects
    with app.test_request_context("/"):
        assert "served" not in g
        assert "PR-AAAA" in served().shelves.projects


@pytest.mark.parametrize("table", ["catalogue/structures.csv", "reference/communes.csv"])
def test_a_damaged_file_is_logged_and_not_served(
    app: Flask, folder: Path, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    fresh: Freshness = app.extensions["freshness"]
    before, whole = fresh.served, (folder / table).read_bytes()
    (folder / table).write_bytes(whole[: len(whole) // 2])
    with caplog.at_level(logging.ERROR):
        fresh.renew()
        fresh.renew()
    assert fresh.served is before
    assert [r.message.count(table) >= 1 for r in caplog.records] == [True]  # once, and named
    assert app.test_client().get("/annuaire").status_code == 200
    (folder / table).write_bytes(whole)
    fresh.renew()
    assert fresh.served is not before


def test_a_table_that_is_gone_leaves_the_former_ones_served(app: Flask, folder: Path) -> None:
    fresh: Freshness = app.extensions["freshness"]
    before = fresh.served
    shutil.rmtree(folder / "catalogue")
    fresh.renew()
    assert fresh.served is before


def test_files_that_change_while_they_are_read_are_read_again(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh: Freshness = app.extensions["freshness"]
    before, read = fresh.served, Matcher.open

    def slowly(root: Path) -> Matcher:
        found = read(root)
        add_project(folder, "PR-AAAA", PROJECT, TODAY)
        return found

    (folder / "catalogue" / "themes.csv").touch()
    monkeypatch.setattr(Matcher, "open", slowly)
    fresh.renew()
    assert fresh.served is before
    monkeypatch.setattr(Matcher, "open", read)
    fresh.renew()
    assert "PR-AAAA" in fresh.served.shelves.projects


def test_nothing_is_read_again_when_nothing_changed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh: Freshness = app.extensions["freshness"]
    monkeypatch.setattr(Matcher, "open", None)
    fresh.renew()
    assert isinstance(fresh.served, Served)


def test_what_was_replaced_is_let_go_without_a_collection(folder: Path) -> None:
    """The embedded server sets the first data aside from collections (`gc.freeze`)."""
    fresh = Freshness(folder)
    fresh.served.matcher.match(Need("34142", "Une recyclerie"))
    fresh.served.answers.of(Need("34142", "Une épicerie"))
    old = weakref.ref(fresh.served.matcher)
    gc.collect()
    gc.disable()
    try:
        add_project(folder, "PR-AAAA", PROJECT, TODAY)
        fresh.renew()
        assert old() is None
    finally:
        gc.enable()
