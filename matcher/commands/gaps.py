"""The commands about what is missing: where nobody answers, whom to ring first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.tables import write_bytes_whole, write_whole
from matcher.catalogue.vocabulary import Scale, Theme

from .console import (
    EXIT_NOTHING_FOUND,
    beside,
    capacity_option,
    check_place,
    click,
    cohort_option,
    data_folder,
    default_capacity_option,
    explained,
    out_if_done,
    out_option,
    read_places,
    report_refused,
    stop,
    write_table,
)


@click.command()
@cohort_option
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
    """Montre, commune par thème, ce qui est couvert, de loin seulement, ou non recensé par nous.

    Écrit, à côté de FICHIER, le bilan par thème, les sites à pourvoir (là seulement où le terrain
    est relevé), ce que nous savons des portes d’entrée, une carte et son tableau.
    """
    import json

    from matcher.cohorts.batch.wording import ALL, parse_cohort
    from matcher.cohorts.gaps import covering
    from matcher.cohorts.gaps import report as gap_report
    from matcher.cohorts.gaps.covered import survey
    from matcher.reports.pack.choropleth import choropleth
    from matcher.territory.nest import PVD
    from matcher.upkeep.directory.doors import Doors
    from matcher.upkeep.directory.matrix import COLUMNS, Matrix, totals_line

    check_place(out, capacity)
    matcher = Matcher.open(folder)
    territory = matcher.territory
    cohort = parse_cohort(cohort_name, territory)
    places, _, faults = read_places(capacity, default_capacity, matcher)
    report_refused(faults, out)
    structures = list(matcher.structures.values())
    found = survey(structures, territory, cohort, places)
    if radius:
        candidates, zone = (
            covering.radius_sites(cohort, territory, radius),
            f"rayon de {radius:g} km",
        )
    else:
        candidates, zone = covering.epci_sites(cohort, territory), "une intercommunalité"
    inhabitants = gap_report.people(found, territory)
    doors = Matrix(structures, territory, Doors.open(folder or Matcher.embedded()))
    looked = gap_report.surveyed(found, territory, doors)
    best = {
        one: covering.cover(candidates, wanting, inhabitants, sites)
        for one, wanting in zip(Theme, found.wanting & looked, strict=True)
    }
    write_table(out, gap_report.COLUMNS, gap_report.gap_rows(found, territory, doors))
    themes = gap_report.theme_rows(found, territory, doors)
    write_table(beside(out, "themes"), gap_report.THEME_COLUMNS, themes)
    site_rows = gap_report.site_rows(found, best, zone, territory, doors)
    write_table(beside(out, "sites"), gap_report.SITE_COLUMNS, site_rows)
    concerned = {territory.communes[insee].departement for insee in cohort.members}
    write_table(beside(out, "portes"), COLUMNS, doors.rows(sorted(concerned)))
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
        f"{about} structure locale ni régionale connue de nous ({cohort.name})",
        "thèmes" if theme is None else "% des communes",
        gap_report.THEMES_PER_COMMUNE if theme is None else gap_report.PERCENT,
    )
    write_whole(out.with_suffix(".svg"), drawing)
    for line in gap_report.summary(found, best, zone, territory, doors):
        click.echo(line)
    click.echo(totals_line(doors.totals(concerned)))
    click.echo(f"Tableaux et carte : {out}, et les fichiers de même nom.")


@click.command()
@cohort_option
@click.option(
    "--nombre",
    "count",
    type=click.IntRange(1, 200),
    metavar="NOMBRE",
    default=20,
    show_default=True,
    help="Appels, au plus.",
)
@click.option(
    "--confirmees",
    "confirmed",
    type=click.IntRange(1, 99),
    metavar="POURCENT",
    default=50,
    show_default=True,
    help="Part des fiches à vérifier qu’un appel confirme, si vous l’avez mesurée.",
)
@click.option(
    "--essai",
    "worlds",
    type=click.IntRange(1, 200),
    metavar="TIRAGES",
    help="Comparer aussi ces appels à autant d’appels au hasard, sur tant de tirages.",
)
@out_if_done
@data_folder
@explained
def appels(
    cohort_name: str,
    count: int,
    confirmed: int,
    worlds: int | None,
    out: Path | None,
    folder: Path | None,
) -> None:
    """Dit quels appels changeraient le plus les premières places d’une cohorte.

    Fiches à vérifier et portes d’entrée que nous ne connaissons pas : qui appeler, comment, que
    demander, pourquoi. Avec --out, écrit la feuille d’appels (CSV, ou XLSX selon le nom).
    """
    from matcher.cohorts.batch.wording import parse_cohort
    from matcher.cohorts.calls import report, worth
    from matcher.cohorts.calls.asked import possible
    from matcher.reports.answer.workbook import Sheet, render_sheets
    from matcher.upkeep.directory.doors import Doors

    if out:
        check_place(out)
    matcher = Matcher.open(folder)
    cohort = parse_cohort(cohort_name, matcher.territory)
    doors = Doors.open(folder or Matcher.embedded())
    calls = possible(matcher, doors, cohort, confirmed / 100)
    found = worth.effects(calls)
    order = found.chosen(count)
    if not order:
        stop("Aucun appel ne changerait une première place.", EXIT_NOTHING_FOUND)
    for line in report.summary(calls, found, order, matcher):
        click.echo(line)
    if worlds:
        for line in report.trial_lines(report.trial(calls, found, count, worlds)):
            click.echo(line)
    if out:
        rows = list(report.call_rows(calls, found, order, matcher))
        if out.suffix == ".xlsx":
            made = datetime(matcher.profiles.newest_source or 1970, 1, 1)
            sheet = Sheet("Appels", report.COLUMNS, rows)
            write_bytes_whole(out, render_sheets(f"Appels : {cohort.name}", [sheet], made))
        else:
            write_table(out, report.COLUMNS, rows)
        click.echo(f"Feuille d’appels : {out}.")


COMMANDS = (gaps, appels)
