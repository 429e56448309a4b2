"""Who supported which project: links between the rows of structures, projects and networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.catalogue.model import Project

from .arrays import Lists, Rows

ALONE = 0
"""Code of the network of a structure that is in none."""


@dataclass(frozen=True)
class Support:
    """Structures and projects by their rows, in the order of their ids.

    Parameters
    ----------
    network : ndarray of int, shape (structures,)
        Network of each structure, `ALONE` when none.
    supporters, networks : Lists
        By project: its known supporters, and their networks.
    own, shared : Lists
        By structure its projects; by network those that its members supported.
    """

    network: Rows
    supporters: Lists
    networks: Lists
    own: Lists
    shared: Lists

    @classmethod
    def of(cls, network: Rows, projects: Sequence[Project], rows: Mapping[str, int]) -> Support:
        """Link projects, in the order of their ids, to the structures of `rows` by id."""
        supporters = Lists.of(
            list(dict.fromkeys(rows[i] for i in project.structures if i in rows))
            for project in projects
        )
        networks = Lists.of(
            sorted({code for code in network[supporters[i]].tolist() if code != ALONE})
            for i in range(len(projects))
        )
        most = int(network.max(initial=ALONE)) + 1
        return cls(
            network,
            supporters,
            networks,
            supporters.turned(len(network)),
            networks.turned(most),
        )


def network_codes(names: Iterable[str]) -> Rows:
    """Number networks in the order of first appearance, from `ALONE` for the name ""."""
    known = {"": ALONE}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)
