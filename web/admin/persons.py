"""Persons: the accounts of advisers; personal data, kept no longer than said, given or erased."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from matcher import Matcher
from matcher.catalogue import french

from ..access import Role
from ..answers.kept import Answers
from ..casework.persons import contacts, retention
from ..casework.store.database import Database
from ..signin import accounts as store
from ..signin import tries
from .console import (
    EXIT_NOTHING_FOUND,
    EXIT_REFUSED,
    click,
    database,
    explained,
    keep,
    new_file,
    opened,
    stop,
)

from_stdin = click.option(
    "--mot-de-passe-stdin",
    "from_stdin",
    is_flag=True,
    help="Lit le mot de passe sur l’entrée standard, au lieu d’en tirer un.",
)
address = click.argument("email", metavar="ADRESSE")
STILL_READ = (
    "La base était occupée : ses fichiers seront nettoyés au prochain effacement, ou par "
    "« conservation --executer »."
)


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def comptes() -> None:
    """Crée, liste, change et ferme les comptes."""


@comptes.command()
@address
@click.option("--nom", "name", required=True, help="Nom que lisent les collègues.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="Ce que le compte peut faire.",
)
@from_stdin
@explained
def creer(email: str, name: str, role: str, from_stdin: bool) -> None:
    """Crée un compte ; le second facteur sera demandé à la première connexion."""
    given = _given(from_stdin)
    with opened().app_context():
        secret = store.create(email, name, Role(role), given)
    click.echo(f"Compte créé pour {email}.")
    _hand_over(secret, given)


@comptes.command()
@explained
def liste() -> None:
    """Liste les comptes, leur rôle, leur état et l’empreinte qui les nomme dans les messages."""
    with opened().app_context():
        for account in store.listed():
            roles = ", ".join(sorted(role.name for role in account.roles))
            state = "ouvert" if account.active else "fermé"
            factor = "second facteur en place" if account.tf_primary_method else "à activer"
            named = tries.account_digest(account.email)
            click.echo("\t".join((account.email, account.name, roles, state, factor, named)))


@comptes.command("mot-de-passe")
@address
@from_stdin
@explained
def password(email: str, from_stdin: bool) -> None:
    """Donne un autre mot de passe, et met fin aux connexions en cours."""
    given = _given(from_stdin)
    with opened().app_context():
        secret = store.set_password(email, given)
    click.echo(f"Mot de passe changé pour {email}.")
    _hand_over(secret, given)


def _change(name: str, said: str, help_text: str, change: Callable[[str], None]) -> None:
    @comptes.command(name, help=help_text)
    @address
    @explained
    def changed(email: str) -> None:
        with opened().app_context():
            change(email)
        click.echo(f"{said} : {email}.")


_change(
    "second-facteur",
    "Second facteur remis à zéro",
    "Oublie le second facteur : un téléphone perdu. Le prochain sera demandé à la connexion.",
    store.reset_second_factor,
)


@comptes.command()
@address
@click.option("--a", "to", metavar="ADRESSE", help="À qui vont ses dossiers ouverts.")
@click.option("--file", "to_queue", is_flag=True, help="Remet ses dossiers ouverts en attente.")
@explained
def fermer(email: str, to: str | None, to_queue: bool) -> None:
    """Ferme un compte ; ses notes gardent leur auteur, ses dossiers ouverts sont confiés."""
    with opened().app_context():
        count = store.close(email, to, to_queue=to_queue)
    where = f" à {to}" if to else " en attente"
    given = french.counted(count, "dossier remis", "dossiers remis") + where if count else ""
    click.echo(f"Compte fermé : {email}." + (f" {given}." if given else ""))


_change(
    "rouvrir",
    "Compte rouvert",
    "Rouvre un compte fermé.",
    lambda email: store.set_active(email, True),
)


def _given(from_stdin: bool) -> str | None:
    if not from_stdin:
        return None
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        stop("Aucun mot de passe sur l’entrée standard.", EXIT_REFUSED)
    return line


def _hand_over(secret: str, given: str | None) -> None:
    if given is None:
        click.echo(f"Mot de passe, à transmettre puis à faire changer : {secret}")


@click.command()
@click.option("--executer", "execute", is_flag=True, help="Efface ; sinon, dit ce qui le serait.")
@explained
def conservation(execute: bool) -> None:
    """Efface ce qui est sans activité depuis trois ans."""
    app = opened()
    base: Database = app.extensions["database"]
    if execute:
        themes_of = Answers(Matcher.open(Path(app.config["DATA"]))).themes_of
        with base.writing() as writing:
            found = retention.erase_outdated(writing, themes_of=themes_of)
        emptied = retention.wipe(base)
    else:
        with base.reading() as reading:
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
    base = database()
    with base.writing() as session:
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
    base = database()
    with base.writing() as session:
        if not contacts.known(session, email):
            stop(f"Rien ne porte {email}.", EXIT_NOTHING_FOUND)
        erased = contacts.erase(session, email, None)
    emptied = retention.wipe(base)
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


COMMANDS = (comptes, conservation, contact)
