"""Change reference tables of places, and what of the catalogue follows: all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import alone_in
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import PROJECTS, STRUCTURES
from matcher.catalogue.tables import write_bytes_whole, write_rows
from matcher.territory.nest import Territory

from ..audit import gather, told
from ..tidying import use_codes_of_today, use_place_of_today

Rows = Sequence[Mapping[str, str]]
FOLLOWING = ((STRUCTURES, use_codes_of_today), (PROJECTS, use_place_of_today))
"""Tables whose columns of place follow from a code, and how."""


def change_places(
    folder: Path, tables: Mapping[str, tuple[Sequence[str], Rows]], *, dry: bool
) -> int:
    """Write reference tables; how many rows of the catalogue follow (a name, a label).

    Parameters
    ----------
    folder : Path
        The data folder.
    tables : mapping of str to (columns, rows)
        By file, in the order in which they are written.
    dry : bool
        Check only.

    Raises
    ------
    DataError
        With each error that the folder would have and has not today; nothing is written.
    """
    with alone_in(folder / "catalogue"), TemporaryDirectory() as name:
        staged = Path(name)
        _stage(folder, staged, tables)
        followed, count = _follow(staged)
        if broken := _errors(staged):
            before = {_kind(fault) for fault in _errors(folder)}
            broken = [fault for fault in broken if _kind(fault) not in before]
        if broken:
            raise DataError(broken)
        if not dry:
            for file in (*tables, *followed):
                write_bytes_whole(folder / file, (staged / file).read_bytes())
    return count


def _stage(folder: Path, staged: Path, tables: Mapping[str, tuple[Sequence[str], Rows]]) -> None:
    """A folder like the data folder, with the new tables in the place of the old ones."""
    shutil.copytree(folder / "catalogue", staged / "catalogue")
    (staged / "reference").mkdir()
    for path in (folder / "reference").iterdir():
        if f"reference/{path.name}" not in tables:
            (staged / "reference" / path.name).symlink_to(path.resolve())
    for file, (columns, rows) in tables.items():
        write_rows(staged / file, columns, rows)


def _follow(staged: Path) -> tuple[list[str], int]:
    """Put the names and labels of today into the catalogue; its files that change, and how many."""
    territory = Territory.open(staged)
    files, count = [], 0
    for table, use in FOLLOWING:
        rows = read_rows(staged / table.file, table.names, name=table.file)
        now = [dict(row) for row in rows]
        for row in now:
            use(row, territory)
        if changed := sum(dict(row) != new for row, new in zip(rows, now, strict=True)):
            write_rows(staged / table.file, table.names, now)
            files.append(table.file)
            count += changed
    return files, count


def _errors(folder: Path) -> list[Fault]:
    return [fault for fault in told(*gather(folder)) if fault.level == "erreur"]


def _kind(fault: Fault) -> Fault:
    """A fault wherever its row is: writing a table anew may move its lines."""
    return replace(fault, line=None)
