"""What projects prove of those who supported them, and of the others of their networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.catalogue.terms import PROOFS

from .arrays import ALONE, Floats, Lists, Rows, Support, proofs_of
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
