"""A structure that may answer, the facts that its sentences say, how alike its projects are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.catalogue.model import Commune, Project, Structure
from matcher.catalogue.terms import PROOFS, Backing
from matcher.catalogue.vocabulary import Kind, Theme
from matcher.index.arrays import ALONE, Floats, Lists, Rows, Support, gathered, proofs_of
from matcher.index.columns import THEMES
from matcher.index.coverage import Pool, Reach, reach_of, width
from matcher.index.profile import Backed, Profile, Profiles
from matcher.reading.names import Named, Sort
from matcher.territory.nest import Territory

from .question import Question

FAR_SHARE = 0.6
"""What a project at the other end of the country is worth beside one next door: experience
travels, but knowing the territory helps."""
NEARNESS_KM = 150.0
"""Distance, km, over which the gain of nearness falls to 1/e: about a neighbouring département."""
LEAST_ALIKE = 0.15
"""Likeness up to which a project proves nothing: it shares little more than a word."""
LIKE_THEMES = 0.5
"""Share of the themes in the likeness of a project, the rest being its subjects."""

NOT_HERE = -1


def likeness(question: Question, pool: Pool) -> Floats:
    """How alike the need each project is, and how near, in [0, 1]; shape (projects,), by id."""
    projects = pool.index.projects
    shared = projects.themes.dot((THEMES[t], w) for t, w in question.themes.items())
    by_theme = theme_cosines(question.themes, shared, projects.themes.counts)
    by_subject = projects.subjects.dot(question.subjects, len(projects.places))
    alike = LIKE_THEMES * by_theme[projects.themes.codes] + (1 - LIKE_THEMES) * np.minimum(
        1.0, by_subject
    )
    near = np.exp(-pool.km(projects.places) / NEARNESS_KM)
    near[np.isnan(near)] = 0.0
    found: Floats = alike * (FAR_SHARE + (1 - FAR_SHARE) * near)
    return found


def formed(question: Question, pool: Pool) -> Floats:
    """1 for the kinds that the legal forms of the text point at: a SCIC calls for the URSCOP."""
    kinds = pool.index.kinds
    wanted = [place for place, kind in enumerate(Kind) if kind in question.formed]
    found: Floats = kinds.members[:, wanted].any(axis=1).astype(float)[kinds.codes[pool.rows]]
    return found


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
        networks = self.support.network[pool.rows]
        left: Floats = self._by_network(of_network)[self._column[networks]]
        place = self._place[pool.rows]
        proved = np.flatnonzero(place != NOT_HERE)
        present, place = np.unique(place[proved], return_inverse=True)
        kin = networks[proved] != ALONE
        left[proved[kin]] = _products(self._others(present), place[kin], of_network)
        left[proved] *= _products(self._own[1], present[place], of_own)
        return left

    @cached_property
    def _own(self) -> tuple[Rows, Lists]:
        """The structures that supported some of these projects, ascending, and which."""
        return gathered(*self.support.supporters.links(self.rows))

    @cached_property
    def _networks(self) -> tuple[Rows, Lists]:
        """The networks whose members supported some of these projects, and which."""
        return gathered(*self.support.networks.links(self.rows))

    @cached_property
    def _place(self) -> Rows:
        """Place of each structure among those of `_own`."""
        return _places(self._own[0], len(self.support.network))

    @cached_property
    def _column(self) -> Rows:
        """Place of each network among those of `_networks`; the last one is of no project."""
        return _places(self._networks[0], len(self.support.shared))

    def _others(self, places: Rows) -> Lists:
        """By place in `_own`, the projects of the network that the structure did not support."""
        structures, own = self._own
        columns = self._column[self.support.network[structures[places]]]
        kin = np.flatnonzero(columns != NOT_HERE)
        origin, projects = self._networks[1].links(columns[kin])
        pairs = kin[origin] * len(self.rows) + projects
        origin, projects = own.links(places)
        mine = origin * len(self.rows) + projects
        pairs = pairs[~np.isin(pairs, mine, assume_unique=True)]
        starts = np.searchsorted(pairs, np.arange(len(places) + 1) * len(self.rows))
        return Lists(starts, pairs % max(1, len(self.rows)))

    def _by_network(self, factors: Floats) -> Floats:
        """Products over the projects of each network; 1 in the last column."""
        found = np.ones(len(self._networks[0]) + 1)
        lists = self._networks[1]
        if len(lists):
            found[:-1] = np.multiply.reduceat(factors[lists.values], lists.starts[:-1])
        return found


def _places(of: Rows, count: int) -> Rows:
    places = np.full(count, NOT_HERE, np.int32)
    places[of] = np.arange(len(of), dtype=np.int32)
    return places


def _products(lists: Lists, places: Rows, factors: Floats) -> Floats:
    """Product of the factors of each list."""
    origin, projects = lists.links(places)
    found = np.ones(len(places))
    np.multiply.at(found, origin, factors[projects])
    return found


@dataclass(frozen=True, slots=True)
class Evidence:
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
    evidence, network_evidence : tuple of Evidence
        Its projects, and those of the other members of its network; most alike first.
    covered : tuple of str
        Insee codes of the communes of the question that it covers.
    named : str
        The words by which the text calls for it; "" when it does not.
    """

    profile: Profile
    reach: Reach
    distance_km: float | None
    evidence: tuple[Evidence, ...]
    network_evidence: tuple[Evidence, ...]
    covered: tuple[str, ...] = ()
    farthest_km: float | None = None
    named: str = ""

    @property
    def structure(self) -> Structure:
        """The structure itself."""
        return self.profile.structure


def called_by(question: Question, candidates: Sequence[Structure]) -> list[str]:
    """The words by which the text calls for each candidate; "" when it does not.

    A kind calls those of another first kind only where nobody has it as the first.
    """
    main = {structure.kind for structure in candidates}
    return [
        next((named.words for named in question.actors if _calls(named, one, main)), "")
        for one in candidates
    ]


def _calls(named: Named, structure: Structure, main: Set[str]) -> bool:
    own = named.sort is not Sort.KIND or named.code == structure.kind
    return named.means(structure) and (own or named.code not in main)


class Facts:
    """Gathers the facts about the candidates of a question.

    Parameters
    ----------
    profiles, territory
        Of the catalogue that the pool is of.
    """

    def __init__(
        self, question: Question, pool: Pool, profiles: Profiles, territory: Territory
    ) -> None:
        self._question = question
        self._pool = pool
        self._profiles = profiles
        self._territory = territory

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
        )

    @cached_property
    def _called(self) -> list[str]:
        """The words that call each of the pool; none where the text names no actor."""
        if not self._question.actors:
            return []
        everyone = self._profiles.presentations.structures
        return called_by(self._question, [everyone[row] for row in self._pool.rows.tolist()])

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

    @cached_property
    def _likeness(self) -> Floats:
        return likeness(self._question, self._pool)

    def _evidence(self, references: Sequence[Backed]) -> tuple[Evidence, ...]:
        found = [Evidence(r.project, self._likeness.item(r.row), r.role) for r in references]
        return tuple(sorted(found, key=lambda e: (-e.likeness, e.project.id)))
