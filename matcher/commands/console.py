"""What commands share: French messages, exit codes, options, tables that they read and write."""

from __future__ import annotations

import errno
import gettext
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click as click

from matcher import DataError, Matcher, NeedError, UnknownCommune, UnknownStructure
from matcher.catalogue import missing
from matcher.catalogue.faults import LISTED, Fault
from matcher.catalogue.tables import write_bytes_whole, write_whole
from matcher.cohorts.batch.demand import Needs, read_needs
from matcher.cohorts.batch.wording import UnknownCohort
from matcher.cohorts.planning.introductions import DEFAULT_CAPACITY, Capacity
from matcher.cohorts.planning.told import MOST, StructureReports, read_told
from matcher.tables.cells import BOM, french_csv
from matcher.tables.understood import count_line, preview, refused_file
from matcher.territory.nest import Territory

os.environ["LANGUAGE"] = "fr"  # click speaks through gettext; everything a user reads is French
gettext.bindtextdomain("messages", str(Path(__file__).parents[1] / "locale"))


EXIT_UNKNOWN_COMMUNE = 3
EXIT_BAD_NEED = 4
EXIT_BAD_DATA = 5
EXIT_NOTHING_FOUND = 6
EXIT_DISK_FULL = 7
EXIT_WORKERS = 8
EXIT_STOPPED = 130
"""Stopped by Ctrl-C or by `kill`: the number that shells give to the first."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

for stream in (sys.stdout, sys.stderr):  # a terminal of another age shows « ? », not a traceback
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")

F = TypeVar("F", bound=Callable[..., Any])
NO_OUT = "Dites où écrire les résultats : --out."
REFUSED = ("fichier", "ligne", "colonne", "valeur", "regle")


def explained(command: F) -> F:
    """Turn a user's mistake into a French sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (UnknownCommune, UnknownCohort) as error:
            stop(str(error), EXIT_UNKNOWN_COMMUNE)
        except NeedError as error:
            stop(str(error), EXIT_BAD_NEED)
        except UnknownStructure as error:
            stop(str(error), EXIT_NOTHING_FOUND)
        except DataError as error:
            stop(str(error), EXIT_BAD_DATA)
        except ModuleNotFoundError as error:
            stop(missing(error), EXIT_BAD_DATA)
        except BrokenPipeError:  # the reader (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            if error.errno in DISK_FULL:
                stop(
                    "Le disque est plein : aucun fichier n’est écrit à moitié. Libérez de la "
                    "place, puis relancez la même commande.",
                    EXIT_DISK_FULL,
                )
            stop(f"Impossible de lire ou d’écrire « {error.filename} ».", EXIT_BAD_DATA)

    return run  # type: ignore[return-value]


def stop(message: str, code: int) -> NoReturn:
    """Say on stderr why the command ends here, and end it with an exit code."""
    click.echo(message, err=True)
    sys.exit(code)


data_folder = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DOSSIER",
    help="Dossier de données (par défaut : les données livrées).",
)

input_file = click.Path(path_type=Path, exists=True, dir_okay=False)

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

verify_option = click.option(
    "--verifier",
    "verify",
    is_flag=True,
    help="Dire ce qui est compris du fichier, sans rien calculer ni écrire.",
)

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FICHIER",
    required=True,
    help="Fichier à écrire.",
)

out_if_done = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FICHIER",
    help="Fichier à écrire.",
)
"""That of a command that has nothing to write with `--verifier`."""


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
) -> tuple[Capacity, StructureReports, list[Fault]]:
    """The capacities that a file declares, what else it tells of structures, and its faults."""
    if path is None:
        return Capacity({}, default), StructureReports(), []
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
