"""How far two communes are from working on the same need together: the need, then the place.

`distance = NEED_SHARE x (1 - likeness of the needs) + (1 - NEED_SHARE) x (1 - closeness)`, in
[0, 1], where communes are close when they are near, or else alike: of one size, of one programme.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Commune
from matcher.ranking.inspiration import SIZE_RATIO
from matcher.ranking.question import Question
from matcher.territory.nest import EARTH_RADIUS_KM

NEED_SHARE = 0.6
"""Share of the need in the distance, the rest being the place: a group has a subject first."""
THEME_SHARE = 0.5
"""Share of the themes in the likeness of two needs, the rest being their finer subjects."""
LEAST_LIKENESS = 0.4
"""Likeness of needs below which two communes have no work in common, however near they are."""
FAR_KM = 100.0
"""Kilometres past which two communes are no longer near: two hours and a half of road."""
ALIKE_SHARE = 0.6
"""How close two wholly alike communes are that are far from each other: they meet by screen."""
LEAST_CLOSENESS = 0.25
"""Closeness of places below which the same need does not make a group: more than 75 km apart, and
neither of one size nor of one programme."""
APART = 1.0
"""Distance of two needs that are never put together."""

Matrix = npt.NDArray[np.float32]


def distances(questions: Sequence[Question]) -> Matrix:
    """Distance of each pair of needs, in [0, 1].

    Returns
    -------
    ndarray of float, shape (needs, needs)
        Symmetric, with a zero diagonal; `APART` where the needs or the places are too unlike.
    """
    likeness = need_likeness(questions)
    communes = [question.commune for question in questions]
    near = np.maximum(0, 1 - kilometres(communes) / FAR_KM)
    closeness = np.maximum(near, ALIKE_SHARE * alikeness(communes))
    found = NEED_SHARE * (1 - likeness) + (1 - NEED_SHARE) * (1 - closeness)
    unfit = (likeness < LEAST_LIKENESS) | (closeness < LEAST_CLOSENESS)
    found = np.where(unfit, APART, found)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found, dtype=np.float32)


def need_likeness(questions: Sequence[Question]) -> Matrix:
    """Likeness of each pair of needs: cosine of their themes and of their subjects.

    Where neither has a subject, the themes count alone.
    """
    themes = _cosines([{str(t): w for t, w in q.themes.items()} for q in questions])
    subjects = _cosines([q.subjects for q in questions])
    silent = np.array([not q.subjects for q in questions])
    mixed = THEME_SHARE * themes + (1 - THEME_SHARE) * subjects
    return np.where(silent[:, None] & silent[None, :], themes, mixed)


def kilometres(communes: Sequence[Commune]) -> Matrix:
    """Great-circle distance of each pair of communes."""
    lon = np.radians([c.lon for c in communes], dtype=np.float64)
    lat = np.radians([c.lat for c in communes], dtype=np.float64)
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)), dtype=np.float32)


def alikeness(communes: Sequence[Commune]) -> Matrix:
    """Likeness of each pair of communes, as `inspiration.commune_likeness` has it."""
    known = np.array([bool(c.population) for c in communes])
    size = np.log([c.population or 1 for c in communes])
    ratio = np.maximum(0, 1 - np.abs(size[:, None] - size) / SIZE_RATIO)
    labels = sorted({label for c in communes for label in c.labels})
    has = np.array([[label in c.labels for label in labels] for c in communes], dtype=np.float32)
    shared = (has @ has.T > 0) if labels else np.zeros_like(ratio, dtype=bool)
    both = known[:, None] & known[None, :]
    return np.where(both, (ratio + shared) / 2, 0.0).astype(np.float32)


def _cosines(vectors: Sequence[Mapping[str, float]]) -> Matrix:
    """Cosine of each pair of sparse vectors; 0 where one is empty."""
    terms = {term: i for i, term in enumerate(sorted({t for v in vectors for t in v}))}
    dense = np.zeros((len(vectors), len(terms)), dtype=np.float32)
    for row, vector in zip(dense, vectors, strict=True):
        length = math.sqrt(sum(w * w for w in vector.values()))
        for term, weight in vector.items():
            row[terms[term]] = weight / length
    cosines: Matrix = np.clip(dense @ dense.T, 0.0, 1.0)
    return cosines
