"""Sparse vectors of weighted terms, and how alike two of them are."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from matcher.catalogue.vocabulary import Theme

from .arrays import Floats, Postings, Rows
from .texts import Texts

Vector = Mapping[str, float]
"""Weights by term, of Euclidean length 1 at most."""


LEARNT = 0.5
"""Share of what was learnt from sentences in the subjects of a text, the rest being what the tables
find in it: what was learnt is right first more often, the tables hold the words of the trade."""


def blended(listed: Vector, likely: Mapping[str, float] | None) -> Vector:
    """The subjects that the tables find and those that were learnt to be likely, together.

    The squares of the weights of a vector are shares: of 1 where a subject is sure, of less where
    the text may be about none.
    """
    if not likely:
        return listed
    learnt = LEARNT if listed else 1.0
    shares = Counter({subject: (1 - learnt) * weight**2 for subject, weight in listed.items()})
    shares.update({subject: learnt * share for subject, share in likely.items()})
    return {subject: math.sqrt(share) for subject, share in shares.items()}


class Weights:
    """Inverse document frequencies: a term that few documents carry says more.

    Parameters
    ----------
    documents : iterable of collections of terms
    """

    def __init__(self, documents: Iterable[Iterable[str]]) -> None:
        listed = [set(document) for document in documents]
        self._count = len(listed)
        self._frequency: Mapping[str, int] = Counter(t for document in listed for t in document)

    @classmethod
    def counted(cls, count: int, frequency: Mapping[str, int]) -> Weights:
        """From `count` documents, of which so many have each term (0 where it is in none)."""
        weights = cls(())
        weights._count, weights._frequency = count, frequency
        return weights

    def of(self, term: str) -> float:
        """Weight of `term`: log(1 + documents / (1 + documents with the term))."""
        return math.log(1 + self._count / (1 + self._frequency[term]))

    def vector(self, counts: Mapping[str, float]) -> Vector:
        """Vector of a bag of terms: (1 + log count) x weight, scaled to length 1."""
        raw = {t: (1 + math.log(n)) * self.of(t) for t, n in counts.items() if n >= 1}
        length = math.sqrt(sum(v * v for v in raw.values()))
        return {t: v / length for t, v in raw.items()} if length else {}


class _Frequencies(dict[str, int]):
    """Documents with a term, looked up in an array when it is first asked."""

    def __init__(self, terms: Texts, frequencies: Rows) -> None:
        super().__init__()
        self._terms, self._frequencies = terms, frequencies

    def __missing__(self, term: str) -> int:
        place = self._terms.sought(term)
        return self._frequencies.item(place) if place >= 0 else 0


@dataclass(frozen=True)
class Vectors:
    """The vectors of many documents as arrays: the term and the weight of each entry, by document.

    Parameters
    ----------
    terms : Texts
        Sorted.
    frequencies : ndarray of int, shape (terms,)
        Documents with each term.
    starts : ndarray of int, shape (documents + 1,)
        First entry of each document.
    codes, weights : ndarray, shape (entries,)
        In the order of the terms in each document.
    """

    terms: Texts
    frequencies: Rows
    starts: Rows
    codes: Rows
    weights: Floats

    def __len__(self) -> int:
        """How many documents."""
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> Vector:
        """Vector of a document."""
        part = slice(self.starts.item(i), self.starts.item(i + 1))
        return {
            self.terms.read(code): weight
            for code, weight in zip(
                self.codes[part].tolist(), self.weights[part].tolist(), strict=True
            )
        }

    @cached_property
    def idf(self) -> Weights:
        """The weights of the terms, for other texts."""
        return Weights.counted(len(self), _Frequencies(self.terms, self.frequencies))

    def postings(self) -> Postings:
        """The same entries by term."""
        order = np.argsort(self.codes, kind="stable")
        documents = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        starts = np.zeros(len(self.terms) + 1, np.int64)
        np.cumsum(self.frequencies, out=starts[1:])
        return Postings(self.terms, starts, documents[order], self.weights[order])


class Bags:
    """Documents as they are read, bags of counted terms; then their vectors."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._starts, self._codes, self._counts = array("q", [0]), array("i"), array("i")

    def add(self, bag: Mapping[str, int]) -> None:
        """Add a document."""
        known = self._known
        self._codes.extend(known.setdefault(term, len(known)) for term in bag)
        self._counts.extend(bag.values())
        self._starts.append(len(self._codes))

    def weighed(self) -> Vectors:
        """Weigh the documents as `Weights.vector` does, to the bit."""
        terms = sorted(self._known)
        new = np.empty(len(terms), np.int32)
        new[[self._known[term] for term in terms]] = np.arange(len(terms), dtype=np.int32)
        codes = new[np.array(self._codes, np.intp)]
        times = np.array(self._counts, np.intp)
        frequencies = np.bincount(codes, minlength=len(terms)).astype(np.int32)
        documents = len(self._starts) - 1
        shares = [documents / (1 + n) for n in frequencies.tolist()]
        weight = np.array([math.log(1 + share) for share in shares])
        factor = np.array([1 + math.log(n) for n in range(1, times.max(initial=0) + 1)])
        raw = factor[times - 1] * weight[codes] if len(codes) else weight[:0]
        for start, end in pairwise(self._starts):
            length = math.sqrt(sum(v * v for v in raw[start:end].tolist()))
            raw[start:end] /= length or 1.0
        return Vectors(Texts.of(terms), frequencies, np.array(self._starts, np.int64), codes, raw)


def cosine(a: Vector, b: Vector) -> float:
    """Likeness of two vectors of length 1, in [0, 1]; 0 when one is empty."""
    if len(a) > len(b):
        a, b = b, a
    return min(1.0, sum(v * b[t] for t, v in a.items() if t in b))


def theme_cosine(weights: Mapping[Theme, float], themes: tuple[Theme, ...]) -> float:
    """Likeness of weighted themes and a plain list of themes, in [0, 1]."""
    if not weights or not themes:
        return 0.0
    shared = sum(weights.get(theme, 0.0) for theme in themes)
    length = math.sqrt(sum(w * w for w in weights.values()) * len(themes))
    return min(1.0, shared / length)
