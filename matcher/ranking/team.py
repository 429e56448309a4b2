"""A few structures that together answer all of a need.

The demands of a need are its themes and its stage. A team is the smallest set of structures that
answers every demand that anyone can answer; among the smallest, the one with the best scores.
The search is exact: only structures that no best team needs are left out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Stage, Theme

from .policy import Scored
from .question import Question

LARGEST = 4
"""Structures in a team at most: a small town cannot meet more at once."""
ROLE_ANSWERS = 0.7
"""Role from which a kind is a usual answer to a situation."""
MINOR_THEME = 0.4
"""Share of the main theme's weight below which a theme is no demand of its own: a word in passing
calls for nobody."""

Demand = Theme | Stage


@dataclass(frozen=True)
class Member:
    """A structure of the team and the demands that it answers in it."""

    scored: Scored
    answers: tuple[Demand, ...]


@dataclass(frozen=True)
class Team:
    """The members, best first, and the demands that no eligible structure answers."""

    members: tuple[Member, ...]
    unanswered: tuple[Demand, ...]


def demands(question: Question) -> tuple[Demand, ...]:
    """What has to be answered: the themes that weigh, and the stage when it is declared."""
    least = MINOR_THEME * max(question.themes.values(), default=0.0)
    themes = [t for t, w in question.themes.items() if w >= least]
    stages = list(question.stages) if question.stage_declared else []
    return (*themes, *stages)


def answers(question: Question, structure: Structure, demand: Demand) -> bool:
    """Whether a structure answers one demand: by its themes, or by the role of its kind."""
    if isinstance(demand, Theme):
        return demand in structure.themes
    best = question.knowledge.best_role(demand, structure.kinds)
    return best is not None and best[1].score >= ROLE_ANSWERS


def useful(question: Question, best_first: Sequence[Structure]) -> list[int]:
    """Positions of those that a best team may need.

    Who answers nothing that a better structure does not is left out: that one would take its place.
    """
    kept: list[int] = []
    met: list[frozenset[Demand]] = []
    wanted = demands(question)
    for position, structure in enumerate(best_first):
        mine = frozenset(d for d in wanted if answers(question, structure, d))
        if mine and not any(mine <= better for better in met):
            kept.append(position)
            met.append(mine)
    return kept


def build(question: Question, pool: Sequence[Scored]) -> Team:
    """Choose the team.

    Parameters
    ----------
    pool : sequence of Scored
        Those of the eligible structures that are useful, best first.
    """
    wanted = demands(question)
    covers = {
        s.structure.id: frozenset(d for d in wanted if answers(question, s.structure, d))
        for s in pool
    }
    chosen = smallest(pool, covers, _union(covers[s.structure.id] for s in pool))
    met = _union(covers[s.structure.id] for s in chosen)
    return Team(
        members=tuple(
            Member(s, tuple(d for d in wanted if d in covers[s.structure.id])) for s in chosen
        ),
        unanswered=tuple(d for d in wanted if d not in met),
    )


def smallest(
    pool: Sequence[Scored],
    covers: dict[str, frozenset[Demand]],
    goal: frozenset[Demand],
) -> tuple[Scored, ...]:
    """Smallest set that covers `goal`, or as much of it as `LARGEST` can; then the best scores."""
    if not goal:
        return ()
    best: tuple[int, float, tuple[Scored, ...]] = (0, 0.0, ())
    for size in range(1, LARGEST + 1):
        for group in combinations(pool, size):
            met = len(goal & _union(covers[s.structure.id] for s in group))
            worth = sum(s.score for s in group)
            if (met, worth) > best[:2] and (met > best[0] or len(group) == len(best[2])):
                best = (met, worth, group)
        if best[0] == len(goal):
            break
    return best[2]


def _union(sets: Iterable[frozenset[Demand]]) -> frozenset[Demand]:
    return frozenset().union(*sets)
