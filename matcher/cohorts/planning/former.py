"""What a plan takes over: pairs that must not meet, and what became of a former plan."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.catalogue.french import place_key
from matcher.catalogue.terms import Term
from matcher.tables.headers import Wanted
from matcher.tables.reader import Line, read_table

Pairs = frozenset[tuple[str, str]]
"""Insee codes and ids of structures."""


class Reply(Term):
    """What became of an introduction of a plan, as its column `reponse` says it."""

    ACCEPTED = ("acceptee", "acceptée", "la structure a dit oui")
    DECLINED = ("declinee", "déclinée", "la structure ou la commune a dit non")
    SILENT = ("sans_reponse", "sans réponse", "personne n’a répondu, et plus rien n’est attendu")
    SENT = ("envoyee", "envoyée", "partie, la réponse est attendue")


@dataclass(frozen=True)
class Former:
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


NO_FORMER = Former()


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
        if wrong := _fault(row, path, communes, structures):
            faults.append(wrong)
        else:
            found.add(_pair(row))
    return frozenset(found), sorted(faults, key=lambda fault: fault.line or 0)


def read_former(
    path: Path, communes: Container[str], structures: Container[str]
) -> tuple[Former, list[Fault]]:
    """Read a plan that was written by us, with its column `reponse` filled in, and its faults.

    Rows without a structure were no introductions; a blank `reponse` says that nothing was sent.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    table = read_table(path, Wanted((("insee",), ("structure_id",), ("reponse",))))
    faults = list(table.faults)
    found: dict[Reply | None, set[tuple[str, str]]] = {one: set() for one in (*Reply, None)}
    for row in table.rows:
        if not row["structure_id"]:
            continue
        said = place_key(row["reponse"]).replace(" ", "_")
        if wrong := _fault(row, path, communes, structures):
            faults.append(wrong)
        elif said and said not in {one.value for one in Reply}:
            rule = f"réponse attendue : {', '.join(one.label for one in Reply)}, ou rien"
            faults.append(Fault(path.name, row.line, "reponse", row["reponse"], rule))
        else:
            found[Reply(said) if said else None].add(_pair(row))
    return (
        Former(
            frozenset().union(*found.values()),
            frozenset(found[Reply.ACCEPTED]),
            frozenset(found[Reply.SENT] - found[Reply.ACCEPTED]),
            frozenset(found[Reply.DECLINED] | found[Reply.SILENT]),
        ),
        sorted(faults, key=lambda fault: fault.line or 0),
    )


def _pair(row: Line) -> tuple[str, str]:
    return row["insee"].zfill(5), row["structure_id"]


def _fault(
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
