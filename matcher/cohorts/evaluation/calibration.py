"""Weights proposed from advisers' decisions: measured, compared, never adopted by themselves.

A decision says that a structure was accepted or declined for a need. Within one need, an accepted
structure should score above a declined one: the weights that best explain these pairs, while
staying close to the present ones, are proposed (ridge logistic regression, weights >= 0).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.tables import write_whole
from matcher.ranking.matcher import Matcher
from matcher.ranking.policy import CRITERIA
from matcher.tables.headers import Wanted
from matcher.tables.reader import read_table

from ..batch.demand import OPTIONAL, REQUIRED, PlacesOfFile, need_of

FOLDS = 5
"""Parts of the cross-validation; needs are never split between two parts."""
RIDGE = 50.0
"""Pull towards the present weights, in pairs: with fewer pairs than this, little changes."""
SHARPNESS = 20.0
"""Score difference to log-odds: a difference of 0.05 makes a choice about three times likelier."""
ACCEPTED, DECLINED = "accepte", "decline"

CODES = tuple(criterion.code for criterion in CRITERIA)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an adviser decided; `features`: scores of the criteria, 0 where one cannot apply."""

    need: str
    accepted: bool
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProposedWeights:
    """Weights by criterion, and the share of pairs in the right order before and after.

    `after` is measured by cross-validation, on needs that the weights were not fitted on.
    """

    present: Mapping[str, float]
    proposed: Mapping[str, float]
    pairs: int
    before: float
    after: float


def read_decisions(matcher: Matcher, path: Path) -> list[Decision]:
    """Read a table: `commune, besoin, structure_id, decision` (`accepte` or `decline`).

    It may have the columns of a need (see `demand.need_of`) and any other. A decision told twice
    counts once.

    Raises
    ------
    DataError
        Every row with an unknown commune or decision, a need that cannot be read, a structure
        that does not cover the commune, or the contrary of a row before it: two opinions on one
        structure for one need teach nothing, and who keeps the file says which one holds.
    """
    table = read_table(path, Wanted((*REQUIRED, ("structure_id",), ("decision",)), OPTIONAL))
    faults = list(table.faults)
    decisions: dict[tuple[str, str], Decision] = {}
    lines: dict[tuple[str, str], int] = {}
    places = PlacesOfFile(matcher.territory)
    scores: dict[str, dict[str, tuple[float, ...]]] = {}
    for row in table.rows:
        need = need_of(row, path.name, places)
        if isinstance(need, Fault):
            faults.append(need)
            continue
        asked, structure = repr(need), row["structure_id"]
        if asked not in scores:
            scores[asked] = {
                s.structure.id: tuple(c.score or 0.0 for c in s.contributions)
                for s in matcher.ranked(need)
            }
        features = scores[asked].get(structure)
        accepted = row["decision"] == ACCEPTED
        known = decisions.get((asked, structure))
        if row["decision"] not in (ACCEPTED, DECLINED):
            rule = f"valeur attendue : {ACCEPTED} ou {DECLINED}"
            faults.append(Fault(path.name, row.line, "decision", row["decision"], rule))
        elif features is None:
            rule = "cette structure est inconnue ou ne couvre pas la commune"
            faults.append(Fault(path.name, row.line, "structure_id", structure, rule))
        elif known is None:
            decisions[asked, structure] = Decision(asked, accepted, features)
            lines[asked, structure] = row.line
        elif known.accepted != accepted:
            rule = f"la ligne {lines[asked, structure]} dit le contraire : garder l’une des deux"
            faults.append(Fault(path.name, row.line, "decision", row["decision"], rule))
    if faults:
        raise DataError(faults)
    return list(decisions.values())


def propose(decisions: Sequence[Decision]) -> ProposedWeights:
    """Fit the weights on all pairs, and measure them by cross-validation over needs.

    Raises
    ------
    ValueError
        When no need has both an accepted and a declined structure.
    """
    pairs = _pairs(decisions)
    if not pairs:
        raise ValueError("Aucun besoin n’a à la fois une structure acceptée et une déclinée.")
    present = np.array([criterion.weight for criterion in CRITERIA])
    needs = sorted(pairs)
    fold = {need: i % FOLDS for i, need in enumerate(needs)}
    right = 0
    for part in range(FOLDS):
        train = [d for need in needs if fold[need] != part for d in pairs[need]]
        test = [d for need in needs if fold[need] == part for d in pairs[need]]
        if test:
            weights = _fit(np.array(train), present) if train else present
            right += int((np.array(test) @ weights > 0).sum())
    everything = np.array([d for need in needs for d in pairs[need]])
    fitted = _fit(everything, present)
    return ProposedWeights(
        present=dict(zip(CODES, map(float, present), strict=True)),
        proposed=dict(zip(CODES, (round(float(w), 4) for w in fitted), strict=True)),
        pairs=len(everything),
        before=float((everything @ present > 0).mean()),
        after=right / len(everything),
    )


def write(proposal: ProposedWeights, path: Path) -> None:
    """Write a proposal as JSON, for people to read: nothing in the code opens it."""
    content = {
        "paires": proposal.pairs,
        "bien_ordonnees_avant": round(proposal.before, 4),
        "bien_ordonnees_apres_validation_croisee": round(proposal.after, 4),
        "poids": {
            code: {"present": proposal.present[code], "propose": proposal.proposed[code]}
            for code in CODES
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    write_whole(path, text)


def _pairs(decisions: Sequence[Decision]) -> dict[str, list[np.ndarray]]:
    """Differences accepted - declined by need: shape (criteria,) each."""
    by_need: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_need[decision.need].append(decision)
    pairs = {
        need: [
            np.subtract(a.features, d.features)
            for a in group
            if a.accepted
            for d in group
            if not d.accepted
        ]
        for need, group in by_need.items()
    }
    return {need: found for need, found in pairs.items() if found}


def _fit(differences: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Weights >= 0 with the sum of the present ones; `differences` has shape (pairs, criteria)."""
    from scipy.optimize import minimize  # a second to import, for this command only

    def loss(weights: np.ndarray) -> float:
        margins = SHARPNESS * differences @ weights
        pull = RIDGE * ((weights - present) ** 2).sum() / (present**2).sum()
        return float(np.logaddexp(0, -margins).sum() + pull)

    found = minimize(loss, present, method="L-BFGS-B", bounds=[(0, None)] * len(present))
    fitted: np.ndarray = found.x * (present.sum() / found.x.sum())
    return fitted
