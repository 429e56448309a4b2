"""The loop of a notebook: geopandas, pandas and a TfidfVectorizer, one query at a time.

A part of the score only: themes, words (scikit-learn's weights, not ours), anchoring, proximity in
Lambert-93 and reliability. No subject, no track record nor experience, no role, stage or audience.
Its answers are not compared with ours; its time is.
"""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
from frames import BY_RADIUS, Frames, places_of
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from matcher import Matcher, Need
from matcher.index.coverage import NARROW_TO_WIDE
from matcher.ranking import criteria

METRES = "EPSG:2154"
WEIGHTS = {"themes": 0.3, "words": 0.3, "anchoring": 0.2, "proximity": 0.15, "reliability": 0.05}


class Notebook:
    """The tables as a notebook holds them."""

    def __init__(self, matcher: Matcher, frames: Frames) -> None:
        self._matcher = matcher
        self._area = frames.area
        points = geopandas.points_from_xy(frames.structure["lon"], frames.structure["lat"])
        self._structure = geopandas.GeoDataFrame(
            frames.structure.set_index("structure"), geometry=points, crs="EPSG:4326"
        ).to_crs(METRES)
        self._radius = self._structure.join(frames.radius.set_index("structure"), how="inner")
        self._themes = frames.structure_theme
        self._vectorizer = TfidfVectorizer()
        self._texts = self._vectorizer.fit_transform(frames.structure["description"])

    def ask(self, need: Need, top: int = 10) -> pd.DataFrame:
        """The first ones with their parts."""
        question = self._matcher.question(need)
        commune = question.commune
        here = geopandas.GeoSeries.from_xy([commune.lon], [commune.lat], crs="EPSG:4326")
        point = here.to_crs(METRES).iloc[0]
        area = self._area[self._area["place"].isin(places_of(self._matcher, commune))]
        radius = self._radius[self._radius.distance(point) <= self._radius["km"] * 1_000]
        levels = pd.concat(
            [
                area.groupby("structure")["level"].min(),
                pd.Series(BY_RADIUS, index=radius.index.unique()),
            ]
        )
        levels = levels[~levels.index.duplicated()]
        found = self._structure.loc[levels.index].copy()
        wanted = {theme.value: weight for theme, weight in question.themes.items()}
        shared = self._themes[self._themes["structure"].isin(found.index)]
        covered = shared["term"].map(wanted).groupby(shared["structure"]).sum()
        found["themes"] = (covered / (sum(wanted.values()) or 1)).reindex(found.index).fillna(0)
        found["words"] = linear_kernel(
            self._vectorizer.transform([need.text]), self._texts[found.index.to_numpy()]
        )[0]
        by_level = [*(criteria.ANCHORING[s] for s in NARROW_TO_WIDE), criteria.ANCHORING_RADIUS]
        found["anchoring"] = levels.map(dict(enumerate(by_level)))
        km = found.distance(point) / 1_000
        found["proximity"] = np.exp(-km / criteria.PROXIMITY_KM).fillna(0)
        found["reliability"] = (~found["to_verify"]).astype(float)
        found["score"] = sum(weight * found[part] for part, weight in WEIGHTS.items())
        return found.sort_values(["score", "id"], ascending=[False, True]).head(top)
