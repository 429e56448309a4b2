"""The road map of a need: its steps in order, each with whom to call, or why it is not yet time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from matcher.catalogue.french import doing, sentence
from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.ranking.engine import Ranking
from matcher.ranking.order import WITHOUT_REASON
from matcher.ranking.question import Question
from matcher.ranking.team import MINOR_THEME, ROLE_ANSWERS

if TYPE_CHECKING:
    from matcher.upkeep import Matrix

LOOKED_AT = 60
"""Ranks of a situation that are looked at for a step: past them, nearness alone would speak."""
LIKELY = 0.25
"""Share of a situation read in the text from which it counts among those of the need."""


@dataclass(frozen=True, slots=True)
class RouteStep:
    """A step of any project.

    Parameters
    ----------
    stage : Stage
        The situation whose usual actors answer it.
    door : str
        Code of the door to try when nobody is known (`reference/doors.csv`).
    """

    code: str
    label: str
    stage: Stage
    door: str


STEPS = (
    RouteStep("dire", "Dire et partager le besoin", Stage.EMERGENCE, "emergence"),
    RouteStep("etudier", "Étudier", Stage.ETUDE_OPPORTUNITE, "agence"),
    RouteStep("creer", "Porter et créer", Stage.CREATION, "incubateur"),
    RouteStep("murs", "Trouver les murs", Stage.IMMOBILIER, "foncier"),
    RouteStep("financer", "Financer", Stage.FINANCEMENT, "france_active"),
    RouteStep("vivre", "Faire vivre", Stage.CONSOLIDATION, "dla"),
)
"""In the order in which a project meets them."""

EXISTS = frozenset({Stage.CONSOLIDATION, Stage.CHANGEMENT_ECHELLE})
"""Situations in which an activity runs already."""
DONE = "une structure existe déjà"
NOT_NOW = {
    "carried": "quelqu’un porte déjà le projet",
    "walls": "votre besoin ne parle pas de murs",
    "money": "un financeur demande d’abord un porteur et un projet étudié",
    "live": "ces appuis, le DLA surtout, vont à une structure qui emploie déjà",
    "strategy": "une stratégie vient avant un projet",
}
"""Why a step waits; « parce que » comes before, or « si » where a guessed situation says so."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of the road of a need.

    Parameters
    ----------
    first, then : Structure or None
        Whom to call, and whom if it declines.
    why : str
        Why the first one, a French sentence.
    waits : str
        Why the step is not for now, after « pas maintenant, »; "" when it is.
    door, door_known : str, tuple of str
        The door to try when nobody is known for the step, and ids of structures that are one.
    """

    step: RouteStep
    first: Structure | None = None
    then: Structure | None = None
    why: str = ""
    waits: str = ""
    door: str = ""
    door_known: tuple[str, ...] = ()


def road(ranking: Ranking, doors: Matrix) -> tuple[Leg, ...]:
    """The steps of a need in order."""
    waiting = not_now(ranking.question)
    return tuple(
        Leg(step, waits=waiting[step.code]) if step.code in waiting else _leg(step, ranking, doors)
        for step in STEPS
    )


def not_now(question: Question) -> Mapping[str, str]:
    """By code of step, why it is not for now: what is done already, or comes later."""
    guess = _because if question.stage_declared else "si {}".format
    main = max(question.stages, key=lambda s: question.stages[s], default=Stage.EMERGENCE)
    likely = {stage for stage, weight in question.stages.items() if weight >= LIKELY}
    found = {}
    if main in EXISTS:
        found = dict.fromkeys(("dire", "etudier", "creer"), guess(DONE))
    elif main is Stage.CREATION:
        found["dire"] = guess(NOT_NOW["carried"])
    elif main is Stage.STRATEGIE:
        found = dict.fromkeys(("creer", "murs"), _because(NOT_NOW["strategy"]))
    if not (likely & EXISTS):
        found["vivre"] = _because(NOT_NOW["live"])
    if main is Stage.EMERGENCE and Stage.FINANCEMENT not in likely:
        found["financer"] = _because(NOT_NOW["money"])
    if not (Stage.IMMOBILIER in likely or _about_walls(question)):
        found.setdefault("murs", _because(NOT_NOW["walls"]))
    return found


def _because(clause: str) -> str:
    return f"parce qu’{clause}" if clause.startswith("un") else f"parce que {clause}"


def _about_walls(question: Question) -> bool:
    heaviest = max(question.themes.values(), default=0.0)
    return question.themes.get(Theme.FONCIER, 0.0) > MINOR_THEME * heaviest


def _leg(step: RouteStep, ranking: Ranking, doors: Matrix) -> Leg:
    """Whom to call for a step: the first of the ranking in its situation whose trade it is."""
    situated = ranking.at([step.stage])
    first: Structure | None = None
    why = ""
    for position in islice(situated, LOOKED_AT):
        if situated.tiers[position] == WITHOUT_REASON:
            break  # they come last
        (structure,) = ranking.structures([position])
        best = ranking.question.knowledge.best_role(step.stage, structure.kinds)
        if best is None or best[1].score < ROLE_ANSWERS or _elsewhere(ranking.question, structure):
            continue
        if first is None:
            first, why = structure, sentence(doing(best[1].reason))
        elif _apart(first, structure):
            return Leg(step, first, structure, why)
    if first is not None:
        return Leg(step, first, why=why)
    cell = doors.cell(step.door, ranking.question.commune.departement)
    return Leg(step, door=cell.door.label, door_known=(*cell.verified, *cell.doubtful))


def _elsewhere(question: Question, structure: Structure) -> bool:
    """Whether a specialist works on none of the themes: a fund for the old is none for a café."""
    own = not structure.generalist and structure.themes
    return bool(own and question.themes) and question.themes.keys().isdisjoint(structure.themes)


def _apart(one: Structure, other: Structure) -> bool:
    """Whether another structure is another answer: not the same body, nor its network."""
    return one.body != other.body and (not one.network or one.network != other.network)
