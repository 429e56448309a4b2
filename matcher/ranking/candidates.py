"""A structure that may answer, the facts that its sentences say, what alike projects prove."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

import numpy as np

from matcher.catalogue.model import Commune, Project, Structure
from matcher.catalogue.terms import PROOFS, Backing
from matcher.catalogue.vocabulary import Kind, Stage, Theme
from matcher.index.arrays import ALONE, Floats, Lists, Rows, Support, proofs_of
from matcher.index.columns import THEMES
from matcher.index.coverage import Pool, Reach, reach_of, width
from matcher.index.profile import Backed, Profile, Profiles
from matcher.reading.called import called_by
from matcher.reading.words import content, nearest, stems
from matcher.territory.nest import Territory

from .question import Question, once, once_each

FAR_SHARE = 0.6
"""What a project at the other end of the country is worth beside one next door: experience
travels, but knowing the territory helps."""
NEARNESS_KM = 150.0
"""Distance, km, over which the gain of nearness falls to 1/e: about a neighbouring département."""
READ_SHARE = 0.3
"""Weight of a situation read in the text, the rest being that of one that is not told: reading is a
guess, right three times in five."""
LIKE_THEMES = 0.5
"""Share of the themes in the likeness of a project, the rest being its subjects."""
LEAST_ALIKE = 0.15
"""Likeness up to which a project proves nothing: it shares little more than a word."""
OWN_WORDS = 0.4
"""Share of what a text says, its name aside, from which it speaks of what a structure does."""
NOT_HERE = -1


@once
def kinship(question: Question, pool: Pool) -> Floats:
    """How alike the need each project is, wherever it is, in [0, 1]; shape (projects,), by id."""
    projects = pool.index.projects
    shared = projects.themes.dot((THEMES[t], w) for t, w in question.themes.items())
    by_theme = theme_cosines(question.themes, shared, projects.themes.counts)
    by_subject = projects.subjects.dot(question.subjects, len(projects.places))
    found: Floats = LIKE_THEMES * by_theme[projects.themes.codes] + (1 - LIKE_THEMES) * np.minimum(
        1.0, by_subject
    )
    return found


@once
def likeness(question: Question, pool: Pool) -> Floats:
    """How alike the need each project is, and how near, in [0, 1]; shape (projects,), by id."""
    near = np.exp(-pool.km(pool.index.projects.places) / NEARNESS_KM)
    near[np.isnan(near)] = 0.0
    found: Floats = kinship(question, pool) * (FAR_SHARE + (1 - FAR_SHARE) * near)
    return found


@once
def formed(question: Question, pool: Pool) -> Floats:
    """1 for the kinds that the legal forms of the text point at: a SCIC calls for the URSCOP."""
    kinds = pool.index.kinds
    wanted = [place for place, kind in enumerate(Kind) if kind in question.formed]
    found: Floats = kinds.members[:, wanted].any(axis=1).astype(float)[kinds.codes[pool.rows]]
    return found


@once_each
def usual_role(question: Question, pool: Pool) -> Floats:
    """Role in the situation, as far as it is known: declared, or else that of whichever situation.

    A situation that is read counts in part, for generalists: a specialist is there for its subject.
    """
    if question.stage_declared:
        usual = declared_role(question, pool)
    else:
        usual = read = _roles(question, pool)[None]
        if question.vague:  # whom to begin with
            read = _roles(question, pool)[Stage.EMERGENCE]
        elif question.stages:
            read = READ_SHARE * declared_role(question, pool) + (1 - READ_SHARE) * usual
        usual = np.where(pool.generalists, read, usual)
    found: Floats = np.maximum(usual, formed(question, pool))
    return found


def declared_role(question: Question, pool: Pool) -> Floats:
    """Role in the situation, in the shares in which it is declared or read."""
    roles = _roles(question, pool)
    return sum((w * roles[stage] for stage, w in question.stages.items()), np.zeros(len(pool)))


@once
def _roles(question: Question, pool: Pool) -> Mapping[Stage | None, Floats]:
    """By situation, the best role of the kinds of each."""
    scores = question.knowledge.role_scores
    found = pool.index.roles(np.array([*scores.values()]))
    return dict(zip(scores, found[:, pool.index.kinds.codes[pool.rows]], strict=True))


def theme_cosines(weights: Mapping[Theme, float], shared: Floats, counts: Floats) -> Floats:
    """Likeness of weighted themes and plain lists of themes, in [0, 1].

    Parameters
    ----------
    shared, counts : ndarray of float, shape (lists,)
        Weight of the themes that each list shares, and how many it names.
    """
    if not weights:
        return np.zeros(len(shared))
    length = np.sqrt(sum(w * w for w in weights.values()) * np.maximum(counts, 1))
    return np.minimum(1.0, shared / length)


@dataclass(frozen=True, slots=True)
class LikeProject:
    """A project that the structure supported, how alike the need it is, in [0, 1], and its role."""

    project: Project
    likeness: float
    role: Backing = Backing.ACCOMPAGNE


@dataclass(frozen=True)
class Candidate:
    """An eligible structure before a question.

    Parameters
    ----------
    reach : Area or Radius
        Narrowest part of its coverage that contains one of the communes.
    distance_km, farthest_km : float or None
        Great circles from the nearest and from the farthest commune to its seat; None when the
        seat is unknown.
    evidence, network_evidence : tuple of LikeProject
        Its projects, and those of the other members of its network; most alike first.
    covered : tuple of str
        Insee codes of the communes of the question that it covers.
    named, typical : str
        The words by which the text calls for it, and the need for which one calls it that is most
        like this one; "" when there are none.
    """

    profile: Profile
    reach: Reach
    distance_km: float | None
    evidence: tuple[LikeProject, ...]
    network_evidence: tuple[LikeProject, ...]
    covered: tuple[str, ...] = ()
    farthest_km: float | None = None
    named: str = ""
    typical: str = ""

    @property
    def structure(self) -> Structure:
        """The structure itself."""
        return self.profile.structure


def calls_of(question: Question, candidates: Sequence[Structure]) -> list[str]:
    """The words by which the text calls for each candidate; "" when it does not."""
    return called_by(question.actors, candidates, partial(_shared, question))


def _shared(question: Question, structure: Structure) -> Set[str]:
    """What a text speaks of that a structure does: subjects, or the words of a like need."""
    if shared := question.main_subjects.keys() & set(structure.trades):
        return shared
    own = set(stems(content(structure.name)))
    does = set(stems(content(". ".join((structure.description, *structure.typical_needs)))))
    told = {term: weight for term, weight in question.words.items() if term not in own}
    shared = does & told.keys()
    least = OWN_WORDS * math.hypot(*told.values())
    return shared if sum(told[term] for term in shared) >= least else set()


class CandidateFacts:
    """Gathers the facts about the candidates of a question.

    Parameters
    ----------
    profiles, territory
        Of the catalogue that the pool is of.
    called : sequence of str
        The words that call each of the pool; none where the text names no actor.
    """

    def __init__(
        self,
        question: Question,
        pool: Pool,
        profiles: Profiles,
        territory: Territory,
        called: Sequence[str],
    ) -> None:
        self._question, self._pool = question, pool
        self._profiles, self._territory, self._called = profiles, territory, called

    def candidate(self, position: int) -> Candidate:
        """The candidate at a position of the pool."""
        row = self._pool.rows.item(position)
        profile = self._profiles.profile(row)
        covered = self._pool.covered[:, position].tolist()
        places = [c for c, inside in zip(self._question.places, covered, strict=True) if inside]
        near, far = self._distances(profile.structure.seat)
        return Candidate(
            profile,
            min((self._reach(profile.structure, place) for place in places), key=width),
            near,
            self._evidence(profile.references),
            self._evidence(profile.network_references),
            tuple(place.insee for place in places),
            far,
            self._called[position] if self._called else "",
            nearest(self._question.words, profile.structure.typical_needs),
        )

    def _reach(self, structure: Structure, place: Commune) -> Reach:
        reach = reach_of(structure, place, self._territory)
        assert reach is not None, "the index and the coverage agree on who covers a commune"
        return reach

    def _distances(self, seat: str | None) -> tuple[float | None, float | None]:
        """From the nearest commune and from the farthest, kilometres."""
        if seat is None or seat not in self._territory.communes:
            return None, None
        found = [self._territory.distance_km(seat, place.insee) for place in self._question.places]
        return min(found), max(found)

    def _evidence(self, references: Sequence[Backed]) -> tuple[LikeProject, ...]:
        alike = likeness(self._question, self._pool)
        found = [LikeProject(r.project, alike.item(r.row), r.role) for r in references]
        return tuple(sorted(found, key=lambda e: (-e.likeness, e.project.id)))


@dataclass(frozen=True)
class Alike:
    """The proofs (see `Support`) of the projects that are alike, in the order of their ids.

    Parameters
    ----------
    rows, likeness
        Of each proof.
    """

    rows: Rows
    likeness: Floats
    support: Support

    @classmethod
    def of(cls, alike: Floats, support: Support) -> Alike:
        """Keep those that are alike, from the likeness of all the projects."""
        rows = np.flatnonzero(alike > LEAST_ALIKE)
        return cls(proofs_of(rows), np.repeat(alike[rows], len(PROOFS)), support)

    def left(self, pool: Pool, of_own: Floats, of_network: Floats) -> Floats:
        """What the projects leave to be proved, shape (candidates,).

        A product in the order of the projects. What a structure supported itself is no proof of
        its network.

        Parameters
        ----------
        of_own, of_network : ndarray of float, shape (proofs,)
            What each leaves to be proved of its supporters, and of others of their networks.
        """
        support = self.support
        networks = support.network[pool.rows]
        left = _products(support.networks, self.rows, of_network, len(support.shared))[networks]
        own = _products(support.supporters, self.rows, of_own, len(support.network))[pool.rows]
        kin = np.flatnonzero((own != 1.0) & (networks != ALONE))
        left[kin] = self._of_others(pool.rows[kin], networks[kin], of_network)
        found: Floats = left * own
        return found

    def _of_others(self, structures: Rows, networks: Rows, factors: Floats) -> Floats:
        """Products over the projects of their networks that some structures did not support."""
        place = np.full(len(self.support.supporters), NOT_HERE)
        place[self.rows] = np.arange(len(self.rows))
        origin, proofs = self.support.shared.links(networks)
        mine, own = self.support.own.links(structures)
        others = ~np.isin(origin * len(place) + proofs, mine * len(place) + own, assume_unique=True)
        others &= place[proofs] != NOT_HERE
        found = np.ones(len(structures))
        np.multiply.at(found, origin[others], factors[place[proofs[others]]])
        return found


def _products(lists: Lists, proofs: Rows, factors: Floats, count: int) -> Floats:
    """By number, up to `count`, the product of the factors of the proofs that list it."""
    origin, numbers = lists.links(proofs)
    found = np.ones(count)
    np.multiply.at(found, numbers, factors[origin])
    return found
