"""A need and what is answered to it. Docstrings of routes are published: they are French."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from matcher import Status, Suggestion
from matcher.reports import commune_record, place_record, sealed, suggestion_record

from ..answers.kept import PAGE
from ..context import answers as kept
from ..context import matcher, shapes
from .bodies import MatchBody, NeedBody, ReadBody, WhyNotBody
from .documents import answers, spec
from .need_models import MatchAnswer, ReadAnswer, TeamRecord, WhyNotAnswer
from .problems import hint
from .records import (
    neighbour_record,
    reading_record,
    team_record,
    visit_record,
    why_not_record,
)

BODY = (400, 413, 415)
"""What may be wrong with a body before its members are read."""
TAGS = ["Besoin"]


def add(api: Blueprint) -> None:
    """Add the routes of this module."""
    api.post("/match")(match)
    api.post("/read")(read)
    api.post("/team")(team)
    api.post("/why-not")(why_not)


@spec.validate(resp=answers(MatchAnswer, *BODY, 404), tags=TAGS)
def match(json: MatchBody) -> dict[str, Any]:
    """Les structures qui peuvent aider, classées et expliquées."""
    need = json.need()
    answered = kept.of(need)
    found: Sequence[Suggestion] = ()
    shown = answered.status.ranked or json.quand_meme
    if shown:
        found = answered.first[: json.top] if json.top <= PAGE else answered.every[: json.top]
    answer = {
        "commune": commune_record(matcher.territory.communes[need.commune], matcher.territory),
        **place_record(need, matcher.territory),
        "homonymes": [
            hint(c)
            for c in matcher.territory.same_postcode(json.commune.strip())
            if c.insee != need.commune
        ],
        "statut": answered.status,
        "hors_champ": answered.status is Status.HORS_CHAMP,
        "reparations": list(json.plain.changes),
        "lecture": reading_record(matcher.question(need).reading),
        "suggestions": [suggestion_record(s, matcher.territory) for s in found],
        "equipe": team_record(answered.team) if json.equipe else None,
        "a_qui_parler": list(map(neighbour_record, answered.neighbours)) if shown else [],
        "a_visiter": list(map(visit_record, answered.visits)) if shown else [],
    }
    return sealed(answer, need, found, shapes.folder.parents[1])


@spec.validate(resp=answers(ReadAnswer, *BODY), tags=TAGS)
def read(json: ReadBody) -> dict[str, Any]:
    """Les thèmes d’un texte, et les mots qui les prouvent."""
    plain = json.plain
    return {**reading_record(matcher.read(plain.text)), "reparations": list(plain.changes)}


@spec.validate(resp=answers(TeamRecord, *BODY, 404), tags=TAGS)
def team(json: NeedBody) -> dict[str, Any]:
    """La plus petite équipe qui répond à tout le besoin."""
    return team_record(kept.of(json.need()).team)


@spec.validate(resp=answers(WhyNotAnswer, *BODY, 404), tags=TAGS)
def why_not(json: WhyNotBody) -> dict[str, Any]:
    """Pourquoi pas telle structure, et ce qui changerait sa place."""
    need = json.need()
    return why_not_record(
        matcher.why_not(need, json.structure), matcher.counterfactual(need, json.structure)
    )
