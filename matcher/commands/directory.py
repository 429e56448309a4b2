"""Commands about the directory as a whole: its doors, its quality, what a source would change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Area
from matcher.catalogue.tables import write_bytes_whole
from matcher.catalogue.vocabulary import Scale
from matcher.reports.answer.workbook import Sheet, render_sheets
from matcher.upkeep.directory.doors import Doors
from matcher.upkeep.directory.matrix import COLUMNS, DoorState, Matrix
from matcher.upkeep.directory.quality import Qualities, Quality, QualityPart
from matcher.upkeep.directory.trend import measure, note, read_trend
from matcher.upkeep.network.sources import BAN, SOURCES

from .console import (
    EXIT_BAD_DATA,
    EXIT_UNKNOWN_COMMUNE,
    check_place,
    click,
    data_folder,
    explained,
    input_file,
    out_if_done,
    stop,
    write_table,
)
from .dataset import CACHE

MARKS = {
    DoorState.KNOWN: "●",
    DoorState.DOUBTFUL: "○",
    DoorState.PARTLY: "◐",
    DoorState.ABSENT: "–",
    DoorState.UNKNOWN: "?",
}
"""One sign a state, for the table of a terminal."""


@click.command()
@click.option("--departement", metavar="CODE", help="Un seul département, par exemple 08.")
@out_if_done
@data_folder
@explained
def portes(departement: str | None, out: Path | None, folder: Path | None) -> None:
    """Montre, département par porte d’entrée, ce que nous connaissons et ce qui nous manque.

    Avec --out, écrit le tableau (CSV, ou XLSX selon le nom du fichier).
    """
    if out:
        check_place(out)
    matcher = Matcher.open(folder)
    doors = Doors.open(folder or Matcher.embedded())
    matrix = Matrix(matcher.structures.values(), matcher.territory, doors)
    if departement is not None and departement not in matrix.departements:
        stop(f"Département inconnu : « {departement[:20]} ».", EXIT_UNKNOWN_COMMUNE)
    wanted = (departement,) if departement else matrix.departements
    for line in _one(matrix, departement) if departement else _all(matrix, matcher):
        click.echo(line)
    if out:
        rows = list(matrix.rows(wanted))
        if out.suffix == ".xlsx":
            made = datetime(max(s.source_year or 0 for s in matcher.structures.values()), 1, 1)
            sheet = Sheet("Portes", COLUMNS, rows)
            write_bytes_whole(out, render_sheets("Matrice des portes", [sheet], made))
        else:
            write_table(out, COLUMNS, rows)
        click.echo(f"Tableau : {out}.")


def _one(matrix: Matrix, departement: str) -> list[str]:
    lines = []
    for cell in matrix.of(departement):
        found = cell.verified or cell.doubtful or cell.partly
        who = f" : {', '.join(found)}" if found else ""
        if cell.state is DoorState.ABSENT and cell.absence:
            who = f" : {cell.absence.statement} ({cell.absence.source})"
        lines.append(f"{MARKS[cell.state]} {cell.door.label} – {cell.state.label}{who}")
    return lines


def _all(matrix: Matrix, matcher: Matcher) -> list[str]:
    lines = [f"{n:>2} {door.label}" for n, door in enumerate(matrix.doors, 1)]
    lines.append(" " * 30 + " ".join(f"{n:>2}" for n in range(1, len(matrix.doors) + 1)))
    for code in matrix.departements:
        name = matcher.territory.name(Area(Scale.DEPARTEMENT, code))
        marks = " ".join(f" {MARKS[cell.state]}" for cell in matrix.of(code))
        lines.append(f"{code:<3} {name:<25.25} {marks}")
    totals = matrix.totals()
    total = sum(totals.values()) or 1
    for state, count in totals.items():
        lines.append(
            f"{MARKS[state]} {state.label} : {count} sur {total} ({100 * count // total} %)"
        )
    return lines


@click.command()
@click.option("--noter", "keep", is_flag=True, help="Ajouter la mesure du jour à la tendance.")
@out_if_done
@data_folder
@explained
def qualite(keep: bool, out: Path | None, folder: Path | None) -> None:
    """Dit ce que valent les fiches de l’annuaire, de 0 à 100, et la tendance.

    Avec --out, écrit le détail de chaque fiche (CSV).
    """
    if out:
        check_place(out)
    root = folder or Matcher.embedded()
    matcher = Matcher.open(folder)
    qualities = Qualities.open(root)
    matrix = Matrix(matcher.structures.values(), matcher.territory, Doors.open(root))
    found = measure(qualities, matrix, date.today())
    if keep:
        note(root, found)
    click.echo(f"{found.structures} fiches, {decimal(found.mean)} points sur 100 en moyenne.")
    for one, count in qualities.counts().items():
        click.echo(f"  {one.label} ({one.definition}) : {count}")
    for past in read_trend(root):
        click.echo(f"  {past.day} : {past.structures} fiches, {decimal(past.mean)} points")
    if out:
        names = tuple(part.value for part in QualityPart)
        rows = [
            (i, q.points, q.grade.label, *(points for _, points, _ in q.parts()), _lacks(q))
            for i, q in qualities.of.items()
        ]
        write_table(out, ("id", "points", "classe", *names, "manque"), rows)
        click.echo(f"Tableau : {out}.")


def _lacks(quality: Quality) -> str:
    return " ; ".join(line.label for line in quality.lacking)


PLACES = ("pvd", "cog")
"""Those that say something of communes, not of structures."""
KEPT = CACHE / "sources"
"""What sources sent last time, so as to ask only for what changed."""


@click.command()
@click.argument("name", metavar="SOURCE", type=click.Choice(tuple(SOURCES)))
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
    from matcher.upkeep.network.refresh import refresh_list

    client = Client(SOURCES[name], KEPT)
    if name == "cog":
        return refresh_geography(client, root, year, dry=dry).lines()
    return refresh_list(client, root, dry=dry).lines()


def _structures(
    name: str, file: Path | None, asked: tuple[str, str], root: Path, dry: bool
) -> None:
    """Refresh structures; say the difference."""
    from matcher.upkeep.network.client import Client
    from matcher.upkeep.network.refresh import SourceExtract, import_with_seats, refresh
    from matcher.upkeep.report import differences

    client, ban = (Client(source, KEPT) for source in (SOURCES[name], BAN))
    if file:
        report, count = import_with_seats(ban, file, root, dry=dry)
    else:
        report, count = refresh(client, ban, SourceExtract(*asked), root, date.today(), dry=dry)
    click.echo(f"{SOURCES[name].label} : {counted(count, 'structure', 'structures')}.")
    for line in differences(report, count):
        click.echo(line)
    if report.refused_file:
        click.echo(f"Lignes refusées, avec leur raison : {report.refused_file}.")
    click.echo(f"Écrit dans {report.written}." if report.written else "Rien n’a été écrit.")
    if report.refused_rows == count:
        stop("Aucune structure n’a pu être prise.", EXIT_BAD_DATA)


COMMANDS = (portes, qualite, actualiser)
