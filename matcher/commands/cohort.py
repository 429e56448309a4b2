"""Commands about the needs of a cohort: plan introductions, form working groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher import Matcher
from matcher.catalogue.french import counted
from matcher.catalogue.tables import write_bytes_whole
from matcher.cohorts.planning.made import ALTERNATES
from matcher.cohorts.planning.told import DEFAULT_RATE, MOST, Rates
from matcher.territory.nest import Territory

from .console import (
    EXIT_BAD_DATA,
    EXIT_NOTHING_FOUND,
    beside,
    capacity_option,
    check_place,
    click,
    data_folder,
    default_capacity_option,
    explained,
    input_file,
    out_if_done,
    read_places,
    report_read,
    report_refused,
    show_needs,
    stop,
    verify_option,
    write_table,
)

if TYPE_CHECKING:
    from matcher.cohorts.planning.report import Report

SHOWN = 10
"""Groups told on screen; the file has them all."""


@click.command()
@click.argument("needs", type=input_file, metavar="BESOINS")
@capacity_option
@default_capacity_option
@click.option(
    "--per-commune",
    type=click.IntRange(1, 3),
    metavar="NOMBRE",
    default=1,
    show_default=True,
    help="Introductions par commune, au plus.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 100),
    metavar="NOMBRE",
    default=20,
    show_default=True,
    help="Structures de son classement qu’un besoin peut recevoir.",
)
@click.option(
    "--interdits",
    "forbidden_file",
    type=input_file,
    metavar="FICHIER",
    help="Couples à ne pas mettre en relation, tableau insee, structure_id : un refus, un conflit.",
)
@click.option(
    "--taux",
    type=click.IntRange(1, 99),
    metavar="POURCENT",
    default=round(100 * DEFAULT_RATE),
    show_default=True,
    help="Part des introductions qu’accepte une structure dont le fichier ne dit pas le taux.",
)
@click.option(
    "--tous-repondent",
    "believing",
    is_flag=True,
    help="Croire que chaque structure accepte : aucune place n’est gardée pour un recours.",
)
@click.option(
    "--recours",
    type=click.IntRange(0, 4),
    metavar="NOMBRE",
    default=ALTERNATES,
    show_default=True,
    help="Structures à appeler ensuite, en cas de refus, par commune.",
)
@click.option(
    "--charge-mini",
    "least",
    type=click.IntRange(1, MOST),
    metavar="NOMBRE",
    default=1,
    show_default=True,
    help="Contacts d’une structure qui prend part au plan : au moins tant, ou aucun.",
)
@click.option(
    "--peu-d-interlocuteurs",
    "few",
    is_flag=True,
    help="Le moins de structures par intercommunalité, pour 1 % du score au plus.",
)
@click.option(
    "--reprendre",
    "former_file",
    type=input_file,
    metavar="FICHIER",
    help="Un plan précédent, sa colonne reponse remplie : acceptée, déclinée, sans réponse, "
    "envoyée. Ce qui est accepté ou envoyé reste.",
)
@click.option(
    "--essai",
    "worlds",
    type=click.IntRange(10, 2000),
    metavar="TIRAGES",
    help="Comparer aussi, sur tant de tirages, au plan qui croit que toutes répondent.",
)
@out_if_done
@verify_option
@data_folder
@explained
def plan(
    needs: Path,
    capacity: Path | None,
    default_capacity: int,
    per_commune: int,
    top: int,
    forbidden_file: Path | None,
    taux: int,
    believing: bool,
    recours: int,
    least: int,
    few: bool,
    former_file: Path | None,
    worlds: int | None,
    out: Path | None,
    verify: bool,
    folder: Path | None,
) -> None:
    """Répartit les introductions d’une cohorte sans dépasser la capacité des structures.

    BESOINS est un tableau, CSV, XLSX ou ODS : commune, besoin et, au choix, themes, etape, id. Le
    plan compte avec les refus : il sert le plus de communes, en moyenne. --out prend .csv, .xlsx ou
    .pdf.
    """
    from matcher.cohorts.batch.demand import read_needs
    from matcher.cohorts.planning import told as past
    from matcher.cohorts.planning.made import Wishes
    from matcher.cohorts.planning.plan import listed_choices, trial, trial_lines
    from matcher.cohorts.planning.plan import plan as planned
    from matcher.cohorts.planning.report import Report
    from matcher.cohorts.planning.summary import summary
    from matcher.upkeep.directory.doors import Doors
    from matcher.upkeep.directory.matrix import Matrix

    if verify:
        show_needs(needs, Territory.open(folder or Matcher.embedded()))
        return
    out = check_place(out, needs, capacity, forbidden_file, former_file)
    matcher = Matcher.open(folder)
    communes = matcher.territory.communes
    read = read_needs(needs, matcher.territory)
    places, told, faults = read_places(capacity, default_capacity, matcher)
    forbidden, former = past.Pairs(), past.NO_FORMER
    if forbidden_file:
        forbidden, wrong = past.read_pairs(forbidden_file, communes, matcher.structures)
        faults += wrong
    if former_file:
        former, wrong = past.read_former(former_file, communes, matcher.structures)
        faults += wrong
    report_read(read, out)
    report_refused([*read.faults, *faults], out)
    if not read.demands:
        stop("Aucun besoin lisible dans ce fichier.", EXIT_BAD_DATA)
    wishes = Wishes(
        None if believing else Rates(told.rates, told.counted, taux / 100),
        recours,
        least,
        {insee: one.epci or insee for insee, one in communes.items()} if few else None,
        forbidden,
        former,
        told.underway,
    )
    ranked = [demand for demand in read.demands if matcher.status(demand.need).ranked]
    own = {demand.id: demand.need.commune for demand in ranked}
    choices = listed_choices(matcher, ranked, top, former)
    found = planned(own, choices, places, per_commune, wishes)
    doors = Matrix(
        matcher.structures.values(), matcher.territory, Doors.open(folder or Matcher.embedded())
    )
    report = Report(found, read.demands, matcher, doors, wishes, told)
    written = _write_plan(report, out)
    _say_left_out(len(read.demands) - len(ranked))
    for line in summary(report):
        click.echo(line)
    if wishes.rates and any(map(wishes.rates.is_supposed, found.load)):
        click.echo("Pour changer l’hypothèse : --taux, ou la colonne taux_reponse de --capacity.")
    if worlds:
        tried = list(trial(own, choices, places, per_commune, wishes, worlds))
        for line in trial_lines(tried, len(report.communes)):
            click.echo(line)
    click.echo(f"Plan : {written}.")


def _write_plan(report: Report, out: Path) -> str:
    """Write the plan as its name says; the files, in French."""
    from matcher.cohorts.planning import report as columns
    from matcher.cohorts.planning import summary

    if out.suffix in (".xlsx", ".pdf"):
        make = summary.workbook if out.suffix == ".xlsx" else summary.document
        write_bytes_whole(out, make(report))
        return str(out)
    write_table(out, columns.COLUMNS, report.rows())
    load, aside = beside(out, "charge"), beside(out, "non-sollicitees")
    write_table(load, columns.LOAD_COLUMNS, report.load_rows())
    aside.unlink(missing_ok=True)  # that of a former run would lie
    if not report.aside:
        return f"{out} ; charge des structures : {load}"
    write_table(aside, columns.ASIDE_COLUMNS, report.aside)
    return f"{out} ; charge des structures : {load} ; non sollicitées : {aside}"


def _say_left_out(count: int) -> None:
    """Say how many needs are out of scope or say nothing."""
    if count:
        said = counted(count, "besoin hors champ ou vide", "besoins hors champ ou vides")
        click.echo(f"{said} : aucune structure n’est proposée pour eux.")


@click.command()
@click.argument("needs", type=input_file, metavar="BESOINS")
@out_if_done
@verify_option
@data_folder
@explained
def groups(needs: Path, out: Path | None, verify: bool, folder: Path | None) -> None:
    """Propose des groupes de travail : communes de même besoin, proches ou semblables.

    BESOINS est un tableau, CSV, XLSX ou ODS : commune, besoin et, au choix, themes, etape, id.
    """
    from matcher.cohorts.batch.demand import read_needs
    from matcher.cohorts.planning import groups as working

    if verify:
        show_needs(needs, Territory.open(folder or Matcher.embedded()))
        return
    out = check_place(out, needs)
    matcher = Matcher.open(folder)
    read = read_needs(needs, matcher.territory)
    demands, refused = read.demands, read.faults
    report_read(read, out)
    report_refused(refused, out)
    if not demands:
        stop("Aucun besoin lisible dans ce fichier.", EXIT_BAD_DATA)
    _say_left_out(sum(not matcher.status(demand.need).ranked for demand in demands))
    try:
        found = working.form_groups(matcher, demands)
    except working.TooManyNeeds as error:
        stop(str(error), EXIT_BAD_DATA)
    write_table(out, working.COLUMNS, working.group_rows(found, demands, matcher.territory))
    grouped = sum(len(group.needs) for group in found)
    formed = counted(len(found), "groupe", "groupes")
    click.echo(f"{formed} pour {counted(grouped, 'besoin', 'besoins')} sur {len(demands)}.")
    for number, group in enumerate(found[:SHOWN], 1):
        click.echo(f"  {number}. {working.reason(group, matcher.territory)}")
    click.echo(f"Groupes : {out}.")
    if not found:
        stop(
            "Aucun groupe : les besoins sont trop différents ou trop éloignés.", EXIT_NOTHING_FOUND
        )


COMMANDS = (plan, groups)
