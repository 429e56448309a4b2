"""The projects as arrays: what each speaks of and where it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.catalogue.vocabulary import Theme
from matcher.territory.nest import Territory

from .arrays import Classes, SpherePoints
from .profile import Reference
from .texts import Postings, Texts


@dataclass(frozen=True)
class Projects:
    """What the projects speak of and where they are, in the order of their ids."""

    themes: Classes
    subjects: Postings
    places: SpherePoints

    @classmethod
    def build(cls, references: Sequence[Reference], territory: Territory) -> Projects:
        """Lay out projects."""
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, reference in enumerate(references):
            for term, weight in reference.subjects.items():
                found[term].append((row, weight))
        terms = sorted(found)
        entries = [entry for term in terms for entry in found[term]]
        return cls(
            Classes.of((r.project.themes for r in references), list(Theme)),
            Postings(
                Texts.of(terms),
                np.cumsum([0, *(len(found[term]) for term in terms)]),
                np.array([row for row, _ in entries], np.int32),
                np.array([weight for _, weight in entries], float),
            ),
            SpherePoints.of((r.project.commune for r in references), territory),
        )
