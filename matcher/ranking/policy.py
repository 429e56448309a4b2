"""The policy: what counts, how much and why, and how the list is varied. One list, `CRITERIA`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from matcher.index.arrays import Floats
from matcher.index.coverage import Pool

from . import criteria, wording
from .candidates import Candidate
from .question import Question

Score = Callable[[Question, Pool], Floats | None]
Sentence = Callable[[Question, Candidate, float], str]

BLOCK = 10
"""Suggestions that a reader sees at once: variety is judged within each block of these."""
LOCAL_MARGIN = 0.05
"""Lead in score that a national head gives up to its own local branch: the branch is the one to
call, and it knows its head."""
FIRST_PLACES = 5
"""First places, which such a head leaves to others: it would send the town back to its branch."""
LIKE_FIT = 0.005
"""Lead in score that a row to verify gives up, for the first place alone, to a verified row of its
tier: half a point, what a page rounds. At 5 points the first answers of graded needs were right
less often (P@1 from 0.65 to 0.55 on those never tuned on), at 2 and at 1 still (0.60)."""
MOST_OF_A_NETWORK = 2
"""Branches of one network in a block: the local one and its head; more would say the same."""
MOST_OF_A_KIND = 6
"""Structures of one kind in a block: the first ten are never ten of one kind."""
MOST_OF_A_BODY = 1
"""Rows of one body in a block: one body, one answer."""

WEIGHT_CHANGE = 0.2
"""Relative change of one weight under which the rank interval is measured."""

SCORE_STEPS = 10**9
"""Two scores are equal when they round to the same billionth: a sum of floats depends on its
order, and the order of suggestions must not."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One way in which a structure may answer a need.

    Parameters
    ----------
    code : str
        Stable name, for the data and the API.
    label : str
        French name, for pages.
    weight : float
        Share in the score, without unit; the score is the weighted mean over those that apply.
    reason : str
        Why it weighs what it weighs, in French.
    score : callable
        From the question and the pool to numbers in [0, 1], or None: see `criteria`.
    sentence : callable
        From the question, one candidate and its score to a French sentence: see `wording`.
    """

    code: str
    label: str
    weight: float
    reason: str
    score: Score
    sentence: Sentence

    @property
    def method(self) -> str:
        """The published method: the docstring of the score."""
        assert self.score.__doc__, f"{self.code}: a criterion explains itself"
        return " ".join(self.score.__doc__.split())


# fmt: off
CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "themes", "Thèmes", 0.12,
        "le premier motif d’une mise en relation est que la structure travaille sur le sujet",
        criteria.themes, wording.themes,
    ),
    Criterion(
        "subjects", "Sujet précis", 0.20,
        "deux besoins d’un même thème appellent souvent des spécialistes différents",
        criteria.subjects, wording.subjects,
    ),
    Criterion(
        "track_record", "Références", 0.12,
        "une preuve, mais rare : l’absence de projet recensé ne dit rien",
        criteria.track_record, wording.track_record,
    ),
    Criterion(
        "experience", "Expérience", 0.00,
        "affichée, non comptée : être très documenté n’est pas répondre au besoin",
        criteria.experience, wording.experience,
    ),
    Criterion(
        "role", "Rôle dans cette situation", 0.17,
        "faire émerger, financer ou acheter des murs sont des métiers différents",
        criteria.role, wording.role,
    ),
    Criterion(
        "likely_role", "Rôle probable", 0.13,
        "à sujet égal, une Fabrique à initiatives ou France Active est plus souvent le bon appel",
        criteria.likely_role, wording.likely_role,
    ),
    Criterion(
        "anchoring", "Ancrage local", 0.28,
        "une structure du métier et d’ici est la première que l’on appelle",
        criteria.anchoring, wording.anchoring,
    ),
    Criterion(
        "whole", "Territoire couvert", 0.17,
        "une structure qui couvre toutes les communes évite d’en chercher une autre pour le reste",
        criteria.whole, wording.whole,
    ),
    Criterion(
        "proximity", "Proximité", 0.05,
        "un premier rendez-vous est plus facile tout près",
        criteria.proximity, wording.proximity,
    ),
    Criterion(
        "words", "Mots en commun", 0.14,
        "un indice utile : le texte d’une fiche dit des métiers que ses thèmes taisent",
        criteria.words, wording.words,
    ),
    Criterion(
        "stage", "Étape du projet", 0.04,
        "faible : la moitié des étapes des fiches sont des valeurs par défaut de leur type",
        criteria.stage, wording.stage,
    ),
    Criterion(
        "audience", "Public accompagné", 0.03,
        "faible : la moitié des publics des fiches sont des valeurs par défaut de leur type",
        criteria.audience, wording.audience,
    ),
    Criterion(
        "reliability", "Fiabilité de la fiche", 0.02,
        "à égalité, une information vérifiée passe devant une information douteuse",
        criteria.reliability, wording.reliability,
    ),
)
# fmt: on
"""The policy: every criterion with its weight and its reason. The weights need not add up to 1."""

Name = TypeVar("Name", str, int)
"""What tells bodies, networks or kinds apart: their names, or their numbers; "" or 0 for none."""
Sort = tuple[Name, Name, Name]
"""What variety looks at: body, network and kind."""


def varied(sorts: Iterable[Sort[Name]]) -> Iterator[list[int]]:
    """Vary each block of ten: what would be too many of one sort moves to the next block.

    Each structure, best first, takes a place in the first block that still has room for its sort.
    Nothing is lost, and where only one sort is left the order stays as it is.

    Yields
    ------
    list of int
        Positions in `sorts`, block after block, each as soon as nothing more can change it.
    """
    blocks: list[_Block[Name]] = []
    first_open = 0
    for position, sort in enumerate(sorts):
        for block in islice(blocks, first_open, None):
            if block.has_room(*sort):
                break
        else:
            block = _Block[Name]()
            blocks.append(block)
        block.add(position, *sort)
        while first_open < len(blocks) and len(blocks[first_open].members) == BLOCK:
            yield blocks[first_open].members
            first_open += 1
    for block in blocks[first_open:]:
        yield block.members


class _Block(Generic[Name]):
    """Ten suggestions at most, with what they hold of each sort."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self._bodies: defaultdict[Name, int] = defaultdict(int)
        self._networks: defaultdict[Name, int] = defaultdict(int)
        self._kinds: defaultdict[Name, int] = defaultdict(int)

    def has_room(self, body: Name, network: Name, kind: Name) -> bool:
        return (
            len(self.members) < BLOCK
            and self._bodies[body] < MOST_OF_A_BODY
            and (not network or self._networks[network] < MOST_OF_A_NETWORK)
            and self._kinds[kind] < MOST_OF_A_KIND
        )

    def add(self, position: int, body: Name, network: Name, kind: Name) -> None:
        self.members.append(position)
        self._bodies[body] += 1
        self._networks[network] += 1
        self._kinds[kind] += 1
