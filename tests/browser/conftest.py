"""A site that listens, and a real Chromium to visit it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright
from waitress.server import create_server

from matcher import Matcher
from web import create_app
from web.casework.store import schema
from web.casework.store.database import Database

NAMES = ("chromium", "chromium-browser", "google-chrome")

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Where the site keeps what visitors send."""
    kept = Database(f"sqlite:///{tmp_path_factory.mktemp('base') / 'maillage.sqlite'}")
    schema.upgrade(kept)
    yield kept
    kept.engine.dispose()


@pytest.fixture(scope="session")
def site(matcher: Matcher, inbox: Database) -> Iterator[str]:
    """Address of the site."""
    assert inbox.file
    settings = {
        "DATABASE_URL": str(inbox.url),
        "KEYS": inbox.file.with_name("cles.json"),
        "FORM_SECONDS": 0,
    }
    with listening(create_app(matcher, settings)) as address:
        yield address


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """A site that listens meanwhile; gives its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert path, "These tests need a Chromium: see tests/install_chromium.sh."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[NewPage]:
    """Open pages of the site; what they ask of other sites, or complain of, fails."""
    with browsing(chromium, site) as new:
        yield new


@contextmanager
def browsing(chromium: Browser, site: str) -> Iterator[NewPage]:
    """Open each page in a browser of its own; what it asks elsewhere, or complains of, fails."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def new(path: str, *, width: int = 1280, **options: object) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale="fr-FR",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("response", lambda r: complaints.append(r.url) if missing(r) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(site) else complaints.append(r.url))
        page.goto(site + path, wait_until="load")
        return page

    yield new
    for context in contexts:
        context.close()
    # Chromium also complains of a page that answers 400 or 404, as a refused form does.
    assert [c for c in complaints if not c.startswith("Failed to load resource")] == []


def missing(answer: Response) -> bool:
    """Whether a file that a page asks for is not there."""
    return answer.status >= 400 and answer.request.resource_type != "document"
