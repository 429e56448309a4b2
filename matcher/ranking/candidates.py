"""A structure that may answer, with the facts that its sentences say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matcher.catalogue.model import Commune, Project, Structure
from matcher.index.arrays import Floats
from matcher.index.coverage import Reach, reach_of, width
from matcher.index.profile import Profile, Profiles, Reference
from matcher.territory.nest import Territory

from .alike import likeness
from .pool import Pool
from .question import Question


@dataclass(frozen=True, slots=True)
class Evidence:
    """A project that the structure supported, and how alike the need it is, in [0, 1]."""

    project: Project
    likeness: float


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
    """

    profile: Profile
    reach: Reach
    distance_km: float | None
    evidence: tuple[Evidence, ...]
    network_evidence: tuple[Evidence, ...]
    covered: tuple[str, ...] = ()
    farthest_km: float | None = None

    @property
    def structure(self) -> Structure:
        """The structure itself."""
        return self.profile.structure


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
        own, others = self._profiles.supported(row)
        covered = self._pool.covered[:, position].tolist()
        places = [c for c, inside in zip(self._question.places, covered, strict=True) if inside]
        near, far = self._distances(profile.structure.seat)
        return Candidate(
            profile,
            min((self._reach(profile.structure, place) for place in places), key=width),
            near,
            self._evidence(profile.references, own),
            self._evidence(profile.network_references, others),
            tuple(place.insee for place in places),
            far,
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

    @cached_property
    def _likeness(self) -> Floats:
        return likeness(self._question, self._pool)

    def _evidence(
        self, references: Sequence[Reference], rows: Sequence[int]
    ) -> tuple[Evidence, ...]:
        found = [
            Evidence(reference.project, self._likeness.item(row))
            for reference, row in zip(references, rows, strict=True)
        ]
        return tuple(sorted(found, key=lambda e: (-e.likeness, e.project.id)))
