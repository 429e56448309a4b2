"""The road map of a need: its steps in order, each with whom to call, or why it is not yet time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import sentence, typographic
from matcher.catalogue.model import Structure
from matcher.catalogue.terms import Status, Term
from matcher.catalogue.vocabulary import Scale, Stage, Theme
from matcher.ranking.engine import BY_THEME, Ranking
from matcher.ranking.explain import Suggestion
from matcher.ranking.order import WITHOUT_REASON
from matcher.ranking.policy import Scored
from matcher.ranking.question import Question
from matcher.ranking.team import MINOR_THEME, ROLE_ANSWERS
from matcher.reading.learned.model import ADVISER, AGAIN, MISREAD, doubt

from .facts import unsure

if TYPE_CHECKING:
    from matcher.upkeep import Matrix

LOOKED_AT = 60
"""Ranks of a situation that are looked at for a step: past them, nearness alone would speak."""
ORIENTS = 0.4
"""Role at the beginning from which a generalist is one to see clearer with: a CRESS has that."""
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


def is_broad(question: Question) -> bool:
    """Whether the subject of a need is worth asking: vague, or not surely read, none declared."""
    doubtful = bool(doubt(question.reading.sure)) and not question.need.themes
    return question.status is Status.VAGUE or doubtful


TRAILS = "Des pistes"
"""What is said above names that are no more."""
NTH = {1: "première", 2: "deuxième", 3: "troisième"}
"""Ranks of those who are called first, in letters."""


class Trail(Term):
    """Why the names of an answer are but trails; its definition, what to do with the need first."""

    MISREAD = ("mal_compris", MISREAD, AGAIN)
    BROAD = ("besoin_large", "Votre besoin est encore large", "précisez-le")
    WEAK = (
        "premiere_incertaine",
        "Nous ne sommes pas sûrs que la première structure soit la bonne",
    )

    @property
    def unclear(self) -> bool:
        """Whether the subject is asked before anybody is named.

        Several themes at once are no doubt: their first answer is right as often.
        """
        return self is not Trail.WEAK

    @property
    def said(self) -> str:
        """What it is and what to do, a French sentence."""
        return f"{self.label} : {', ou '.join(filter(None, (self.definition, ADVISER)))}."


def trail_of(question: Question, first: Scored | Suggestion | None) -> Trail | None:
    """Why the first structure of an answer is but a trail, None when it is more."""
    weak = first is not None and unsure(first)
    if weak and doubt(question.reading.sure) and not question.need.themes:
        return Trail.MISREAD
    if question.status is Status.VAGUE:
        return Trail.BROAD
    return Trail.WEAK if weak and question.status is Status.LU else None


@dataclass(frozen=True, slots=True)
class Trails:
    """That the names of an answer are but trails, and whom to call to see clearer.

    Parameters
    ----------
    guide : Structure or None
        See `guide_of`.
    rank : int
        Rank at which its body is shown; 0 where it is not.
    """

    why: Trail
    guide: Structure | None
    rank: int

    @property
    def clearer(self) -> str:
        """Whom to call to see clearer, a French sentence: who is shown is not named twice."""
        if self.guide is None:
            return ""
        if self.rank == 1 and self.why is Trail.WEAK:
            return "Elle aide au moins à y voir clair."
        if self.rank:
            nth = NTH.get(self.rank, f"{self.rank}e")
            return f"Pour y voir clair : la {nth} de la liste."
        verify = " (à vérifier)" if self.guide.to_verify else ""
        return f"Pour y voir clair : {self.guide.name}, {self.guide.kind.label}{verify}."

    @property
    def sentence(self) -> str:
        """All of it, before the names."""
        return typographic(f"{self.why.said} {self.clearer}".strip())

    @property
    def record(self) -> dict[str, Any]:
        """For programs, whoever is shown."""
        return {
            "code": self.why.value,
            "phrase": self.why.said,
            "pour_y_voir_clair": self.guide and self.guide.id,
        }


def trails_of(ranking: Ranking, shown: Sequence[Suggestion]) -> Trails | None:
    """What comes before names that are but trails, None where they are more."""
    found = trail_of(ranking.question, next(iter(ranking.suggestions(1)), None))
    if found is None:
        return None
    guide = guide_of(ranking)
    ranks = (one.rank for one in shown if guide and one.structure.body == guide.body)
    return Trails(found, guide, next(ranks, 0))


def guide_of(ranking: Ranking) -> Structure | None:
    """Whom to call to see clearer: the first generalist here that helps a need to be said.

    A verified one before one to verify. None where no such generalist is known; a body of the
    whole country is none.
    """
    found: list[Structure] = []
    for structure in ranking.structures(ranking.at([Stage.EMERGENCE])):
        best = ranking.question.knowledge.best_role(Stage.EMERGENCE, structure.kinds)
        local = structure.generalist and structure.scale is not Scale.NATIONAL
        local = local and structure.kind not in BY_THEME
        if local and best and best[1].score >= ORIENTS:
            if not structure.to_verify:
                return structure
            found.append(structure)
    return next(iter(found), None)


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
            first, why = structure, sentence(best[1].reason)
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
