"""The base of the site and what it runs with: schema, backups, settings, the audit log checked."""

from __future__ import annotations

import os
from pathlib import Path

from matcher.catalogue import french

from .. import settings
from ..casework import audit
from ..casework.store import backup, schema
from ..casework.store.archive import BackupManifest
from .console import (
    EXIT_BROKEN,
    EXIT_REFUSED,
    click,
    database,
    explained,
    is_missing,
    known_file,
    new_file,
    stop,
)


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def base() -> None:
    """Met à jour la base et dit où elle en est."""


@base.command()
@explained
def maj() -> None:
    """Amène la base au schéma de ce code, en une fois ou pas du tout."""
    opened = database(new=True)
    before = None if is_missing(opened) else schema.found(opened)
    schema.upgrade(opened)
    after = schema.found(opened)
    if before == after:
        click.echo(f"Base déjà au schéma {after}.")
    else:
        click.echo(f"Base passée du schéma {before or 'vide'} au schéma {after}.")


@base.command()
@explained
def etat() -> None:
    """Dit le schéma de la base et ce qu’elle contient."""
    opened = database(new=True)
    if is_missing(opened):
        stop("La base n’existe pas : « python -m web.admin base maj ».", EXIT_REFUSED)
    revision, wanted = schema.found(opened), schema.wanted()
    click.echo(f"Base : {opened.url.render_as_string(hide_password=True)}")
    click.echo(f"Schéma : {revision or 'vide'} (ce code attend {wanted})")
    with opened.reading() as session:
        for table, count in backup.rows(session).items():
            click.echo(f"{table} : {count}")
    if revision != wanted:
        stop("Le schéma est à mettre à jour : « python -m web.admin base maj ».", EXIT_REFUSED)


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


def _say(manifest: BackupManifest) -> None:
    click.echo(f"Journal : {_rows(manifest.audit_rows)}, empreinte {manifest.audit_seal}")
    if manifest.audit_faults:
        places = french.counted(manifest.audit_faults, "endroit", "endroits")
        stop(
            f"Attention : le journal est rompu à {places} "
            "(« python -m web.admin journal verifier »).",
            EXIT_BROKEN,
        )


@click.command()
@click.option("--page", is_flag=True, help="Écrit la page de la documentation, en Markdown.")
@explained
def reglages(page: bool) -> None:
    """Montre chaque réglage et sa valeur en vigueur, secrets cachés ; dit ceux qui sont refusés."""
    if page:
        click.echo(settings.page(), nl=False)
        return
    told = settings.given(os.environ)
    for setting, value, is_told in settings.in_force(told):
        click.echo(f"{setting.name} = {value}{'' if is_told else '  (par défaut)'}")
        click.echo(f"    {setting.meaning}.")
    if faults := settings.wrong(told):
        stop("\n".join(["", *faults]), EXIT_REFUSED)


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def journal() -> None:
    """Vérifie le journal des actions."""


@journal.command()
@click.option(
    "--empreinte",
    "seal",
    metavar="EMPREINTE",
    help="Empreinte notée à une vérification passée : elle doit encore être dans le journal.",
)
@explained
def verifier(seal: str | None) -> None:
    """Relit toute la chaîne et la compare aux ancrages, notés hors de la base à chaque sauvegarde.

    Une fin coupée, une chaîne refaite, un déclencheur retiré sont dits.
    """
    opened = database()
    with opened.reading() as session:
        found = audit.verify(session, seal)
    rows = french.counted(found.rows, "ligne", "lignes")
    for fault in found.faults:
        click.echo(fault, err=True)
    if found.faults:
        faults = french.counted(len(found.faults), "anomalie", "anomalies")
        stop(f"Journal rompu : {faults}, {rows}.", EXIT_BROKEN)
    click.echo(f"Journal intact : {rows}.")
    click.echo(f"Dernier ancrage : {found.anchor or 'aucun'}.")
    click.echo(f"Dernière empreinte : {found.seal}")


COMMANDS = (base, sauvegarde, restauration, reglages, journal)
