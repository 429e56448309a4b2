"""The tools of PostgreSQL that copy a whole database: `pg_dump` and `pg_restore`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import inspect

from .database import Database

BEFORE = "maillage_avant_restauration"
"""Schema where what the database held waits until its replacement is checked."""


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


@contextmanager
def replaced(database: Database, path: Path) -> Iterator[None]:
    """Restore a copy; what was there before comes back when the block fails.

    Raises
    ------
    ToolError
        When `pg_restore` is missing or fails, or an earlier restoration was cut off.
    """
    _tool("pg_restore")
    with database.single.connect() as connection:
        if BEFORE in inspect(connection).get_schema_names():
            raise ToolError(
                f"Une restauration passée a été coupée : le schéma {BEFORE} tient ce que la base "
                "contenait. Remettez-le à sa place (DROP SCHEMA public CASCADE ; ALTER SCHEMA "
                f"{BEFORE} RENAME TO public), ou supprimez-le, puis recommencez."
            )
    _statements(database, f"ALTER SCHEMA public RENAME TO {BEFORE}", "CREATE SCHEMA public")
    try:
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
        _run("pg_restore", database, *options, "--schema=public", str(path))
        yield
    except BaseException:
        _statements(
            database, "DROP SCHEMA public CASCADE", f"ALTER SCHEMA {BEFORE} RENAME TO public"
        )
        raise
    _statements(database, f"DROP SCHEMA {BEFORE} CASCADE")


def _statements(database: Database, *statements: str) -> None:
    """Run statements, all of them or none."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


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
