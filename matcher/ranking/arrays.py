"""What an index is made of: postings of terms, links between rows, places on the map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from matcher.catalogue.distance import haversine_km
from matcher.catalogue.model import Commune
from matcher.catalogue.territory import Territory

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
T = TypeVar("T", bound=str)


class Postings:
    """Weighted terms of many rows, kept by term.

    Parameters
    ----------
    vectors : iterable of mapping of term to float
        One per row.
    """

    def __init__(self, vectors: Iterable[Mapping[str, float]]) -> None:
        found: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        self.count = 0
        for row, vector in enumerate(vectors):
            self.count += 1
            for term, weight in vector.items():
                rows, weights = found[term]
                rows.append(row)
                weights.append(weight)
        self._by_term = {t: (np.array(rows), np.array(w)) for t, (rows, w) in found.items()}

    @classmethod
    def plain(cls, listed: Iterable[Iterable[str]]) -> Postings:
        """Terms that all weigh 1."""
        return cls(dict.fromkeys(terms, 1.0) for terms in listed)

    def dot(self, vector: Mapping[T, float]) -> Floats:
        """Sum over the shared terms of the products of the weights: shape (rows,).

        Term after term, so that a row counts the same wherever it stands. A matrix product (BLAS)
        does not promise that, and would break ties at random.
        """
        total = np.zeros(self.count)
        for term, weight in vector.items():
            if term in self._by_term:
                rows, weights = self._by_term[term]
                total[rows] += weight * weights
        return total


class Links:
    """From each row to some rows of another table.

    Parameters
    ----------
    listed : sequence of sequence of int
        The linked rows, row by row.
    """

    def __init__(self, listed: Sequence[Sequence[int]]) -> None:
        self.counts = np.array([len(linked) for linked in listed], dtype=float)
        self._linking = np.flatnonzero(self.counts)
        self._linked = np.array([row for linked in listed for row in linked], dtype=np.intp)
        lengths = self.counts[self._linking].astype(np.intp)
        self._starts = np.cumsum(lengths) - lengths

    def product(self, factors: Floats) -> Floats:
        """Product of the factors of the linked rows, 1 where none is linked: shape (rows,)."""
        result = np.ones(len(self.counts))
        if len(self._linked):
            result[self._linking] = np.multiply.reduceat(factors[self._linked], self._starts)
        return result


@dataclass(frozen=True)
class Places:
    """Points on the map, WGS84 degrees, shape (n,); NaN where the place is unknown."""

    lons: Floats
    lats: Floats

    @classmethod
    def of(cls, codes: Iterable[str | None], territory: Territory) -> Places:
        """The points of communes, by Insee code."""
        found = [territory.communes.get(code) if code else None for code in codes]
        return cls(
            np.array([c.lon if c else np.nan for c in found], dtype=float),
            np.array([c.lat if c else np.nan for c in found], dtype=float),
        )

    def km(self, commune: Commune) -> Floats:
        """Great-circle distances to a commune, kilometres; NaN where the place is unknown."""
        return haversine_km(commune.lon, commune.lat, self.lons, self.lats)
