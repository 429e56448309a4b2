"""PostGIS, exact: one SQL statement that scores the candidates of a need and gives the first ten.

All the criteria, ties as the policy breaks them; not its variety, its floor nor its rule about
networks, and no sentence. The texts are read beforehand: a need comes as terms with their weights.
The server is a temporary one of this machine, its tables indexed, clustered and analysed, in
memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from frames import Frames, places_of, usual_stages, weights_of
from postgresql import binaries, server

from matcher import Matcher, Need
from matcher.catalogue.model import OLD_SOURCE_YEARS
from matcher.catalogue.vocabulary import Scale
from matcher.index.coverage import NARROW_TO_WIDE
from matcher.ranking import candidates as alike
from matcher.ranking import criteria
from matcher.territory.measure import EARTH_RADIUS_KM

SETTINGS = (
    "shared_buffers=1GB",
    "work_mem=64MB",
    "jit=off",
    "fsync=off",
    "max_wal_size=4GB",
    "max_parallel_workers_per_gather=2",
    "random_page_cost=1.1",
)
TYPES = {"int64": "int", "Int64": "int", "float64": "float8", "bool": "boolean"}
KEYS: Mapping[str, str] = {
    "structure": "structure",
    "area": "place, structure",
    "radius": "structure",
    "structure_theme": "term, structure",
    "structure_subject": "term, structure",
    "structure_word": "term, structure",
    "structure_stage": "term, structure",
    "structure_audience": "term, structure",
    "structure_role": "term, structure",
    "project": "project",
    "project_theme": "term, project",
    "project_subject": "term, project",
    "structure_project": "project, structure",
    "network_project": "network, project",
}

ANCHORING = " ".join(
    f"WHEN {level} THEN {criteria.ANCHORING[scale]}" for level, scale in enumerate(NARROW_TO_WIDE)
)
NATIONAL = NARROW_TO_WIDE.index(Scale.NATIONAL)
GAIN = criteria.GENERALIST_MOST - criteria.GENERALIST_LEAST
BROAD = f"{criteria.GENERALIST_LEAST} + {GAIN} * coalesce(usual.fit, 0)"
VAGUE = f"""{criteria.VAGUE_SPECIALIST}
                + {1 - criteria.VAGUE_SPECIALIST} * coalesce(usual.fit, 0)"""
HOME = """CASE WHEN generalist THEN coalesce(usual.fit, 0) WHEN %(heaviest)s > 0
                THEN coalesce((theme.first / %(heaviest)s) ^ 2, 0) ELSE 1 END"""
REGION = NARROW_TO_WIDE.index(criteria.WIDE[0])
KM = f"ST_DistanceSphere({{}}.point, %(here)s::geometry, {EARTH_RADIUS_KM * 1_000}) / 1000"

SCORE = f"""
WITH wanted_theme AS (SELECT * FROM unnest(%(themes)s::text[], %(theme_weights)s::float8[])
    AS q(term, wanted)),
wanted_subject AS (SELECT * FROM unnest(%(subjects)s::text[], %(subject_weights)s::float8[])
    AS q(term, wanted)),
wanted_word AS (SELECT * FROM unnest(%(words)s::text[], %(word_weights)s::float8[])
    AS q(term, wanted)),
wanted_stage AS (SELECT * FROM unnest(%(stages)s::text[], %(stage_weights)s::float8[])
    AS q(term, wanted)),
usual_stage AS (SELECT * FROM unnest(%(usual)s::text[], %(usual_weights)s::float8[])
    AS q(term, wanted)),
reach AS MATERIALIZED (
    SELECT structure, min(level) AS level FROM (
        SELECT structure, level FROM area WHERE place = ANY(%(places)s::text[])
        UNION ALL
        SELECT structure, {len(NARROW_TO_WIDE)} FROM radius
        WHERE ST_DWithin(around, %(here)s::geography, %(largest)s, false)
        AND {KM.format("radius")} <= km
    ) AS found GROUP BY structure),
theme AS (SELECT structure, sum(wanted) AS covered, max(wanted) AS first FROM structure_theme
    JOIN wanted_theme USING (term) JOIN reach USING (structure) GROUP BY structure),
subject AS (SELECT structure, least(1, sum(weight * wanted)) AS alike FROM structure_subject
    JOIN wanted_subject USING (term) JOIN reach USING (structure) GROUP BY structure),
word AS (SELECT structure, least(1, sum(weight * wanted)) AS alike FROM structure_word
    JOIN wanted_word USING (term) JOIN reach USING (structure) GROUP BY structure),
role AS (SELECT structure, sum(weight * wanted) AS fit FROM structure_role
    JOIN wanted_stage USING (term) JOIN reach USING (structure) GROUP BY structure),
usual AS (SELECT structure, sum(weight * wanted) AS fit FROM structure_role
    JOIN usual_stage USING (term) JOIN reach USING (structure) GROUP BY structure),
stage AS (SELECT DISTINCT structure FROM structure_stage JOIN wanted_stage USING (term)),
audience AS (SELECT structure FROM structure_audience WHERE term = %(audience)s),
project_themes AS (SELECT project, sum(wanted) AS covered FROM project_theme
    JOIN wanted_theme USING (term) GROUP BY project),
project_subjects AS (SELECT project, least(1, sum(weight * wanted)) AS alike FROM project_subject
    JOIN wanted_subject USING (term) GROUP BY project),
proof AS MATERIALIZED (
    SELECT project, greatest(0, (
        ({alike.LIKE_THEMES}
            * least(1, coalesce(t.covered, 0) / (%(length)s * sqrt(greatest(theme_count, 1))))
         + {1 - alike.LIKE_THEMES} * coalesce(s.alike, 0))
        * ({alike.FAR_SHARE} + {1 - alike.FAR_SHARE}
            * coalesce(exp(-{KM.format("project")} / {alike.NEARNESS_KM}), 0))
        - {alike.LEAST_ALIKE}) / {1 - alike.LEAST_ALIKE}) AS proof
    FROM project LEFT JOIN project_themes t USING (project)
    LEFT JOIN project_subjects s USING (project)),
own AS (SELECT structure, sum(ln(1 - {criteria.REFERENCE_STRENGTH} * proof)) AS direct,
        sum(ln(1 - {criteria.NETWORK_STRENGTH} * proof)) AS shared
    FROM structure_project JOIN proof USING (project) GROUP BY structure),
network AS (SELECT network, sum(ln(1 - {criteria.NETWORK_STRENGTH} * proof)) AS shared
    FROM network_project JOIN proof USING (project) GROUP BY network),
scored AS (
    SELECT id, to_verify,
        %(w_themes)s * CASE
            WHEN %(vague)s
            THEN CASE WHEN generalist THEN {VAGUE} ELSE {criteria.VAGUE_SPECIALIST} END
            ELSE greatest(
                (least(1, coalesce(theme.covered, 0) / %(total)s)
                 + least(1, coalesce(theme.covered, 0)
                    / (%(length)s * sqrt(greatest(theme_count, 1))))) / 2,
                CASE WHEN NOT generalist THEN 0 WHEN reach.level = {NATIONAL}
                THEN {criteria.GENERALIST_NATIONAL} ELSE {BROAD} END) END
        + %(w_subjects)s * coalesce(subject.alike, 0)
            * ({criteria.OTHER_THEME} + {1 - criteria.OTHER_THEME} * {HOME})
            * CASE WHEN to_verify THEN {criteria.SHORT_TEXT} ELSE 1 END
        + %(w_words)s * coalesce(word.alike, 0)
        + %(w_track_record)s * (1 - exp(coalesce(own.direct, 0) + CASE WHEN s.network IS NULL THEN 0
            ELSE coalesce(network.shared, 0) - coalesce(own.shared, 0) END))
        + %(w_experience)s * experience
        + %(w_roles)s * coalesce(role.fit, 0)
        + %(w_stage)s * (stage.structure IS NOT NULL)::int
        + %(w_audience)s * (audience.structure IS NOT NULL)::int
        + %(w_anchoring)s * CASE
            WHEN %(overseas)s AND reach.level BETWEEN {REGION} AND {REGION + 1}
            THEN CASE WHEN s.overseas THEN {criteria.ANCHORING_OVERSEAS}
                ELSE {criteria.ANCHORING_ACROSS_OCEAN} END
            ELSE CASE reach.level {ANCHORING} ELSE {criteria.ANCHORING_RADIUS} END END
        + %(w_proximity)s * coalesce(exp(-{KM.format("s")} / {criteria.PROXIMITY_KM}), 0)
        + %(w_reliability)s * CASE WHEN to_verify THEN 0
            WHEN %(year)s - source_year <= {OLD_SOURCE_YEARS} THEN 1
            ELSE {criteria.OLD_SOURCE_SHARE} END AS score
    FROM reach JOIN structure s USING (structure)
    LEFT JOIN theme USING (structure) LEFT JOIN subject USING (structure)
    LEFT JOIN word USING (structure) LEFT JOIN role USING (structure)
    LEFT JOIN usual USING (structure)
    LEFT JOIN stage USING (structure) LEFT JOIN audience USING (structure)
    LEFT JOIN own USING (structure) LEFT JOIN network ON network.network = s.network)
SELECT id, score FROM scored ORDER BY round(score::numeric, 9) DESC, to_verify, id LIMIT %(top)s
"""


class PostGis:
    """The tables in a base, ready to be asked.

    Parameters
    ----------
    url : str
        A base where extensions may be made.
    """

    def __init__(self, matcher: Matcher, frames: Frames, url: str) -> None:
        self._matcher = matcher
        self._largest = float(frames.radius["km"].max() if len(frames.radius) else 0) * 1_000
        self._base = psycopg.connect(url, autocommit=True)
        self._base.execute("CREATE EXTENSION postgis")
        (self.version,) = self._base.execute(
            "SELECT 'PostgreSQL ' || current_setting('server_version_num')::int / 10000"
            " || ', PostGIS ' || postgis_lib_version()"
        ).fetchone() or ("",)
        for name in KEYS:
            self._load(name, getattr(frames, name))

    def ask(self, need: Need, top: int = 10) -> list[tuple[str, float]]:
        """Ids and scores of the first ones."""
        rows = self._base.execute(SCORE, self._parameters(need, top), prepare=True)
        return [(key, score) for key, score in rows]

    def clock(self) -> float:
        """Processor time so far of this process and of the one that serves it, seconds."""
        served = Path(f"/proc/{self._base.info.backend_pid}/schedstat").read_text().split()[0]
        return time.process_time() + int(served) / 1e9

    def _load(self, name: str, frame: pd.DataFrame) -> None:
        columns = {c: TYPES.get(str(frame[c].dtype), "text") for c in frame.columns}
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self._base.execute(f"CREATE UNLOGGED TABLE {name} ({listed})")
        with (
            self._base.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN WITH (FORMAT csv)") as copy,
        ):
            copy.write(frame.to_csv(index=False, header=False))
        if "lon" in columns:
            self._base.execute(f"ALTER TABLE {name} ADD point geometry(Point, 4326)")
            self._base.execute(
                f"UPDATE {name} SET point = ST_SetSRID(ST_MakePoint(lon, lat), 4326)"
            )
        if name == "radius":
            self._base.execute("ALTER TABLE radius ADD point geometry, ADD around geography")
            self._base.execute(
                "UPDATE radius SET point = s.point, around = s.point::geography"
                " FROM structure s WHERE s.structure = radius.structure"
            )
            self._base.execute("CREATE INDEX ON radius USING gist (around)")
        self._base.execute(f"CREATE UNIQUE INDEX {name}_key ON {name} ({KEYS[name]})")
        self._base.execute(f"CLUSTER {name} USING {name}_key")
        self._base.execute(f"VACUUM ANALYZE {name}")

    def _parameters(self, need: Need, top: int) -> dict[str, Any]:
        question = self._matcher.question(need)
        commune, themes = question.commune, question.themes
        weights, usual = weights_of(question), usual_stages(question)
        return {
            **{f"w_{code}": weight for code, weight in weights.items()},
            "w_roles": weights["role"] + weights["likely_role"],
            "themes": [theme.value for theme in themes],
            "theme_weights": list(themes.values()),
            "usual": [stage.value for stage in usual],
            "usual_weights": list(usual.values()),
            "heaviest": max(themes.values(), default=0.0),
            "total": sum(themes.values()) or 1.0,
            "length": sum(w * w for w in themes.values()) ** 0.5 or 1.0,
            "subjects": list(question.subjects),
            "subject_weights": list(question.subjects.values()),
            "words": list(question.words),
            "word_weights": list(question.words.values()),
            "stages": [stage.value for stage in question.stages],
            "stage_weights": list(question.stages.values()),
            "audience": question.audience and question.audience.value,
            "vague": question.vague,
            "year": question.year,
            "overseas": commune.overseas,
            "here": f"SRID=4326;POINT({commune.lon} {commune.lat})",
            "places": places_of(self._matcher, commune),
            "largest": self._largest * 1.01,
            "top": top,
        }


@contextmanager
def postgis(matcher: Matcher, frames: Frames) -> Iterator[PostGis | None]:
    """The tables in a temporary server; None where PostgreSQL or PostGIS is not installed."""
    folder = binaries()
    extension = folder and list(
        folder.parents[3].glob(f"share/postgresql/{folder.parent.name}/extension/postgis.control")
    )
    if not extension:
        yield None
        return
    with server(*SETTINGS) as running:
        url = running.new_base().replace("+psycopg", "")
        yield PostGis(matcher, frames, url)
