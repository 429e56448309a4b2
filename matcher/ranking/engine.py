"""The engine: scores all the candidates of a need at once, and orders them as the policy says."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, partial
from itertools import islice

import numpy as np

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Kind, Stage
from matcher.index.arrays import Flags, Floats
from matcher.index.columns import THEMES, Index
from matcher.index.coverage import Pool, pool_of
from matcher.index.profile import Profiles
from matcher.territory.nest import Territory

from .candidates import CandidateFacts, calls_of, formed
from .criteria import DECLARED_STAGES, NATIONAL
from .explain import Suggestion
from .order import ASKED_FOR, WITH_REASON, WITHOUT_REASON, Listing, Order, Tiers
from .policy import CRITERIA, Criterion, Scored, scored, suggestion
from .question import Question

SITUATED = frozenset({"anchoring", "themes", "role", "likely_role", "stage"})
"""Criteria that look at the situation of the project; a test holds that no other does."""
POOLS = 64
"""Places whose candidates are kept: some kilobytes each, and one place asks several times."""
ROLE_CALLED = 0.7
"""Role from which the situation calls for a kind, whatever the theme."""
BY_THEME = frozenset(
    {Kind.RESEAU_THEMATIQUE, Kind.ACTEUR_NATIONAL, Kind.MUTUALITE, Kind.PARC_NATUREL}
)
"""Kinds whose trade is their theme: off it, no situation calls for them."""
_OWN_TRADE = np.array([kind not in BY_THEME for kind in Kind])


@dataclass(frozen=True)
class Ranking:
    """The candidates of a question, scored; a position is a place in `pool.rows`.

    Parameters
    ----------
    columns : sequence of ndarray of float, shape (candidates,), or None
        By criterion, the score of each candidate in [0, 1]; None where it cannot apply.
    """

    question: Question
    pool: Pool
    criteria: Sequence[Criterion]
    columns: Sequence[Floats | None]
    profiles: Profiles
    territory: Territory

    def at(self, stages: Iterable[Stage]) -> Listing:
        """The list of the same need in other situations, as if they were declared.

        Kept, and made together for all the situations to which the same criteria apply: a page asks
        for several of them, some twice.
        """
        said = tuple(stages)
        if said not in self._situated:
            alike = [
                (one,) for one in Stage if (one in DECLARED_STAGES) == (said[0] in DECLARED_STAGES)
            ]
            each = alike if len(said) == 1 else [said]
            self._situated.update(zip(each, self._listings(each), strict=True))
        return self._situated[said]

    @cached_property
    def _situated(self) -> dict[tuple[Stage, ...], Listing]:
        return {}

    def _listings(self, each: Sequence[tuple[Stage, ...]]) -> list[Listing]:
        question = self.question.at_each(each)
        columns = [
            criterion.score(question, self.pool) if criterion.code in SITUATED else column
            for criterion, column in zip(self.criteria, self.columns, strict=True)
        ]
        other = replace(self, question=question, columns=columns)
        return self.order.with_tiers(other.tiers).listings(other.scores)

    @cached_property
    def weights(self) -> Floats:
        """Weights of the criteria that apply, shape (applying,)."""
        applying = zip(self.criteria, self.columns, strict=True)
        return np.array([criterion.weight for criterion, column in applying if column is not None])

    @cached_property
    def listing(self) -> Listing:
        """The candidates as the policy lists them."""
        (found,) = self.order.listings(self.scores[np.newaxis])
        return found

    @cached_property
    def parts(self) -> Floats:
        """Scores on the criteria that apply, shape (applying, candidates)."""
        parts = [column for column in self.columns if column is not None]
        return np.array(parts).reshape(len(parts), len(self.pool))

    @cached_property
    def scores(self) -> Floats:
        """Weighted means, shape (candidates,), after (situations,) in several at once."""
        applying = (column for column in self.columns if column is not None)
        shares = self.weights / self.weights.sum()
        return sum(map(operator.mul, shares.tolist(), applying), np.zeros(len(self.pool)))

    @cached_property
    def tiers(self) -> Tiers:
        """Who is called for by name, who has a reason to answer and who has none: see `order`."""
        codes = (criterion.code for criterion in self.criteria)
        columns = dict(zip(codes, self.columns, strict=True))
        return tiers(self.question, self.pool, columns, self.called)

    @cached_property
    def called(self) -> list[str]:
        """The words by which the text calls for each; none where it names no actor."""
        if not self.question.actors:
            return []
        return calls_of(self.question, self.structures(range(len(self.pool))))

    @cached_property
    def order(self) -> Order:
        """How the candidates are listed."""
        return Order(self.pool, self.tiers)

    def by_score(self) -> list[int]:
        """Positions of all, best first, before the policy puts local first and varies them."""
        return list(self.order.by_score(self.scores))

    def first(self, top: int | None = None, on_theme: bool = False) -> list[int]:
        """Positions of the first `top` of the policy, best first; of all when None.

        `on_theme` leaves out who has none of the themes asked for, nor is a local generalist.
        """
        if not on_theme:
            return list(islice(self.listing, top))
        asked = self.on_theme
        return list(islice((i for i in self.listing if asked[i]), top))

    @cached_property
    def on_theme(self) -> Flags:
        """Who has one of the themes asked for, or is a local generalist, shape (candidates,)."""
        members = _themes(self.pool)
        asked = members[:, [THEMES[theme] for theme in self.question.themes]].any(axis=1)
        local = _local_generalists(self.pool)
        found: Flags = np.logical_or(asked, local)
        return found

    def structures(self, positions: Iterable[int]) -> list[Structure]:
        """The structures at some positions."""
        everyone = self.profiles.presentations.structures
        return [everyone[self.pool.rows[i]] for i in positions]

    def intervals(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Best and worst rank when each weight in turn changes: see `Order.intervals`."""
        return self.order.intervals(self.scores, self.weights, self.parts, positions)

    def explained(self, positions: Iterable[int]) -> list[Scored]:
        """Scores at some positions with their parts and sentences, read from the columns."""
        known = self.profiles, self.territory, self.called
        facts = CandidateFacts(self.question, self.pool, *known)
        return [
            scored(
                self.question,
                facts.candidate(i),
                self.criteria,
                [None if column is None else column.item(i) for column in self.columns],
            )
            for i in positions
        ]

    def suggestions(self, top: int, spans: bool = False, themed: bool = False) -> list[Suggestion]:
        """The first `top`, explained; `spans`: with rank intervals; `themed`: see `first`."""
        first, found, above = self.first(top, themed), list[Suggestion](), ""
        each = self.intervals(first) if spans else [None] * len(first)
        rules = [None] * len(first) if themed else self.listing.rules(first, self.scores)
        explained = zip(self.explained(first), each, rules, strict=True)
        for rank, (one, span, rule) in enumerate(explained, 1):
            lower = rule.said(above) if rule else ""
            found.append(suggestion(rank, one, span, lower))
            above = one.structure.name
        return found


class Engine:
    """Ranks all the candidates of a question at once.

    Parameters
    ----------
    profiles, territory
        Of the catalogue.
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

    def pool(self, question: Question) -> Pool:
        """The candidates of the place of a question."""
        return self._pool(tuple(place.insee for place in question.places))

    def rank(self, question: Question) -> Ranking:
        """Score every candidate on every criterion."""
        pool = self.pool(question)
        columns = [criterion.score(question, pool) for criterion in self._criteria]
        return Ranking(question, pool, self._criteria, columns, self._profiles, self._territory)


def tiers(
    question: Question,
    pool: Pool,
    columns: Mapping[str, Floats | None],
    called: Sequence[str],
) -> Tiers:
    """The tier of each candidate, shape (candidates,), after (situations,) in several at once.

    Parameters
    ----------
    columns : mapping of str to ndarray or None
        Scores by the code of the criterion.
    called : sequence of str
        See `Ranking.called`.
    """
    found = np.where(_without_reason(question, pool, columns), WITHOUT_REASON, WITH_REASON)
    if called:
        found[..., [bool(words) for words in called]] = ASKED_FOR
    return found.astype(np.int8)


def _without_reason(question: Question, pool: Pool, columns: Mapping[str, Floats | None]) -> Flags:
    """Which candidates have no reason to answer; on a vague need, who knows but its own subject."""
    if not question.themes and not (question.vague and question.words):
        return np.zeros(len(pool), dtype=bool)
    if question.vague:
        called = _called(question, pool) if question.stage_declared else False
        return ~(_local_generalists(pool) | called)
    reason = _local_generalists(pool) | _has(columns, "subjects", pool)
    reason |= formed(question, pool) > 0
    on_theme = ~pool.generalists & _has(columns, "themes", pool)
    return ~(reason | on_theme | _called(question, pool))


def _themes(pool: Pool) -> Flags:
    """Themes of each candidate, shape (candidates, themes); the last is to be a generalist."""
    classes = pool.index.themes
    found: Flags = classes.members[classes.codes[pool.rows]]
    return found


def _local_generalists(pool: Pool) -> Flags:
    """Who works on any theme, and not in the whole country, shape (candidates,)."""
    found: Flags = pool.generalists & (pool.levels != NATIONAL)
    return found


def _has(columns: Mapping[str, Floats | None], code: str, pool: Pool) -> Flags:
    column = columns.get(code)
    found: Flags = np.zeros(len(pool), dtype=bool) if column is None else column > 0.0
    return found


def _called(question: Question, pool: Pool) -> Flags:
    """Whether the main situation calls for one of the kinds, themes aside."""
    kinds, scores = pool.index.kinds, question.knowledge.role_scores
    roles = sum((w * scores[stage] for stage, w in question.stages.items()), np.zeros(len(Kind)))
    called: Flags = ((roles >= ROLE_CALLED) & _OWN_TRADE) @ kinds.members.T
    return called[..., kinds.codes[pool.rows]]


def _index(index: Index | None, profiles: Profiles, territory: Territory) -> Index:
    return index or Index.build(profiles, territory)


def _pool(index: Callable[[], Index], territory: Territory, insees: tuple[str, ...]) -> Pool:
    return pool_of(index(), [territory.communes[insee] for insee in insees], territory)
