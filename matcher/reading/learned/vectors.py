"""Vectors of words: those of words that mean nearly the same are near each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

FILE = "reading/vectors.npz"
"""In the data folder; `make data` writes it."""
LEVELS = 127
"""Steps on each side of zero that a number is kept with."""


class Vectors:
    """The vectors of a file, found by form.

    Parameters
    ----------
    blob : bytes
        The forms, sorted, one after the other (UTF-8).
    starts : array of int
        Where each form begins in `blob`, and its end.
    rows : array of int
        The row of each form in `table`.
    table : array of int8
        A row by meaning; several forms may share one.
    scales : array of float
        What a step of each column is worth.
    """

    def __init__(
        self,
        blob: bytes,
        starts: npt.NDArray[Any],
        rows: npt.NDArray[Any],
        table: npt.NDArray[Any],
        scales: Floats,
    ) -> None:
        self._blob, self._starts, self._rows = blob, starts, rows
        self._table, self._scales = table, scales

    @classmethod
    def open(cls, path: Path) -> Vectors:
        """Read a file that `save` wrote."""
        with np.load(path) as found:
            arrays = {name: found[name] for name in ("starts", "rows", "table", "scales")}
            return cls(found["forms"].tobytes(), **arrays)

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return int(self._table.shape[1])

    def __contains__(self, form: str) -> bool:
        """Whether a lower-case form has a vector."""
        return self._place(form.encode()) is not None

    def of(self, form: str) -> Floats | None:
        """The vector of a lower-case form."""
        place = self._place(form.encode())
        if place is None:
            return None
        vector: Floats = self._table[self._rows[place]] * self._scales
        return vector

    def _place(self, form: bytes) -> int | None:
        place = bisect_left(range(len(self._rows)), form, key=self._form)
        return place if place < len(self._rows) and self._form(place) == form else None

    def _form(self, place: int) -> bytes:
        return self._blob[self._starts[place] : self._starts[place + 1]]


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
