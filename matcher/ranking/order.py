"""The order of the list: best first, local before its head, varied; and how sure each rank is.

Whom the text calls for by name comes first; last, who works on no theme of the need, nor subject,
has no trade that its situation calls for and has done nothing alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Kind
from matcher.index.arrays import Flags, Floats, Rows
from matcher.index.pool import BY_RADIUS, Pool
from matcher.reading.named import mentions

from .criteria import NATIONAL
from .policy import (
    BLOCK,
    LIKE_FIT,
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

Tiers = npt.NDArray[np.int8]
"""See `tiers`."""
Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


ASKED_FOR, WITH_REASON, WITHOUT_REASON = 1, 0, -1
"""Tiers of the list, from the first to the last."""


def tiers(
    question: Question,
    pool: Pool,
    columns: Mapping[str, Floats | None],
    structures: Sequence[Structure],
) -> Tiers:
    """The tier of each candidate, shape (candidates,).

    Parameters
    ----------
    columns : mapping of str to ndarray or None
        Scores by the code of the criterion.
    structures : sequence of Structure
        Of the index, by row; read only where the text names an actor.
    """
    found = np.where(_without_reason(question, pool, columns), WITHOUT_REASON, WITH_REASON)
    if question.actors:
        found[_named(question, [structures[row] for row in pool.rows.tolist()])] = ASKED_FOR
    return found.astype(np.int8)


def _named(question: Question, candidates: Sequence[Structure]) -> list[bool]:
    """Whom the text calls for; by its kind, those of another first kind where nobody has it."""
    main = {structure.kind for structure in candidates}
    return [
        any(
            named.means(one)
            and (
                named.sort is not mentions.Sort.KIND
                or one.kind == named.code
                or named.code not in main
            )
            for named in question.actors
        )
        for one in candidates
    ]


def _without_reason(question: Question, pool: Pool, columns: Mapping[str, Floats | None]) -> Flags:
    """Which candidates have no reason to answer; none on a vague need."""
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
    kinds, scores = pool.index.kinds, question.knowledge.role_scores
    roles = np.zeros(len(Kind))
    for stage, weight in question.stages.items():
        roles += weight * scores[stage]
    roles[[kind in BY_THEME for kind in Kind]] = 0.0
    called: Flags = np.logical_or.reduce(kinds.members[:, roles >= ROLE_CALLED], axis=1)
    return called[kinds.codes[pool.rows]]


def by_score(pool: Pool, scores: Floats, tiers: Tiers) -> Rows:
    """Positions, best first in each tier; equal scores: verified first, then by id.

    Never first is who reaches the place by a radius only, when somebody else of the same tier
    surely covers it; nor a row to verify, when a verified one of that tier is within `LIKE_FIT`.
    """
    steps = np.rint(scores * SCORE_STEPS).astype(np.int64) + 2 * SCORE_STEPS * tiers.astype(int)
    order: Rows = np.argsort(pool.index.to_verify[pool.rows] - 2 * steps, kind="stable")
    sure = (pool.levels[order] != BY_RADIUS) & (tiers[order] == tiers[order[:1]])
    if len(order) and not sure[0] and tiers[order[0]] != ASKED_FOR and sure.any():
        first = int(sure.argmax())
        order[: first + 1] = np.roll(order[: first + 1], 1)
    _verified_first(order, pool, scores, tiers)
    return order


def _verified_first(order: Rows, pool: Pool, scores: Floats, tiers: Tiers) -> None:
    """Give the first place to the best verified row that fits as well, in place."""
    doubtful = pool.index.to_verify[pool.rows[order]]
    if not doubtful[:1].any() or tiers[order[0]] == ASKED_FOR:
        return
    lead = np.rint((scores[order[0]] - scores[order]) * SCORE_STEPS)
    alike = ~doubtful & (tiers[order] == tiers[order[0]]) & (lead <= LIKE_FIT * SCORE_STEPS)
    if pool.levels[order[0]] != BY_RADIUS:
        alike &= pool.levels[order] != BY_RADIUS
    first = int(alike.argmax())  # 0, and so no change, where there is none
    order[: first + 1] = np.roll(order[: first + 1], 1)


def listed(pool: Pool, scores: Floats, tiers: Tiers) -> Iterator[int]:
    """Positions as the policy lists them, one rank after the other."""
    index, best = pool.index, by_score(pool, scores, tiers)
    rows = pool.rows[best]
    networks = index.support.network[rows]
    heads = index.heads[rows] & (tiers[best] != ASKED_FOR)  # who is asked for by name stays first
    branches = best_branches(networks, heads)
    if len(rows) and not index.to_verify[rows[0]] and index.to_verify[rows[branches.get(0, 0)]]:
        del branches[0]  # the first place is not given up to a row to verify
    near: list[int] = []

    def sorts() -> Iterator[Sort[int]]:
        for i in local_first(scores[best], branches):
            near.append(i)
            row = rows[i]
            yield int(index.bodies[row]), int(networks[i]), int(index.kind_codes[row])

    for block in varied(sorts()):
        yield from (int(best[near[i]]) for i in block)


def ranks(pool: Pool, scores: Floats, tiers: Tiers, positions: Sequence[int]) -> list[int]:
    """Ranks of some positions, from 1; the list is read no further than the last of them."""
    found = dict.fromkeys(positions, 0)
    missing = len(found)
    for rank, position in enumerate(listed(pool, scores, tiers), 1):
        if position in found:
            found[position] = rank
            missing -= 1
            if not missing:
                break
    return list(found.values())


def intervals(
    pool: Pool,
    scores: Floats,
    tiers: Tiers,
    weights: Floats,
    parts: Floats,
    positions: Sequence[int],
) -> list[tuple[int, int]]:
    """Best and worst rank when each weight in turn changes by `WEIGHT_CHANGE` up and down."""
    if not positions:
        return []
    total = weights.sum()
    found = [ranks(pool, scores, tiers, positions)]
    for weight, part in zip(weights, parts, strict=True):
        for more in (-WEIGHT_CHANGE * weight, WEIGHT_CHANGE * weight):
            changed = (scores * total + more * part) / (total + more)
            found.append(ranks(pool, changed, tiers, positions))
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
