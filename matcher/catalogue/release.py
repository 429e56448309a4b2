"""What the catalogue is said to be: rows and digest of each table, in `catalogue/manifeste.json`.

The one writer keeps it true, table by table. A table that is not what it says was cut, copied by
halves or edited by hand: it is refused until an operator publishes it (`publier`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from . import files
from .faults import DataError, Fault
from .french import counted
from .schemas import STRUCTURES

NAME = "manifeste.json"
FORMAT = 1
LARGEST = 2**16
"""Bytes of a manifest: it has a few lines a table."""
LOSS = 0.05
"""Share of its rows that a table may lose between two looks: two records that were joined are one
row less, never a twentieth of them. More is accepted by an operator only."""
TABLE_MAX = 512 * 2**20
"""Bytes of a table whose digest is made: more than the longest that is read."""
FOLDER = "catalogue"
ACCEPT = "relisez-le, puis lancez « python -m matcher publier DOSSIER »"
"""What an operator does who changed a table by hand."""


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as it was written.

    Parameters
    ----------
    smaller : bool
        Whether an operator said that it may have fewer rows than before.
    """

    rows: int
    sha256: str
    smaller: bool = False


Release = Mapping[str, tuple[TableState, ...]]
"""The states by name of file: one, or two while a table is being written."""


def read(folder: Path) -> Release | None:
    """The manifest of a data folder; None when it has none.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    path = folder / FOLDER / NAME
    try:
        found = json.loads(files.read(path, LARGEST))
        if found["format"] != FORMAT:
            raise ValueError("format")
        return {
            str(name): tuple(TableState(**state) for state in states)
            for name, states in found["tables"].items()
        }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        rule = f"manifeste illisible : {ACCEPT}"
        raise DataError([Fault(f"{FOLDER}/{NAME}", None, None, None, rule)]) from None


def found(folder: Path, smaller: bool = False) -> Release:
    """What the tables of a data folder are now.

    Raises
    ------
    DataError
        When one cannot be read.
    """
    return {
        path.name: (state_of(_bytes(path), smaller),)
        for path in sorted((folder / FOLDER).glob("*.csv"))
    }


def state_of(data: bytes, smaller: bool = False) -> TableState:
    """Rows and digest of the bytes of a table."""
    return TableState(_rows(data), hashlib.sha256(data).hexdigest(), smaller)


def publish(folder: Path) -> None:
    """Write that the tables of a data folder are as they should be, whatever they were.

    Raises
    ------
    DataError
        When one cannot be read.
    """
    _write(folder, found(folder, smaller=True))


@contextmanager
def noted(path: Path, data: bytes) -> Iterator[None]:
    """Keep the manifest true while `data` is written to `path`; nothing to do for other files.

    It names both states meanwhile: whoever looks, and whatever run is killed, finds one of them.

    Raises
    ------
    DataError
        When the table on the disk is not what the manifest says: what was cut would be made good.
    """
    if not _is_table(path):
        yield
        return
    folder = path.parent.parent
    release = read(folder) or found(folder)
    before = [state_of(_bytes(path))] if path.exists() else []
    if before and not _is_one(before[0], release.get(path.name, ())):
        raise DataError([_difference(path.name, before[0], release.get(path.name, ()))])
    after = state_of(data)
    _write(folder, {**release, path.name: (after, *before)})
    yield
    _write(folder, {**release, path.name: (after,)})


def faults(folder: Path, now: Release | None = None) -> list[Fault]:
    """What differs from the manifest of a data folder; nothing where it has none.

    Parameters
    ----------
    now : Release, optional
        What its tables are, when that is known already: see `found`.

    Raises
    ------
    DataError
        When a table or the manifest cannot be read.
    """
    release = read(folder)
    if release is None:
        return []
    return _differences(release, found(folder) if now is None else now)


def refused(folder: Path, served: Release, now: Release) -> list[Fault]:
    """Why the tables of a data folder may not take the place of those that are served.

    Parameters
    ----------
    served : Release
        What is served: see `found`.
    now : Release
        What the tables are.

    Raises
    ------
    DataError
        When the manifest cannot be read.
    """
    release = read(folder)
    if release is not None and (differ := _differences(release, now)):
        return differ
    shrunk = []
    for name, (before, *_) in served.items():
        said = (release or {}).get(name, ())
        state = now[name][0] if name in now else TableState(0, "")
        allowed = LOSS * before.rows if said else 0
        accepted = any(one.smaller and one.sha256 == state.sha256 for one in said)
        if before.rows - state.rows > allowed and not accepted:
            rule = (
                f"{counted(state.rows, 'ligne', 'lignes')} au lieu de {before.rows} : si elles "
                f"devaient disparaître, {ACCEPT} --moins"
            )
            shrunk.append(Fault(f"{FOLDER}/{name}", None, None, None, rule))
    return shrunk


def losses(former: Release, now: Release) -> Iterator[tuple[str, int, int]]:
    """The tables that have fewer rows than they had: name, rows before and after."""
    for name, states in former.items():
        after = now[name][0].rows if name in now else 0
        if after < states[0].rows:
            yield name, states[0].rows, after


def _is_table(path: Path) -> bool:
    """Whether a path is of a catalogue, which has structures."""
    here = path.parent.name == FOLDER and path.suffix == ".csv"
    return here and (path.parent / Path(STRUCTURES.file).name).exists()


def _differences(release: Release, now: Release) -> list[Fault]:
    gone = TableState(0, "")
    return [
        _difference(name, now.get(name, (gone,))[0], release.get(name, ()))
        for name in sorted({*release, *now})
        if not _is_one(now.get(name, (gone,))[0], release.get(name, ()))
    ]


def _is_one(state: TableState, states: tuple[TableState, ...]) -> bool:
    return any(state.sha256 == one.sha256 for one in states)


def _difference(name: str, state: TableState, states: tuple[TableState, ...]) -> Fault:
    if not states:
        rule = f"ce fichier n’est pas de la publication : {ACCEPT}"
    elif not state.sha256:
        rule = "ce fichier de la publication manque"
    elif state.rows != states[0].rows:
        rule = (
            f"{counted(state.rows, 'ligne', 'lignes')}, {states[0].rows} attendues : fichier "
            f"coupé, ou changé à la main ; {ACCEPT}"
        )
    else:
        rule = f"ce fichier a changé hors de l’outil : {ACCEPT}"
    return Fault(f"{FOLDER}/{name}", None, None, None, rule)


def _bytes(path: Path) -> bytes:
    try:
        return files.read(path, TABLE_MAX)
    except OSError as error:
        rule = f"fichier illisible ({error.strerror})"
        raise DataError([Fault(f"{FOLDER}/{path.name}", None, None, None, rule)]) from None


def _rows(data: bytes) -> int:
    text = data.decode("utf-8", "replace")
    try:
        return max(0, sum(any(row) for row in csv.reader(io.StringIO(text, newline=""))) - 1)
    except csv.Error:  # damaged: the reader of the table says where
        return text.count("\n")


def _write(folder: Path, release: Release) -> None:
    tables = {name: [asdict(s) for s in states] for name, states in sorted(release.items())}
    text = json.dumps({"format": FORMAT, "tables": tables}, indent=1)
    files.write(folder / FOLDER / NAME, (text.encode(), b"\n"))
