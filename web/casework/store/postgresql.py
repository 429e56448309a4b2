"""The tools of PostgreSQL that copy a whole database: `pg_dump` and `pg_restore`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .database import Database


class ToolError(RuntimeError):
    """A tool that is missing or failed; the message is French."""


def dump(database: Database, path: Path, snapshot: str) -> None:
    """Copy a database, as a transaction under way sees it.

    Raises
    ------
    ToolError
        When `pg_dump` is missing, or fails.
    """
    options = ["--format=custom", f"--snapshot={snapshot}", f"--file={path}"]
    _run("pg_dump", database, *options, "--no-owner", "--no-acl", "--schema=public")


def restore(database: Database, path: Path) -> None:
    """Put a copy into a base that holds nothing, all of it in one transaction.

    Raises
    ------
    ToolError
        When `pg_restore` is missing or fails.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    _run("pg_restore", database, *options, "--schema=public", str(path))


def _run(name: str, database: Database, *arguments: str) -> None:
    url = database.url.set(drivername="postgresql", password=None)
    environment = {**os.environ}
    if database.url.password:
        # Other users of the machine may read the arguments of a command.
        environment["PGPASSWORD"] = str(database.url.password)
    command = [_tool(name), f"--dbname={url.render_as_string()}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["sans explication"]
        raise ToolError(f"{name} a échoué, rien n’est changé : {said[0]}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolError(
            f"Il manque {name} : installez le client de PostgreSQL (paquet postgresql-client), "
            "de la version du serveur ou plus récent."
        )
    return found
