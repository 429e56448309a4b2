"""What each criterion and each constant of the ranking earns: it is taken away, and needs that
judges graded are ranked again, beside the ranking as it is: `python tests/bench/ablation.py`.

Told are the differences of nDCG at 10, of P@3 (of what is possible) and of P@1, with the interval
at 95 % of a paired bootstrap over the needs, and how many needs keep the same first three. What
was not judged is worth nothing, so a change loses a little by itself. No need declares a situation
or an audience: what looks at these shows nothing here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

from matcher import Matcher, Need
from matcher.cohorts.evaluation.relevance import DEPTH, Judged, read_judged, relevance
from matcher.ranking import candidates, criteria, engine, order, variety
from matcher.ranking.engine import Engine
from matcher.ranking.policy import CRITERIA, Criterion

CASES = Path(__file__).parents[1] / "cases"
FOLDERS = (
    *("pertinence_complete/regler", "pertinence_complete/verifier", "pertinence_complete/apres"),
    *("pertinence", "pertinence_notee", "pertinence_relue/regler", "pertinence_relue/verifier"),
)
DRAWS = 1_000
NEVER, NO_BOUND = -1.0, 99
WITHOUT: Sequence[tuple[ModuleType, str, object]] = (
    (candidates, "FAR_SHARE", 1.0),
    (candidates, "READ_SHARE", 0.0),
    (candidates, "LEAST_ALIKE", 0.0),
    (criteria, "NETWORK_STRENGTH", 0.0),
    (criteria, "ROLE_STRENGTH", dict.fromkeys(criteria.ROLE_STRENGTH, 1.0)),
    (criteria, "GENERALIST_NATIONAL", criteria.GENERALIST_LEAST),
    (criteria, "OFF_TRADE", 1.0),
    (criteria, "OLD_SOURCE_SHARE", 1.0),
    (engine, "ROLE_CALLED", NO_BOUND),
    (order, "LIKE_FIT", NEVER),
    (variety, "LOCAL_MARGIN", NEVER),
    (variety, "FIRST_PLACES", 0),
    (variety, "MOST_OF_A_BODY", NO_BOUND),
    (variety, "MOST_OF_A_NETWORK", NO_BOUND),
    (variety, "MOST_OF_A_KIND", NO_BOUND),
)
"""Constants, each with the value at which it does nothing."""


def ranked(matcher: Matcher, need: Judged, policy: Sequence[Criterion]) -> list[str]:
    """Ids of the first ones, without the projects of the commune."""
    commune = matcher.commune(need.commune, "insee").insee
    blind = matcher.with_projects(p for p in matcher.catalogue.projects if p.commune != commune)
    rank = Engine(blind.profiles, blind.territory, policy).rank(
        blind.question(Need(commune, need.text))
    )
    return [structure.id for structure in rank.structures(rank.first(DEPTH))]


def worth(needs: Sequence[Judged], found: Sequence[Sequence[str]]) -> np.ndarray:
    """Of each need: nDCG, share of good first three, the most it can be, whether the first is."""
    told = [relevance(need, ids) for need, ids in zip(needs, found, strict=True)]
    return np.array([(r.ndcg, r.three, r.three_allowed, r.first) for r in told])


def told(name: str, before: np.ndarray, after: np.ndarray, same: int) -> str:
    """A line: the differences, each with its interval."""
    apart = after - before
    apart[:, 2] = before[:, 2]

    def means(rows: np.ndarray) -> np.ndarray:
        ndcg, good, allowed, first = rows.sum(axis=0)
        return np.array([ndcg / len(rows), good / allowed, first / len(rows)])

    draw = np.random.default_rng(0).integers(0, len(apart), (DRAWS, len(apart)))
    low, high = np.percentile([means(apart[rows]) for rows in draw], (2.5, 97.5), axis=0)
    cells = (
        f"{mean:+.3f} [{a:+.3f} ; {b:+.3f}]"
        for mean, a, b in zip(means(apart), low, high, strict=True)
    )
    return f"| {name} | {' | '.join(cells)} | {same} |"


def main() -> None:
    matcher = Matcher.open()
    needs = [need for folder in FOLDERS for need in read_judged(CASES / folder)]
    as_is = [ranked(matcher, need, CRITERIA) for need in needs]
    before = worth(needs, as_is)
    ndcg, good, allowed, first = before.sum(axis=0)
    n = len(needs)
    print(f"{n} needs: nDCG {ndcg / n:.3f}, P@3 {good / allowed:.3f}, P@1 {first / n:.3f}\n")
    print("| without | nDCG | P@3 | P@1 | same first three |\n|---|---|---|---|---|")

    def line(name: str, policy: Sequence[Criterion]) -> None:
        found = [ranked(matcher, need, policy) for need in needs]
        same = sum(a[:3] == b[:3] for a, b in zip(as_is, found, strict=True))
        print(told(name, before, worth(needs, found), same), flush=True)

    for one in CRITERIA:
        if one.weight and (len(sys.argv) < 2 or one.code in sys.argv):
            line(one.code, [replace(c, weight=0.0) if c is one else c for c in CRITERIA])
    for module, name, value in WITHOUT:
        if len(sys.argv) < 2 or name in sys.argv:
            kept = getattr(module, name)
            setattr(module, name, value)
            line(name, CRITERIA)
            setattr(module, name, kept)


if __name__ == "__main__":
    main()
