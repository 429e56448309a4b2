"""Snapshots of the data: one archive for each version that an answer was handed over with.

They stand beside the other files of this user, never in the data: `MAILLAGE_SNAPSHOTS` puts them
elsewhere. The name of an archive is the digest of what it holds, and it is believed only when what
comes out of it has that digest.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from matcher.catalogue import files

from .digests import data_digest, data_files

VARIABLE = "MAILLAGE_SNAPSHOTS"
"""Folder of the snapshots."""
_UNDATED = (1980, 1, 1, 0, 0, 0)
"""The first day that an archive can write: the same data give the same archive."""


def place() -> Path:
    """Folder of the snapshots."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(os.environ.get(VARIABLE) or Path(home) / "maillage" / "instantanes")


def keep(folder: Path) -> Path:
    """Keep the data of a folder, once for each version of them.

    Raises
    ------
    OSError
        The disk is full, or the folder of the snapshots cannot be written.
    """
    path = _path(data_digest(folder))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, (_archive(folder),))
    return path


def _path(digest: str) -> Path:
    return place() / f"{digest}.zip"


def _archive(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in data_files(folder):
            name = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _UNDATED)
            name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, path.read_bytes())
    return out.getvalue()


@contextmanager
def opened(digest: str, folder: Path) -> Iterator[Path | None]:
    """The data of this digest: the folder itself when it has them still, else a snapshot.

    None when there is none, or when what it holds is not what its name says.
    """
    if data_digest(folder) == digest:
        yield folder
        return
    path = _path(digest)
    if not digest.isalnum() or not path.is_file():
        yield None
        return
    with TemporaryDirectory(prefix="maillage-") as place:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(place)
        except (OSError, zipfile.BadZipFile):
            yield None
            return
        yield Path(place) if data_digest(Path(place)) == digest else None
