"""`actualiser`: what an operator with a network brings up to date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import counted

from .console import EXIT_BAD_DATA, click, data_folder, explained, input_file, stop
from .dataset import CACHE

NAMES = ("data-inclusion", "entreprises", "france-services", "pvd", "ban")
"""Sources, by the name that the operator writes: those of `upkeep.network.sources`."""
KEPT = CACHE / "sources"
"""What sources sent last time, so as to ask only for what changed."""


@click.command()
@click.argument("name", metavar="SOURCE", type=click.Choice(NAMES))
@click.option("--essai", "dry", is_flag=True, help="Dire ce qui changerait, sans rien écrire.")
@click.option(
    "--departement",
    metavar="CODE",
    default="",
    help="Un seul département, par exemple 08 (demandé pour « entreprises »).",
)
@click.option(
    "--activite",
    "activity",
    metavar="CODES",
    default="",
    help="« entreprises » : codes NAF séparés par des virgules, par exemple 38.32Z.",
)
@click.option(
    "--fichier",
    "file",
    type=input_file,
    metavar="FICHIER",
    help="« ban » : fichier au format de data.inclusion, dont il manque le code de la commune.",
)
@data_folder
@explained
def actualiser(
    name: str, dry: bool, departement: str, activity: str, file: Path | None, folder: Path | None
) -> None:
    """Met à jour l’annuaire depuis SOURCE, par le réseau : c’est la seule commande qui s’en sert.

    data-inclusion, entreprises (API Recherche d’entreprises, ESS), france-services : structures,
    par l’import. pvd : liste des Petites villes de demain. ban : sièges d’un fichier de structures.
    Regardez d’abord avec --essai.
    """
    from matcher.upkeep.network.client import Client
    from matcher.upkeep.network.pvd_list import refresh_list
    from matcher.upkeep.network.refresh import Asked, import_with_seats, refresh
    from matcher.upkeep.network.sources import BAN, PVD, SOURCES
    from matcher.upkeep.report import differences

    root = folder or Matcher.embedded()
    departement = departement.strip().upper()
    if name == "entreprises" and not departement:
        raise click.UsageError("« entreprises » se lit par département : --departement CODE.")
    if (name == "ban") != (file is not None):
        raise click.UsageError("--fichier va avec « ban », et « ban » demande --fichier.")
    client, ban = (Client(source, KEPT) for source in (SOURCES[name], BAN))
    if name == PVD.name:
        for line in refresh_list(client, root, dry=dry).lines():
            click.echo(line)
        return
    if file:
        report, count = import_with_seats(ban, file, root, dry=dry)
    else:
        asked = Asked(departement, activity)
        report, count = refresh(client, ban, asked, root, date.today(), dry=dry)
    click.echo(f"{SOURCES[name].label} : {counted(count, 'structure', 'structures')}.")
    for line in differences(report, count):
        click.echo(line)
    if report.refused_file:
        click.echo(f"Lignes refusées, avec leur raison : {report.refused_file}.")
    click.echo(f"Écrit dans {report.written}." if report.written else "Rien n’a été écrit.")
    if report.refused_rows == count:
        stop("Aucune structure n’a pu être prise.", EXIT_BAD_DATA)


COMMANDS = (actualiser,)
