"""What every command shares: French messages, exit codes, the option of the data folder."""

from __future__ import annotations

import errno
import gettext
import io
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

os.environ["LANGUAGE"] = "fr"  # click speaks through gettext; everything a user reads is French
gettext.bindtextdomain("messages", str(Path(__file__).parents[1] / "locale"))

import click as click  # noqa: E402 - after the language is set; the commands take it from here

from matcher import DataError, NeedError, UnknownCommune, UnknownStructure  # noqa: E402
from matcher.catalogue import missing  # noqa: E402
from matcher.cohorts.batch.wording import UnknownCohort  # noqa: E402

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
