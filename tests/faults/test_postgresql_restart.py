"""PostgreSQL falls and comes back while visitors send the public form: none is lost, none doubled.

As a test, one fall; `python tests/faults/test_postgresql_restart.py --falls 5` prints the figures.
The site is `python -m web`, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))  # for a run as a script

import pytest
from casework import Space
from postgresql import Server, server
from sockets import free_port
from writers import state

from matcher import Matcher
from web.access import Role
from web.casework.store import schema
from web.casework.store.database import Database
from web.casework.store.vault import Vault
from web.signin.keys import AUDIT

ROOT = Path(__file__).parents[2]
CLIENTS = 8
PATIENCE = 0.2
"""Seconds before a client sends again: sooner than it is told to, so as to see when it works."""
SEARCHES = ("/suggestions?commune=34142&besoin=une+recyclerie", "/annuaire", "/methode", "/")


@dataclass
class Seen:
    """What clients saw.

    Parameters
    ----------
    acknowledged : list of str
        References, as the pages told them.
    refused : Counter
        Answers that are no confirmation, by status; `silent`, those without `Retry-After`.
    confirmed_at : list of float
        When each confirmation came.
    searches : Counter
        Answers of the pages of search, by status.
    """

    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    confirmed_at: list[float] = field(default_factory=list)
    searches: Counter[str] = field(default_factory=Counter)
    slowest_search: float = 0.0
    slowest_refusal: float = 0.0

    def first_confirmed(self, since: float) -> float:
        """When the first confirmation after `since` came; 0 while there is none."""
        return min((at for at in self.confirmed_at if at > since), default=0.0)

    def more_refused(self, than: int) -> bool:
        """Whether more requests than that were refused."""
        return self.refused.total() > than


class Visitor:
    """A browser of one address and one cookie."""

    def __init__(self, port: int) -> None:
        self._port, self._cookie = port, ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """Ask for a page."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if cookie := answer.getheader("Set-Cookie"):
                self._cookie = cookie.partition(";")[0]
            return Answer(answer.status, text, answer.getheader("Retry-After") or "")
        finally:
            connection.close()


@dataclass(frozen=True)
class Answer:
    """What a page answers."""

    status: int
    text: str
    retry_after: str


def send_on(port: int, name: str, seen: Seen, over: threading.Event) -> None:
    """Send one request after the other; what is refused is sent again, the same."""
    visitor, number = Visitor(port), 0
    while not over.is_set():
        page = visitor.ask("GET", "/mise-en-relation").text
        number += 1
        fields = {
            **{
                hidden: unescape(re.search(rf'name="{hidden}"[^>]*value="([^"]+)"', page)[1])  # type: ignore[index]
                for hidden in ("csrf_token", "jeton")
            },
            "commune": "34142",
            "besoin": f"Une recyclerie, demande {number} de {name}.",
            "service": "Service urbanisme",
            "courriel": "mairie@ville.fr",
            "accord": "oui",
        }
        while True:  # also once it is over: whoever began ends
            begun = time.monotonic()
            try:
                answer = visitor.ask("POST", "/mise-en-relation", fields)
            except (OSError, HTTPException) as error:
                seen.refused[type(error).__name__] += 1
                continue
            if answer.status == 303:
                break
            seen.slowest_refusal = max(seen.slowest_refusal, time.monotonic() - begun)
            seen.refused[str(answer.status)] += 1
            seen.silent += not answer.retry_after
            time.sleep(PATIENCE)
        seen.confirmed_at.append(time.monotonic())
        told = visitor.ask("GET", "/mise-en-relation/recue").text
        seen.acknowledged += re.findall(r"MR(?:-[A-Z2-7]{4}){3}", told)[:1]


def search_on(port: int, seen: Seen, over: threading.Event) -> None:
    """Ask for the pages of search, one after the other."""
    visitor = Visitor(port)
    while not over.is_set():
        for path in SEARCHES:
            begun = time.monotonic()
            seen.searches[str(visitor.ask("GET", path).status)] += 1
            seen.slowest_search = max(seen.slowest_search, time.monotonic() - begun)
        time.sleep(0.05)


def until(happened: Callable[[], float]) -> float:
    """Wait for something that is true in the end, however busy the machine is; gives it."""
    end = time.monotonic() + 60
    while not (seen := happened()):
        assert time.monotonic() < end, "that never happens"
        time.sleep(0.02)
    return seen


def answers(port: int) -> bool:
    """Whether somebody listens on a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def site(url: str, folder: Path) -> Iterator[int]:
    """The real site on a database; gives its port."""
    port = free_port()
    settings = {
        "PORT": str(port),
        "MAILLAGE_DATABASE_URL": url,
        "MAILLAGE_KEYS": str(folder / "cles.json"),
        "MAILLAGE_FORM_SECONDS": "0",
        "MAILLAGE_RATELIMIT_ENABLED": "false",
    }
    with (folder / "site.log").open("w") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "web"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert running.stdout and str(port) in running.stdout.readline(), "the site does not start"
        until(lambda: answers(port))  # the line comes just before the port opens
        yield port
    finally:
        running.terminate()
        running.wait(10)


@dataclass(frozen=True)
class Tally:
    """What was found in the end; `recovery`: seconds from the return of the server, a fall each."""

    acknowledged: int
    lost: int
    unsaid: int
    twice: int
    torn: int
    faults: int
    refused: dict[str, int]
    silent: int
    searches: dict[str, int]
    slowest_search: float
    slowest_refusal: float
    recovery: tuple[float, ...]


def fall(running: Server, folder: Path, falls: int, up: float, down: float) -> Tally:
    """Let the server fall `falls` times, `up` seconds apart and for `down` seconds at least."""
    url = running.new_base()
    schema.upgrade(database := Database(url))
    seen, over, recovery = Seen(), threading.Event(), []
    with site(url, folder) as port:
        threads = [
            threading.Thread(target=send_on, args=(port, str(i), seen, over))
            for i in range(CLIENTS)
        ]
        threads.append(threading.Thread(target=search_on, args=(port, seen, over)))
        for thread in threads:
            thread.start()
        back = 0.0
        for _ in range(falls):
            time.sleep(up)
            until(partial(seen.first_confirmed, back))
            running.stop("immediate")
            refused = seen.refused.total()
            time.sleep(down)
            until(partial(seen.more_refused, refused))
            running.start()
            back = time.monotonic()
            time.sleep(up)
            recovery.append(round(until(partial(seen.first_confirmed, back)) - back, 2))
        over.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a client is never answered"
    database.engine.dispose()
    key = json.loads((folder / "cles.json").read_text(encoding="utf-8"))[AUDIT]
    database = Database(url, Vault.of(key, folder, url))  # as the site sealed its log
    found = state(database)
    database.engine.dispose()
    told = set(seen.acknowledged)
    return Tally(
        acknowledged=len(seen.acknowledged),
        lost=len(told - found.dossiers),
        unsaid=len(found.dossiers - told),
        twice=len(seen.acknowledged) - len(told),
        torn=found.torn,
        faults=len(found.faults),
        refused=dict(seen.refused),
        silent=seen.silent,
        searches=dict(seen.searches),
        slowest_search=round(seen.slowest_search, 2),
        slowest_refusal=round(seen.slowest_refusal, 2),
        recovery=tuple(recovery),
    )


@pytest.fixture(scope="module")
def fragile() -> Iterator[Server]:
    """A server of these tests only, which really keeps what it acknowledges."""
    with server() as running:
        yield running


def test_a_fall_loses_no_request_and_doubles_none(fragile: Server, tmp_path: Path) -> None:
    tally = fall(fragile, tmp_path, falls=1, up=1.5, down=1)
    assert tally.acknowledged > CLIENTS
    assert (tally.lost, tally.unsaid, tally.twice) == (0, 0, 0)
    assert (tally.torn, tally.faults) == (0, 0)
    assert set(tally.refused) == {"503"} and tally.silent == 0
    assert set(tally.searches) == {"200"}
    log = (tmp_path / "site.log").read_text(encoding="utf-8")
    assert "mairie@ville.fr" not in log and "recyclerie" not in log


def test_who_is_signed_in_still_searches_meanwhile_and_works_again_after(
    fragile: Server, matcher: Matcher, tmp_path: Path
) -> None:
    url = fragile.new_base()
    schema.upgrade(Database(url))
    space = Space.open(matcher, url, tmp_path / "cles.json")
    client = space.client("max", Role.LEAD)
    assert client.get("/espace/").status_code == 200
    fragile.stop("immediate")
    try:
        for path in SEARCHES:
            assert client.get(path).status_code == 200, path
        answer = client.get("/espace/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    finally:
        fragile.start()
    assert client.get("/espace/").status_code == 200
    space.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--falls", type=int, default=5)
    parser.add_argument("--up", type=float, default=6, help="seconds between a return and a fall")
    parser.add_argument("--down", type=float, default=4, help="seconds of a fall")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server() as running:
        tally = fall(running, Path(folder), chosen.falls, chosen.up, chosen.down)
    print(json.dumps(asdict(tally), indent=2))


if __name__ == "__main__":
    main()
