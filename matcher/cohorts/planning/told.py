"""What is told before a plan: of structures, of pairs that must not meet, of a former plan."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.catalogue.french import place_key
from matcher.catalogue.terms import Term
from matcher.tables.headers import Wanted
from matcher.tables.reader import Line, read_table

MOST = 10_000
"""Largest capacity that is believed: past it, two columns were mixed up."""
DEFAULT_RATE = 0.3
"""Share of introductions that a structure accepts when nothing is told of it. A working hypothesis,
for nobody has published one: between the 17 % and the 60 % for which a plan is simulated."""
PRIOR = 4
"""Introductions for which the default counts beside those that were counted: a rate of two answers
is mostly chance."""
LEAST, SUREST = 0.01, 0.99
"""No rate is believed to be nil or certain."""
OPTIONAL = ("taux_reponse", "sollicitees", "acceptees", "en_cours", "suivi")
Pairs = frozenset[tuple[str, str]]
"""Insee codes and ids of structures."""


@dataclass(frozen=True)
class Rates:
    """The share of introductions that each structure accepts: what is told of it, or the default.

    Parameters
    ----------
    told : mapping of str to float
        In [0, 1], by structure.
    counted : mapping of str to (int, int)
        Introductions accepted and introductions settled, by structure, where they were counted.
    default : float
        In ]0, 1[.
    """

    told: Mapping[str, float] = field(default_factory=dict)
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    default: float = DEFAULT_RATE

    def __getitem__(self, structure: str) -> float:
        found = self.default
        if structure in self.told:
            found = self.told[structure]
        elif structure in self.counted:
            accepted, settled = self.counted[structure]
            found = (accepted + PRIOR * self.default) / (settled + PRIOR)
        return min(max(round(found, 2), LEAST), SUREST)

    def is_supposed(self, structure: str) -> bool:
        """Whether nothing is told of a structure: its rate is a hypothesis."""
        return structure not in self.told and structure not in self.counted


@dataclass(frozen=True)
class StructureReports:
    """What a file tells of structures, each by id.

    Parameters
    ----------
    capacity : dict of str to int
        Introductions that it can take on, from 0.
    rates : dict of str to float
        Share that it accepts, in [0, 1].
    counted : dict of str to (int, int)
        Introductions accepted, introductions settled.
    underway : dict of str to int
        Introductions under way that are taken off its capacity already.
    reasons : dict of str to str
        French: what is remembered of it, as « en pause jusqu’au… » or « ne plus solliciter ».
    """

    capacity: dict[str, int] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    underway: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def read_told(path: Path, structures: Container[str]) -> tuple[StructureReports, list[Fault]]:
    """Read the good rows of a table of structures, and the faults of the others.

    Columns: `structure_id, capacite` and, if wanted, `taux_reponse` (%), `sollicitees` and
    `acceptees` (counts), `en_cours`, `suivi`: the site gives such a file.

    Parameters
    ----------
    structures : container of str
        The ids that exist.

    Returns
    -------
    StructureReports
    list of Fault
        File, line, column, value and rule of each row left out.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("structure_id",), ("capacite",)), OPTIONAL))
    faults = list(table.faults)
    told = StructureReports()
    for row in table.rows:
        wrong = _fault(row, structures, told)
        if wrong is None:
            _take(row, told)
        else:
            column, rule = wrong
            faults.append(Fault(path.name, row.line, column, row.get(column) or None, rule))
    return told, sorted(faults, key=lambda fault: fault.line or 0)


def _fault(row: Line, structures: Container[str], told: StructureReports) -> tuple[str, str] | None:
    """The first column at fault and its rule, or None."""
    structure = row["structure_id"]
    if structure not in structures:
        return "structure_id", "structure absente du catalogue"
    if structure in told.capacity:
        return "structure_id", "structure déjà présente plus haut"
    if (places := _whole(row["capacite"])) is None or places > MOST:
        return "capacite", f"nombre entier attendu, de 0 à {MOST}"
    for column in ("sollicitees", "acceptees", "en_cours"):
        if row.get(column) and _whole(row[column]) is None:
            return column, "nombre entier attendu"
    if (_whole(row.get("acceptees", "")) or 0) > (_whole(row.get("sollicitees", "")) or 0):
        return "acceptees", "plus d’introductions acceptées que de sollicitées"
    if row.get("taux_reponse") and _share(row["taux_reponse"]) is None:
        return "taux_reponse", "pourcentage attendu, de 0 à 100"
    return None


def _take(row: Line, told: StructureReports) -> None:
    structure = row["structure_id"]
    told.capacity[structure] = _whole(row["capacite"]) or 0
    rate = _share(row.get("taux_reponse", ""))
    if rate is not None:
        told.rates[structure] = rate
    settled = _whole(row.get("sollicitees", ""))
    if settled:
        told.counted[structure] = (_whole(row.get("acceptees", "")) or 0, settled)
    told.underway[structure] = _whole(row.get("en_cours", "")) or 0
    if reason := row.get("suivi", ""):
        told.reasons[structure] = reason


def _whole(value: str) -> int | None:
    bare = value.removesuffix(".0")
    return int(bare[:9]) if bare.isascii() and bare.isdigit() else None


def _share(value: str) -> float | None:
    """A percentage as people write it, in [0, 1]; None for anything else."""
    try:
        found = float(value.replace(",", ".").rstrip("% \u202f\u00a0"))
    except ValueError:
        return None
    return found / 100 if 0 <= found <= 100 else None


class IntroductionOutcome(Term):
    """What became of an introduction of a plan, as its column `reponse` says it."""

    ACCEPTED = ("acceptee", "acceptée", "la structure a dit oui")
    DECLINED = ("declinee", "déclinée", "la structure ou la commune a dit non")
    SILENT = ("sans_reponse", "sans réponse", "personne n’a répondu, et plus rien n’est attendu")
    SENT = ("envoyee", "envoyée", "partie, la réponse est attendue")


@dataclass(frozen=True)
class FormerPlan:
    """What became of a former plan: pairs by what was answered.

    Parameters
    ----------
    pairs : frozenset of (str, str)
        All that it had, answered or not.
    """

    pairs: Pairs = frozenset()
    accepted: Pairs = frozenset()
    sent: Pairs = frozenset()
    declined: Pairs = frozenset()

    @property
    def standing(self) -> Pairs:
        """What a new plan keeps: accepted, or under way."""
        return self.accepted | self.sent


NO_FORMER = FormerPlan()


def read_pairs(
    path: Path, communes: Container[str], structures: Container[str]
) -> tuple[frozenset[tuple[str, str]], list[Fault]]:
    """Read the good rows of a table `insee, structure_id`, and the faults of the others.

    Parameters
    ----------
    communes, structures : container of str
        The Insee codes and the ids that exist.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("insee",), ("structure_id",))))
    faults = list(table.faults)
    found = set()
    for row in table.rows:
        if wrong := _reply_fault(row, path, communes, structures):
            faults.append(wrong)
        else:
            found.add(_pair(row))
    return frozenset(found), sorted(faults, key=lambda fault: fault.line or 0)


def read_former(
    path: Path, communes: Container[str], structures: Container[str]
) -> tuple[FormerPlan, list[Fault]]:
    """Read a plan that was written by us, with its column `reponse` filled in, and its faults.

    Rows without a structure were no introductions; a blank `reponse` says that nothing was sent.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("insee",), ("structure_id",), ("reponse",))))
    faults = list(table.faults)
    found: dict[IntroductionOutcome | None, set[tuple[str, str]]] = {
        one: set() for one in (*IntroductionOutcome, None)
    }
    for row in table.rows:
        if not row["structure_id"]:
            continue
        said = place_key(row["reponse"]).replace(" ", "_")
        if wrong := _reply_fault(row, path, communes, structures):
            faults.append(wrong)
        elif said and said not in {one.value for one in IntroductionOutcome}:
            rule = (
                f"réponse attendue : {', '.join(one.label for one in IntroductionOutcome)}, ou rien"
            )
            faults.append(Fault(path.name, row.line, "reponse", row["reponse"], rule))
        else:
            found[IntroductionOutcome(said) if said else None].add(_pair(row))
    return (
        FormerPlan(
            frozenset().union(*found.values()),
            frozenset(found[IntroductionOutcome.ACCEPTED]),
            frozenset(found[IntroductionOutcome.SENT] - found[IntroductionOutcome.ACCEPTED]),
            frozenset(found[IntroductionOutcome.DECLINED] | found[IntroductionOutcome.SILENT]),
        ),
        sorted(faults, key=lambda fault: fault.line or 0),
    )


def _pair(row: Line) -> tuple[str, str]:
    return row["insee"].zfill(5), row["structure_id"]


def _reply_fault(
    row: Line, path: Path, communes: Container[str], structures: Container[str]
) -> Fault | None:
    insee, structure = _pair(row)
    if insee not in communes:
        rule = "code Insee d’une commune attendu"
        return Fault(path.name, row.line, "insee", row["insee"] or None, rule)
    if structure not in structures:
        rule = "structure absente du catalogue"
        return Fault(path.name, row.line, "structure_id", structure or None, rule)
    return None
