"""Backups, made and restored."""

from __future__ import annotations

from pathlib import Path

from matcher.catalogue import french

from ..casework.store import backup
from ..casework.store.archive import Manifest
from .console import EXIT_BROKEN, click, database, explained, known_file, new_file, stop


@click.command()
@click.argument("path", metavar="FICHIER", type=new_file)
@explained
def sauvegarde(path: Path) -> None:
    """Sauvegarde toute la base dans FICHIER, sans arrêter le site.

    Le fichier contient des adresses et des notes : gardez-le en lieu sûr. Les clés du site
    (cles.json) et ses registres (ancrages.jsonl, effacements.jsonl) n’y sont pas : copiez-les à
    part.
    """
    manifest = backup.back_up(database(), path)
    click.echo(f"Sauvegarde écrite : {path} ({_rows(sum(manifest.rows.values()))}).")
    _say(manifest)


@click.command()
@click.argument("path", metavar="FICHIER", type=known_file)
@click.option(
    "--remplacer", "replace", is_flag=True, help="Remplace ce qu’une base SQLite contient."
)
@explained
def restauration(path: Path, replace: bool) -> None:
    """Restaure la base d’une sauvegarde, vérifiée ; tout ou rien.

    Avec PostgreSQL, dans une base vide seulement : ce que contient une autre y reste.
    """
    manifest = backup.restore(database(new=True), path, replace=replace, tell=click.echo)
    click.echo(f"Base restaurée : {_rows(sum(manifest.rows.values()))} du {manifest.made_at}.")
    _say(manifest)


def _rows(count: int) -> str:
    return french.counted(count, "ligne", "lignes")


def _say(manifest: Manifest) -> None:
    click.echo(f"Journal : {_rows(manifest.audit_rows)}, empreinte {manifest.audit_seal}")
    if manifest.audit_faults:
        places = french.counted(manifest.audit_faults, "endroit", "endroits")
        stop(
            f"Attention : le journal est rompu à {places} "
            "(« python -m web.admin journal verifier »).",
            EXIT_BROKEN,
        )


COMMANDS = (sauvegarde, restauration)
