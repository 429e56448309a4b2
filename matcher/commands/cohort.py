"""Commands about the needs of a cohort: plan introductions, form working groups."""

from __future__ import annotations

from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import counted
from matcher.territory.nest import Territory

from .console import (
    EXIT_BAD_DATA,
    EXIT_NOTHING_FOUND,
    click,
    data_folder,
    explained,
    input_file,
    out_if_done,
    stop,
    verify_option,
)
from .tables import (
    beside,
    capacity_option,
    check_place,
    default_capacity_option,
    read_places,
    report_read,
    report_refused,
    show_needs,
    write_table,
)

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
    out: Path | None,
    verify: bool,
    folder: Path | None,
) -> None:
    """Répartit les introductions d’une cohorte sans dépasser la capacité des structures.

    BESOINS est un tableau, CSV, XLSX ou ODS : commune, besoin et, au choix, themes, etape, id.
    """
    from matcher.cohorts.batch.demand import read_needs
    from matcher.cohorts.planning import plan as planning
    from matcher.cohorts.planning import report as plan_report
    from matcher.cohorts.planning.pairs import read_pairs
    from matcher.upkeep.directory.doors import Doors
    from matcher.upkeep.directory.matrix import Matrix

    if verify:
        show_needs(needs, Territory.open(folder or Matcher.embedded()))
        return
    out = check_place(out, needs, capacity, forbidden_file)
    matcher = Matcher.open(folder)
    read = read_needs(needs, matcher.territory)
    demands, refused = read.demands, read.faults
    places, faults = read_places(capacity, default_capacity, matcher)
    forbidden: frozenset[tuple[str, str]] = frozenset()
    if forbidden_file:
        communes_known = matcher.territory.communes
        forbidden, wrong = read_pairs(forbidden_file, communes_known, matcher.structures)
        faults = [*faults, *wrong]
    report_read(read, out)
    report_refused([*refused, *faults], out)
    if not demands:
        stop("Aucun besoin lisible dans ce fichier.", EXIT_BAD_DATA)
    found = planning.plan_demands(matcher, demands, places, per_commune, top, forbidden)
    known = Doors.open(folder or Matcher.embedded())
    doors = Matrix(matcher.structures.values(), matcher.territory, known)
    rows = plan_report.plan_rows(found, demands, places, matcher, doors)
    write_table(out, plan_report.COLUMNS, rows)
    load = beside(out, "charge")
    write_table(load, plan_report.LOAD_COLUMNS, plan_report.load_rows(found, places, matcher))
    ranked = [demand for demand in demands if matcher.status(demand.need).ranked]
    communes = dict.fromkeys(demand.need.commune for demand in ranked)
    _say_left_out(len(demands) - len(ranked))
    for line in plan_report.summary(found, places, matcher, communes, doors):
        click.echo(line)
    click.echo(f"Plan : {out} ; charge des structures : {load}.")


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
