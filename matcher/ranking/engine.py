"""The engine: ranks all the candidates of a need at once, as the plain scorer would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from itertools import chain, islice

import numpy as np

from matcher.catalogue.model import Structure
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Kind, Stage

from .array_criteria import ARRAYS
from .arrays import Floats, Rows
from .candidates import Candidate, Evidence, candidate
from .coverage import Coverage
from .criteria import CRITERIA
from .criterion import Criterion
from .index import Index, Pool
from .knowledge import Role
from .policy import SCORE_STEPS, WEIGHT_CHANGE, Sort, local_first, varied
from .profile import Profiles
from .question import Question

POOLS = 256
"""Communes whose candidates are kept: a few kilobytes each, and one commune asks several times."""


@dataclass(frozen=True)
class Ranking:
    """The candidates of a question, scored; a position is a place in `pool.rows`.

    Parameters
    ----------
    weights : ndarray of float, shape (criteria,)
        Weights of the criteria that apply.
    parts : ndarray of float, shape (criteria, candidates)
        The score of each candidate on each of them, in [0, 1].
    """

    pool: Pool
    weights: Floats
    parts: Floats

    @cached_property
    def scores(self) -> Floats:
        """Weighted means, shape (candidates,)."""
        total = self.weights.sum()
        scores = np.zeros(len(self.pool.rows))
        for weight, part in zip(self.weights, self.parts, strict=True):
            scores += weight * part / total
        return scores

    def by_score(self) -> list[int]:
        """Positions of all, best first, before the policy puts local first and varies them."""
        found: list[int] = self._order(self.scores).tolist()
        return found

    def first(self, top: int | None = None) -> list[int]:
        """Positions of the first `top` of the policy, best first; of all when None."""
        varied_positions = chain.from_iterable(self._varied(self.by_score(), self.scores))
        return list(islice(varied_positions, top))

    def structures(self, positions: Iterable[int]) -> list[Structure]:
        """The structures at some positions."""
        return [self.pool.index.structures[self.pool.rows[i]] for i in positions]

    def intervals(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down.

        The whole policy is applied again for each change, so that the interval holds for the list
        that people see.
        """
        ranks: dict[int, list[int]] = {position: [] for position in positions}
        changed = self._changed()
        for best_first, scores in zip(self._order(changed).tolist(), changed, strict=True):
            missing = len(ranks)
            varied_positions = chain.from_iterable(self._varied(best_first, scores))
            for rank, position in enumerate(varied_positions, 1):
                if position in ranks:
                    ranks[position].append(rank)
                    missing -= 1
                    if not missing:
                        break
        return [(min(ranks[p]), max(ranks[p])) for p in positions]

    def _changed(self) -> Floats:
        """Scores as they are, then under each change of a weight: (1 + changes, candidates)."""
        total = self.weights.sum()
        more = np.outer(self.weights, (-WEIGHT_CHANGE, WEIGHT_CHANGE))[:, :, np.newaxis]
        changed = (self.scores * total + more * self.parts[:, np.newaxis, :]) / (total + more)
        return np.vstack([self.scores, changed.reshape(2 * len(self.weights), len(self.pool.rows))])

    def _order(self, scores: Floats) -> Rows:
        """Positions, best first, as `policy.order`: equal scores by verified, then by id."""
        doubtful = self.pool.index.to_verify[self.pool.rows]
        keys = -2 * np.rint(scores * SCORE_STEPS).astype(np.int64) + doubtful
        return np.argsort(keys, axis=-1, kind="stable")

    def _varied(self, best_first: Sequence[int], scores: Floats) -> Iterator[list[int]]:
        nearest = local_first(best_first, scores.tolist(), self._networks, self._heads)
        for block in varied(self._sorts[i] for i in nearest):
            yield [nearest[i] for i in block]

    @cached_property
    def _networks(self) -> list[str]:
        return [network for _, network, _ in self._sorts]

    @cached_property
    def _heads(self) -> list[bool]:
        return [self.pool.index.heads[row] for row in self.pool.rows.tolist()]

    @cached_property
    def _sorts(self) -> list[Sort]:
        return [self.pool.index.sorts[row] for row in self.pool.rows.tolist()]


class Engine:
    """Ranks all the candidates of a question at once.

    Parameters
    ----------
    coverage, profiles, territory
        As for `candidates.candidates`.
    roles : mapping of (Stage, Kind) to Role
        What each kind does in each situation.
    criteria : sequence of Criterion
        The policy.
    """

    def __init__(
        self,
        coverage: Coverage,
        profiles: Profiles,
        territory: Territory,
        roles: Mapping[tuple[Stage, Kind], Role],
        criteria: Sequence[Criterion] = CRITERIA,
    ) -> None:
        self._coverage = coverage
        self._profiles = profiles
        self._territory = territory
        self._criteria = criteria
        # Nothing here refers to the engine itself: it is freed as soon as nobody holds it.
        self._index = cache(partial(Index.build, profiles, territory, roles))
        self._pool = lru_cache(POOLS)(partial(_pool, self._index, territory))

    @property
    def index(self) -> Index:
        """The catalogue as arrays, built when it is first asked."""
        return self._index()

    def rank(self, question: Question) -> Ranking:
        """Score every candidate."""
        pool = self._pool(question.commune.insee)
        scalar = any(criterion.score not in ARRAYS for criterion in self._criteria)
        everyone = range(len(pool.rows)) if scalar else ()
        facts = list(self.candidates(question, pool, everyone))
        weights, parts = [], []
        for criterion in self._criteria:
            part = _part(criterion, question, pool, facts)
            if part is not None:
                weights.append(criterion.weight)
                parts.append(part)
        return Ranking(pool, np.array(weights), np.array(parts))

    def candidates(
        self, question: Question, pool: Pool, positions: Iterable[int]
    ) -> Iterator[Candidate]:
        """Gather the facts about some of the pool, as the plain scorer needs them."""
        seen: dict[str, Evidence] = {}
        for i in positions:
            structure = pool.index.structures[pool.rows[i]]
            reach = pool.reach(i) or self._coverage.reach(structure, pool.commune)
            assert reach is not None, "the index and the coverage agree on who covers a commune"
            yield candidate(question, structure, reach, self._profiles, self._territory, seen)


def _pool(index: Callable[[], Index], territory: Territory, insee: str) -> Pool:
    return index().pool(territory.communes[insee])


def _part(
    criterion: Criterion, question: Question, pool: Pool, facts: Sequence[Candidate]
) -> Floats | None:
    """Scores on one criterion, shape (candidates,); None when it cannot apply."""
    if criterion.score in ARRAYS:
        return ARRAYS[criterion.score](question, pool)
    scores = [criterion.score(question, one) for one in facts]
    known = [score for score in scores if score is not None]
    return np.array(known) if len(known) == len(scores) else None
