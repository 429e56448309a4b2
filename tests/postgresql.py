"""A real PostgreSQL for the tests: a cluster of its own in a temporary folder, and a base a test.

`tests/install_postgresql.sh` installs the server where it is missing; it refuses to run as root,
and is then run as the user `postgres` that Debian's package makes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sockets import free_port

_NUMBERS = count(1)


def binaries() -> Path | None:
    """Folder of the newest server that is installed."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: [int(n) for n in re.findall(r"\d+", path.parts[-3])],
    )
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else None


class Server:
    """A cluster that listens on a port of this machine only."""

    def __init__(self, folder: Path) -> None:
        bin_folder = binaries()
        assert bin_folder, "These tests need PostgreSQL: see tests/install_postgresql.sh."
        self._bin, self.folder = bin_folder, folder
        self.port = free_port()
        self._data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", self._data, "-U", "maillage", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8")  # fmt: skip

    def start(self, *settings: str) -> None:
        """Start, and wait until it answers."""
        options = " ".join(
            f"-c {setting}"
            for setting in (
                f"port={self.port}",
                "listen_addresses=127.0.0.1",
                f"unix_socket_directories={self.folder}",
                *settings,
            )
        )
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", self.folder / "log",
                  "start")  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` ends the transactions under way, `immediate` is a crash."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def url(self, name: str) -> str:
        """The URL of a base of this server."""
        return f"postgresql+psycopg://maillage@127.0.0.1:{self.port}/{name}"

    def new_base(self, template: str = "template0") -> str:
        """Make a base, as a copy of another when one is named; gives its URL."""
        name = f"essai_{next(_NUMBERS)}"
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as base:
            base.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a base, whoever is still connected."""
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as base:
            base.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def _run(self, name: str, *arguments: object) -> None:
        command = [str(self._bin / name), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """A server that runs meanwhile; nothing of it is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="maillage-pg-"))
    try:
        one = Server(folder)
        one.start(*settings)
        try:
            yield one
        finally:
            one.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
