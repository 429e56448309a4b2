"""`actualiser`: what an operator with a network brings up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import counted

from .console import EXIT_BAD_DATA, click, data_folder, explained, input_file, stop
from .dataset import CACHE

NAMES = ("data-inclusion", "entreprises", "france-services", "pvd", "cog", "ban")
"""Sources, by the name that the operator writes: those of `upkeep.network.sources`."""
PLACES = ("pvd", "cog")
"""Those that say something of communes, not of structures."""
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
@click.option(
    "--annee",
    "year",
    metavar="ANNÉE",
    default="",
    help="« cog » : année que l’API sert aujourd’hui, par exemple 2027 (elle ne la dit pas).",
)
@data_folder
@explained
def actualiser(
    name: str,
    dry: bool,
    departement: str,
    activity: str,
    file: Path | None,
    year: str,
    folder: Path | None,
) -> None:
    """Met à jour l’annuaire depuis SOURCE, par le réseau : c’est la seule commande qui s’en sert.

    data-inclusion, entreprises (API Recherche d’entreprises, ESS), france-services : structures,
    par l’import. pvd : liste des Petites villes de demain. cog : communes et EPCI de l’année.
    ban : sièges d’un fichier de structures. Regardez d’abord avec --essai.
    """
    root = folder or Matcher.embedded()
    departement = departement.strip().upper()
    _check(name, departement, year, file)
    if name in PLACES:
        for line in _places(name, root, year, dry):
            click.echo(line)
        return
    _structures(name, file, (departement, activity), root, dry)


def _check(name: str, departement: str, year: str, file: Path | None) -> None:
    """Refuse a command that lacks what its source needs, or gives what it has no use for."""
    if name == "entreprises" and not departement:
        raise click.UsageError("« entreprises » se lit par département : --departement CODE.")
    if (name == "ban") != (file is not None):
        raise click.UsageError("--fichier va avec « ban », et « ban » demande --fichier.")
    if (name == "cog") != bool(re.fullmatch(r"20\d\d", year)):
        raise click.UsageError("--annee va avec « cog », sur quatre chiffres : --annee 2027.")


def _places(name: str, root: Path, year: str, dry: bool) -> Iterator[str]:
    """Refresh what is known of communes; the difference."""
    from matcher.upkeep.network.client import Client
    from matcher.upkeep.network.geography import refresh_geography
    from matcher.upkeep.network.pvd_list import refresh_list
    from matcher.upkeep.network.sources import SOURCES

    client = Client(SOURCES[name], KEPT)
    if name == "cog":
        return refresh_geography(client, root, year, dry=dry).lines()
    return refresh_list(client, root, dry=dry).lines()


def _structures(
    name: str, file: Path | None, asked: tuple[str, str], root: Path, dry: bool
) -> None:
    """Refresh structures; say the difference."""
    from matcher.upkeep.network.client import Client
    from matcher.upkeep.network.refresh import Asked, import_with_seats, refresh
    from matcher.upkeep.network.sources import BAN, SOURCES
    from matcher.upkeep.report import differences

    client, ban = (Client(source, KEPT) for source in (SOURCES[name], BAN))
    if file:
        report, count = import_with_seats(ban, file, root, dry=dry)
    else:
        report, count = refresh(client, ban, Asked(*asked), root, date.today(), dry=dry)
    click.echo(f"{SOURCES[name].label} : {counted(count, 'structure', 'structures')}.")
    for line in differences(report, count):
        click.echo(line)
    if report.refused_file:
        click.echo(f"Lignes refusées, avec leur raison : {report.refused_file}.")
    click.echo(f"Écrit dans {report.written}." if report.written else "Rien n’a été écrit.")
    if report.refused_rows == count:
        stop("Aucune structure n’a pu être prise.", EXIT_BAD_DATA)


COMMANDS = (actualiser,)
