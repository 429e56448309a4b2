"""The oracle: the policy as one would write it on paper, one candidate at a time, in plain Python.

It shares with the engine the constants, the sentences and the readings, and none of the scoring.
What it says of a catalogue is what the engine must say: `tests/test_engine.py` compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from matcher import Kind, Matcher, Need, Stage
from matcher.catalogue import Radius, Scale
from matcher.catalogue.model import Area
from matcher.index.coverage import Coverage, Reach, width
from matcher.index.profile import Backed, Near
from matcher.index.texts import Vector
from matcher.ranking import candidates as alike
from matcher.ranking import criteria
from matcher.ranking.candidates import LEAST_ALIKE, Candidate, LikeProject
from matcher.ranking.engine import BY_THEME, ROLE_CALLED
from matcher.ranking.inspiration import theme_cosine
from matcher.ranking.order import ASKED_FOR, WITH_REASON, WITHOUT_REASON
from matcher.ranking.policy import (
    CRITERIA,
    FIRST_PLACES,
    LIKE_FIT,
    SCORE_STEPS,
    Criterion,
    Scored,
    scored,
)
from matcher.ranking.question import Question
from matcher.ranking.variety import is_close, varied
from matcher.reading.names import Sort
from matcher.reading.words import nearest


def ranked(matcher: Matcher, need: Need, policy: Sequence[Criterion] = CRITERIA) -> list[Scored]:
    """Every eligible structure, scored and ordered."""
    question = matcher.question(need)
    found = candidates(matcher, question)
    return order((weigh(question, one, policy) for one in found), question)


def candidates(matcher: Matcher, question: Question) -> Iterator[Candidate]:
    """The eligible structures by id, with the facts between each and the places."""
    coverage: Coverage = matcher.coverage
    reaches: dict[str, list[tuple[str, Reach]]] = {}
    for place in question.places:
        for structure, reach in coverage.eligible(place):
            reaches.setdefault(structure.id, []).append((place.insee, reach))
    for id in sorted(reaches):
        profile = matcher.profiles.by_id[id]
        km = distances(matcher, question, profile.structure.seat)
        yield Candidate(
            profile,
            min((reach for _, reach in reaches[id]), key=width),
            min(km, default=None),
            evidence(matcher, question, profile.references),
            evidence(matcher, question, profile.network_references),
            tuple(insee for insee, _ in reaches[id]),
            max(km, default=None),
            typical=nearest(question.words, profile.structure.typical_needs),
        )


def distances(matcher: Matcher, question: Question, place: str | None) -> list[float]:
    """From each commune of the question to a place, kilometres; none when it is unknown."""
    if place is None or place not in matcher.territory.communes:
        return []
    return [matcher.territory.distance_km(place, here.insee) for here in question.places]


def evidence(
    matcher: Matcher, question: Question, references: Iterable[Backed]
) -> tuple[LikeProject, ...]:
    """Projects with their likeness, most alike first."""
    found = [one_evidence(matcher, question, reference) for reference in references]
    return tuple(sorted(found, key=lambda e: (-e.likeness, e.project.id)))


def one_evidence(matcher: Matcher, question: Question, reference: Backed) -> LikeProject:
    """How alike the need a project is, and how near."""
    km = distances(matcher, question, reference.project.commune)
    near = math.exp(-min(km) / alike.NEARNESS_KM) if km else 0.0
    like = alike.LIKE_THEMES * theme_cosine(question.themes, reference.project.themes) + (
        1 - alike.LIKE_THEMES
    ) * cosine(question.subjects, reference.subjects)
    return LikeProject(
        reference.project,
        like * (alike.FAR_SHARE + (1 - alike.FAR_SHARE) * near),
        reference.role,
    )


def themes(question, candidate) -> float | None:
    usual = usual_role(question, candidate)
    generalist = candidate.structure.generalist
    if question.vague:
        least = criteria.VAGUE_SPECIALIST
        return least + (1 - least) * usual if generalist else least
    if not question.themes:
        return None
    covered = sum(question.themes.get(t, 0.0) for t in candidate.structure.themes)
    share = covered / sum(question.themes.values())
    focus = theme_cosine(question.themes, candidate.structure.themes)
    best = (min(1.0, share) + focus) / 2
    if not generalist:
        return best
    low, high = criteria.GENERALIST_LEAST, criteria.GENERALIST_MOST
    national = is_national(candidate)
    return max(best, criteria.GENERALIST_NATIONAL if national else low + (high - low) * usual)


def is_national(candidate: Candidate) -> bool:
    reach = candidate.reach
    return isinstance(reach, Area) and reach.scale is Scale.NATIONAL


def subjects(question, candidate) -> float | None:
    if not question.subjects:
        return None
    near, own = question.knowledge.near, candidate.profile.practices
    trade = min(
        1.0,
        sum(weight**2 * worth(own, near, subject) for subject, weight in question.subjects.items()),
    )
    return (trade + cosine(question.subjects, candidate.profile.subjects)) / 2


def worth(practices: Mapping[str, float], near: Near, subject: str) -> float:
    """What the practices are worth for one subject of a need: that of the nearest of them."""
    others = near.get(subject, {})
    return max(
        practices.get(subject, 0.0),
        *(share * practices.get(other, 0.0) for other, share in others.items()),
        0.0,
    )


def cosine(a: Vector, b: Vector) -> float:
    """Likeness of two vectors of length 1, in [0, 1]; 0 when one is empty."""
    return min(1.0, sum(weight * b.get(term, 0.0) for term, weight in a.items()))


def usual_role(question: Question, candidate: Candidate) -> float:
    """Role in the situation: declared, or that of any; read in part, for a generalist."""
    if question.formed.intersection(candidate.structure.kinds):
        return 1.0
    if question.stage_declared:
        return _role(question, candidate)
    usual = _best_role(question, candidate, None)
    if question.vague and candidate.structure.generalist:
        return _best_role(question, candidate, Stage.EMERGENCE)
    if not question.stages or not candidate.structure.generalist:
        return usual
    read = alike.READ_SHARE
    return read * _role(question, candidate) + (1 - read) * usual


def words(question, candidate) -> float | None:
    if not question.words:
        return None
    return min(1.0, cosine(question.words, candidate.profile.words) / criteria.MANY_WORDS)


def track_record(question, candidate) -> float | None:
    if question.vague:
        return None
    own = math.prod(1 - criteria.REFERENCE_STRENGTH * proof(e) for e in candidate.evidence)
    shared = math.prod(1 - criteria.NETWORK_STRENGTH * proof(e) for e in candidate.network_evidence)
    return 1 - own * shared


def proof(evidence: LikeProject) -> float:
    """What a project proves, in [0, 1]: its likeness, counted from `LEAST_ALIKE`, by role."""
    strength = criteria.ROLE_STRENGTH[evidence.role]
    return strength * max(0.0, (evidence.likeness - LEAST_ALIKE) / (1 - LEAST_ALIKE))


def experience(question, candidate) -> float | None:
    return min(1.0, math.log1p(len(candidate.evidence)) / math.log1p(criteria.MANY_PROJECTS))


def role(question, candidate) -> float | None:
    return _role(question, candidate) if question.stage_declared else None


def likely_role(question, candidate) -> float | None:
    if question.stage_declared or not question.words:
        return None
    return usual_role(question, candidate)


def _role(question, candidate) -> float:
    return sum(
        weight * _best_role(question, candidate, stage) for stage, weight in question.stages.items()
    )


def _best_role(question: Question, candidate: Candidate, stage: Stage | None) -> float:
    return max(_role_score(question, stage, kind) for kind in candidate.structure.kinds)


def _role_score(question: Question, stage: Stage | None, kind: Kind) -> float:
    found = question.knowledge.roles.get((stage, kind))
    return found.score if found else 0.0


def stage(question, candidate) -> float | None:
    if not question.stage_declared or not question.stages.keys() & criteria.DECLARED_STAGES:
        return None
    return float(bool(question.stages.keys() & set(candidate.structure.stages)))


def audience(question, candidate) -> float | None:
    if question.audience is None:
        return None
    return float(question.audience in candidate.structure.audiences)


def anchoring(question, candidate) -> float | None:
    fit = subjects(question, candidate)
    fit = themes(question, candidate) if fit is None else fit
    off = criteria.OFF_TRADE
    return _rooted(question, candidate) * (1.0 if fit is None else off + (1 - off) * fit)


def _rooted(question, candidate) -> float:
    if question.commune.overseas and _wide(candidate.reach):
        return (
            criteria.ANCHORING_OVERSEAS
            if candidate.structure.overseas
            else criteria.ANCHORING_ACROSS_OCEAN
        )
    if isinstance(candidate.reach, Radius):
        return criteria.ANCHORING_RADIUS
    return criteria.ANCHORING[candidate.reach.scale]


def _wide(reach: Reach) -> bool:
    return isinstance(reach, Area) and reach.scale in criteria.WIDE


def proximity(question, candidate) -> float | None:
    if candidate.distance_km is None:
        return 0.0
    return math.exp(-candidate.distance_km / criteria.PROXIMITY_KM)


def whole(question, candidate) -> float | None:
    if len(question.places) == 1:
        return None
    return len(candidate.covered) / len(question.places)


def reliability(question, candidate) -> float | None:
    structure = candidate.structure
    if structure.to_verify:
        return 0.0
    fresh = structure.source_year is not None and not question.is_old(structure.source_year)
    return 1.0 if fresh else criteria.OLD_SOURCE_SHARE


SCORES = {
    "themes": themes,
    "subjects": subjects,
    "words": words,
    "track_record": track_record,
    "experience": experience,
    "role": role,
    "likely_role": likely_role,
    "stage": stage,
    "audience": audience,
    "anchoring": anchoring,
    "whole": whole,
    "proximity": proximity,
    "reliability": reliability,
}
"""The plain form of each criterion, by code."""


def weigh(
    question: Question, candidate: Candidate, policy: Sequence[Criterion] = CRITERIA
) -> Scored:
    """Score a candidate: the weighted mean of the criteria that apply."""
    scores = [SCORES[criterion.code](question, candidate) for criterion in policy]
    return scored(question, candidate, policy, scores)


def order(found: Iterable[Scored], question: Question | None = None) -> list[Scored]:
    """Best first, local before head, then varied; those without a reason for `question` last.

    Equal scores: verified first, then by id.
    """
    found = list(found)
    main = {one.structure.kind for one in found}
    plain = sorted(found, key=lambda one: (-tier(question, one, main), *place(one)))
    plain = surest_first(plain, lambda one: tier(question, one, main))
    plain = verified_first(plain, lambda one: tier(question, one, main))
    structures = [s.structure for s in plain]
    heads = [
        one.structure.national_head and tier(question, one, main) != ASKED_FOR for one in plain
    ]
    if plain and heads[0] and not structures[0].to_verify:
        network = structures[0].network
        local = [i for i, s in enumerate(structures) if s.network == network and not heads[i]]
        heads[0] = not (network and local and structures[local[0]].to_verify)
    nearest = local_first(
        range(len(plain)),
        [s.score for s in plain],
        [s.network for s in structures],
        heads,
    )
    return diversify([plain[i] for i in nearest])


def local_first(
    best_first: Iterable[int],
    scores: Sequence[float],
    networks: Sequence[str],
    heads: Sequence[bool],
) -> list[int]:
    """Put the head of a network behind its best local branch and the first five, if it is close.

    Parameters
    ----------
    best_first : iterable of int
        Positions in the three other sequences.
    scores, networks, heads
        Score, network and whether it is the head, by position.
    """
    listed: list[int] = list(best_first)
    if True not in heads:
        return listed
    local: dict[str, int] = {}
    for i in listed:
        if networks[i] and not heads[i]:
            local.setdefault(networks[i], i)
    moved: list[int] = []
    held: dict[int, list[int]] = {}
    late: list[int] = []
    for i in listed:
        branch: int = local.get(networks[i], i) if heads[i] else i
        waits = branch != i and is_close(scores[i], scores[branch])
        if waits and branch not in moved:
            held.setdefault(branch, []).append(i)
        elif waits and len(moved) < FIRST_PLACES:
            late.append(i)
        else:
            moved.append(i)
            late += held.pop(i, [])
        if len(moved) >= FIRST_PLACES:
            moved += late
            late = []
    return moved + late


def is_loose(one: Scored) -> bool:
    """Whether it may not cover the place: by a radius, or a park by a whole département."""
    return isinstance(one.candidate.reach, Radius) or one.structure.approximate


def surest_first(plain: list[Scored], tier_of: Callable[[Scored], int]) -> list[Scored]:
    """Put first who surely covers the place, before who reaches it by a radius."""
    if not plain or tier_of(plain[0]) == ASKED_FOR or not is_loose(plain[0]):
        return plain
    for i, one in enumerate(plain):
        if tier_of(one) == tier_of(plain[0]) and not is_loose(one):
            return [one, *plain[:i], *plain[i + 1 :]]
    return plain


def verified_first(plain: list[Scored], tier_of: Callable[[Scored], int]) -> list[Scored]:
    """Put first a verified row that fits as well as the first one, which is to verify."""
    if not plain or not plain[0].structure.to_verify or tier_of(plain[0]) == ASKED_FOR:
        return plain
    sure = not is_loose(plain[0])
    for i, one in enumerate(plain):
        if (
            not one.structure.to_verify
            and tier_of(one) == tier_of(plain[0])
            and round((plain[0].score - one.score) * SCORE_STEPS) <= LIKE_FIT * SCORE_STEPS
            and not (sure and is_loose(one))
        ):
            return [one, *plain[:i], *plain[i + 1 :]]
    return plain


def diversify(ordered: Sequence[Scored]) -> list[Scored]:
    """Vary each block of ten."""
    structures = [one.structure for one in ordered]
    blocks = varied((s.body, s.network, s.kind.value) for s in structures)
    return [ordered[i] for block in blocks for i in block]


def tier(question: Question | None, one: Scored, main: set[Kind]) -> int:
    """First whom the text calls for by name, last who has no reason to answer."""
    for actor in question.actors if question else ():
        own = actor.sort is not Sort.KIND or actor.code == one.structure.kind
        if actor.means(one.structure) and (own or actor.code not in main):
            return ASKED_FOR
    return WITHOUT_REASON if behind(question, one) else WITH_REASON


def behind(question: Question | None, one: Scored) -> bool:
    """Whether it has no reason to answer."""
    if question is None or not (question.themes or (question.vague and question.words)):
        return False
    called = any(_is_called(question, kind) for kind in one.structure.kinds)
    local = one.structure.generalist and not is_national(one.candidate)
    if question.vague:
        return not (local or (question.stage_declared and called))
    scores = {c.criterion: c.score or 0.0 for c in one.contributions}
    generalist = one.structure.generalist
    return not (
        local
        or called
        or question.formed.intersection(one.structure.kinds)
        or (not generalist and scores.get("themes", 0.0) > 0)
        or scores.get("subjects", 0.0) > 0
    )


def _is_called(question: Question, kind: Kind) -> bool:
    roles = sum(w * _role_score(question, stage, kind) for stage, w in question.stages.items())
    return kind not in BY_THEME and roles >= ROLE_CALLED


def place(one: Scored) -> tuple[int, bool, str]:
    """What puts one before another, variety aside."""
    return (-round(one.score * SCORE_STEPS), one.structure.to_verify, one.structure.id)
