"""Commands about the directory as a whole: its doors in each département, its quality."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import decimal
from matcher.catalogue.model import Area
from matcher.catalogue.tables import write_bytes_whole
from matcher.catalogue.vocabulary import Scale
from matcher.reports.answer.workbook import Sheet, render_sheets
from matcher.upkeep.directory.doors import Doors
from matcher.upkeep.directory.matrix import COLUMNS, Matrix, State
from matcher.upkeep.directory.quality import Part, Qualities, Quality
from matcher.upkeep.directory.trend import measure, note, read_trend

from .console import EXIT_UNKNOWN_COMMUNE, click, data_folder, explained, out_if_done, stop
from .tables import check_place, write_table

MARKS = {
    State.KNOWN: "●",
    State.DOUBTFUL: "○",
    State.PARTLY: "◐",
    State.ABSENT: "–",
    State.UNKNOWN: "?",
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
        if cell.state is State.ABSENT and cell.absence:
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
        names = tuple(part.value for part in Part)
        rows = [
            (i, q.points, q.grade.label, *(points for _, points, _ in q.parts()), _lacks(q))
            for i, q in qualities.of.items()
        ]
        write_table(out, ("id", "points", "classe", *names, "manque"), rows)
        click.echo(f"Tableau : {out}.")


def _lacks(quality: Quality) -> str:
    return " ; ".join(line.label for line in quality.lacking)


COMMANDS = (portes, qualite)
