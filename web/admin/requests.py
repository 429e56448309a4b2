"""Requests that the first version of the site stored in files."""

from __future__ import annotations

from pathlib import Path

from matcher import french

from ..casework import former
from .console import EXIT_REFUSED, click, database, explained, stop


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def demandes() -> None:
    """Reprend les demandes d’une version passée."""


@demandes.command()
@click.argument(
    "folder", metavar="DOSSIER", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@explained
def reprendre(folder: Path) -> None:
    """Met dans la base les demandes que DOSSIER contient, une fois chacune."""
    opened = database()
    taken = former.take_over(opened, folder)
    click.echo(f"Dans la base : {french.counted(len(taken.references), 'demande', 'demandes')}.")
    if taken.faulty:
        stop("Illisibles, laissées de côté : " + ", ".join(taken.faulty), EXIT_REFUSED)
    if taken.references:
        click.echo("Les fichiers contiennent des adresses : effacez-les une fois la base vérifiée.")


COMMANDS = (demandes,)
