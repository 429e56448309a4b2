"""A disk that fills up while requests come: they are refused aloud, and nothing is half written.

On both databases; `python -m pytest tests/faults/test_full_disk.py -s` prints the figures.
PostgreSQL's tables lie on a disk of their own, which takes the right to mount one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import psycopg
import pytest
from casework import Space, token_of
from disks import fill, mounted, small_disk
from flask.testing import FlaskClient
from postgresql import Server
from werkzeug.test import TestResponse
from writers import state

from matcher import Matcher
from web.casework.store import schema
from web.casework.store.database import Database

NEED = "Ouvrir une recyclerie dans l’ancienne gare. " * 40
"""About two kilobytes: the disk is full sooner."""
ENOUGH = 2_000
"""Requests after which the disk should be full."""


def asked(client: FlaskClient, service: str) -> tuple[dict[str, str], TestResponse]:
    """Fill the public form and send it: what was sent, and the answer."""
    page = client.get("/mise-en-relation").text
    token = re.search(r'name="jeton"[^>]*value="([^"]+)"', page)
    assert token
    fields = {
        "csrf_token": token_of(page),
        "jeton": unescape(token[1]),
        "commune": "34142",
        "besoin": NEED.strip(),
        "service": service,
        "courriel": "mairie@ville.fr",
        "accord": "oui",
    }
    return fields, client.post("/mise-en-relation", data=fields)


def told(client: FlaskClient) -> str:
    found = re.search(r"MR(?:-[A-Z2-7]{4}){3}", client.get("/mise-en-relation/recue").text)
    assert found
    return found[0]


def filled_up(space: Space, make_room: Callable[[], object]) -> None:
    """Ask until the disk is full, then make room: what is promised holds all along."""
    client, acknowledged = space.app.test_client(), set()
    for number in range(ENOUGH):
        fields, answer = asked(client, f"Service {number}")
        if answer.status_code != 303:
            break
        acknowledged.add(told(client))
    assert answer.status_code == 503, "the disk is never full"
    assert answer.headers["Retry-After"]
    text = unescape(answer.text)
    assert "Rien n’a pu être enregistré" in text
    assert fields["besoin"] in text and fields["service"] in text
    found = state(space.database)
    assert found.dossiers == acknowledged
    assert (found.torn, found.faults) == (0, ())
    assert client.get("/suggestions?commune=34142&besoin=recyclerie").status_code == 200
    make_room()
    assert client.post("/mise-en-relation", data=fields).status_code == 303
    acknowledged.add(told(client))
    found = state(space.database)
    assert found.dossiers == acknowledged
    assert (found.torn, found.faults) == (0, ())
    print(f"{len(acknowledged)} acknowledged, all there; one refused, and kept once room was made")


def test_sqlite_on_a_full_disk_refuses_aloud_and_works_again(
    matcher: Matcher, tmp_path: Path
) -> None:
    disk = tmp_path / "petit"
    disk.mkdir()
    with small_disk(disk, kilobytes=1_600) as enlarge:
        url = f"sqlite:///{disk / 'base.sqlite'}"
        space = Space.open(matcher, url, tmp_path / "cles.json")
        try:
            filled_up(space, enlarge)
        finally:
            space.close()


@contextmanager
def base_on_a_small_disk(server: Server) -> Iterator[tuple[str, Path]]:
    """A base whose tables lie on a disk that is nearly full, and what takes its room."""
    folder = server.folder / "petit"  # its user goes through no folder of ours
    folder.mkdir()
    if not mounted(folder, 24_000):
        pytest.skip("PostgreSQL on a full disk takes the right to mount one.")
    try:
        inner = folder / "tables"
        inner.mkdir()
        shutil.chown(inner, "postgres")
        with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as to:
            to.execute(f"CREATE TABLESPACE petit LOCATION '{inner}'")
            to.execute("CREATE DATABASE serree TEMPLATE template0 TABLESPACE petit")
            url = server.url("serree")
            try:
                schema.upgrade(database := Database(url))
                database.engine.dispose()
                to.execute("CHECKPOINT")
                yield url, fill(folder, left=400)
            finally:
                to.execute("DROP DATABASE serree WITH (FORCE)")
                to.execute("DROP TABLESPACE petit")
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_postgresql_on_a_full_disk_refuses_aloud_and_works_again(
    matcher: Matcher, postgresql: Server, tmp_path: Path
) -> None:
    with base_on_a_small_disk(postgresql) as (url, ballast):
        space = Space.open(matcher, url, tmp_path / "cles.json")
        try:
            filled_up(space, ballast.unlink)
        finally:
            space.close()
