"""What projects prove of those who supported them, and of the others of their networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.catalogue.terms import PROOFS

from .arrays import ALONE, Floats, Lists, Rows, Support, gathered, proofs_of
from .coverage import Pool

LEAST_ALIKE = 0.15
"""Likeness up to which a project proves nothing: it shares little more than a word."""
NOT_HERE = -1


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
