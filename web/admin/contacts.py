"""Personal data: kept no longer than said, given and erased on request."""

from __future__ import annotations

import json
from pathlib import Path

from matcher import Matcher
from matcher.catalogue import french

from ..answers.kept import Answers
from ..casework.persons import contacts, retention
from ..casework.store.database import Database
from .console import EXIT_NOTHING_FOUND, click, database, explained, keep, new_file, stop
from .console import opened as admin_app

address = click.argument("email", metavar="ADRESSE")


@click.command()
@click.option("--executer", "execute", is_flag=True, help="Efface ; sinon, dit ce qui le serait.")
@explained
def conservation(execute: bool) -> None:
    """Efface ce qui est sans activité depuis trois ans."""
    app = admin_app()
    opened: Database = app.extensions["database"]
    if execute:
        themes_of = Answers(Matcher.open(Path(app.config["DATA"]))).themes_of
        with opened.writing() as writing:
            found = retention.erase_outdated(writing, themes_of=themes_of)
        emptied = retention.wipe(opened)
    else:
        with opened.reading() as reading:
            found = retention.outdated(reading)
            soon = len(retention.coming(reading)) - len(found.dossiers)
    for reference in (*found.dossiers, *found.proposals):
        click.echo(reference)
    verb = "Effacé" if execute else "À effacer"
    dossiers = french.counted(len(found.dossiers), "dossier", "dossiers")
    proposals = french.counted(len(found.proposals), "proposition", "propositions")
    those = french.counted(found.contacts, "contact", "contacts")
    click.echo(
        f"{verb} : {dossiers}, {proposals}, {those} sans activité depuis le "
        f"{retention.limit():%d/%m/%Y}."
    )
    if execute and not emptied:
        click.echo(STILL_READ, err=True)
    if not execute and soon:
        told = french.counted(soon, "autre dossier le sera", "autres dossiers le seront")
        click.echo(f"Dans les {retention.WARNED_DAYS} jours, {told}.")
    if found and not execute:
        click.echo("Rien n’est effacé : ajoutez --executer.")


STILL_READ = (
    "La base était occupée : ses fichiers seront nettoyés au prochain effacement, ou par "
    "« conservation --executer »."
)


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def contact() -> None:
    """Donne ou efface ce qui est connu d’une adresse ou d’un téléphone."""


@contact.command()
@address
@click.option("-o", "path", metavar="FICHIER", type=new_file, required=True, help="JSON à écrire.")
@explained
def exporter(email: str, path: Path) -> None:
    """Écrit tout ce qui porte ADRESSE (ou un numéro), lisible par une personne."""
    email.encode()  # what is no text is told as such, not as an address that nothing holds
    opened = database()
    with opened.writing() as session:
        if not contacts.known(session, email):
            stop(f"Rien ne porte {email}.", EXIT_NOTHING_FOUND)
        found = contacts.export(session, email, None)
    keep(path, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    click.echo(f"Écrit : {path}")


@contact.command()
@address
@explained
def effacer(email: str) -> None:
    """Efface ADRESSE (ou un numéro) et son service, et ce qu’un texte en cite.

    Les pièces jointes des dossiers de ce contact sont effacées aussi.
    """
    email.encode()  # what is no text is told as such, not as an address that nothing holds
    opened = database()
    with opened.writing() as session:
        if not contacts.known(session, email):
            stop(f"Rien ne porte {email}.", EXIT_NOTHING_FOUND)
        erased = contacts.erase(session, email, None)
    emptied = retention.wipe(opened)
    click.echo(
        f"Effacé : {french.counted(erased.contacts, 'contact', 'contacts')}, "
        f"{french.counted(erased.texts, 'texte corrigé', 'textes corrigés')}, "
        f"{french.counted(erased.attachments, 'pièce effacée', 'pièces effacées')}."
    )
    click.echo(
        "Les sauvegardes faites avant la contiennent encore : effacez-les à leur tour. Si l’une "
        "d’elles est restaurée, l’adresse sera effacée de nouveau."
    )
    if not emptied:
        click.echo(STILL_READ, err=True)


COMMANDS = (conservation, contact)
