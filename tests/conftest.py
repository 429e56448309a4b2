"""What the tests share: the embedded data, opened once, and how hypothesis works here."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path
from unittest.mock import patch

import pytest
from casework import Clock, Space
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from postgresql import Server, server
from sqlalchemy import create_engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from matcher import Matcher
from matcher.catalogue import release
from matcher.index import kept
from matcher.reading import words
from matcher.territory.nest import Territory
from web.answers.kept import Answers
from web.casework.store import database as store
from web.casework.store import schema
from web.casework.store.database import Database
from web.freshness import FOLDERS, Served

# No test writes among the data of who runs it: a site without settings opens its database there,
# and one is made while a module of tests is imported.
HOME_DATA = tempfile.mkdtemp(prefix="maillage-tests-")
os.environ["XDG_DATA_HOME"] = HOME_DATA
os.environ["XDG_CACHE_HOME"] = HOME_DATA  # nor among what is kept to start sooner
# A thousand tests make an application: all but the first find their pages compiled, and the
# functions that make addresses, which werkzeug compiles for each rule.
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(HOME_DATA)}
BUILDERS: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
compile_builder = Rule._compile_builder


def compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that makes an address of a rule: it depends on nothing else of it."""
    told = (*rule._trace, *(rule.defaults or {}).items(), append_unknown)
    if told not in BUILDERS:
        BUILDERS[told] = compile_builder(rule, append_unknown)
    return BUILDERS[told]


Rule._compile_builder = compiled_once  # type: ignore[method-assign]

# And its statements, which SQLAlchemy compiles for each engine: here two of a kind are alike.
DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
store.create_engine = partial(  # type: ignore[attr-defined]
    create_engine, execution_options={"compiled_cache": LRUCache[object, object](1_000)}
)
# Cutting texts into words is a third of the making of an index: many are of the same catalogue.
words._split = lru_cache(20_000)(words._split.__wrapped__)
gc.set_threshold(50_000, 20, 50)  # a tenth of the time goes to collections otherwise
atexit.register(shutil.rmtree, HOME_DATA, ignore_errors=True)


def state(folder: Path, which: str) -> list[tuple[str, int, int]]:
    """Tell one state of tables from another; a copy is as what it was copied from."""
    tables = ((path.name, path.stat()) for path in Path(folder).glob(which))
    return sorted((name, found.st_size, found.st_mtime_ns) for name, found in tables)


embedded_territory = cache(partial(Territory.open, Matcher.embedded()))
PLACES = "reference/*.csv"
read_territory, embedded_places = Territory.open, state(Matcher.embedded(), PLACES)


def territory_of(folder: Path) -> Territory:
    """The communes of a folder: two hundred tests copy the data, few change those."""
    same = state(folder, PLACES) == embedded_places
    return embedded_territory() if same else read_territory(folder)


Territory.open = territory_of  # type: ignore[method-assign, assignment]
read_matcher = Matcher.open.__func__
embedded_matcher = cache(partial(read_matcher, Matcher))


def matcher_of(cls: type[Matcher], folder: str | Path | None = None) -> Matcher:
    """The embedded data are opened once for all: nothing in a matcher changes once it is open."""
    if folder is None or Path(folder) == Matcher.embedded():
        return embedded_matcher()
    return read_matcher(cls, folder)


Matcher.open = classmethod(matcher_of)  # type: ignore[method-assign, assignment]

settings.register_profile(
    "maillage",
    max_examples=40 * int(os.environ.get("FUZZ", "1")),  # where a test says no number
    deadline=None,  # no timed assertion: the machine may be busy
    derandomize=True,  # the same run twice says the same
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("maillage")


SLOW = ("test_notebooks.py", "faults", "browser")
"""What takes seconds a test comes after all that takes none."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a fault shows soon.

    With two processes, each takes half of this list and, when it is through, tests from the end of
    the other's: the slow ones, one at a time, are then what both share, and both end together.
    """
    items.sort(key=lambda item: max(SLOW.index(p) + 1 if p in SLOW else 0 for p in item.path.parts))


@pytest.fixture(scope="session")
def matcher() -> Iterator[Matcher]:
    """The embedded data; nothing in a matcher changes once it is open, nor what a site makes of it.

    The sites of the tests share that and what was answered, but for the pages that each keeps.
    """
    opened, make = Matcher.open(), Served.of
    made = make(opened, Matcher.embedded())
    tables = state(made.folder, "*/*.csv")
    shared = {"lookalikes": made.lookalikes, "doors": made.doors}
    gc.freeze()  # none of it goes: a collection need not look at it each time

    def of(one: Matcher, folder: Path) -> Served:
        if one is opened and state(folder, "*/*.csv") == tables:
            answers = Answers(one)
            answers.needs, answers.themes_of = made.answers.needs, made.answers.themes_of
            served = replace(made, folder=folder, answers=answers)
            served.__dict__.update(shared)
            return served
        return make(one, folder)

    with patch.object(Served, "of", of):
        yield opened


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data, to change. What is read there is not kept: it is read once.

    It was never published, so that a test may edit a table by hand.
    """
    monkeypatch.setenv(kept.VARIABLE, kept.NOTHING)
    for name in FOLDERS:
        shutil.copytree(Matcher.embedded() / name, tmp_path / "data" / name)
    (tmp_path / "data" / "catalogue" / release.NAME).unlink()
    return tmp_path / "data"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL. It need not survive a power cut, and answers sooner for it."""
    with server("fsync=off", "synchronous_commit=off", "full_page_writes=off") as running:
        running.template = running.new_base()  # type: ignore[attr-defined]
        schema.upgrade(database := Database(running.template))  # type: ignore[attr-defined]
        database.engine.dispose()
        yield running


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a base without a row, with its schema, to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "maillage.sqlite"
    schema.upgrade(database := Database(f"sqlite:///{file}"))
    database.engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind, with its schema: what uses it is tested on both."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path)
        yield f"sqlite:///{file}"
    else:
        running: Server = request.getfixturevalue("postgresql")
        url = running.new_base(running.template.rpartition("/")[2])  # type: ignore[attr-defined]
        yield url
        running.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database itself."""
    opened = Database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def space(matcher: Matcher, database_url: str, tmp_path: Path) -> Iterator[Space]:
    """The site on that database, and who signs in to it."""
    opened = Space.open(matcher, database_url, tmp_path / "cles.json")
    yield opened
    opened.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of casework, which the test moves."""
    moved = Clock()
    monkeypatch.setattr("web.casework.clock.now", lambda: moved.at)
    return moved
