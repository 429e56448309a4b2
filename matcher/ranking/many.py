"""The first of the list for many needs: those of one text together, by département."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple

import numpy as np

from matcher.catalogue.model import Commune

from .arrays import Floats, Rows
from .bounds import Bounds
from .engine import Engine
from .policy import SCORE_STEPS
from .question import Question
from .shortlist import SIZES, Together

SHARED = 8
"""Needs of one text from which it pays to bound what every structure may have on it."""
AT_ONCE = 256
"""Needs of one text that are ranked at once: their candidates stay in the processor’s caches."""

LONGER = 6
"""How many times a list a shortlist must hold to pay: a shorter one seldom settles it."""


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
    def empty(cls, count: int, top: int) -> Firsts:
        """Lists of nobody."""
        return cls(np.full((count, top), -1, np.int32), np.full((count, top), np.nan))

    @classmethod
    def of(cls, engine: Engine, questions: Sequence[Question], top: int) -> Firsts:
        """Rank questions, in the order in which it costs least."""
        found = cls.empty(len(questions), top)
        everything = range(len(questions))
        communes = [question.commune for question in questions]

        @cache
        def together(area: Hashable) -> Together:
            inside = {communes[place] for place in by_area[area]}
            return engine.together(sorted(inside, key=lambda c: c.insee), questions[0])

        by_area = _grouped(everything, lambda place: _areas(communes[place]))
        for places in _grouped(everything, lambda place: _text(questions[place])).values():
            bounds = engine.bounds(questions[places[0]]) if len(places) >= SHARED else None
            if bounds:
                by_place = sorted(places, key=lambda place: _areas(communes[place]))
                for i in range(0, len(places), AT_ONCE):
                    some = by_place[i : i + AT_ONCE]
                    found._rank_together(engine, bounds, together, questions, some)
            else:
                found._rank_each(engine, questions, places)
        return found

    def _rank_together(
        self,
        engine: Engine,
        bounds: Bounds,
        together: Callable[[Hashable], Together],
        questions: Sequence[Question],
        places: Sequence[int],
    ) -> None:
        """Rank what shortlists settle, then what they leave, one by one."""
        top = self.rows.shape[1]
        for size in (size for size in SIZES if size >= LONGER * top):
            communes = [questions[place].commune for place in places]
            groups = [(together(area), len(list(of))) for area, of in groupby(communes, _areas)]
            turns, rows, scores = engine.first_of(bounds, communes, groups, size, top)
            settled = np.array(places)[turns]
            self.rows[settled] = rows
            self.scores[settled] = _rounded(scores)
            left = np.ones(len(places), dtype=bool)
            left[turns] = False
            places = np.array(places)[left].tolist()
            if not places:
                return
        self._rank_each(engine, questions, places)

    def _rank_each(
        self, engine: Engine, questions: Sequence[Question], places: Sequence[int]
    ) -> None:
        for place in places:
            ranking = engine.rank(questions[place])
            first = ranking.first(self.rows.shape[1])
            self.rows[place, : len(first)] = ranking.pool.rows[first]
            self.scores[place, : len(first)] = _rounded(ranking.scores[first])

    def __len__(self) -> int:
        """How many questions."""
        return len(self.rows)

    def ranked(self, ids: Sequence[str]) -> Iterator[tuple[Ranked, ...]]:
        """Yield the list of each question; `ids` are those of the rows."""
        rows, places = np.unique(self.rows, return_inverse=True)
        known = np.array([ids[row] if row >= 0 else None for row in rows.tolist()], object)
        for named, scores in zip(known[places].reshape(self.rows.shape), self.scores, strict=True):
            found = tuple(map(Ranked, named.tolist(), scores.tolist()))
            yield found if named[-1] else tuple(one for one in found if one.structure_id)


def _rounded(scores: Floats) -> Floats:
    """Scores as they order."""
    rounded: Floats = np.rint(scores * SCORE_STEPS) / SCORE_STEPS
    return rounded


def _text(question: Question) -> Hashable:
    """All that a question asks, wherever it is asked."""
    need = question.need
    return need.text, tuple(question.themes.items()), need.stage, need.audience


def _areas(commune: Commune) -> tuple[str, str]:
    return commune.departement, commune.region


def _grouped(places: Iterable[int], key: Callable[[int], Hashable]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place in places:
        found[key(place)].append(place)
    return found
