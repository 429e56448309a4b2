"""The catalogue as arrays: places, lists of rows, and who supported which project."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Project
from matcher.catalogue.terms import PROOFS, Backing
from matcher.territory.nest import EARTH_RADIUS_KM, Territory

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.integer]
T = TypeVar("T", bound=str)


@dataclass(frozen=True)
class Lists:
    """Lists of numbers, one a row: `values[starts[i]:starts[i + 1]]`."""

    starts: Rows
    values: Rows

    @classmethod
    def of(cls, lists: Iterable[Sequence[int] | Rows]) -> Lists:
        """Put lists one behind the other."""
        starts, values = array("q", [0]), array("i")
        for one in lists:
            values.extend(one)
            starts.append(len(values))
        return cls(np.array(starts, np.int64), np.array(values, np.int32))

    def __len__(self) -> int:
        """How many lists."""
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> Rows:
        """List of one row."""
        return self.values[self.starts.item(i) : self.starts.item(i + 1)]

    @property
    def counts(self) -> Rows:
        """Lengths, shape (rows,)."""
        return np.diff(self.starts)

    def turned(self, width: int) -> Lists:
        """By value, from 0 to `width`, the rows that have it, in order."""
        rows = np.repeat(np.arange(len(self), dtype=np.int32), self.counts)
        order = np.argsort(self.values, kind="stable")
        starts = np.searchsorted(self.values[order], np.arange(width + 1))
        return Lists(starts.astype(np.int64), rows[order])

    def links(self, rows: Rows) -> tuple[Rows, Rows]:
        """The values of some rows, one behind the other, and from which of these each comes."""
        starts = self.starts[rows]
        counts = self.starts[rows + 1] - starts
        origin = np.repeat(np.arange(len(rows)), counts)
        offset = np.cumsum(counts) - counts
        return origin, self.values[np.arange(len(origin)) + (starts - offset)[origin]]


@dataclass(frozen=True)
class Classes:
    """Rows that say the very same are one class: what is asked is computed once a class.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Class of each row.
    members : ndarray of bool, shape (classes, values)
        Which values a class has.
    """

    codes: Rows
    members: Flags

    @classmethod
    def of(cls, rows: Iterable[Iterable[T]], values: Sequence[T]) -> Classes:
        """Class rows by the values that they list."""
        at = {value: i for i, value in enumerate(values)}
        known: dict[frozenset[T], int] = {}
        codes = [known.setdefault(frozenset(row), len(known)) for row in rows]
        members = np.zeros((len(known), len(values)), dtype=bool, order="F")  # read by value
        for code, row in enumerate(known):
            members[code, [at[value] for value in row]] = True
        return cls(np.array(codes, np.int32), members)

    @cached_property
    def counts(self) -> Floats:
        """How many values each class has."""
        counts: Floats = self.members.sum(axis=1).astype(float)
        return counts

    def dot(self, weights: Iterable[tuple[int, float]]) -> Floats:
        """Sum by class of the weights of its values, given by place: shape (classes,)."""
        total = np.zeros(len(self.members))
        for place, weight in weights:
            total = total + weight * self.members[:, place]
        return total


@dataclass(frozen=True)
class SpherePoints:
    """Points on the unit sphere, shape (n,) each; NaN where the place is unknown.

    Distances come from the differences of the coordinates, which keep their digits for near places;
    products of them would not.
    """

    x: Floats
    y: Floats
    z: Floats

    @classmethod
    def at(cls, lons: Floats, lats: Floats) -> SpherePoints:
        """The points at WGS84 degrees."""
        east, north = np.radians(lons), np.radians(lats)
        return cls(np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))

    @classmethod
    def of(cls, codes: Iterable[str | None], territory: Territory) -> SpherePoints:
        """The points of communes, by Insee code."""
        rows = territory.rows
        found = np.array([rows.get(code, -1) if code else -1 for code in codes], dtype=np.intp)
        if not len(rows):
            return cls.at(np.full(len(found), np.nan), np.full(len(found), np.nan))
        known = found >= 0
        return cls.at(
            np.where(known, territory.lons[found], np.nan),
            np.where(known, territory.lats[found], np.nan),
        )

    def __len__(self) -> int:
        """How many points."""
        return len(self.x)

    def __iter__(self) -> Iterator[Floats]:
        """The three coordinates."""
        return iter((self.x, self.y, self.z))

    def take(self, rows: Rows | slice) -> SpherePoints:
        """Some of the points."""
        return SpherePoints(self.x[rows], self.y[rows], self.z[rows])

    def km(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Great-circle distances to points of the unit sphere, kilometres; NaN where unknown.

        To one point, each to its own, or, with a column of points, one row for each.
        """
        chord = (self.x - x) ** 2 + (self.y - y) ** 2 + (self.z - z) ** 2
        found: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord) / 2))
        return found


ALONE = 0
"""Code of the network of a structure that is in none."""


@dataclass(frozen=True)
class Support:
    """Structures and proofs by their rows: a project has one row for each of `PROOFS`.

    Projects are in the order of their ids; see `proofs_of` and `proof_of`.

    Parameters
    ----------
    network : ndarray of int, shape (structures,)
        Network of each structure, `ALONE` when none.
    supporters, networks : Lists
        By proof: its known supporters, and their networks.
    own, shared : Lists
        By structure its proofs; by network those of its members.
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
            list(dict.fromkeys(rows[i] for i in backers if i in rows))
            for project in projects
            for role in PROOFS
            for backers in [[i for i, done in project.backings.items() if done is role]]
        )
        networks = Lists.of(
            sorted({code for code in network[supporters[i]].tolist() if code != ALONE})
            for i in range(len(supporters))
        )
        most = int(network.max(initial=ALONE)) + 1
        return cls(
            network,
            supporters,
            networks,
            supporters.turned(len(network)),
            networks.turned(most),
        )


def proof_of(row: int) -> tuple[int, Backing]:
    """Row of the project of a proof, and what was done for it."""
    project, role = divmod(row, len(PROOFS))
    return project, PROOFS[role]


def proofs_of(projects: Rows) -> Rows:
    """The proofs of some projects, project after project."""
    proofs: Rows = (projects[:, None] * len(PROOFS) + np.arange(len(PROOFS))).ravel()
    return proofs


def network_codes(names: Iterable[str]) -> Rows:
    """Number networks in the order of first appearance, from `ALONE` for the name ""."""
    known = {"": ALONE}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)
