"""What every command shares: the settings of the site, French messages, exit codes."""

from __future__ import annotations

import errno
import gettext
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import matcher

os.environ["LANGUAGE"] = "fr"  # click speaks through gettext; everything a user reads is French
gettext.bindtextdomain("messages", str(Path(matcher.__file__).parent / "locale"))

import click as click  # noqa: E402 - after the language is set; the commands take it from here
from flask import Flask  # noqa: E402
from sqlalchemy.exc import OperationalError  # noqa: E402

from matcher.catalogue import files, missing  # noqa: E402

from .. import settings  # noqa: E402
from ..casework.store import anchors, schema  # noqa: E402
from ..casework.store.archive import BackupError  # noqa: E402
from ..casework.store.database import Database, Unavailable, WrongUrl  # noqa: E402
from ..casework.store.schema import WrongSchema  # noqa: E402
from ..casework.store.vault import VaultError  # noqa: E402
from ..settings import WrongSetting  # noqa: E402
from ..signin import pages as signin  # noqa: E402
from ..signin.accounts import AccountError  # noqa: E402
from ..signin.keys import UnreadableKeys  # noqa: E402

EXIT_BROKEN = 1
EXIT_REFUSED = 5
EXIT_NOTHING_FOUND = 6
EXIT_DISK_FULL = 7
EXIT_UNAVAILABLE = 9

REFUSED = (
    AccountError,
    BackupError,
    VaultError,
    WrongSchema,
    WrongSetting,
    WrongUrl,
    UnreadableKeys,
)
"""What says in French why nothing is done."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

F = TypeVar("F", bound=Callable[..., Any])


def explained(command: F) -> F:
    """Turn what goes wrong into a French sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except REFUSED as error:
            stop(str(error), EXIT_REFUSED)
        except (Unavailable, OperationalError):
            stop(
                "La base ne répond pas, ou ne peut pas écrire. Rien n’est changé.", EXIT_UNAVAILABLE
            )
        except UnicodeEncodeError:
            stop("Texte illisible : UTF-8 attendu.", EXIT_REFUSED)
        except ModuleNotFoundError as error:
            stop(missing(error), EXIT_REFUSED)
        except BrokenPipeError:  # the reader (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            if error.errno in DISK_FULL:
                stop("Le disque est plein : aucun fichier n’est écrit à moitié.", EXIT_DISK_FULL)
            stop(f"Impossible de lire ou d’écrire « {error.filename} ».", EXIT_REFUSED)

    return run  # type: ignore[return-value]


def stop(message: str, code: int) -> NoReturn:
    """Say on stderr why the command ends here, and end it with an exit code."""
    click.echo(message, err=True)
    sys.exit(code)


def opened(*, new: bool = False) -> Flask:
    """Make an application with the settings, the database and the accounts of the site; no page.

    Parameters
    ----------
    new : bool
        Whether the database may be missing, or of another schema.
    """
    app = Flask("web")
    settings.configure(app)
    found = settings.database_of(app)
    if not new:
        if is_missing(found):
            stop("La base n’existe pas : « python -m web.admin base maj ».", EXIT_REFUSED)
        schema.check(found)
        anchors.begin(found)
    app.extensions["database"] = found
    signin.set_up(app, found)
    return app


def database(*, new: bool = False) -> Database:
    """Open the database of the site; see `opened`."""
    found: Database = opened(new=new).extensions["database"]
    return found


def is_missing(found: Database) -> bool:
    """Whether there is no file yet; SQLite would make one that everybody reads."""
    return found.file is not None and not found.file.exists()


def keep(path: Path, text: str) -> None:
    """Write a file that holds what people told: whole or not at all, for its owner only.

    Raises
    ------
    OSError
        When the disk is full, or the folder is not ours: a file that was there is as it was.
    """
    files.write(path, (text.encode(),), files.PRIVATE)


new_file = click.Path(path_type=Path, dir_okay=False)
known_file = click.Path(path_type=Path, exists=True, dir_okay=False)
