"""What the tests share: the embedded data, opened once, and how hypothesis works here."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from casework import Space
from hypothesis import HealthCheck, settings
from postgresql import Server, server

from matcher import Matcher
from web.casework import schema
from web.casework.database import Database

# No test writes among the data of who runs it: a site without settings opens its database there,
# and one is made while a module of tests is imported.
HOME_DATA = tempfile.mkdtemp(prefix="maillage-tests-")
os.environ["XDG_DATA_HOME"] = HOME_DATA
os.environ["XDG_CACHE_HOME"] = HOME_DATA  # nor among what is kept to start sooner
atexit.register(shutil.rmtree, HOME_DATA, ignore_errors=True)

settings.register_profile(
    "maillage",
    deadline=None,  # no timed assertion: the machine may be busy
    derandomize=True,  # the same run twice says the same
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("maillage")


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    """The embedded data; nothing in a matcher changes once it is open."""
    return Matcher.open()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL. It need not survive a power cut, and answers sooner for it."""
    with server("fsync=off", "synchronous_commit=off", "full_page_writes=off") as running:
        running.template = running.new_base()  # type: ignore[attr-defined]
        schema.upgrade(database := Database(running.template))  # type: ignore[attr-defined]
        database.engine.dispose()
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind, with its schema: what uses it is tested on both."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'maillage.sqlite'}"
        schema.upgrade(Database(url))
        yield url
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
