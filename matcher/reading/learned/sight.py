"""A text as the learned reader sees it: traits that weigh, and the words that bring each.

With the vectors of words: those of words that mean nearly the same are near each other.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from matcher.catalogue.french import unaccented
from matcher.reading.evidence import Evidence
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import MIN_BEST, Parsed, Reader
from matcher.reading.thesaurus import TermRole
from matcher.reading.wordlists import OUT_OF_SCOPE
from matcher.reading.words import Word, content, stem

Floats = npt.NDArray[np.floating[Any]]
T = TypeVar("T")

VECTORS = "reading/vectors.npz"
"""In the data folder; `make data` writes it."""
FORMS = 8_192
"""Forms whose vector is kept, half a kilobyte each: most words of a text were in another one."""


class WordVectors:
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
        self._table, self._scales, self.size = table, scales, table.shape[1]
        self.of = lru_cache(FORMS)(self._read)
        """The vector of a lower-case form, None where it has none."""

    @classmethod
    def open(cls, path: Path) -> WordVectors:
        """Read a file that `save` wrote."""
        with np.load(path) as found:
            arrays = {name: found[name] for name in ("starts", "rows", "table", "scales")}
            return cls(found["forms"].tobytes(), **arrays)

    def __contains__(self, form: str) -> bool:
        """Whether a lower-case form has a vector."""
        return self.of(form) is not None

    def _read(self, form: str) -> Floats | None:
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


Span = tuple[int, int]
Weigh = Callable[[str], float]

COMMONEST = 0.3
"""Weight of a word that nearly every text has, in the mean of the vectors."""
TEXT = 3.0
"""Length of the words of a text beside the evidence of the tables, whose traits are at most 1; set
by cross-validation, as the next one."""
MEANING = 10.0
"""Length of the mean of the vectors, which is short: the words of a text point everywhere."""


class Trait(NamedTuple):
    """One thing seen in a text (a tuple, since texts have hundreds).

    Parameters
    ----------
    name : str
        Its group and what it is: « stem recycl », « theme habitat ».
    value : float
    spans : tuple of Span
        The words that bring it; none for what the whole text is.
    """

    name: str
    value: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Sight:
    """All that is seen in a text.

    Parameters
    ----------
    spans : sequence of Span
        Of the words that have a vector.
    vectors : array
        A row a word of `spans`: its part of the mean.
    """

    parsed: Parsed
    traits: tuple[Trait, ...]
    spans: Sequence[Span]
    vectors: Floats

    @property
    def is_blank(self) -> bool:
        """True when nothing of the text is known."""
        return not self.spans and not self.parsed.evidence

    @cached_property
    def mean(self) -> Floats:
        """The mean of the vectors."""
        return np.asarray(self.vectors.sum(axis=0))


class Eye:
    """Sees texts.

    Parameters
    ----------
    reader : Reader
    knowledge : Knowledge
        Gives the subjects and the situations.
    vectors : WordVectors
    rarity : mapping of str to float
        Weight of a stem: the rarer, the more it says. A stem that is absent is the rarest.
    """

    def __init__(
        self,
        reader: Reader,
        knowledge: Knowledge,
        vectors: WordVectors,
        rarity: Mapping[str, float],
    ) -> None:
        self._reader, self._knowledge = reader, knowledge
        self._vectors, self._rarity = vectors, rarity
        self._rarest = max(rarity.values(), default=COMMONEST)

    def see(self, text: str) -> Sight:
        """Look at a text once."""
        parsed = self._reader.parse(text)
        words = [word for word in parsed.words if not _is_in(word, parsed.idioms)]
        traits = (
            *_evidence(parsed),
            *self._listed(self._reader.plain(text)),
            *_phrases(words),
            *self._stems(words),
        )
        return Sight(parsed, traits, *self._meaning(text, words))

    def knows(self, form: str) -> bool:
        """Whether a lower-case form has a vector."""
        return form in self._vectors

    def _listed(self, text: str) -> Iterator[Trait]:
        """Subjects and situations that the tables find; which words say them is not kept."""
        words = self._reader.speller.mend(content(text), text)
        for subject in {hit.label for hit in self._knowledge.subjects.find(words)}:
            yield Trait(f"subject {subject}", 1.0)
        stages = Counter(hit.label for hit in self._knowledge.situations.find(words))
        for stage, count in stages.items():
            yield Trait(f"stage {stage}", math.sqrt(count))

    def _stems(self, words: Sequence[Word]) -> Iterator[Trait]:
        """Stems, and stems that follow each other."""
        found = [(stem(word.form), (word.start, word.end)) for word in words]
        yield from _counted("stem", ((s, (span,)) for s, span in found), self.weight)
        pairs = [(f"{a} {b}", a, b, (one, two)) for (a, one), (b, two) in pairwise(found)]
        weights = {pair: max(self.weight(a), self.weight(b)) for pair, a, b, _ in pairs}
        yield from _counted(
            "pair", ((pair, spans) for pair, _, _, spans in pairs), weights.__getitem__
        )

    def weight(self, stemmed: str) -> float:
        """What a stem weighs."""
        return self._rarity.get(stemmed, self._rarest)

    def _meaning(self, text: str, words: Sequence[Word]) -> tuple[list[Span], Floats]:
        spans: list[Span] = []
        found: list[Floats] = []
        weights: list[float] = []
        for word in words:
            span = (word.start, word.end)
            written = text[word.start : word.end].lower()
            # A slip has the vector of the word that was meant; accents tell « marché » apart.
            vector = self._vectors.of(written) if unaccented(written) == word.form else None
            if vector is None:
                vector = self._vectors.of(word.form)
            if vector is None or (spans and span == spans[-1]):
                continue
            spans.append(span)
            found.append(vector)
            weights.append(self.weight(stem(word.form)))
        if not spans:
            return [], np.zeros((0, self._vectors.size))
        shares = MEANING * np.array(weights) / sum(weights)
        return spans, np.array(found) * shares[:, None]


def _is_in(word: Word, spans: Sequence[Span]) -> bool:
    """Whether a word is part of one of the spans: an idiom says nothing by its words."""
    return any(start <= word.start and word.end <= end for start, end in spans)


def _evidence(parsed: Parsed) -> Iterator[Trait]:
    """What the tables say of each theme; apart for titles, in which they are surer."""
    scores = {str(theme): score for theme, score in parsed.scores.items()}
    scores[OUT_OF_SCOPE] = parsed.outside
    best = max(scores, key=lambda code: scores[code])
    counted = _by_theme(parsed.counted)
    raw = _by_theme(parsed.evidence)
    seen = [
        *(("theme", code, score, counted) for code, score in scores.items()),
        ("best", best, scores[best], counted),
        *(("raw", code, max(e.entry.weight for e in raw[code]), raw) for code in raw),
    ]
    for group, code, value, sources in seen:
        if value:
            spans = tuple((e.start, e.end) for e in sources.get(code, ()))
            yield Trait(f"{group} {code}", value, spans)
            if not parsed.told:
                yield Trait(f"title {group} {code}", value, spans)
    yield Trait("text told" if parsed.told else "text title", 1.0)
    if scores[best] < MIN_BEST:
        yield Trait("text faint", 1.0)
    if not parsed.evidence:
        yield Trait("text plain", 1.0)


def _by_theme(evidence: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.entry.role is not TermRole.HINT or item.weight:
            found.setdefault(str(item.entry.theme or OUT_OF_SCOPE), []).append(item)
    return found


def _phrases(words: Sequence[Word]) -> list[Trait]:
    """One to three words in a row, small ones too: « a qui », « on ne sait pas »."""
    found = [(word.form, (word.start, word.end)) for word in words]
    runs = (zip(*run, strict=True) for n in (1, 2, 3) for run in _runs(found, n))
    return _counted("said", ((" ".join(forms), spans) for forms, spans in runs), lambda _: 1.0)


def _runs(items: Sequence[T], length: int) -> Iterator[tuple[T, ...]]:
    return zip(*(items[n:] for n in range(length)), strict=False)


def _counted(
    group: str, found: Iterable[tuple[str, tuple[Span, ...]]], weigh: Weigh
) -> list[Trait]:
    """Traits of a group, together of length `TEXT`: a long text does not shout."""
    spans: dict[str, list[tuple[Span, ...]]] = {}
    for name, where in found:
        spans.setdefault(name, []).append(where)
    values = [(1 + math.log(len(every))) * weigh(name) for name, every in spans.items()]
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [
        Trait(f"{group} {name}", TEXT * value / length, tuple(chain(*every)))
        for (name, every), value in zip(spans.items(), values, strict=True)
    ]
