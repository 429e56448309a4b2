"""How relevant the first answers are, on structures that judges graded one by one.

A need comes with a pool of structures, each graded from 0 (would not be introduced) to 3 (whom one
would call first). What the judges did not see counts nothing in the lower bound, and as much as the
best in the upper one. The projects of the commune of a need are withheld.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.model import Need
from matcher.catalogue.rows import read_rows
from matcher.ranking.matcher import Matcher
from matcher.ranking.policy import Scored

from .cases import RANKINGS, Ranking, unasked

NEEDS, GRADES = "besoins.csv", "notes.csv"
"""Files of a folder of judged needs."""
JUDGE = "juge"
"""How the name of a column of grades begins."""
BEST = 3
"""Highest grade: exactly whom one would introduce first."""
GOOD = 2
"""Grade from which an introduction is a good one: it would be in a list of five."""
DEPTH = 10
"""Answers that a reader sees at once."""
FIRST = 3
"""Answers that are introduced: beyond, few are called."""

FORMER_WEIGHTS = {
    "themes": 0.12, "subjects": 0.12, "track_record": 0.20, "experience": 0.08, "role": 0.15,
    "likely_role": 0.04, "anchoring": 0.17, "whole": 0.17, "proximity": 0.09, "words": 0.08,
    "stage": 0.04, "audience": 0.03, "reliability": 0.02,
}  # fmt: skip
"""The weights until 29 November 2026, before anybody had graded answers: what later ones are
compared with."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A need with its pool.

    Parameters
    ----------
    grades : mapping of str to tuple of int
        By structure id, the grade of each judge.
    """

    id: str
    commune: str
    text: str
    grades: Mapping[str, tuple[int, ...]]

    def grade(self, structure: str) -> float | None:
        """Median of its grades; None when it was not judged."""
        grades = self.grades.get(structure)
        return statistics.median(grades) if grades else None


@dataclass(frozen=True, slots=True)
class Relevance:
    """What the first answers to one need are worth.

    Parameters
    ----------
    ndcg, ndcg_high : float
        nDCG at 10 when what was not judged is worth nothing, or the best.
    first, three : float
        Whether the first one is good, and the share of the first three that are.
    three_allowed : float
        The most that `three` can be in this pool.
    judged : float
        Share of the first ten that were judged.
    """

    ndcg: float
    ndcg_high: float
    first: float
    three: float
    three_high: float
    three_allowed: float
    judged: float


@dataclass(frozen=True, slots=True)
class JudgedRankings:
    """A judged need, the ids that each ranking puts first, and what they are worth.

    Parameters
    ----------
    shown : tuple of Scored
        The first ones of the ranking under test, as they are shown.
    """

    need: Judged
    first: Mapping[str, tuple[str, ...]]
    shown: tuple[Scored, ...] = ()

    def worth(self, ranking: str) -> Relevance:
        """What a ranking is worth on this need."""
        return relevance(self.need, self.first[ranking])


def former(scored: Sequence[Scored]) -> list[Scored]:
    """Order by the weights of before the first judgements."""
    return sorted(scored, key=lambda s: (-_former_score(s), s.structure.id))


COMPARED: Mapping[str, Ranking] = {**RANKINGS, "poids d’avant": former}
"""The ranking under test, the baselines, and the former weights."""


def read_needs(folder: Path) -> list[Judged]:
    """Read the needs of a folder, `besoins.csv` (`id, insee, besoin`), before anybody judged.

    Raises
    ------
    DataError
        When the file cannot be read.
    """
    rows = read_rows(folder / NEEDS, ("id", "insee", "besoin"))
    return [Judged(row["id"], row["insee"], row["besoin"], {}) for row in rows]


def read_judged(folder: Path) -> list[Judged]:
    """Read a folder: `besoins.csv` (`id, insee, besoin`) and `notes.csv` (`id, structure_id`, and
    a column for each judge).

    Raises
    ------
    DataError
        When a file cannot be read, or a grade is not one from 0 to 3.
    """
    needs = read_needs(folder)
    rows = read_rows(folder / GRADES, ("id", "structure_id"))
    judges = [name for name in (rows[0] if rows else ()) if name.startswith(JUDGE)]
    if not needs or not judges:
        rule = f"au moins un besoin, et dans {GRADES} une colonne {JUDGE}… de notes de 0 à {BEST}"
        raise DataError([Fault(folder.name, None, None, None, rule)])
    known = {need.id for need in needs}
    allowed = {str(grade): grade for grade in range(BEST + 1)}
    faults: list[Fault] = []
    grades: dict[str, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for row in rows:
        if row["id"] not in known:
            faults.append(Fault(GRADES, row.line, "id", row["id"], f"besoin absent de {NEEDS}"))
        given = {name: row[name] for name in judges if row[name]}
        for name, value in given.items():
            if value not in allowed:
                rule = f"note entière de 0 à {BEST} attendue"
                faults.append(Fault(GRADES, row.line, name, value, rule))
        grades[row["id"]][row["structure_id"]] = tuple(allowed.get(v, 0) for v in given.values())
    if faults:
        raise DataError(faults)
    return [replace(need, grades=grades[need.id]) for need in needs]


def check_judged(matcher: Matcher, needs: Sequence[Judged]) -> None:
    """Refuse needs that cannot be asked, before any is; a structure that left is no fault.

    Raises
    ------
    DataError
        Every need with an unknown commune or an empty text.
    """
    faults: list[Fault] = []
    for line, need in enumerate(needs, 2):
        faults += unasked(matcher, NEEDS, line, "insee", need.commune, need.text)
    if faults:
        raise DataError(faults)


def answer(matcher: Matcher, need: Judged) -> JudgedRankings:
    """Rank one need in every way, without the projects of its commune."""
    commune = matcher.commune(need.commune, "insee").insee
    blind = matcher.with_projects(p for p in matcher.catalogue.projects if p.commune != commune)
    scored = blind.ranked(Need(commune, need.text))
    return JudgedRankings(
        need,
        {
            name: tuple(s.structure.id for s in ranking(scored)[:DEPTH])
            for name, ranking in COMPARED.items()
        },
        tuple(scored[:FIRST]),
    )


def relevance(need: Judged, first: Sequence[str]) -> Relevance:
    """Measure the first answers to a need against its grades."""
    grades = [need.grade(structure) for structure in first[:DEPTH]]
    pool = [need.grade(structure) or 0.0 for structure in need.grades]
    unseen = [BEST] * sum(grade is None for grade in grades)
    low = [grade or 0.0 for grade in grades]
    high = [BEST if grade is None else grade for grade in grades]
    good = sum(grade >= GOOD for grade in pool)
    return Relevance(
        ndcg=_ndcg(low, pool),
        ndcg_high=_ndcg(high, [*pool, *unseen]),
        first=_good(low[:1], 1),
        three=_good(low[:FIRST], FIRST),
        three_high=_good(high[:FIRST], FIRST),
        three_allowed=min(good, FIRST) / FIRST,
        judged=sum(grade is not None for grade in grades) / max(1, len(grades)),
    )


def agreement(needs: Iterable[Judged]) -> list[tuple[float, float]]:
    """For each two judges: share of equal grades, and quadratic kappa."""
    rows = [grades for need in needs for grades in need.grades.values()]
    judges = max(map(len, rows), default=0)
    table = np.array([row for row in rows if len(row) == judges])
    return [_agree(table[:, a], table[:, b]) for a, b in combinations(range(judges), 2)]


def _agree(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    apart = ((a[:, None] - b[None, :]) ** 2).mean()
    kappa = 1.0 - float(((a - b) ** 2).mean() / apart) if apart else 1.0
    return float((a == b).mean()), kappa


def _ndcg(grades: Sequence[float], pool: Sequence[float]) -> float:
    """Gain of the first ten over the most that the pool allows; 1 when it allows nothing."""
    best = _dcg(sorted(pool, reverse=True)[:DEPTH])
    return _dcg(grades) / best if best else 1.0


def _dcg(grades: Sequence[float]) -> float:
    gains = 2.0 ** np.array(grades, float) - 1
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())


def _good(grades: Sequence[float], among: int) -> float:
    return sum(grade >= GOOD for grade in grades) / among


def _former_score(scored: Scored) -> float:
    parts = [
        (FORMER_WEIGHTS.get(c.criterion, 0.0), c.score)
        for c in scored.contributions
        if c.score is not None
    ]
    return sum(w * s for w, s in parts) / (sum(w for w, _ in parts) or 1.0)
