"""What visitors said of suggestions, as `matcher evaluate-pertinence` and `pool` read it."""

from __future__ import annotations

from pathlib import Path

from ..casework import audit
from ..casework.audit import Action
from ..casework.opinions.judged import judged
from .console import click, database, explained, keep


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


COMMANDS = (avis,)
