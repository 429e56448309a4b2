"""Tables that commands read and write: capacities, refused rows, answers for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matcher import Matcher
from matcher.catalogue.faults import LISTED, Fault
from matcher.catalogue.tables import write_bytes_whole, write_whole
from matcher.cohorts.batch.demand import Needs, read_needs
from matcher.cohorts.planning.introductions import DEFAULT_CAPACITY, Capacity
from matcher.cohorts.planning.told import MOST, Told, read_told
from matcher.tables.cells import BOM, french_csv
from matcher.tables.understood import count_line, preview, refused_file
from matcher.territory.nest import Territory

from .console import EXIT_BAD_DATA, click, input_file, stop

NO_OUT = "Dites où écrire les résultats : --out."
REFUSED = ("fichier", "ligne", "colonne", "valeur", "regle")

cohort_option = click.option(
    "--cohort",
    "cohort_name",
    metavar="COHORTE",
    default="pvd",
    show_default=True,
    help="pvd, france, departement:48, region:76, epci:SIREN ou commune:34142.",
)
capacity_option = click.option(
    "--capacity",
    type=input_file,
    metavar="FICHIER",
    help="Tableau structure_id, capacite : introductions que chaque structure peut prendre.",
)
default_capacity_option = click.option(
    "--default-capacity",
    type=click.IntRange(0, MOST),
    metavar="NOMBRE",
    default=DEFAULT_CAPACITY,
    show_default=True,
    help="Capacité des structures que le fichier ne cite pas.",
)


def show_needs(path: Path, territory: Territory) -> None:
    """Say what is understood of a table of needs, row by row where it is refused."""
    needs = read_needs(path, territory)
    for line in preview(needs.table, needs.faults):
        click.echo(line)
    for row, sentence in needs.repaired[:LISTED]:
        click.echo(f"  ligne {row} : {sentence}")
    for fault in needs.faults[:LISTED]:
        click.echo(str(fault))
    if more := needs.faults[LISTED:]:
        click.echo(f"… et {len(more)} autres lignes refusées.")


def check_place(out: Path | None, *inputs: Path | None) -> Path:
    """Refuse at once, rather than after a minute of work, a place where an answer cannot go.

    That is a folder that does not exist, or a file that the command reads: writing there, or in
    the files beside it, would destroy what was handed over.
    """
    if out is None:
        raise click.UsageError(NO_OUT)
    mended = (out.with_name(f"{out.stem}-a-corriger{e}") for e in (".csv", ".xlsx"))
    further = (beside(out, what) for what in ("refus", "charge", "non-sollicitees"))
    answers = (out, *further, *mended)
    written = {path.resolve() for path in answers}
    if any(given is not None and given.resolve() in written for given in inputs):
        raise click.UsageError(f"« {out} » écraserait un fichier lu : choisissez un autre nom.")
    if not out.parent.is_dir():
        stop(f"Impossible d’écrire « {out} » : dossier introuvable.", EXIT_BAD_DATA)
    return out


def read_places(
    path: Path | None, default: int, matcher: Matcher
) -> tuple[Capacity, Told, list[Fault]]:
    """The capacities that a file declares, what else it tells of structures, and its faults."""
    if path is None:
        return Capacity({}, default), Told(), []
    told, faults = read_told(path, matcher.structures)
    return Capacity(told.capacity, default), told, faults


def report_read(needs: Needs, out: Path) -> None:
    """Say how many rows were read, and write the refused ones beside the answer, to be mended."""
    click.echo(count_line(needs.table, needs.faults))
    for extension in (".csv", ".xlsx"):  # those of a former run would lie
        out.with_name(f"{out.stem}-a-corriger{extension}").unlink(missing_ok=True)
    if needs.faults:
        extension, data = refused_file(needs.table, needs.faults)
        write_bytes_whole(out.with_name(f"{out.stem}-a-corriger{extension}"), data)


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
