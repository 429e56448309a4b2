"""Digests (SHA-256) of all that an answer is made of: data, code, weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from matcher.ranking.policy import CRITERIA

PACKAGE = Path(__file__).parents[2]
DATA = ("catalogue/*.csv", "reference/*.csv", "reference/outlines/*.geojson", "reading/*")
"""The files of a data folder that change an answer."""
CODE = (
    *("catalogue/*.py", "territory/*.py", "tables/*.py", "reading/**/*.py", "index/*.py"),
    *("ranking/*.py", "reports/answer/*.py", "reports/proof/*.py"),
    *("reports/templates/sheet*", "reports/fonts/*.ttf"),
)
"""The code that makes an answer, and lays it out."""
LIBRARIES = ("numpy", "typst")
"""Libraries whose version may change a digit or a line of a page."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What an answer was made of.

    Parameters
    ----------
    data, code, weights : str
        Digests.
    version : str
        Of this software and of the libraries that lay out an answer.
    """

    data: str
    code: str
    weights: str
    version: str

    @classmethod
    def of(cls, folder: Path) -> Digests:
        """Those of a data folder as it is on the disk, and of the code as it was first read."""
        return cls(data_digest(folder), _code(), weights_digest(), _version())


def data_digest(folder: Path) -> str:
    """Digest of the files of a data folder that change an answer."""
    return files_digest(folder, data_files(folder))


def data_files(folder: Path) -> list[Path]:
    """The files of a data folder that change an answer, sorted."""
    return sorted(path for pattern in DATA for path in folder.glob(pattern) if path.is_file())


def weights_digest() -> str:
    """Digest of the weights of the policy."""
    weights = {criterion.code: criterion.weight for criterion in CRITERIA}
    return hashlib.sha256(json.dumps(weights).encode()).hexdigest()


def files_digest(root: Path, paths: Iterable[Path]) -> str:
    """Digest of the names and bytes of files, in the order of the names."""
    found = hashlib.sha256()
    for path in sorted(paths):
        data = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def package_version() -> str:
    """Version of this software; "" when it runs from a folder that was not installed."""
    try:
        return metadata.version("maillage")
    except metadata.PackageNotFoundError:
        return ""


@cache
def _code() -> str:
    """Read once: what runs is what was read then, whatever is on the disk later."""
    return files_digest(PACKAGE, (path for pattern in CODE for path in PACKAGE.glob(pattern)))


@cache
def _version() -> str:
    libraries = (f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return ", ".join((f"maillage {package_version()}".rstrip(), *libraries))
