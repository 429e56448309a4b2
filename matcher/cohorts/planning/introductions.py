"""Introductions to spread, and what each structure can take on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.tables.headers import Wanted
from matcher.tables.reader import read_table

DEFAULT_CAPACITY = 10
"""Introductions that a structure takes on in one plan when nothing else is said of it: about one a
month. A working hypothesis, to be replaced by what each structure declares."""
MOST = 10_000
"""Largest capacity that is believed: past it, two columns were mixed up."""


class Capacity:
    """How many introductions each structure takes on: what is said of it, or the default."""

    def __init__(self, said: Mapping[str, int], default: int = DEFAULT_CAPACITY) -> None:
        self._said = said
        self._default = default

    def __getitem__(self, structure: str) -> int:
        return self._said.get(structure, self._default)

    def is_supposed(self, structure: str) -> bool:
        """Whether nothing is said of a structure: its number is a hypothesis."""
        return structure not in self._said

    def with_said(self, said: Mapping[str, int]) -> Capacity:
        """The same, with what is said since of some structures."""
        return Capacity({**self._said, **said}, self._default)


def read_capacity(path: Path, structures: Container[str]) -> tuple[dict[str, int], list[Fault]]:
    """Read the good rows of a table `structure_id, capacite`, and the faults of the others.

    Parameters
    ----------
    structures : container of str
        The ids that exist.

    Returns
    -------
    dict of str to int
        Introductions by structure, from 0.
    list of Fault
        File, line, column, value and rule of each row left out.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("structure_id",), ("capacite",))))
    faults = list(table.faults)
    found: dict[str, int] = {}
    for row in table.rows:
        structure, value = row["structure_id"], row["capacite"].removesuffix(".0")
        if structure not in structures:
            rule = "structure absente du catalogue"
            faults.append(Fault(path.name, row.line, "structure_id", structure, rule))
        elif structure in found:
            rule = "structure déjà présente plus haut"
            faults.append(Fault(path.name, row.line, "structure_id", structure, rule))
        elif not (value.isascii() and value.isdigit() and int(value[:9]) <= MOST):
            rule = f"nombre entier attendu, de 0 à {MOST}"
            faults.append(Fault(path.name, row.line, "capacite", value, rule))
        else:
            found[structure] = int(value)
    return found, sorted(faults, key=lambda fault: fault.line or 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """A structure in the own list of a need.

    Parameters
    ----------
    commune, need, structure : str
        Insee code, key of the need, id of the structure.
    body : str
        The body behind the structure: a commune meets one body once.
    rank : int
        From 1, in the list of this need.
    score : float
        In [0, 1]; it orders the list of this need and says nothing beside that of another need.
    share : float
        In [0, 1]: its score over the best one of the same need (see `shared`), which can be
        compared and added up from one need to another.
    """

    commune: str
    need: str
    structure: str
    body: str
    rank: int
    score: float
    share: float = 1.0


def shared(choices: Iterable[Choice]) -> list[Choice]:
    """The choices in their order, each with its share of the best score of its need.

    What cannot apply to a need is left out of its scores and the rest scaled up: they order the
    structures of one need, and are never compared with those of another.
    """
    listed = list(choices)
    best: dict[str, float] = defaultdict(float)
    for choice in listed:
        best[choice.need] = max(best[choice.need], choice.score)
    return [replace(c, share=c.score / best[c.need] if best[c.need] else 1.0) for c in listed]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a need was given, best first, and its first choice: its cost is between the two.

    Parameters
    ----------
    alternates : tuple of Choice
        Whom to call if the first introduction is declined: the next ones of its own list, those
        that have a place left in the plan.
    """

    need: str
    commune: str
    first: Choice
    given: tuple[Choice, ...]
    alternates: tuple[Choice, ...] = ()

    @property
    def rank_lost(self) -> int:
        """Ranks between its best introduction and its first choice."""
        return self.given[0].rank - self.first.rank

    @property
    def share_lost(self) -> float:
        """Share of its first choice less that of its best introduction."""
        return self.first.share - self.given[0].share


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A commune without any introduction, and the full structures that it waits for.

    Parameters
    ----------
    asked : tuple of str
        Its structures, best first; none when no structure is eligible.
    rivals : tuple of str
        Communes that have none but `structures`, itself included; none when it has none.
    structures : tuple of str
        All those structures: together they have fewer places than there are rivals.
    places : int
        Introductions that these structures take on in all.
    """

    commune: str
    asked: tuple[str, ...]
    rivals: tuple[str, ...]
    structures: tuple[str, ...]
    places: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who meets whom.

    Parameters
    ----------
    answers : tuple of Answer
        Needs with at least one introduction, in the order of the cohort.
    waiting : tuple of str
        Needs without one whose commune has one for another need.
    left_out : tuple of LeftOut
    load : mapping of str to int
        Introductions by structure, of those that have some.
    proved : bool
        False when the solver ran out of time: the plan is good, but may not be the best.
    """

    answers: tuple[Answer, ...]
    waiting: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    load: Mapping[str, int]
    proved: bool = True

    @property
    def share(self) -> float:
        """Sum of the shares of all introductions."""
        return sum(choice.share for answer in self.answers for choice in answer.given)
