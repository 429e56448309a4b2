"""The order of the list: best first, local before its head, varied; and how sure each rank is.

Who works on no theme of the need, speaks of none of its subjects, has no trade that its situation
calls for and has done nothing alike comes after all those that have a reason to answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from matcher.catalogue.vocabulary import Kind
from matcher.index.arrays import Flags, Floats, Rows
from matcher.index.pool import Pool

from .criteria import NATIONAL
from .policy import (
    BLOCK,
    LOCAL_MARGIN,
    MOST_OF_A_BODY,
    MOST_OF_A_KIND,
    MOST_OF_A_NETWORK,
    SCORE_STEPS,
    WEIGHT_CHANGE,
)
from .question import Question

ROLE_CALLED = 0.7
"""Role from which the situation calls for a kind, whatever the theme."""
PROVED = 0.2
"""References from which what was done elsewhere is a reason: about one project half alike."""
BY_THEME = frozenset(
    {Kind.RESEAU_THEMATIQUE, Kind.ACTEUR_NATIONAL, Kind.MUTUALITE, Kind.PARC_NATUREL}
)
"""Kinds whose trade is their theme: off it, no situation calls for them."""

Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


def behind(question: Question, pool: Pool, columns: Mapping[str, Floats | None]) -> Flags:
    """Which candidates have no reason to answer, shape (candidates,); none on a vague need.

    Parameters
    ----------
    columns : mapping of str to ndarray or None
        Scores by the code of the criterion.
    """
    if question.vague or not question.themes:
        return np.zeros(len(pool), dtype=bool)
    classes = pool.index.themes
    generalist = classes.members[classes.codes[pool.rows], -1]
    reason: Flags = generalist & (pool.levels != NATIONAL)
    reason |= ~generalist & _above(columns, "themes", 0.0, pool)
    reason |= _above(columns, "subjects", 0.0, pool)
    reason |= _above(columns, "track_record", PROVED, pool)
    return ~(reason | _called(question, pool))


def _above(columns: Mapping[str, Floats | None], code: str, least: float, pool: Pool) -> Flags:
    column = columns.get(code)
    found: Flags = np.zeros(len(pool), dtype=bool) if column is None else column > least
    return found


def _called(question: Question, pool: Pool) -> Flags:
    """Whether the main situation calls for one of the kinds, themes aside."""
    kinds = pool.index.kinds
    called = np.zeros(len(kinds.members), dtype=bool)
    for place, kind in enumerate(Kind):
        if kind in BY_THEME:
            continue
        roles = [
            weight * question.roles[stage, kind].score
            for stage, weight in question.stages.items()
            if (stage, kind) in question.roles
        ]
        if sum(roles) >= ROLE_CALLED:
            called |= kinds.members[:, place]
    found: Flags = called[kinds.codes[pool.rows]]
    return found


def by_score(pool: Pool, scores: Floats, behind: Flags) -> Rows:
    """Positions, best first, those `behind` last; equal scores: verified first, then by id."""
    steps = np.rint(scores * SCORE_STEPS).astype(np.int64) - 2 * SCORE_STEPS * behind
    order: Rows = np.argsort(pool.index.to_verify[pool.rows] - 2 * steps, kind="stable")
    return order


def listed(pool: Pool, scores: Floats, behind: Flags) -> Iterator[int]:
    """Positions as the policy lists them, one rank after the other."""
    index, best = pool.index, by_score(pool, scores, behind)
    rows = pool.rows[best]
    networks = index.support.network[rows]
    near: list[int] = []

    def sorts() -> Iterator[Sort[int]]:
        for i in local_first(scores[best], best_branches(networks, index.heads[rows])):
            near.append(i)
            row = rows[i]
            yield int(index.bodies[row]), int(networks[i]), int(index.kind_codes[row])

    for block in varied(sorts()):
        yield from (int(best[near[i]]) for i in block)


def ranks(pool: Pool, scores: Floats, behind: Flags, positions: Sequence[int]) -> list[int]:
    """Ranks of some positions, from 1; the list is read no further than the last of them."""
    found = dict.fromkeys(positions, 0)
    missing = len(found)
    for rank, position in enumerate(listed(pool, scores, behind), 1):
        if position in found:
            found[position] = rank
            missing -= 1
            if not missing:
                break
    return list(found.values())


def intervals(
    pool: Pool,
    scores: Floats,
    behind: Flags,
    weights: Floats,
    parts: Floats,
    positions: Sequence[int],
) -> list[tuple[int, int]]:
    """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down."""
    if not positions:
        return []
    total = weights.sum()
    found = [ranks(pool, scores, behind, positions)]
    for weight, part in zip(weights, parts, strict=True):
        for more in (-WEIGHT_CHANGE * weight, WEIGHT_CHANGE * weight):
            changed = (scores * total + more * part) / (total + more)
            found.append(ranks(pool, changed, behind, positions))
    table = np.array(found)
    return list(zip(table.min(axis=0).tolist(), table.max(axis=0).tolist(), strict=True))


def local_first(scores: Floats, branches: Mapping[int, int]) -> Iterator[int]:
    """Put the national head of a network right behind its best local branch, if scores are close.

    Parameters
    ----------
    scores : array of float
        Best first.
    branches : mapping of int to int
        By the position of a head, that of its best local branch.

    Yields
    ------
    int
        Positions in `scores`: the list is read no further than whoever asks.
    """
    placed: set[int] = set()
    held: dict[int, list[int]] = {}
    for i in range(len(scores)):
        branch = branches.get(i)
        if branch is not None and branch not in placed and is_close(scores[i], scores[branch]):
            held.setdefault(branch, []).append(i)
            continue
        yield i
        yield from held.pop(i, [])
        placed.add(i)


def best_branches(networks: Rows, heads: Flags) -> dict[int, int]:
    """The best local branch of each head, where its network has one; both best first."""
    at = np.flatnonzero(heads)
    local = np.flatnonzero(~heads & (networks != 0) & np.isin(networks, networks[at]))
    names, first = np.unique(networks[local], return_index=True)
    best = dict(zip(names.tolist(), local[first].tolist(), strict=True))
    own = zip(at.tolist(), networks[at].tolist(), strict=True)
    return {head: best[network] for head, network in own if network in best}


def is_close(head: float, branch: float) -> bool:
    """Whether the score of a national head is so near to its branch's that the branch leads."""
    return round((head - branch) * SCORE_STEPS) <= LOCAL_MARGIN * SCORE_STEPS


def varied(sorts: Iterable[Sort[Name]]) -> Iterator[list[int]]:
    """Vary each block of ten: what would be too many of one sort moves to the next block.

    Each structure, best first, takes a place in the first block that still has room for its sort.
    Nothing is lost, and where only one sort is left the order stays as it is.

    Yields
    ------
    list of int
        Positions in `sorts`, block after block, each as soon as nothing more can change it.
    """
    blocks: list[_Block[Name]] = []
    first_open = 0
    for position, sort in enumerate(sorts):
        for block in islice(blocks, first_open, None):
            if block.has_room(*sort):
                break
        else:
            block = _Block[Name]()
            blocks.append(block)
        block.add(position, *sort)
        while first_open < len(blocks) and len(blocks[first_open].members) == BLOCK:
            yield blocks[first_open].members
            first_open += 1
    for block in blocks[first_open:]:
        yield block.members


class _Block(Generic[Name]):
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self._bodies: defaultdict[Name, int] = defaultdict(int)
        self._networks: defaultdict[Name, int] = defaultdict(int)
        self._kinds: defaultdict[Name, int] = defaultdict(int)

    def has_room(self, body: Name, network: Name, kind: Name) -> bool:
        return (
            len(self.members) < BLOCK
            and self._bodies[body] < MOST_OF_A_BODY
            and (not network or self._networks[network] < MOST_OF_A_NETWORK)
            and self._kinds[kind] < MOST_OF_A_KIND
        )

    def add(self, position: int, body: Name, network: Name, kind: Name) -> None:
        self.members.append(position)
        self._bodies[body] += 1
        self._networks[network] += 1
        self._kinds[kind] += 1
