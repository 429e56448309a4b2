"""Sparse vectors of weighted terms, and how alike two of them are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

Vector = Mapping[str, float]
"""Weights by term, of Euclidean length 1 (or empty)."""


class Weights:
    """Inverse document frequencies: a term that few documents carry says more.

    Parameters
    ----------
    documents : iterable of collections of terms
    """

    def __init__(self, documents: Iterable[Iterable[str]]) -> None:
        listed = [set(document) for document in documents]
        self._count = len(listed)
        self._frequency = Counter(term for document in listed for term in document)

    def of(self, term: str) -> float:
        """Weight of `term`: log(1 + documents / (1 + documents with the term))."""
        return math.log(1 + self._count / (1 + self._frequency[term]))

    def vector(self, counts: Mapping[str, float]) -> Vector:
        """Vector of a bag of terms: (1 + log count) x weight, scaled to length 1."""
        raw = {t: (1 + math.log(n)) * self.of(t) for t, n in counts.items() if n >= 1}
        length = math.sqrt(sum(v * v for v in raw.values()))
        return {t: v / length for t, v in raw.items()} if length else {}


def cosine(a: Vector, b: Vector) -> float:
    """Likeness of two vectors of length 1, in [0, 1]; 0 when one is empty."""
    if len(a) > len(b):
        a, b = b, a
    return min(1.0, sum(v * b[t] for t, v in a.items() if t in b))
