"""Tables that commands read and write: capacities, refused rows, answers for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matcher import Matcher
from matcher.catalogue.faults import Fault
from matcher.catalogue.tables import write_whole
from matcher.cohorts.capacity import DEFAULT_CAPACITY, MOST, Capacity, read_capacity
from matcher.reports.cells import BOM, french_csv

from .console import EXIT_BAD_DATA, click, input_file, stop

REFUSED = ("fichier", "ligne", "colonne", "valeur", "regle")

capacity_option = click.option(
    "--capacity",
    type=input_file,
    metavar="FICHIER",
    help="CSV structure_id, capacite : introductions que chaque structure peut prendre.",
)
default_capacity_option = click.option(
    "--default-capacity",
    type=click.IntRange(0, MOST),
    metavar="NOMBRE",
    default=DEFAULT_CAPACITY,
    show_default=True,
    help="Capacité des structures que le fichier ne cite pas.",
)


def check_place(out: Path, *inputs: Path | None) -> None:
    """Refuse at once, rather than after a minute of work, a place where an answer cannot go.

    That is a folder that does not exist, or a file that the command reads: writing there, or in
    the files beside it, would destroy what was handed over.
    """
    written = {path.resolve() for path in (out, beside(out, "refus"), beside(out, "charge"))}
    if any(given is not None and given.resolve() in written for given in inputs):
        raise click.UsageError(f"« {out} » écraserait un fichier lu : choisissez un autre nom.")
    if not out.parent.is_dir():
        stop(f"Impossible d’écrire « {out} » : dossier introuvable.", EXIT_BAD_DATA)


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
