"""Vectorised pandas, exact: the batch that a careful analyst writes, one commune after the other.

All the criteria, ties as the policy breaks them; not its variety, its floor nor its rule about
networks, and no sentence. What a text brings to each structure is computed once per text over the
whole catalogue, the candidates of an area are looked up by their labels, and the rest is whole
columns.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from frames import BY_RADIUS, Frames, places_of, usual_stages, weights_of

from matcher import Matcher, Need
from matcher.catalogue.model import OLD_SOURCE_YEARS
from matcher.catalogue.vocabulary import Scale
from matcher.index.coverage import NARROW_TO_WIDE
from matcher.ranking import candidates as likenesses
from matcher.ranking import criteria
from matcher.ranking.question import Question
from matcher.territory.measure import haversine_km

ANCHORING = pd.Series([*(criteria.ANCHORING[s] for s in NARROW_TO_WIDE), criteria.ANCHORING_RADIUS])
NATIONAL = NARROW_TO_WIDE.index(Scale.NATIONAL)
WIDE = [NARROW_TO_WIDE.index(scale) for scale in criteria.WIDE]


class Vectorised:
    """The tables, indexed by what they are asked by."""

    def __init__(self, matcher: Matcher, frames: Frames) -> None:
        self._matcher = matcher
        self._structure = frames.structure.set_index("structure")
        self._project = frames.project.set_index("project")
        self._by_place = frames.area.groupby("place").indices
        self._area = frames.area[["structure", "level"]]
        self._radius = frames.radius.join(self._structure[["lon", "lat"]], on="structure")
        self._terms = {
            name: (getattr(frames, name), getattr(frames, name).groupby("term").indices)
            for name in (
                "structure_theme",
                "structure_subject",
                "structure_word",
                "structure_stage",
                "structure_audience",
                "structure_role",
                "project_theme",
                "project_subject",
            )
        }
        self._own = frames.structure_project
        self._network = frames.network_project
        self._texts: dict[tuple[object, ...], tuple[pd.Series, pd.Series, pd.Series]] = {}

    def ask(self, need: Need, top: int = 10) -> list[tuple[str, float]]:
        """Ids and scores of the first ones."""
        question = self._matcher.question(need)
        commune, weights = question.commune, weights_of(question)
        said, alike, abroad = self._said(question, weights)
        reach = self._reach(question)
        near = self._structure.loc[reach.index]
        km = haversine_km(commune.lon, commune.lat, near["lon"], near["lat"])
        anchoring = reach.map(ANCHORING)
        if commune.overseas:
            wide = reach.isin(WIDE)
            anchoring = anchoring.mask(wide & near["overseas"], criteria.ANCHORING_OVERSEAS)
            anchoring = anchoring.mask(wide & ~near["overseas"], criteria.ANCHORING_ACROSS_OCEAN)
        score = said.loc[reach.index] + weights["anchoring"] * anchoring
        score += abroad.loc[reach.index].where(reach == NATIONAL, 0.0)
        score += weights["proximity"] * np.exp(-km / criteria.PROXIMITY_KM).fillna(0)
        if weights["track_record"]:
            score += weights["track_record"] * self._track_record(question, alike, near)
        found = pd.DataFrame(
            {"id": near["id"], "score": score, "step": score.round(9), "doubt": near["to_verify"]}
        )
        last = found["step"].nlargest(top).min()
        first = found[found["step"] >= last].sort_values(
            ["step", "doubt", "id"], ascending=[False, True, True]
        )
        return list(first[["id", "score"]].head(top).itertuples(index=False, name=None))

    def covering(self, need: Need) -> int:
        """How many structures cover the commune."""
        return len(self._reach(self._matcher.question(need)))

    def _reach(self, question: Question) -> pd.Series:
        """Narrowest level by structure that covers the commune."""
        places = places_of(self._matcher, question.commune)
        rows = np.concatenate([self._by_place.get(p, np.array([], dtype=int)) for p in places])
        radius = self._radius
        commune = question.commune
        km = haversine_km(commune.lon, commune.lat, radius["lon"], radius["lat"])
        around = radius.loc[km <= radius["km"], ["structure"]].assign(level=BY_RADIUS)
        found = pd.concat([self._area.iloc[rows], around])
        return found.drop_duplicates("structure").set_index("structure")["level"]

    def _said(
        self, question: Question, weights: Mapping[str, float]
    ) -> tuple[pd.Series, pd.Series, pd.Series]:
        """What the need brings to each structure and project, wherever it is; kept by need.

        The third: what a generalist gains or loses where its reach is national.
        """
        need = question.need
        key = (need.text, tuple(question.themes.items()), need.stage, need.audience)
        if key not in self._texts:
            self._texts[key] = self._read(question, weights)
        return self._texts[key]

    def _read(
        self, question: Question, weights: Mapping[str, float]
    ) -> tuple[pd.Series, pd.Series, pd.Series]:
        structure, project = self._structure, self._project
        themes = {t.value: w for t, w in question.themes.items()}
        length = sum(w * w for w in themes.values()) ** 0.5 or 1.0
        covered = self._dot("structure_theme", themes, structure)
        focus = (covered / (length * structure["theme_count"].clip(lower=1) ** 0.5)).clip(upper=1)
        theme = ((covered / (sum(themes.values()) or 1.0)).clip(upper=1) + focus) / 2
        generalist = structure["generalist"]
        usual = self._dot("structure_role", usual_stages(question), structure)
        most = criteria.GENERALIST_MOST - criteria.GENERALIST_LEAST
        local = np.maximum(theme, criteria.GENERALIST_LEAST + most * usual)
        national = theme.clip(lower=criteria.GENERALIST_NATIONAL)
        abroad = weights["themes"] * (national - local).where(generalist, 0.0)
        theme = theme.mask(generalist, local)
        if question.vague:
            least = criteria.VAGUE_SPECIALIST
            theme = (least + (1 - least) * usual).where(generalist, least)
            abroad = 0.0 * usual
        home = usual.where(generalist, self._first_theme(themes, structure))
        home = criteria.OTHER_THEME + (1 - criteria.OTHER_THEME) * home
        subject = self._dot("structure_subject", question.subjects, structure).clip(upper=1)
        subject = subject.mask(structure["to_verify"], criteria.SHORT_TEXT * subject)
        stages = {s.value: w for s, w in question.stages.items()}
        audience = {question.audience.value: 1.0} if question.audience else {}
        fresh = question.year - structure["source_year"] <= OLD_SOURCE_YEARS
        known = fresh.fillna(False).map({True: 1.0, False: criteria.OLD_SOURCE_SHARE})
        said = {
            "themes": theme,
            "subjects": home * subject,
            "words": self._dot("structure_word", question.words, structure).clip(upper=1),
            "experience": structure["experience"],
            "stage": self._dot("structure_stage", dict.fromkeys(stages, 1.0), structure),
            "audience": self._dot("structure_audience", audience, structure),
            "reliability": known.mask(structure["to_verify"], 0.0).astype(float),
        }
        role = self._dot("structure_role", stages, structure)
        score = sum((weights[code] * part for code, part in said.items()), start=0.0 * role)
        score += (weights["role"] + weights["likely_role"]) * role
        shared = self._dot("project_theme", themes, project)
        cosine = (shared / (length * project["theme_count"].clip(lower=1) ** 0.5)).clip(upper=1)
        subjects = self._dot("project_subject", question.subjects, project).clip(upper=1)
        alike = likenesses.LIKE_THEMES * cosine + (1 - likenesses.LIKE_THEMES) * subjects
        return score, alike, abroad

    def _first_theme(self, themes: Mapping[str, float], rows: pd.DataFrame) -> pd.Series:
        """How near the first theme of the need each structure works; 1 when it has none."""
        if not themes:
            return pd.Series(1.0, index=rows.index)
        table, heaviest = self._terms["structure_theme"][0], max(themes.values())
        share = (table["term"].map(themes).fillna(0.0) / heaviest) ** 2
        return share.groupby(table["structure"]).max().reindex(rows.index).fillna(0.0)

    def _track_record(self, question: Question, alike: pd.Series, near: pd.DataFrame) -> pd.Series:
        commune, project = question.commune, self._project
        km = haversine_km(commune.lon, commune.lat, project["lon"], project["lat"])
        nearness = np.exp(-km / likenesses.NEARNESS_KM).fillna(0)
        likeness = alike * (likenesses.FAR_SHARE + (1 - likenesses.FAR_SHARE) * nearness)
        proof = ((likeness - likenesses.LEAST_ALIKE) / (1 - likenesses.LEAST_ALIKE)).clip(lower=0)
        logs = pd.DataFrame(
            {
                "direct": np.log1p(-criteria.REFERENCE_STRENGTH * proof),
                "shared": np.log1p(-criteria.NETWORK_STRENGTH * proof),
            }
        )
        own = logs.reindex(self._own["project"]).set_axis(self._own["structure"])
        own = own.groupby(level=0).sum().reindex(near.index).fillna(0)
        network = logs["shared"].reindex(self._network["project"])
        network = network.set_axis(self._network["network"]).groupby(level=0).sum()
        others = near["network"].map(network).astype(float).fillna(0)
        others -= own["shared"].where(near["network"].notna(), 0)
        return 1 - np.exp(own["direct"] + others)

    def _dot(self, name: str, wanted: Mapping[str, float], rows: pd.DataFrame) -> pd.Series:
        """Sum over the shared terms of the products of the weights, by row."""
        table, places = self._terms[name]
        known = {str(t): w for t, w in wanted.items() if str(t) in places}
        if not known:
            return pd.Series(0.0, index=rows.index)
        found = pd.concat([table.iloc[places[term]].assign(wanted=w) for term, w in known.items()])
        sums = (found["weight"] * found["wanted"]).groupby(found[name.partition("_")[0]]).sum()
        return sums.reindex(rows.index).fillna(0.0)
