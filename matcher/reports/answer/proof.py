"""The proof of an answer: what it was made of, so that anybody can make it again and compare.

Digests (SHA-256) of data, code and weights; the stamp that an answer carries (in a PDF an attached
file, in a JSON a key), with its need and whom it names; snapshots of the data, one archive for each
version that an answer was handed over with. A stamp proves nothing by itself: the answer is made
again from it (`replay`), and only bytes that are all the same are called identical.

Snapshots stand beside the other files of this user, never in the data: `MAILLAGE_SNAPSHOTS` puts
them elsewhere. The name of an archive is the digest of what it holds, and it is believed only when
what comes out of it has that digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import CRITERIA

PACKAGE = Path(__file__).parents[2]
DATA = ("catalogue/*.csv", "reference/*.csv", "reference/outlines/*.geojson", "reading/*")
"""The files of a data folder that change an answer."""
CODE = (
    *("catalogue/*.py", "territory/*.py", "tables/*.py", "reading/**/*.py", "index/*.py"),
    *("ranking/*.py", "reports/answer/*.py"),
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


NAME = "preuve-maillage.json"
"""Of the file that is attached to a PDF."""
KEY, WHOLE = "preuve", "reponse"
"""In a JSON; in the stamp of an answer of the API."""
_MADE_UP = (RecursionError, OverflowError, zlib.error)
"""What a stamp that nobody's program wrote may raise: nested without end, infinite, ill packed."""
_ATTACHED = re.compile(rb"/EmbeddedFile\b.*?\bstream\r?\n(.*?)\r?\nendstream", re.DOTALL)
LARGEST = 2**20
"""Bytes of a stamp, at most: one that swells beyond when it is unpacked is not ours."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an answer was made of.

    Parameters
    ----------
    shown : tuple of (int, str, float)
        Rank, id and score of each suggestion, as the answer has them.
    """

    digests: Digests
    need: Need
    shown: tuple[tuple[int, str, float], ...]


def sealed(
    answer: Mapping[str, Any], need: Need, suggestions: Sequence[Suggestion], folder: Path
) -> dict[str, Any]:
    """An answer of the API with its stamp, which has the digest of all else that it says."""
    stamp = stamped(need, suggestions, folder, _known(folder))
    return {**answer, KEY: {**stamp, WHOLE: record_digest(answer)}}


def record_digest(record: Mapping[str, Any]) -> str:
    """Digest of a record, its stamp apart, whatever the order of its members and its spaces."""
    rest = {key: value for key, value in record.items() if key != KEY}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _known(folder: Path) -> Digests:
    """The digests of a folder, read again once a file of it is of another size or moment."""
    seen = tuple((str(p), (at := p.stat()).st_size, at.st_mtime_ns) for p in data_files(folder))
    return _read_once(folder, seen)


@lru_cache(maxsize=4)
def _read_once(folder: Path, seen: tuple[tuple[str, int, int], ...]) -> Digests:
    return Digests.of(folder)


def stamped(
    need: Need, suggestions: Sequence[Suggestion], folder: Path, digests: Digests | None = None
) -> dict[str, Any]:
    """The stamp of an answer that was made from a data folder, as a plain record."""
    themes = need.themes
    said = {str(t): w for t, w in themes.items()} if isinstance(themes, Mapping) else list(themes)
    return {
        "empreintes": asdict(digests or Digests.of(folder)),
        "demande": {**asdict(need), "themes": said},
        "suggestions": [[s.rank, s.structure.id, round(s.score, 4)] for s in suggestions],
    }


def read_stamp(data: bytes) -> Stamp | None:
    """The stamp of a PDF or of a JSON; None where there is none that can be read."""
    try:
        record = _attached(data) if data.startswith(b"%PDF") else json.loads(data)[KEY]
        asked = {key: _frozen(key, value) for key, value in record["demande"].items()}
        shown = tuple((int(r), str(i), float(s)) for r, i, s in record["suggestions"])
        return Stamp(Digests(**record["empreintes"]), Need(**asked), shown)
    except (*(ValueError, KeyError, TypeError, AttributeError), *_MADE_UP):
        return None


def _frozen(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(str, value))
    if key == "themes" and isinstance(value, dict):
        return {str(theme): float(weight) for theme, weight in value.items()}
    return value


def _attached(data: bytes) -> Any:
    found = _ATTACHED.search(data)
    if not found:
        raise ValueError("no file is attached")
    unpacked = found[1]
    if b"/FlateDecode" in found[0][: found.start(1) - found.start()]:
        unpacked = zlib.decompressobj().decompress(found[1], LARGEST)
    return json.loads(unpacked)
