"""What an answer depends on beside the need: the data, the weights and the code, as digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from matcher.ranking.policy import CRITERIA

PACKAGE = Path(__file__).parents[2]
ANSWERING = ("catalogue/*.py", "ranking/*.py", "reports/records.py", "cohorts/parts.py")
"""The code that makes an answer: nothing else changes the bytes of a part."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Digests (SHA-256) of the catalogue, of the reference tables, of the weights, of the code."""

    catalogue: str
    reference: str
    weights: str
    code: str
    package: str

    @classmethod
    def of(cls, folder: Path) -> Versions:
        """Those of a data folder as it is on the disk, and of the code as it was first read."""
        weights = {criterion.code: criterion.weight for criterion in CRITERIA}
        return cls(
            catalogue=_digest(folder, folder.glob("catalogue/*.csv")),
            reference=_digest(folder, folder.glob("reference/*.csv")),
            weights=hashlib.sha256(json.dumps(weights).encode()).hexdigest(),
            code=_code(),
            package=_package(),
        )

    @property
    def digest(self) -> str:
        """All of them in one."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """Read once: what runs is what was read then, whatever is on the disk later."""
    return _digest(PACKAGE, (path for pattern in ANSWERING for path in PACKAGE.glob(pattern)))


def _package() -> str:
    try:
        return metadata.version("maillage")
    except metadata.PackageNotFoundError:  # run from a folder that was not installed
        return ""


def _digest(root: Path, paths: Iterable[Path]) -> str:
    """Digest of the names and bytes of files, in the order of the names."""
    found = hashlib.sha256()
    for path in sorted(paths):
        data = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()
