"""The database: its schema, and how much it holds."""

from __future__ import annotations

from ..casework.store import backup, schema
from .console import EXIT_REFUSED, click, database, explained, is_missing, stop


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


COMMANDS = (base,)
