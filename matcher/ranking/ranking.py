"""The candidates of a question, scored on each criterion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from matcher.catalogue.model import Structure

from .arrays import Floats
from .pool import Pool
from .standing import Standing, first
from .sureness import intervals


@dataclass(frozen=True)
class Ranking:
    """The candidates of a question, scored; a position is a place in `pool.rows`.

    Parameters
    ----------
    structures : sequence of Structure
        All those of the index.
    weights : ndarray of float, shape (criteria,)
        Weights of the criteria that apply.
    parts : ndarray of float, shape (criteria, candidates)
        The score of each candidate on each of them, in [0, 1].
    """

    pool: Pool
    everyone: Sequence[Structure]
    weights: Floats
    parts: Floats

    @cached_property
    def scores(self) -> Floats:
        """Weighted means, shape (candidates,)."""
        total = self.weights.sum()
        scores = np.zeros(len(self.pool))
        for weight, part in zip(self.weights, self.parts, strict=True):
            scores += weight * part / total
        return scores

    @cached_property
    def standing(self) -> Standing:
        """All the candidates under the weights as they are."""
        return Standing(self.pool, self.scores)

    def by_score(self) -> list[int]:
        """Positions of all, best first, before the policy puts local first and varies them."""
        found: list[int] = self.standing.best(len(self.scores)).tolist()
        return found

    def first(self, top: int | None = None) -> list[int]:
        """Positions of the first `top` of the policy, best first; of all when None."""
        count = len(self.scores) if top is None else min(top, len(self.scores))
        found = self.standing.find(partial(first, count))
        assert found is not None, "all the candidates are here"
        return found

    def structures(self, positions: Iterable[int]) -> list[Structure]:
        """The structures at some positions."""
        return [self.everyone[self.pool.rows[i]] for i in positions]

    def intervals(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Best and worst rank when each weight in turn changes: see `sureness.intervals`."""
        return intervals(self.standing, self.weights, self.parts, positions)
