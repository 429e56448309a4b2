"""Where new structures would close most gaps: maximal covering location.

Of the candidate sites, choose `count` so that the communes in want within their service areas are
as many as possible (Church and ReVelle, 1974). Solved exactly (HiGHS) up to `EXACT_SITES`
candidates; past them a greedy choice, with what the best could be at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.cohorts.batch.wording import Cohort
from matcher.territory.nest import EARTH_RADIUS_KM, Territory

EXACT_SITES = 3_000
"""Candidate sites up to which the choice is exact: the Petites villes de demain are 1,606."""
TIME_LIMIT_S = 20.0
"""Seconds for one choice; past them the best found is given with its bound."""
GREEDY_SHARE = 1 - 1 / np.e
"""A greedy choice closes at least this share of what the best would."""

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Site:
    """A place for a new structure: its commune and the members of the cohort that it would serve.

    Parameters
    ----------
    commune : str
        Insee code.
    serves : tuple of int
        Positions in the cohort.
    """

    commune: str
    serves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Covering:
    """The sites chosen, the one that closes most first, with what each adds to those before it.

    Parameters
    ----------
    closed : tuple of tuple of int
        For each site, the positions in the cohort that it is the first to serve.
    bound : int
        Communes that the best choice could close at most: the total when the choice is exact.
    """

    sites: tuple[Site, ...]
    closed: tuple[tuple[int, ...], ...]
    bound: int

    @property
    def total(self) -> int:
        """Communes closed in all."""
        return sum(map(len, self.closed))

    @property
    def exact(self) -> bool:
        """Whether no other choice closes more."""
        return self.total >= self.bound


def epci_sites(cohort: Cohort, territory: Territory) -> list[Site]:
    """One site an EPCI, in its most populous member: a service area that is the EPCI.

    A commune without EPCI is a site of its own.
    """
    members: dict[str, list[int]] = {}
    communes = [territory.communes[insee] for insee in cohort.members]
    for i, commune in enumerate(communes):
        members.setdefault(commune.epci or commune.insee, []).append(i)
    return [
        Site(max((communes[i] for i in m), key=lambda c: (c.population or 0, c.insee)).insee, (*m,))
        for m in members.values()
    ]


def radius_sites(cohort: Cohort, territory: Territory, km: float) -> list[Site]:
    """One site a commune of the cohort: a service area of `km` kilometres around it."""
    from scipy.spatial import cKDTree  # half a second that only this has to wait for

    place = [territory.communes[insee] for insee in cohort.members]
    lon, lat = np.radians([c.lon for c in place]), np.radians([c.lat for c in place])
    points = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = 2 * np.sin(min(km / (2 * EARTH_RADIUS_KM), np.pi / 2))
    near = cKDTree(points).query_ball_point(points, chord, return_sorted=True)
    return [Site(insee, (*n,)) for insee, n in zip(cohort.members, near, strict=True)]


def cover(
    sites: Sequence[Site], wanting: npt.NDArray[np.bool_], people: Weights, count: int
) -> Covering:
    """Choose where `count` structures would close most.

    Parameters
    ----------
    sites : sequence of Site
    wanting : ndarray of bool, shape (communes,)
    people : ndarray of float, shape (communes,)
        Inhabitants: they choose between sites that close as many communes.
    count : int
        Sites at most; those that would close nothing are left out.
    """
    useful = [s for s in sites if wanting[list(s.serves)].any()]
    if not useful or count < 1:
        return Covering((), (), 0)
    # Inhabitants add less than one commune in all: they only decide between equals.
    weights = np.where(wanting, 1 + people / (1 + 2 * people.sum()), 0.0)
    matrix = _matrix(useful, len(wanting))
    if count == 1:
        chosen, bound = [int(np.argmax(matrix @ weights))], None
    elif len(useful) <= EXACT_SITES:
        chosen, bound = _exact(matrix, weights, count)
    else:
        chosen, bound = _greedy(matrix, weights, count)
    picked = _ordered([useful[i] for i in chosen], weights)
    total = sum(len(new) for _, new in picked)
    return Covering(
        tuple(site for site, _ in picked),
        tuple(new for _, new in picked),
        total if bound is None else max(total, int(bound)),
    )


def _matrix(sites: Sequence[Site], communes: int) -> Any:
    """Which site serves which commune: sparse, shape (sites, communes)."""
    from scipy import sparse

    counts = [len(s.serves) for s in sites]
    columns = np.concatenate([s.serves for s in sites])
    rows = np.repeat(np.arange(len(sites)), counts)
    return sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(sites), communes))


def _exact(matrix: Any, weights: Weights, count: int) -> tuple[list[int], float | None]:
    """Solve it: the sites, and a bound where time ran out."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    wanted = np.flatnonzero(weights)
    sites, communes = matrix.shape[0], len(wanted)
    served = sparse.hstack([-matrix[:, wanted].T, sparse.eye_array(communes)], format="csr")
    budget = np.concatenate([np.ones(sites), np.zeros(communes)])
    result = milp(
        -np.concatenate([np.zeros(sites), weights[wanted]]),
        integrality=np.concatenate([np.ones(sites), np.zeros(communes)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(served, -np.inf, 0.0),
            LinearConstraint(budget, 0.0, count),
        ],
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if result.x is None:  # out of time before a first choice
        return _greedy(matrix, weights, count)
    chosen = [int(i) for i in np.flatnonzero(result.x[:sites] > 0.5)]
    return chosen, None if result.status == 0 else float(-result.mip_dual_bound)


def _greedy(matrix: Any, weights: Weights, count: int) -> tuple[list[int], float]:
    """Take the best site, then the best for what is left; and what the best choice has at most."""
    left, chosen = weights.copy(), []
    gains = matrix @ left
    alone = float(np.sort(gains)[::-1][:count].sum())
    for _ in range(min(count, matrix.shape[0])):
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        left[matrix[[best]].indices] = 0.0
        gains = matrix @ left
    value = float(weights.sum() - left.sum())
    return chosen, min(alone, value / GREEDY_SHARE, float(weights.sum()))


def _ordered(sites: Sequence[Site], weights: Weights) -> list[tuple[Site, tuple[int, ...]]]:
    """The sites by what each adds to those before it; those that add nothing are left out."""
    left, rest, ordered = weights.copy(), list(sites), []
    while rest:
        best = max(rest, key=lambda s: (left[list(s.serves)].sum(), s.commune))
        rest.remove(best)
        new = tuple(i for i in best.serves if left[i] > 0)
        if new:
            ordered.append((best, new))
            left[list(new)] = 0.0
    return ordered
