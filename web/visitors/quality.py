"""The page on the quality of the directory: what its records are worth, what we do not know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from matcher import Structure
from matcher.catalogue import Area, Scale
from matcher.upkeep import Class, State, read_trend

from ..context import doors, matcher
from ..freshness import served


@dataclass(frozen=True)
class Group:
    """Records of one kind, or that answer in one département, by class of quality."""

    name: str
    records: int
    mean: float
    grades: tuple[int, ...]


def add(pages: Blueprint) -> None:
    """Add the route of this module."""
    pages.get("/qualite")(quality)


def quality() -> ResponseReturnValue:
    """What the records of the directory are worth, by kind and département, and the trend."""
    qualities = served().qualities
    return render_template(
        "public/quality.html",
        whole=_group("Toutes les fiches", qualities.of),
        classes=list(Class),
        lines=qualities.lines,
        kinds=_by_kind(),
        departements=_by_departement(),
        trend=read_trend(served().folder),
        states=doors.totals(),
        all_states=list(State),
        doors=[(door, _states(door.id)) for door in doors.doors],
    )


def _group(name: str, ids: Iterable[str]) -> Group:
    of = served().qualities.of
    kept = [i for i in ids if i in of]
    mean = sum(of[i].points for i in kept) / max(1, len(kept))
    return Group(name, len(kept), mean, tuple(served().qualities.counts(kept).values()))


def _by_kind() -> list[Group]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in matcher.structures.values():
        found[one.kind.label].append(one.id)
    return sorted((_group(*item) for item in found.items()), key=lambda group: group.mean)


def _by_departement() -> list[tuple[Group, int]]:
    """Records of the structures that are local to each département, with the doors not known."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in matcher.structures.values():
        for code in _departements(one):
            found[code].append(one.id)
    names = matcher.territory.names[Scale.DEPARTEMENT]
    return [
        (
            _group(f"{names[code]} ({code})", found[code]),
            sum(cell.state is State.UNKNOWN for cell in doors.of(code)),
        )
        for code in doors.departements
    ]


def _departements(one: Structure) -> set[str]:
    """The départements of a local structure: those that it covers, or in which it covers some."""
    territory = matcher.territory
    found: set[str] = set()
    for part in one.coverage:
        if not isinstance(part, Area):
            seat = territory.communes.get(one.seat or "")
            found |= {seat.departement} if seat else set()
        elif part.scale is Scale.DEPARTEMENT:
            found.add(part.code)
        elif part.scale in (Scale.EPCI, Scale.COMMUNE):
            found |= {territory.communes[insee].departement for insee in territory.members(part)}
    return found


def _states(door: str) -> dict[Any, int]:
    cells = [doors.cell(door, code) for code in doors.departements]
    return {state: sum(cell.state is state for cell in cells) for state in State}
