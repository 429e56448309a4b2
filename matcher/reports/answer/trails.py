"""Whether the names of an answer are but trails, why, and whom to call to see clearer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher.catalogue.french import typographic
from matcher.catalogue.model import Structure
from matcher.catalogue.terms import Status, Term
from matcher.catalogue.vocabulary import Scale, Stage
from matcher.ranking.engine import BY_THEME, Ranking
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import Scored
from matcher.ranking.question import Question
from matcher.reading.learned.model import ADVISER, AGAIN, MISREAD, is_doubtful
from matcher.reading.wordlists import AIMS

from .facts import unsure

ORIENTS = 0.4
"""Role at the beginning from which a generalist is one to see clearer with: a CRESS has that."""
TRAILS = "Des pistes"
"""What is said above names that are no more."""
FIRST_UNSURE = "Nous ne sommes pas sûrs que {} soit la bonne"
NTH = {1: "première", 2: "deuxième", 3: "troisième"}
"""Ranks of those who are called first, in letters."""


def is_broad(question: Question) -> bool:
    """Whether the subject of a need is worth asking: vague, or not surely read, none declared."""
    return question.status is Status.VAGUE or _misread(question) or only_aims(question)


def only_aims(question: Question) -> bool:
    """Whether a need says but what for: « redynamiser le centre-bourg » may be shops or homes."""
    need = question.need
    if need.themes or need.stage or question.status is not Status.LU:
        return False
    return bool(question.words) and question.words.keys() <= AIMS


def _misread(question: Question) -> bool:
    """Whether the subject is not surely read, and none was declared."""
    return is_doubtful(question.reading.sure) and not question.need.themes


class Trail(Term):
    """Why the names of an answer are but trails; its definition, what to do with the need first."""

    MISREAD = ("mal_compris", MISREAD, AGAIN)
    BROAD = ("besoin_large", "Votre besoin est encore large", "précisez-le")
    WEAK = ("premiere_incertaine", FIRST_UNSURE.format("la première structure"))

    @property
    def unclear(self) -> bool:
        """Whether the subject is asked before anybody is named.

        Several themes at once are no doubt: their first answer is right as often.
        """
        return self is not Trail.WEAK

    @property
    def ways(self) -> tuple[str, ...]:
        """What to do, whom to ask last."""
        return (self.definition, ADVISER) if self.definition else (ADVISER,)

    @property
    def said(self) -> str:
        """What it is and what to do, a French sentence."""
        return f"{self.label} : {', ou '.join(self.ways)}."

    @property
    def said_of_one(self) -> str:
        """The same of one structure away from its list."""
        if self is Trail.WEAK:
            return f"{FIRST_UNSURE.format('cette structure')} : {ADVISER}."
        return self.said

    @property
    def record(self) -> dict[str, str]:
        """For programs."""
        return {"code": self.value, "phrase": self.said}


def trail_of(question: Question, first: Scored | Suggestion | None) -> Trail | None:
    """Why the first structure of an answer is but a trail, None when it is more, or nobody is."""
    if first is None:
        return None
    weak = unsure(first)
    if weak and _misread(question):
        return Trail.MISREAD
    if question.status is Status.VAGUE or only_aims(question):
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
    def title(self) -> str:
        """What stands above the names."""
        return TRAILS

    def of(self, rank: int) -> Trail | None:
        """Why the name at a rank is but a trail: a first one that is unsure says nothing more."""
        return self.why if self.why.unclear or rank == 1 else None

    @property
    def clearer(self) -> tuple[str, str, str]:
        """Whom to call to see clearer: what comes before a name, the name, what comes after.

        The last two are empty where it is the first one, of which the doubt just spoke.
        """
        if self.guide is None:
            return "", "", ""
        if self.rank == 1 and self.why is Trail.WEAK:
            return "Elle aide au moins à y voir clair.", "", ""
        if self.rank:
            nth = NTH.get(self.rank, f"{self.rank}e")
            return "Pour y voir clair : ", self.guide.name, f", la {nth} de la liste."
        verify = " (à vérifier)" if self.guide.to_verify else ""
        return "Pour y voir clair : ", self.guide.name, f", {self.guide.kind.label}{verify}."

    @property
    def sentence(self) -> str:
        """All of it, before the names."""
        return typographic(f"{self.why.said} {''.join(self.clearer)}".strip())

    @property
    def record(self) -> dict[str, Any]:
        """For programs, whoever is shown."""
        return {**self.why.record, "pour_y_voir_clair": self.guide and self.guide.id}


def trails_of(ranking: Ranking, shown: Sequence[Suggestion]) -> Trails | None:
    """What comes before names that are but trails, None where they are more, or nobody is named."""
    first = [one for one in shown if one.rank == 1] or (ranking.suggestions(1) if shown else [])
    found = trail_of(ranking.question, first[0]) if first else None
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
