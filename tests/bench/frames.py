"""A catalogue as plain tables, for the baselines: what an analyst would load, every text read.

The terms and their weights are those of the matcher: a baseline computes the same score from them,
so that only the way of computing it is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher import Matcher, Need, Stage
from matcher.catalogue import Radius
from matcher.catalogue.model import Area, Commune
from matcher.index.coverage import NARROW_TO_WIDE
from matcher.index.profile import Profiles
from matcher.ranking import criteria
from matcher.ranking.policy import CRITERIA
from matcher.ranking.question import Question

BY_RADIUS = len(NARROW_TO_WIDE)
"""Level of a radius, after those of the areas."""


@dataclass(frozen=True)
class Frames:
    """The tables; a structure or a project is its number in the order of the ids."""

    structure: pd.DataFrame
    area: pd.DataFrame
    radius: pd.DataFrame
    structure_theme: pd.DataFrame
    structure_subject: pd.DataFrame
    structure_word: pd.DataFrame
    structure_stage: pd.DataFrame
    structure_audience: pd.DataFrame
    structure_role: pd.DataFrame
    project: pd.DataFrame
    project_theme: pd.DataFrame
    project_subject: pd.DataFrame
    structure_project: pd.DataFrame
    network_project: pd.DataFrame

    @classmethod
    def of(cls, matcher: Matcher, profiles: Profiles) -> Frames:
        """Lay out a catalogue; `profiles` are its texts as the plain scorer reads them."""
        listed = [profiles.by_id[key] for key in sorted(profiles.by_id)]
        structures = [p.structure for p in listed]
        row = {s.id: i for i, s in enumerate(structures)}
        supported = [r for r in profiles.references if r.project.structures]
        networks = sorted({s.network for s in structures if s.network})
        network = {name: i for i, name in enumerate(networks)}
        own = [(row[s], j) for j, r in enumerate(supported) for s in r.project.structures]
        communes = matcher.territory.communes
        return cls(
            structure=pd.DataFrame(
                {
                    "structure": range(len(structures)),
                    "id": [s.id for s in structures],
                    "description": [f"{s.name}. {s.description}" for s in structures],
                    "generalist": [s.generalist for s in structures],
                    "theme_count": [len(s.themes) for s in structures],
                    "overseas": [s.overseas for s in structures],
                    "to_verify": [s.to_verify for s in structures],
                    "source_year": pd.array([s.source_year for s in structures], dtype="Int64"),
                    "network": pd.array([network.get(s.network) for s in structures], "Int64"),
                    "experience": np.minimum(
                        1.0,
                        np.log1p([float(len(p.references)) for p in listed])
                        / np.log1p(criteria.MANY_PROJECTS),
                    ),
                    **_places((s.seat for s in structures), communes),
                }
            ),
            area=_frame(
                "structure level place",
                (
                    (i, NARROW_TO_WIDE.index(a.scale), place(a))
                    for i, s in enumerate(structures)
                    for a in dict.fromkeys(s.coverage)
                    if s.accompanies and isinstance(a, Area)
                ),
            ),
            radius=_frame(
                "structure km",
                (
                    (i, part.km)
                    for i, s in enumerate(structures)
                    for part in s.coverage
                    if s.accompanies and isinstance(part, Radius)
                ),
            ),
            structure_theme=_terms("structure", (dict.fromkeys(s.themes, 1.0) for s in structures)),
            structure_subject=_terms("structure", (p.subjects for p in listed)),
            structure_word=_terms("structure", (p.words for p in listed)),
            structure_stage=_terms("structure", (dict.fromkeys(s.stages, 1.0) for s in structures)),
            structure_audience=_terms(
                "structure", (dict.fromkeys(s.audiences, 1.0) for s in structures)
            ),
            structure_role=_terms(
                "structure",
                (
                    {
                        stage: max(
                            (
                                r.score
                                for k in s.kinds
                                if (r := matcher.knowledge.roles.get((stage, k)))
                            ),
                            default=0.0,
                        )
                        for stage in Stage
                    }
                    for s in structures
                ),
            ),
            project=pd.DataFrame(
                {
                    "project": range(len(supported)),
                    "theme_count": [len(r.project.themes) for r in supported],
                    **_places((r.project.commune for r in supported), communes),
                }
            ),
            project_theme=_terms(
                "project", (dict.fromkeys(r.project.themes, 1.0) for r in supported)
            ),
            project_subject=_terms("project", (r.subjects for r in supported)),
            structure_project=_frame("structure project", own),
            network_project=_frame(
                "network project",
                sorted({(network[n], j) for i, j in own if (n := structures[i].network)}),
            ),
        )


def weights_of(question: Question) -> dict[str, float]:
    """Share of the score of each criterion that applies to a question, 0 for the others."""
    declared = question.stage_declared
    applies = {
        "themes": question.vague or bool(question.themes),
        "subjects": bool(question.subjects),
        "words": bool(question.words),
        "track_record": not question.vague,
        "role": declared,
        "likely_role": not declared and bool(question.stages),
        "whole": False,
        "stage": declared and bool(question.stages.keys() & criteria.DECLARED_STAGES),
        "audience": question.audience is not None,
    }
    known = {c.code: c.weight if applies.get(c.code, True) else 0.0 for c in CRITERIA}
    total = sum(known.values())
    return {code: weight / total for code, weight in known.items()}


def usual_stages(question: Question) -> dict[Stage, float]:
    """Situations in which a structure is usually asked for: see `criteria.usual_role`."""
    if question.stage_declared:
        return dict(question.stages)
    read = criteria.READ_SHARE if question.stages else 0.0
    found = {stage: read * weight for stage, weight in question.stages.items()}
    for stage in criteria.UNSAID:
        found[stage] = found.get(stage, 0.0) + (1 - read) / len(criteria.UNSAID)
    return found


def place(area: Area) -> str:
    """One key for level and code: a database then knows how many structures each area has."""
    return f"{area.scale.value}:{area.code}"


def places_of(matcher: Matcher, commune: Commune) -> list[str]:
    """The keys of the areas of a commune."""
    return [place(area) for area in matcher.territory.areas_of(commune)]


def best(matcher: Matcher, need: Need, top: int = 10) -> list[tuple[str, float]]:
    """Ids and scores by the plain scorer, before variety and local branches change the order."""
    scored = sorted(
        matcher.ranked(need),
        key=lambda s: (-round(s.score * 1e9), s.structure.to_verify, s.structure.id),
    )
    return [(s.structure.id, s.score) for s in scored[:top]]


def same(ours: Iterable[tuple[str, float]], plain: Iterable[tuple[str, float]]) -> bool:
    """Whether two lists of ids and scores say the same, to the billionth."""
    mine, theirs = list(ours), list(plain)
    return [i for i, _ in mine] == [i for i, _ in theirs] and bool(
        np.allclose([s for _, s in mine], [s for _, s in theirs], rtol=0, atol=1e-9)
    )


def _places(codes: Iterable[str | None], communes: Mapping[str, Commune]) -> dict[str, list[float]]:
    found = [communes.get(code) if code else None for code in codes]
    return {
        "lon": [c.lon if c else np.nan for c in found],
        "lat": [c.lat if c else np.nan for c in found],
    }


def _terms(key: str, vectors: Iterable[Mapping[str, float]]) -> pd.DataFrame:
    return _frame(
        f"{key} term weight",
        ((i, str(t), w) for i, vector in enumerate(vectors) for t, w in vector.items()),
    )


def _frame(columns: str, rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())
