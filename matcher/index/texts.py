"""Many texts as two arrays, and what is read from them one at a time, when it is asked for.

A catalogue of 100,000 structures need not be in memory to answer about ten of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

RECENT = 4_096
"""Nouns that are kept, once read."""
SOUGHT = 65_536
"""Texts that are kept, once sought or read: more than there are communes."""

T = TypeVar("T")
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.integer[Any]]


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


class Decoded(Sequence[T]):
    """Nouns, each read from its text when it is asked for.

    Parameters
    ----------
    texts : Texts
    decode : callable
        From a text to the noun.
    order : ndarray of int, optional
        Places of the texts, in the order of the sequence.
    """

    def __init__(
        self,
        texts: Texts,
        decode: Callable[[str], T],
        order: Rows | None = None,
        recent: int | None = RECENT,
    ) -> None:
        self._count, self._order = len(texts), order
        self._at = lru_cache(recent)(lambda place: decode(texts[place]))

    def __len__(self) -> int:
        """How many."""
        return self._count

    @overload
    def __getitem__(self, i: int) -> T: ...

    @overload
    def __getitem__(self, i: slice) -> list[T]: ...

    def __getitem__(self, i: int | slice) -> T | list[T]:
        """Read one, or several."""
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(self._count))]
        if not 0 <= i < self._count:
            raise IndexError(i)
        return self._at(i if self._order is None else self._order.item(i))


class Shelf(Mapping[str, T], Generic[T]):
    """Nouns by id, in the order of the ids.

    Once all of them are asked for, they stay in memory: who reads all will do so again. A former
    id leads to that of today, and is not counted.
    """

    def __init__(
        self, ids: Ids, nouns: Sequence[T], former: Mapping[str, str] | None = None
    ) -> None:
        self._ids, self._nouns, self._former = ids, nouns, former or {}
        self._all: dict[str, T] | None = None

    def __getitem__(self, key: str) -> T:
        """The noun of an id."""
        key = self._former.get(key, key)
        return self._all[key] if self._all is not None else self._nouns[self._ids[key]]

    def __contains__(self, key: object) -> bool:
        """Whether there is one."""
        if isinstance(key, str):
            key = self._former.get(key, key)
        return key in (self._ids if self._all is None else self._all)

    def __iter__(self) -> Iterator[str]:
        """The ids, sorted."""
        return iter(self._ids if self._all is None else self._all)

    def __len__(self) -> int:
        """How many."""
        return len(self._ids)

    def values(self) -> Any:
        """All the nouns."""
        return self._thawed().values()

    def items(self) -> Any:
        """All the nouns with their ids."""
        return self._thawed().items()

    def _thawed(self) -> dict[str, T]:
        if self._all is None:
            self._all = dict(zip(self._ids, self._nouns, strict=True))
        return self._all
