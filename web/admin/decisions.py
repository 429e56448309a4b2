"""What advisers decided, as `matcher calibrate` reads it."""

from __future__ import annotations

from pathlib import Path

from matcher import Matcher

from ..casework import audit
from ..casework import decisions as kept
from ..casework.audit import Action
from ..casework.database import Database
from .console import click, explained, keep, new_file, opened


@click.command()
@click.option("-o", "path", metavar="FICHIER", type=new_file, required=True, help="CSV à écrire.")
@explained
def decisions(path: Path) -> None:
    """Écrit les décisions des conseillers, pour « python -m matcher calibrate »."""
    app = opened()
    database: Database = app.extensions["database"]
    matcher = Matcher.open(app.config["DATA"])
    with database.reading() as session:  # long: each need is read again
        written = kept.written(session, matcher)
    with database.writing() as session:
        audit.record(session, Action.EXPORT, None, "decisions")
    keep(path, written)  # needs are told as communes wrote them
    # The header is no decision.
    click.echo(f"Écrit : {path} ({len(written.splitlines()) - 1} décisions).")


COMMANDS = (decisions,)
