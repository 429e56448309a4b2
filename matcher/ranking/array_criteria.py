"""The criteria as arrays: one form for each of `criteria`, over many candidates at once.

`criteria` is the reference: a form here says the same as the one that it stands for, and takes its
constants from there. A criterion may do without: it is then asked candidate by candidate.

A form looks at the commune through its pool only: the areas (levels, overseas) and the distances.
It never rises with a distance. So it gives a bound where distances are the shortest that may be,
and a ranking of many communes need not look at every structure: see `shortlist`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.catalogue.model import OLD_SOURCE_YEARS

from . import criteria
from .alike import Alike
from .arrays import Floats
from .candidates import FAR_SHARE, LEAST_ALIKE, LIKE_THEMES, NEARNESS_KM
from .coverage import NARROW_TO_WIDE
from .criterion import Score
from .index import AUDIENCES, STAGES, THEMES, Index
from .pool import Pool
from .question import Question


@dataclass(frozen=True)
class Asked:
    """A question before an index: what it asks of each row, read once for any commune."""

    question: Question
    index: Index

    @cached_property
    def themes(self) -> Floats:
        """Score of each class of themes."""
        question, index = self.question, self.index
        generalist = index.themes.members[:, -1]
        if question.vague:
            return np.where(generalist, 1.0, criteria.VAGUE_SPECIALIST)
        covered = index.themes.dot((THEMES[t], w) for t, w in question.themes.items())
        focus = self._cosine(covered, index.specialisms)
        best = (np.minimum(1.0, covered / sum(question.themes.values())) + focus) / 2
        return np.where(generalist, np.maximum(best, criteria.GENERALIST_SHARE), best)

    @cached_property
    def words(self) -> Floats:
        """Products of the words, shape (structures,)."""
        return self.index.words.dot(self.question.words, len(self.index))

    @cached_property
    def subjects(self) -> Floats:
        """Products of the subjects, shape (structures,)."""
        return self.index.subjects.dot(self.question.subjects, len(self.index))

    @cached_property
    def roles(self) -> Floats:
        """Score of each class of kinds, over the stages of the question."""
        by_class = np.zeros(len(self.index.kinds.members))
        for stage, weight in self.question.stages.items():
            by_class += weight * self.index.roles(self.question.roles, stage)
        return by_class

    @cached_property
    def stages(self) -> Floats:
        """Score of each class of stages."""
        named = self.index.stages.dot((STAGES[stage], 1.0) for stage in self.question.stages)
        return np.minimum(1.0, named)

    @cached_property
    def audiences(self) -> Floats:
        """Score of each class of audiences."""
        assert self.question.audience is not None
        return self.index.audiences.dot([(AUDIENCES[self.question.audience], 1.0)])

    @cached_property
    def alike(self) -> Alike:
        """The projects that would prove something next door."""
        themes = self.question.themes
        projects = self.index.projects
        shared = projects.themes.dot((THEMES[t], w) for t, w in themes.items())
        by_theme = self._cosine(shared, projects.themes.counts)[projects.themes.codes]
        by_subject = projects.subjects.dot(self.question.subjects, len(projects.places))
        alike = LIKE_THEMES * by_theme + (1 - LIKE_THEMES) * np.minimum(1.0, by_subject)
        return Alike.of(alike, projects.places, self.index.support)

    def _cosine(self, shared: Floats, counts: Floats) -> Floats:
        """`candidates.theme_cosine` from the weight of the shared themes and how many there are."""
        weights = self.question.themes
        if not weights:
            return np.zeros(len(shared))
        length = np.sqrt(sum(w * w for w in weights.values()) * np.maximum(counts, 1))
        return np.minimum(1.0, shared / length)


def _themes(asked: Asked, pool: Pool) -> Floats | None:
    if not asked.question.vague and not asked.question.themes:
        return None
    return asked.themes[asked.index.themes.codes[pool.rows]]


def _subjects(asked: Asked, pool: Pool) -> Floats | None:
    return np.minimum(1.0, asked.subjects[pool.rows]) if asked.question.subjects else None


def _words(asked: Asked, pool: Pool) -> Floats | None:
    return np.minimum(1.0, asked.words[pool.rows]) if asked.question.words else None


def _track_record(asked: Asked, pool: Pool) -> Floats | None:
    if asked.question.vague:
        return None
    near = np.exp(-pool.km(asked.alike.places) / NEARNESS_KM)
    near[np.isnan(near)] = 0.0
    likeness = asked.alike.likeness * (FAR_SHARE + (1 - FAR_SHARE) * near)
    proof = np.maximum(0.0, (likeness - LEAST_ALIKE) / (1 - LEAST_ALIKE))
    return 1 - asked.alike.left(
        pool, 1 - criteria.REFERENCE_STRENGTH * proof, 1 - criteria.NETWORK_STRENGTH * proof
    )


_EXPERIENCE = np.minimum(
    1.0, np.log1p(np.arange(criteria.MANY_PROJECTS + 1)) / math.log1p(criteria.MANY_PROJECTS)
)


def _experience(asked: Asked, pool: Pool) -> Floats:
    starts = asked.index.support.own.starts
    supported = starts[pool.rows + 1] - starts[pool.rows]
    found: Floats = _EXPERIENCE[np.minimum(supported, criteria.MANY_PROJECTS)]
    return found


def _role(asked: Asked, pool: Pool) -> Floats | None:
    return _roles(asked, pool) if asked.question.stage_declared else None


def _likely_role(asked: Asked, pool: Pool) -> Floats | None:
    if asked.question.stage_declared or not asked.question.stages:
        return None
    return _roles(asked, pool)


def _roles(asked: Asked, pool: Pool) -> Floats:
    return asked.roles[asked.index.kinds.codes[pool.rows]]


def _stage(asked: Asked, pool: Pool) -> Floats | None:
    stages = asked.question.stages.keys()
    if not asked.question.stage_declared or not stages & criteria.DECLARED_STAGES:
        return None
    return asked.stages[asked.index.stages.codes[pool.rows]]


def _audience(asked: Asked, pool: Pool) -> Floats | None:
    if asked.question.audience is None:
        return None
    return asked.audiences[asked.index.audiences.codes[pool.rows]]


_BY_LEVEL = np.array([*(criteria.ANCHORING[s] for s in NARROW_TO_WIDE), criteria.ANCHORING_RADIUS])


def _anchoring(asked: Asked, pool: Pool) -> Floats:
    found: Floats = _BY_LEVEL[pool.levels]
    if pool.overseas.any():
        wide = np.isin(pool.levels, [NARROW_TO_WIDE.index(s) for s in criteria.WIDE])
        wide &= pool.each(pool.overseas)
        ours = asked.index.overseas[pool.rows]
        found[wide & ours] = criteria.ANCHORING_OVERSEAS
        found[wide & ~ours] = criteria.ANCHORING_ACROSS_OCEAN
    return found


def _proximity(asked: Asked, pool: Pool) -> Floats:
    near = np.exp(-pool.seat_km / criteria.PROXIMITY_KM)
    near[np.isnan(near)] = 0.0
    return near


def _reliability(asked: Asked, pool: Pool) -> Floats:
    index = asked.index
    fresh = asked.question.year - index.source_years[pool.rows] <= OLD_SOURCE_YEARS  # no for NaN
    known = np.where(fresh, 1.0, criteria.OLD_SOURCE_SHARE)
    known[index.to_verify[pool.rows]] = 0.0
    return known


Form = Callable[[Asked, Pool], Floats | None]

ARRAYS: Mapping[Score, Form] = {
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
"""The form of a criterion: values of shape (candidates,), or None as the plain one."""

OF_THE_PLACE = frozenset((criteria.anchoring, criteria.proximity))
"""Criteria that look at the place alone: whatever is asked, communes that are together share
their bound. They always apply."""
OF_BOTH = frozenset((criteria.track_record,))
"""Criteria that look at the question and at distances. All others look at the question alone."""
