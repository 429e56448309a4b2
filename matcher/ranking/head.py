"""The head of the policy's list, from the best by score: the rest need not be ordered.

`policy.order` is the reference. Of all candidates, best score first, it takes the heads of networks
back behind their best branch, if that is close, then varies each block of ten. Both only move a
structure down: nothing that comes later passes before. So the head of the list is known from the
best by score, as far as these are known without a gap, but for two things:

- a head of a network whose best branch is further down: `branch` tells that branch's score;
- a block of ten that is not full yet: something further down may still take a place in it, at its
  end. The first blocks that are full, and what the first open one holds already, are settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .policy import BLOCK, Sort, is_close, local_first, varied
from .support import ALONE

Branch = Callable[[int], float | None]
"""From a network, none of whose branches is among the best, to the score of its best branch; None
when it has none that covers the commune."""


def settled(
    scores: Sequence[float],
    sorts: Sequence[Sort[int]],
    heads: Sequence[bool],
    branch: Branch | None,
) -> Iterator[int]:
    """Yield the places of the policy's list that are settled by its best by score.

    Parameters
    ----------
    scores, sorts, heads
        Of the best, best first: score, what variety looks at, whether it heads a network.
    branch : callable or None
        See `Branch`; None when the best are all there is.

    Yields
    ------
    int
        A position in these sequences, rank after rank.
    """
    networks = [sort[1] for sort in sorts]
    kept = list(range(len(scores)))
    if branch:
        here = {n for n, head in zip(networks, heads, strict=True) if not head}
        kept = [
            i
            for i in kept
            if not (heads[i] and networks[i] not in here and _held(i, scores, networks, branch))
        ]
    listed = local_first(kept, scores, networks, heads)
    for block in varied(sorts[i] for i in listed):
        yield from (listed[i] for i in block)
        if branch and len(block) < BLOCK:
            return


def _held(i: int, scores: Sequence[float], networks: Sequence[int], branch: Branch) -> bool:
    """Whether a head goes down behind a branch that is not among the best."""
    assert networks[i] != ALONE, "a head has a network"
    best = branch(networks[i])
    return best is not None and is_close(scores[i], best)
