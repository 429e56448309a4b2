"""Commands about many needs at once: plan introductions, find gaps, form groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matcher import Matcher
from matcher.catalogue.faults import Fault
from matcher.catalogue.tables import write_whole
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.cohorts.capacity import Capacity, read_capacity
from matcher.ranking.wording import counted
from matcher.reports.cells import BOM, french_csv

from .console import (
    EXIT_BAD_DATA,
    EXIT_NOTHING_FOUND,
    click,
    data_folder,
    explained,
    input_file,
    out_option,
    stop,
)

SHOWN = 10
"""Groups told on screen; the file has them all."""
REFUSED = ("fichier", "ligne", "colonne", "valeur", "regle")


capacity_option = click.option(
    "--capacity",
    type=input_file,
    metavar="FICHIER",
    help="CSV structure_id, capacite : introductions que chaque structure peut prendre.",
)
default_capacity_option = click.option(
    "--default-capacity",
    type=click.IntRange(0, 10_000),
    metavar="NOMBRE",
    default=10,
    show_default=True,
    help="Capacité des structures que le fichier ne cite pas.",
)


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
@out_option
@data_folder
@explained
def plan(
    needs: Path,
    capacity: Path | None,
    default_capacity: int,
    per_commune: int,
    top: int,
    out: Path,
    folder: Path | None,
) -> None:
    """Répartit les introductions d’une cohorte sans dépasser la capacité des structures.

    BESOINS est un CSV : commune, besoin et, au choix, themes, etape, id.
    """
    from matcher.cohorts import plan_report, planning
    from matcher.cohorts.demand import read_demands

    matcher = Matcher.open(folder)
    demands, refused = read_demands(needs, matcher.territory)
    places, faults = read_places(capacity, default_capacity, matcher)
    report_refused([*refused, *faults], out)
    found = planning.plan_demands(matcher, demands, places, per_commune, top)
    write_table(out, plan_report.COLUMNS, plan_report.plan_rows(found, demands, places, matcher))
    load = beside(out, "charge")
    write_table(load, plan_report.LOAD_COLUMNS, plan_report.load_rows(found, places, matcher))
    communes = dict.fromkeys(demand.need.commune for demand in demands)
    for line in plan_report.summary(found, places, matcher, communes):
        click.echo(line)
    click.echo(f"Plan : {out} ; charge des structures : {load}.")
    if not demands:
        stop("Aucun besoin lisible dans ce fichier.", EXIT_BAD_DATA)


@click.command()
@click.option(
    "--cohort",
    "cohort_name",
    metavar="COHORTE",
    default="pvd",
    show_default=True,
    help="pvd, france, departement:48, region:76, epci:SIREN ou commune:34142.",
)
@click.option(
    "--theme",
    type=click.Choice([theme.value for theme in Theme]),
    metavar="THÈME",
    help="Thème de la carte (par défaut : nombre de thèmes sans réponse proche).",
)
@click.option(
    "--radius",
    type=click.FloatRange(1, 200),
    metavar="KM",
    help="Zone desservie par une nouvelle structure, en km (par défaut : une intercommunalité).",
)
@click.option(
    "--sites",
    type=click.IntRange(1, 20),
    metavar="NOMBRE",
    default=3,
    show_default=True,
    help="Nouvelles structures à placer, par thème.",
)
@capacity_option
@default_capacity_option
@out_option
@data_folder
@explained
def gaps(
    cohort_name: str,
    theme: str | None,
    radius: float | None,
    sites: int,
    capacity: Path | None,
    default_capacity: int,
    out: Path,
    folder: Path | None,
) -> None:
    """Montre, commune par thème, où personne ne répond, et où une structure manque le plus.

    Écrit, à côté de FICHIER, le bilan par thème, les sites à pourvoir, une carte et son tableau.
    """
    import json

    from matcher.catalogue.territory import PVD
    from matcher.cohorts import covering, gap_report
    from matcher.cohorts.cohort import ALL, parse_cohort
    from matcher.cohorts.gaps import survey
    from matcher.reports.choropleth import choropleth

    matcher = Matcher.open(folder)
    territory = matcher.territory
    cohort = parse_cohort(cohort_name, territory)
    places, faults = read_places(capacity, default_capacity, matcher)
    report_refused(faults, out)
    found = survey(list(matcher.structures.values()), territory, cohort, places)
    if radius:
        candidates, zone = (
            covering.radius_sites(cohort, territory, radius),
            f"rayon de {radius:g} km",
        )
    else:
        candidates, zone = covering.epci_sites(cohort, territory), "une intercommunalité"
    inhabitants = gap_report.people(found, territory)
    best = {
        one: covering.cover(candidates, wanting, inhabitants, sites)
        for one, wanting in zip(Theme, found.wanting, strict=True)
    }
    write_table(out, gap_report.COLUMNS, gap_report.gap_rows(found, territory))
    themes = gap_report.theme_rows(found, territory)
    write_table(beside(out, "themes"), gap_report.THEME_COLUMNS, themes)
    site_rows = gap_report.site_rows(found, best, zone, territory)
    write_table(beside(out, "sites"), gap_report.SITE_COLUMNS, site_rows)
    points = json.dumps(gap_report.gap_geojson(found, territory), ensure_ascii=False)
    write_whole(out.with_suffix(".geojson"), points)
    whole = cohort.code in (PVD, ALL)
    scale, outlines = (Scale.DEPARTEMENT, "departements") if whole else (Scale.EPCI, "epci")
    areas = gap_report.area_rows(found, territory, scale)
    write_table(beside(out, "carte"), gap_report.AREA_COLUMNS, areas)
    column = 4 if theme is None else 5 + list(Theme).index(Theme(theme))
    about = "Thèmes sans" if theme is None else f"{Theme(theme).label} : communes sans"
    drawing = choropleth(
        {row[1]: row[column] for row in areas},
        (folder or Matcher.embedded()) / "reference" / "outlines" / f"{outlines}.geojson",
        f"{about} structure locale ni régionale ({cohort.name})",
        "thèmes" if theme is None else "% des communes",
        gap_report.THEMES_PER_COMMUNE if theme is None else gap_report.PERCENT,
    )
    write_whole(out.with_suffix(".svg"), drawing)
    for line in gap_report.summary(found, best, zone, territory):
        click.echo(line)
    click.echo(f"Tableaux et carte : {out}, et les fichiers de même nom.")


@click.command()
@click.argument("needs", type=input_file, metavar="BESOINS")
@out_option
@data_folder
@explained
def groups(needs: Path, out: Path, folder: Path | None) -> None:
    """Propose des groupes de travail : communes de même besoin, proches ou semblables.

    BESOINS est un CSV : commune, besoin et, au choix, themes, etape, id.
    """
    from matcher.cohorts import groups as working
    from matcher.cohorts.demand import read_demands

    matcher = Matcher.open(folder)
    demands, refused = read_demands(needs, matcher.territory)
    report_refused(refused, out)
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


def read_places(path: Path | None, default: int, matcher: Matcher) -> tuple[Capacity, list[Fault]]:
    """The capacities that a file declares, and what is wrong in it."""
    if path is None:
        return Capacity({}, default), []
    said, faults = read_capacity(path, matcher.structures)
    return Capacity(said, default), faults


def report_refused(faults: Sequence[Fault], out: Path) -> None:
    """Say on stderr that rows were left out, and write each with its rule beside the answer."""
    path = beside(out, "refus")
    path.unlink(missing_ok=True)  # that of a former run would lie
    if faults:
        rows = [(f.file, f.line, f.column, f.value, f.rule) for f in faults]
        write_table(path, REFUSED, rows)
        click.echo(
            f"Lignes refusées : {len(faults)}, avec la règle de chacune dans {path}.", err=True
        )


def beside(out: Path, what: str) -> Path:
    """A further file of an answer: `plan-charge.csv` beside `plan.csv`."""
    return out.with_name(f"{out.stem}-{what}.csv")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table for a French spreadsheet, whole or not at all."""
    write_whole(path, BOM + french_csv(columns, rows))


COMMANDS = (plan, gaps, groups)
