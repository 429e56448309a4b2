"""What advisers decided and visitors said, as `calibrate` and `evaluate-pertinence` read it."""

from __future__ import annotations

from pathlib import Path

from matcher import Matcher
from matcher.catalogue import french

from ..casework import audit
from ..casework import decisions as kept
from ..casework.audit import Action
from ..casework.decisions import judged
from ..casework.store.database import Database
from .console import click, database, explained, keep, new_file, opened


@click.command()
@click.option("-o", "path", metavar="FICHIER", type=new_file, required=True, help="CSV à écrire.")
@explained
def decisions(path: Path) -> None:
    """Écrit les décisions des conseillers, pour « python -m matcher calibrate »."""
    app = opened()
    database: Database = app.extensions["database"]
    matcher = Matcher.open(app.config["DATA"])
    with database.reading() as session:  # long: each need is read again
        rows, left_out = kept.decisions(session, matcher)
    with database.writing() as session:
        audit.record(session, Action.EXPORT, None, "decisions")
    keep(path, kept.as_csv(rows))  # needs are told as communes wrote them
    click.echo(f"Écrit : {path} ({_counted(len(rows))}).")
    for why in kept.LeftOut:
        if found := left_out.get(why):
            dossiers = french.counted(len(set(found)), "dossier", "dossiers")
            click.echo(f"Laissé de côté, {why.label} : {_counted(len(found))} de {dossiers}.")


def _counted(count: int) -> str:
    return french.counted(count, "décision", "décisions")


@click.command()
@click.option(
    *("-o", "folder"),
    metavar="DOSSIER",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Dossier à écrire : besoins.csv, notes.csv, affichages.csv.",
)
@explained
def avis(folder: Path) -> None:
    """Écrit les avis des visiteurs, pour « python -m matcher evaluate-pertinence DOSSIER »."""
    opened = database()
    with opened.writing() as session:
        files = judged(session)
        audit.record(session, Action.EXPORT, None, "avis")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        keep(folder / name, text)
        click.echo(f"Écrit : {folder / name} ({text.count(chr(10)) - 1} lignes).")


COMMANDS = (decisions, avis)
