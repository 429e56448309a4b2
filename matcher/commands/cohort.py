"""Commands about many needs at once: plan introductions, find gaps, form groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matcher import Matcher
from matcher.catalogue.faults import Fault
from matcher.catalogue.tables import write_whole
from matcher.reports.cells import BOM, french_csv

from .console import EXIT_BAD_DATA, click, data_folder, explained, input_file, out_option, stop

REFUSED = ("fichier", "ligne", "colonne", "valeur", "regle")


@click.command()
@click.argument("needs", type=input_file, metavar="BESOINS")
@click.option(
    "--capacity",
    type=input_file,
    metavar="FICHIER",
    help="CSV structure_id, capacite : introductions que chaque structure peut prendre.",
)
@click.option(
    "--default-capacity",
    type=click.IntRange(0, 10_000),
    metavar="NOMBRE",
    default=10,
    show_default=True,
    help="Capacité des structures que le fichier ne cite pas.",
)
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
    from matcher.cohorts.capacity import Capacity, read_capacity
    from matcher.cohorts.demand import read_demands

    matcher = Matcher.open(folder)
    demands, refused = read_demands(needs, matcher.territory)
    said: dict[str, int] = {}
    if capacity:
        said, faults = read_capacity(capacity, matcher.structures)
        refused += faults
    report_refused(refused, out)
    places = Capacity(said, default_capacity)
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


COMMANDS = (plan,)
