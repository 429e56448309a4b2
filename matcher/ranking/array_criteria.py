"""The criteria as arrays: one function for each of `criteria`, over all the candidates at once.

`criteria` is the reference: a function here says the same as the one that it stands for, and takes
its constants from there. A criterion may do without: it is then asked candidate by candidate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from matcher.catalogue.model import OLD_SOURCE_YEARS
from matcher.catalogue.vocabulary import Theme

from . import criteria
from .arrays import Floats
from .candidates import FAR_SHARE, LEAST_ALIKE, LIKE_THEMES, NEARNESS_KM
from .coverage import NARROW_TO_WIDE
from .criterion import Score
from .index import Pool
from .question import Question


def _cosine(weights: Mapping[Theme, float], shared: Floats, counts: Floats) -> Floats:
    """`candidates.theme_cosine` from the weight of the shared themes and how many there are."""
    if not weights:
        return np.zeros(len(shared))
    length = np.sqrt(sum(w * w for w in weights.values()) * np.maximum(counts, 1))
    return np.minimum(1.0, shared / length)


def _themes(question: Question, pool: Pool) -> Floats | None:
    index = pool.index
    generalist = index.generalist[pool.rows]
    if question.vague:
        return np.where(generalist, 1.0, criteria.VAGUE_SPECIALIST)
    if not question.themes:
        return None
    covered = index.themes.dot(question.themes)[pool.rows]
    focus = _cosine(question.themes, covered, index.theme_counts[pool.rows])
    best = (np.minimum(1.0, covered / sum(question.themes.values())) + focus) / 2
    return np.where(generalist, np.maximum(best, criteria.GENERALIST_SHARE), best)


def _subjects(question: Question, pool: Pool) -> Floats | None:
    if not question.subjects:
        return None
    return np.minimum(1.0, pool.index.subjects.dot(question.subjects)[pool.rows])


def _words(question: Question, pool: Pool) -> Floats | None:
    if not question.words:
        return None
    return np.minimum(1.0, pool.index.words.dot(question.words)[pool.rows])


def _track_record(question: Question, pool: Pool) -> Floats | None:
    if question.vague:
        return None
    projects = pool.index.projects
    near = np.nan_to_num(np.exp(-pool.project_km / NEARNESS_KM), nan=0.0)
    shared = projects.themes.dot(question.themes)
    alike = LIKE_THEMES * _cosine(question.themes, shared, projects.theme_counts) + (
        1 - LIKE_THEMES
    ) * np.minimum(1.0, projects.subjects.dot(question.subjects))
    likeness = alike * (FAR_SHARE + (1 - FAR_SHARE) * near)
    proof = np.maximum(0.0, (likeness - LEAST_ALIKE) / (1 - LEAST_ALIKE))
    own = projects.own.product(1 - criteria.REFERENCE_STRENGTH * proof)
    network = projects.network.product(1 - criteria.NETWORK_STRENGTH * proof)
    return 1 - own[pool.rows] * network[pool.rows]


def _experience(question: Question, pool: Pool) -> Floats:
    supported = pool.index.projects.own.counts[pool.rows]
    share: Floats = np.log1p(supported) / math.log1p(criteria.MANY_PROJECTS)
    return np.minimum(1.0, share)


def _role(question: Question, pool: Pool) -> Floats | None:
    return _roles(question, pool) if question.stage_declared else None


def _likely_role(question: Question, pool: Pool) -> Floats | None:
    if question.stage_declared or not question.stages:
        return None
    return _roles(question, pool)


def _roles(question: Question, pool: Pool) -> Floats:
    total = np.zeros(len(pool.rows))
    for stage, weight in question.stages.items():
        total += weight * pool.index.roles[stage][pool.rows]
    return total


def _stage(question: Question, pool: Pool) -> Floats | None:
    if not question.stage_declared or not question.stages.keys() & criteria.DECLARED_STAGES:
        return None
    named = pool.index.stages.dot(dict.fromkeys(question.stages, 1.0))[pool.rows]
    return np.minimum(1.0, named)


def _audience(question: Question, pool: Pool) -> Floats | None:
    if question.audience is None:
        return None
    return pool.index.audiences.dot({question.audience: 1.0})[pool.rows]


def _anchoring(question: Question, pool: Pool) -> Floats:
    by_level = [*(criteria.ANCHORING[s] for s in NARROW_TO_WIDE), criteria.ANCHORING_RADIUS]
    found: Floats = np.array(by_level)[pool.levels]
    if question.commune.overseas:
        wide = np.isin(pool.levels, [NARROW_TO_WIDE.index(s) for s in criteria.WIDE])
        ours = pool.index.overseas[pool.rows]
        found[wide & ours] = criteria.ANCHORING_OVERSEAS
        found[wide & ~ours] = criteria.ANCHORING_ACROSS_OCEAN
    return found


def _proximity(question: Question, pool: Pool) -> Floats:
    return np.nan_to_num(np.exp(-pool.seat_km / criteria.PROXIMITY_KM), nan=0.0)


def _reliability(question: Question, pool: Pool) -> Floats:
    index = pool.index
    fresh = question.year - index.source_years[pool.rows] <= OLD_SOURCE_YEARS  # no for NaN
    known = np.where(fresh, 1.0, criteria.OLD_SOURCE_SHARE)
    return np.where(index.to_verify[pool.rows], 0.0, known)


ARRAYS: Mapping[Score, Callable[[Question, Pool], Floats | None]] = {
    criteria.themes: _themes,
    criteria.subjects: _subjects,
    criteria.words: _words,
    criteria.track_record: _track_record,
    criteria.experience: _experience,
    criteria.role: _role,
    criteria.likely_role: _likely_role,
    criteria.stage: _stage,
    criteria.audience: _audience,
    criteria.anchoring: _anchoring,
    criteria.proximity: _proximity,
    criteria.reliability: _reliability,
}
"""The array form of a criterion: values of shape (candidates,), or None as the plain one."""
