"""The engine: ranks all the candidates of a need at once, as the plain scorer would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial

import numpy as np

from matcher.catalogue.model import Commune
from matcher.catalogue.territory import Territory

from .array_criteria import ARRAYS, Asked
from .arrays import Floats, Rows
from .bounds import Bounds
from .candidates import Candidate, Evidence, candidate
from .coverage import reach_of
from .criteria import CRITERIA
from .criterion import Criterion
from .index import Index
from .pool import Pool, pool_of
from .profile import Profiles
from .question import Question
from .ranking import Ranking
from .shortlist import Together, before
from .standing import Standing
from .standings import Standings

POOLS = 64
"""Communes whose candidates are kept: some kilobytes each, and one commune asks several times."""


class Engine:
    """Ranks all the candidates of a question at once.

    Parameters
    ----------
    profiles, territory
        As for `candidates.candidates`.
    criteria : sequence of Criterion
        The policy.
    index : Index, optional
        Of the same profiles, when it is there already.
    """

    def __init__(
        self,
        profiles: Profiles,
        territory: Territory,
        criteria: Sequence[Criterion] = CRITERIA,
        index: Index | None = None,
    ) -> None:
        self._profiles = profiles
        self._territory = territory
        self._criteria = criteria
        # Nothing here refers to the engine itself: it is freed as soon as nobody holds it.
        self._index = cache(partial(_index, index, profiles, territory))
        self._pool = lru_cache(POOLS)(partial(_pool, self._index, territory))

    @property
    def index(self) -> Index:
        """The catalogue as arrays, built when it is first asked."""
        return self._index()

    def rank(self, question: Question) -> Ranking:
        """Score every candidate."""
        return self.rank_some(Asked(question, self.index), self._pool(question.commune.insee))

    def rank_some(self, asked: Asked, pool: Pool) -> Ranking:
        """Score some candidates."""
        scalar = any(criterion.score not in ARRAYS for criterion in self._criteria)
        everyone = range(len(pool)) if scalar else ()
        facts = list(self.candidates(asked.question, pool, everyone))
        weights, parts = [], []
        for criterion in self._criteria:
            part = _part(criterion, asked, pool, facts)
            if part is not None:
                weights.append(criterion.weight)
                parts.append(part)
        shape = (len(parts), len(pool))
        structures = self._profiles.presentations.structures
        return Ranking(pool, structures, np.array(weights), np.array(parts).reshape(shape))

    def bounds(self, question: Question) -> Bounds | None:
        """Bound what every structure may have on a question; None where a criterion has no form."""
        if any(criterion.score not in ARRAYS for criterion in self._criteria):
            return None
        return Bounds.of(Asked(question, self.index), self._criteria)

    def together(self, communes: Sequence[Commune], question: Question) -> Together:
        """Bound what every structure may have for the place, in communes of the same areas."""
        asked = Asked(question, self.index)
        return Together.of(communes, asked, self._criteria, self._territory)

    def first_of(
        self,
        bounds: Bounds,
        communes: Sequence[Commune],
        groups: Sequence[tuple[Together, int]],
        size: int,
        top: int,
    ) -> tuple[Rows, Rows, Floats]:
        """The communes whose list a shortlist tells, with rows and scores of their first `top`.

        Parameters
        ----------
        communes : sequence of Commune
            In groups of those that are together.
        groups : sequence of (Together, int)
            How many of the communes are in each.
        size : int
            How many of those who cover a group are looked at.
        """
        best = [(together, *together.best(bounds, size), count) for together, count in groups]
        pool = before(communes, [(together, some, count) for together, some, _, count in best])
        above = np.repeat([highest for *_, highest, _ in best], [count for *_, count in best])
        whose = [together for together, count in groups for _ in range(count)]
        scores = bounds.scores(pool)

        def branch(turn: int, network: int) -> float | None:
            there = whose[turn].branches(communes[turn], network)
            return Standing(there, bounds.scores(there)).branch(network)

        turns, found = Standings(pool, scores, above, branch).first(top)
        return turns, pool.rows[found], scores[found]

    def candidates(
        self, question: Question, pool: Pool, positions: Iterable[int]
    ) -> Iterator[Candidate]:
        """Gather the facts about some of the pool, as the plain scorer needs them."""
        seen: dict[str, Evidence] = {}
        for i in positions:
            profile = self._profiles.profile(int(pool.rows[i]))
            reach = reach_of(profile.structure, question.commune, self._territory)
            assert reach is not None, "the index and the coverage agree on who covers a commune"
            yield candidate(question, profile, reach, self._territory, seen)


def _index(index: Index | None, profiles: Profiles, territory: Territory) -> Index:
    return index or Index.build(profiles, territory)


def _pool(index: Callable[[], Index], territory: Territory, insee: str) -> Pool:
    return pool_of(index(), territory.communes[insee], territory)


def _part(
    criterion: Criterion, asked: Asked, pool: Pool, facts: Sequence[Candidate]
) -> Floats | None:
    """Scores on one criterion, shape (candidates,); None when it cannot apply."""
    if criterion.score in ARRAYS:
        return ARRAYS[criterion.score](asked, pool)
    scores = [criterion.score(asked.question, one) for one in facts]
    known = [score for score in scores if score is not None]
    return np.array(known) if len(known) == len(scores) else None
