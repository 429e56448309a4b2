"""What fits on two pages for a commune: the first structures, then the others in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.catalogue.french import counted, decimal
from matcher.territory.measure import NEAR_KM

from .cohort import Pack, Proposal, Reply
from .view import (
    View,
    change_sentence,
    cut,
    gaps_view,
    head_view,
    need_view,
    proposal_view,
    told_changes,
)

CARDS = {1: 3, 2: 2, 3: 1}
"""Structures presented a need, by the number of needs; past three needs, a table has them."""
ROWS = 18
"""Needs of a table, at most: the themes of a panorama."""
OTHERS = 10
"""Further structures named on the second page."""
CHANGES = 6
"""Changes told on the second page."""
PAGE_LINES = 40
"""Lines past which a first page might not hold at the usual size: a page has about 50."""
SHORT = 110
"""Characters of a need in a table."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters of the texts on the first page of a commune, and reasons a structure."""

    need: int
    description: int
    sentence: int
    reasons: int


ROOMY, TIGHT = Lengths(420, 230, 170, 3), Lengths(200, 110, 130, 2)
"""For one need, and for two or three of them."""


def digest_view(pack: Pack, insee: str) -> View:
    """What fits on two pages for a commune: the first structures, then the others in a table."""
    replies = pack.by_commune[insee]
    cards = CARDS.get(len(replies), 0)
    lengths = ROOMY if len(replies) == 1 else TIGHT
    shown: set[str] = set()
    needs = []
    for reply in replies if cards else ():
        first = reply.proposals[:cards]
        shown |= {one.structure for one in first}
        needs.append(
            {
                **need_view(reply),
                "text": cut(reply.need.text, lengths.need),
                "proposals": [_brief(pack, one, lengths) for one in first],
            }
        )
    told = told_changes(pack, insee)
    table = [] if cards else [_row(pack, reply) for reply in replies[:ROWS]]
    return {
        **head_view(pack, insee),
        "needs": needs,
        "table": table,
        "dense": _lines(needs, table) > PAGE_LINES,
        "beyond": _beyond(len(replies) - ROWS, "autre besoin", "autres besoins"),
        "others": _others(pack, replies, shown),
        "gaps": gaps_view(pack, insee),
        "changes": [change_sentence(change) for change in told[:CHANGES]],
        "changes_beyond": _beyond(len(told) - CHANGES, "autre changement", "autres changements"),
    }


def _brief(pack: Pack, one: Proposal, lengths: Lengths) -> View:
    """A proposal in about eight lines."""
    view = proposal_view(pack, one)
    view["description"] = cut(view["description"], lengths.description)
    view["warning"] = cut(view["warning"], lengths.sentence)
    view["reasons"] = view["reasons"][: lengths.reasons]
    for reason in view["reasons"]:
        reason["sentence"] = cut(reason["sentence"], lengths.sentence)
    return view


def _lines(needs: Sequence[View], table: Sequence[View]) -> int:
    """About how many lines a first page has: a full one has to be measured, which is slow."""
    found = sum(1 + max(len(row["need"]) // 32, len(row["first"]) // 28) for row in table)
    for need in needs:
        found += 4 + len(need["text"]) // 80
        for one in need["proposals"]:
            texts = [one["description"], one["warning"], *(r["sentence"] for r in one["reasons"])]
            found += 4 + sum(1 + len(text) // 70 for text in texts if text)
    return found


def _row(pack: Pack, reply: Reply) -> View:
    """A need with its two first structures, for a table."""
    names = [pack.structures[one.structure].name for one in reply.proposals[:2]]
    asked = cut(reply.need.text, SHORT)
    return {
        "need": asked or ", ".join(theme.label for theme in reply.themes),
        "first": cut(names[0], 60) if names else "aucune structure",
        "second": cut(names[1], 60) if len(names) > 1 else "",
    }


def _others(pack: Pack, replies: Sequence[Reply], shown: set[str]) -> list[View]:
    """The structures not presented yet, those suggested for most needs first, then by rank.

    Ranks only: a score says nothing beside that of another need.
    """
    needs: Counter[str] = Counter()
    ranks: Counter[str] = Counter()
    best: dict[str, Proposal] = {}
    for reply in replies:
        for one in reply.proposals:
            if one.structure not in shown:
                needs[one.structure] += 1
                ranks[one.structure] += one.rank
                best[one.structure] = min(best.get(one.structure, one), one, key=lambda p: p.rank)
    order = sorted(best, key=lambda s: (-needs[s], best[s].rank, ranks[s], s))
    return [
        {
            "name": cut(pack.structures[s].name, 80),
            "kind": pack.structures[s].kind,
            "needs": decimal(needs[s]),
            "rank": str(best[s].rank),
            "distance": _distance(best[s].distance_km),
            "site": pack.structures[s].website,
        }
        for s in order[:OTHERS]
    ]


def _distance(km: float | None) -> str:
    if km is None:
        return "–"
    return "sur place" if km < NEAR_KM else f"{decimal(km)}\u00a0km"


def _beyond(count: int, one: str, many: str) -> str:
    """What was left out, « 3 autres besoins »; "" when nothing was."""
    return counted(count, one, many) if count > 0 else ""
