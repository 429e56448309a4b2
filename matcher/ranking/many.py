"""The first of the list for many needs: those of one text together, then those of one EPCI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matcher.catalogue.model import Commune

from .arrays import Floats, Rows
from .engine import Engine
from .policy import SCORE_STEPS
from .question import Question

SHARED = 8
"""Needs of one text from which it pays to bound what every structure may have on it."""
NUMBERS_AT_ONCE = 10_000_000
"""Numbers, of eight bytes, that are kept at the same time for the bounds of some texts."""
NUMBERS = 4
"""Numbers a structure for one text."""


class Ranked(NamedTuple):
    """A structure in a list, and its score rounded to what orders it."""

    structure_id: str
    score: float


@dataclass(frozen=True)
class Firsts:
    """The first structures for each of many questions, as arrays: -1 where there are fewer.

    Parameters
    ----------
    rows, scores : ndarray, shape (questions, top)
    """

    rows: Rows
    scores: Floats

    @classmethod
    def of(cls, engine: Engine, questions: Sequence[Question], top: int) -> Firsts:
        """Rank questions, in the order in which it costs least."""
        found = cls(
            np.full((len(questions), top), -1, np.int32), np.full((len(questions), top), np.nan)
        )
        by_text: dict[Hashable, list[int]] = defaultdict(list)
        for place, question in enumerate(questions):
            by_text[_text(question)].append(place)
        shared = [places for places in by_text.values() if len(places) >= SHARED]
        for some in _batched(shared, len(engine.index)):
            found._rank_shared(engine, questions, some)
        for places in by_text.values():
            if len(places) < SHARED:
                found._rank_each(engine, questions, places)
        return found

    def _rank_shared(
        self, engine: Engine, questions: Sequence[Question], texts: Sequence[list[int]]
    ) -> None:
        bounds = [engine.bounds(questions[places[0]]) for places in texts]
        by_area: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
        for text, places in enumerate(texts):
            for place in places:
                by_area[_areas(questions[place].commune)].append((text, place))
        for asked in by_area.values():
            communes = {questions[place].commune for _, place in asked}
            together = engine.together(list(communes), questions[asked[0][1]])
            for text, place in asked:
                bound, commune = bounds[text], questions[place].commune
                first = bound and engine.first_by(bound, together, commune, self.rows.shape[1])
                if first:
                    self._keep(place, *first)
                else:
                    self._rank_each(engine, questions, [place])

    def _rank_each(
        self, engine: Engine, questions: Sequence[Question], places: Sequence[int]
    ) -> None:
        for place in places:
            ranking = engine.rank(questions[place])
            first = ranking.first(self.rows.shape[1])
            self._keep(place, ranking.pool.rows[first], ranking.scores[first])

    def _keep(self, place: int, rows: Rows, scores: Floats) -> None:
        self.rows[place, : len(rows)] = rows
        self.scores[place, : len(rows)] = np.rint(scores * SCORE_STEPS) / SCORE_STEPS

    def __len__(self) -> int:
        """How many questions."""
        return len(self.rows)

    def ranked(self, ids: Sequence[str]) -> Iterator[tuple[Ranked, ...]]:
        """Yield the list of each question; `ids` are those of the rows."""
        for rows, scores in zip(self.rows, self.scores, strict=True):
            listed = zip(rows.tolist(), scores.tolist(), strict=True)
            yield tuple(Ranked(ids[row], score) for row, score in listed if row >= 0)


def _batched(texts: Sequence[list[int]], count: int) -> Iterator[Sequence[list[int]]]:
    size = max(1, NUMBERS_AT_ONCE // (NUMBERS * max(1, count)))
    return (texts[i : i + size] for i in range(0, len(texts), size))


def _text(question: Question) -> Hashable:
    """All that a question asks, wherever it is asked."""
    need = question.need
    return need.text, tuple(question.themes.items()), need.stage, need.audience


def _areas(commune: Commune) -> Hashable:
    return commune.epci, commune.departement, commune.region
