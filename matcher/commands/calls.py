"""The command about calls: whom to ring first, so that the first places are right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.tables import write_bytes_whole

from .console import EXIT_NOTHING_FOUND, click, data_folder, explained, out_if_done, stop
from .tables import check_place, cohort_option, write_table


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
    from matcher.cohorts.batch.cohort import parse_cohort
    from matcher.cohorts.calls import report, trial, worth
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
    order = found.best(count)
    if not order:
        stop("Aucun appel ne changerait une première place.", EXIT_NOTHING_FOUND)
    for line in report.summary(calls, found, order, matcher):
        click.echo(line)
    if worlds:
        for line in report.trial_lines(trial.trial(calls, found, count, worlds)):
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


COMMANDS = (appels,)
