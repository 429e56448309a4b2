"""Arrays and nouns kept on the disk between two starts: memory-mapped, checked, never trusted.

Sealed by a key that only their owner reads: who may write in the folder of the cache, and no more,
makes nothing that is believed.

What is kept is made from the tables and can be made again at any time. It stands outside of the
code and of the data, in a folder whose name is the digest of all that it is made from. Whatever
is not as it was written is put away and made again. Nouns are short texts (JSON), read again one
at a time.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, get_type_hints

import numpy as np
import numpy.typing as npt

from matcher.catalogue import files
from matcher.catalogue.model import Area, Commune, Project, Radius, Resource, Structure, Venue
from matcher.catalogue.terms import Audience, Backing, Condition, Limit, Offer, PublicContact, Way
from matcher.catalogue.vocabulary import Kind, Scale, Stage, Theme

Array = npt.NDArray[Any]
T = TypeVar("T")

VARIABLE = "MAILLAGE_CACHE"
"""Folder in which to keep; "non" keeps nothing."""
NOTHING = "non"
CODE = Path(__file__).parents[1]
FLOORS = ("catalogue", "territory", "reading", "index")
"""The code that what is kept depends on: that of the arrays, and what is below."""
MANIFEST = "manifest.json"
MANIFEST_MAX = 2**22
"""Bytes of the list of what is kept."""
KEY = "cle-du-cache"
KEY_BYTES = 32
MOST = 4
"""Folders that are kept: the one of today, and a few of former days."""
CHUNK = 2**20


@dataclass(frozen=True)
class Kept:
    """Arrays by name, and some facts (JSON)."""

    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]


def place(data: Path) -> Path | None:
    """Folder for what is made from a data folder by this code; None when nothing is to be kept."""
    chosen = os.environ.get(VARIABLE)
    if chosen == NOTHING:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    try:
        return Path(chosen or Path(home) / "maillage") / digest(data)
    except OSError:  # what cannot be opened is told by the reader of the tables
        return None


def digest(data: Path) -> str:
    """Digest of the tables of a data folder, and of the code that reads them."""
    found = hashlib.sha256(_code().encode())
    for path in sorted([*data.glob("catalogue/*.csv"), *data.glob("reference/*.csv")]):
        found.update(f"{path.relative_to(data).as_posix()} {path.stat().st_size}\n".encode())
        with files.opened(path) as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    return found.hexdigest()[:40]


@cache
def _code() -> str:
    found = hashlib.sha256(np.__version__.encode())
    for path in sorted(p for floor in FLOORS for p in CODE.glob(f"{floor}/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def save(folder: Path, kept: Kept) -> None:
    """Write a folder whole or not at all.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    files.write_folder(folder, _contents(kept, _key()))
    _tidy(folder)


def _key() -> bytes:
    """The key of who runs this, outside of the cache; drawn the first time.

    Raises
    ------
    OSError
        When there can be none: nothing is kept then, nor believed.
    """
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    path = Path(home) / "maillage" / KEY
    try:
        return files.read(path, KEY_BYTES)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.alone_in(path.parent):
            if not path.exists():
                files.write(path, (secrets.token_bytes(KEY_BYTES),), files.PRIVATE)
        return files.read(path, KEY_BYTES)


def _contents(kept: Kept, key: bytes) -> Iterator[tuple[str, tuple[files.Buffer]]]:
    """The files of a folder, the list of them last."""
    sums = {}
    for name, array in kept.arrays.items():
        np.save(written := io.BytesIO(), array, allow_pickle=False)
        data = written.getbuffer()
        sums[name] = hashlib.sha256(data).hexdigest()
        yield f"{name}.npy", (data,)
    facts = json.dumps(kept.facts, ensure_ascii=False)
    text = json.dumps({"sums": sums, "facts": facts})
    yield MANIFEST, (json.dumps({"text": text, "seal": _seal(key, text)}).encode(),)


def _seal(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _tidy(folder: Path) -> None:
    """Put away all but the newest."""
    others = [p for p in folder.parent.iterdir() if (p / MANIFEST).exists()]
    with suppress(OSError):
        others.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in others[MOST:]:
        shutil.rmtree(old, ignore_errors=True)


def load(folder: Path) -> Kept | None:
    """Open a folder, memory-mapped; None when it is absent. A damaged one is put away.

    Every byte is read and summed: a tenth of a second for 100,000 structures.
    """
    try:
        sealed = json.loads(files.read(folder / MANIFEST, MANIFEST_MAX))
        if hmac.compare_digest(sealed["seal"], _seal(_key(), sealed["text"])):
            manifest = json.loads(sealed["text"])
            paths = {name: folder / f"{name}.npy" for name in manifest["sums"]}
            if all(files.digest_of(path) == manifest["sums"][name] for name, path in paths.items()):
                arrays = {name: _mapped(path) for name, path in paths.items()}
                return Kept(arrays, json.loads(manifest["facts"]))
    except FileNotFoundError:
        if not folder.exists():
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _mapped(path: Path) -> Array:
    """An array as it stands on the disk (a plain view: `memmap` is slow to slice)."""
    small = path.stat().st_size < CHUNK // 16  # a page or two: sooner read than mapped
    return np.asarray(np.load(path, mmap_mode=None if small else "r", allow_pickle=False))


def flat(name: str, noun: Any) -> dict[str, Array]:
    """The arrays of a dataclass of arrays, by their names in it."""
    found: dict[str, Array] = {}
    for field in fields(noun):
        value = getattr(noun, field.name)
        if is_dataclass(value):
            found.update(flat(f"{name}.{field.name}", value))
        else:
            found[f"{name}.{field.name}"] = value
    return found


def whole(kind: type[T], name: str, arrays: Mapping[str, Array]) -> T:
    """A dataclass of arrays again."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        inner = f"{name}.{field.name}"
        hint = hints[field.name]
        values[field.name] = whole(hint, inner, arrays) if _is_ours(hint) else arrays[inner]
    return kind(**values)


def _is_ours(hint: Any) -> TypeGuard[type[Any]]:
    return isinstance(hint, type) and is_dataclass(hint)


def encode(noun: Commune | Structure | Project | Resource | Venue) -> str:
    """The values of a noun, in the order of its fields."""
    return json.dumps(
        [getattr(noun, field.name) for field in fields(noun)],
        ensure_ascii=False,
        default=_plain,
        separators=(",", ":"),
    )


def _plain(value: object) -> list[Any]:
    if isinstance(value, Condition):
        return [value.limit, value.value]
    if isinstance(value, PublicContact):
        return [value.way, value.value, value.source, value.day, value.of]
    if isinstance(value, Area):
        return [value.scale, value.code]
    assert isinstance(value, Radius)
    return [value.km]


def commune_of(text: str) -> Commune:
    """Read what `encode` wrote of a commune."""
    values = json.loads(text)
    values[6], values[11] = tuple(values[6]), tuple(values[11])
    return Commune(*values)


def structure_of(text: str) -> Structure:
    """Read what `encode` wrote of a structure."""
    values = json.loads(text)
    values[2] = tuple(values[2])
    values[3] = Kind(values[3])
    for place, terms in ((4, Kind), (5, Theme), (7, Stage), (8, Audience)):
        values[place] = tuple(map(terms, values[place]))
    values[9] = tuple(map(_part, values[9]))
    values[-6:-3] = map(tuple, values[-6:-3])
    values[-3] = tuple(map(Offer, values[-3]))
    values[-2] = tuple(Condition(Limit(limit), value) for limit, value in values[-2])
    values[-1] = tuple(PublicContact(Way(way), *told) for way, *told in values[-1])
    return Structure(*values)


def _part(values: Sequence[Any]) -> Area | Radius:
    return Radius(values[0]) if len(values) == 1 else Area(Scale(values[0]), values[1])


def project_of(text: str) -> Project:
    """Read what `encode` wrote of a project."""
    values = json.loads(text)
    values[5], values[9] = tuple(map(Theme, values[5])), tuple(values[9])
    values[13] = tuple(map(Backing, values[13]))
    return Project(*values)


def resource_of(text: str) -> Resource:
    """Read what `encode` wrote of a resource."""
    values = json.loads(text)
    values[3], values[7] = tuple(map(Theme, values[3])), tuple(values[7])
    return Resource(*values)


def venue_of(text: str) -> Venue:
    """Read what `encode` wrote of a venue."""
    return Venue(*json.loads(text))
