"""Many texts as two arrays, and as sparse vectors of their weighted terms.

A catalogue of 100,000 structures need not be in memory to answer about ten of them.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import overload

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Rows, T

SOUGHT = 65_536
"""Texts that are kept, once sought or read: more than there are communes."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Texts(Sequence[str]):
    """Many texts in one array of bytes (UTF-8), each read when it is asked for."""

    data: Bytes
    starts: Rows

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Put texts one behind the other."""
        coded = [text.encode() for text in texts]
        starts = np.fromiter(accumulate(map(len, coded), initial=0), np.int64, len(coded) + 1)
        return cls(np.frombuffer(b"".join(coded), np.uint8), starts)

    def __len__(self) -> int:
        """How many texts."""
        return len(self.starts) - 1

    @overload
    def __getitem__(self, i: int) -> str: ...

    @overload
    def __getitem__(self, i: slice) -> list[str]: ...

    def __getitem__(self, i: int | slice) -> str | list[str]:
        """Read one text, or several."""
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.data[self.starts.item(i) : self.starts.item(i + 1)].tobytes().decode()

    @cached_property
    def read(self) -> Callable[[int], str]:
        """Read a text; those that are read often are kept."""
        return lru_cache(SOUGHT)(self.__getitem__)

    @cached_property
    def sought(self) -> Callable[[str], int]:
        """`place`; those that are sought often are kept."""
        return lru_cache(SOUGHT)(self.place)

    def place(self, text: str) -> int:
        """Where a text stands among sorted ones, -1 where it does not."""
        low, high, wanted = 0, len(self), text.encode()  # bytes sort as the characters do
        while low < high:
            middle = (low + high) // 2
            found = self.data[self.starts.item(middle) : self.starts.item(middle + 1)].tobytes()
            if found == wanted:
                return middle
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return -1


@dataclass(frozen=True)
class Ids(Mapping[str, int]):
    """Rows by id, in the order of the ids."""

    texts: Texts

    @classmethod
    def of(cls, ids: Sequence[str]) -> Ids:
        """Number sorted ids."""
        return cls(Texts.of(ids))

    def __getitem__(self, key: str) -> int:
        """Row of an id."""
        place = self.texts.sought(key)
        if place < 0:
            raise KeyError(key)
        return place

    def __contains__(self, key: object) -> bool:
        """Whether there is such an id."""
        return isinstance(key, str) and self.texts.sought(key) >= 0

    def __iter__(self) -> Iterator[str]:
        """The ids, sorted."""
        return iter(self.texts)

    def __len__(self) -> int:
        """How many ids."""
        return len(self.texts)


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
class DocumentVectors:
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

    def weighed(self) -> DocumentVectors:
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
        return DocumentVectors(
            Texts.of(terms), frequencies, np.array(self._starts, np.int64), codes, raw
        )


@dataclass(frozen=True)
class Postings:
    """Weighted terms of many rows, kept by term (`terms` is sorted)."""

    terms: Texts
    starts: Rows
    rows: Rows
    weights: Floats

    def of(self, term: str) -> tuple[Rows, Floats]:
        """The rows that have a term, ascending, and its weight in each."""
        place = self.terms.sought(term)
        part = slice(*self.starts[place : place + 2].tolist()) if place >= 0 else slice(0)
        return self.rows[part], self.weights[part]

    def dot(self, vector: Mapping[T, float], count: int) -> Floats:
        """Sum over the shared terms of the products of the weights: shape (count,).

        Term after term, so that a row counts the same wherever it stands. A matrix product (BLAS)
        does not promise that, and would break ties at random.
        """
        total = np.zeros(count)
        for term, weight in vector.items():
            rows, weights = self.of(term)
            total[rows] += weight * weights
        return total
