"""Working groups: communes of open dossiers that could work on the same need together."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from matcher import Commune, NeedError
from matcher.catalogue import Area, Scale, missing
from matcher.cohorts import (
    GROUP_COLUMNS,
    Demand,
    Group,
    TooManyNeeds,
    form_groups,
    group_reason,
    group_rows,
)
from matcher.reports import Sheet

from ..access import readable
from ..answers.shelves import plain
from ..casework.dossiers.dossiers import need_of
from ..casework.states import State
from ..casework.store.tables import Dossier
from ..context import database, matcher
from .files import spreadsheet


@dataclass(frozen=True)
class Found:
    """The groups of some dossiers.

    Parameters
    ----------
    demands : list of Demand
        Needs of the dossiers that were compared, by reference.
    trouble : str
        Why they could not be, in French; "" when they were.
    """

    demands: list[Demand]
    groups: list[Group]
    trouble: str = ""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/groupes")(groups)
    pages.get("/groupes.<kind>")(groups_file)


def groups() -> ResponseReturnValue:
    """Show the groups with their reasons."""
    demands = _demands()
    region = request.args.get("region", "")
    found = _form(demands, region)
    regions = {commune.region for demand in demands for commune in _communes(demand)}
    by_reference = {demand.id: _commune(demand) for demand in found.demands}
    return render_template(
        "advisers/groups.html",
        found=found,
        region=region,
        regions=sorted(
            ((matcher.territory.name(Area(Scale.REGION, r)), r) for r in regions),
            key=lambda item: plain(item[0]),
        ),
        reasons=[group_reason(group, matcher.territory) for group in found.groups],
        communes=by_reference,
        alone=len(found.demands) - sum(len(group.needs) for group in found.groups),
    )


def groups_file(kind: str) -> ResponseReturnValue:
    """Give the groups, then the needs of none, as a file."""
    region = request.args.get("region", "")
    found = _form(_demands(), region)
    rows = list(group_rows(found.groups, found.demands, matcher.territory))
    sheet = Sheet("Groupes", GROUP_COLUMNS, rows)
    return spreadsheet("groupes", kind, "Groupes de travail", sheet)


def group_of(reference: str) -> frozenset[str]:
    """References of the dossiers that are in one group with a dossier; none when it is in none."""
    found = _form(_demands(), "").groups
    return frozenset(one for group in found if reference in group.needs for one in group.needs)


def _demands() -> list[Demand]:
    """The needs of the open dossiers that this account may read, in communes of today."""
    with database.reading() as session:
        opened = session.execute(
            select(
                Dossier.reference,
                Dossier.commune,
                Dossier.places,
                Dossier.need,
                Dossier.themes,
                Dossier.excluded,
                Dossier.stage,
            )
            .where(readable(current_user), Dossier.state != State.CLOSED.value)
            .order_by(Dossier.id)
        )
        return [
            Demand(dossier.reference, need_of(dossier))
            for dossier in opened
            if dossier.commune in matcher.territory.communes
        ]


def _form(demands: list[Demand], region: str) -> Found:
    """The groups of a region, or of all; a need that is no longer read is left out."""
    compared = [demand for demand in demands if _of_region(demand, region)]
    try:
        try:
            return Found(compared, form_groups(matcher, compared))
        except NeedError:  # which one? It is so seldom that all are read again only then
            compared = [demand for demand in compared if _is_read(demand)]
            return Found(compared, form_groups(matcher, compared))
    except TooManyNeeds as error:
        return Found(compared, [], str(error))
    except ModuleNotFoundError as error:
        return Found(compared, [], missing(error))


def _is_read(demand: Demand) -> bool:
    try:
        matcher.question(demand.need)
    except NeedError:
        return False
    return True


def _commune(demand: Demand) -> Commune:
    return matcher.territory.communes[demand.need.commune]


def _communes(demand: Demand) -> list[Commune]:
    """The communes of today that ask in a dossier, the first one first."""
    known = matcher.territory.communes
    codes = demand.need.places or (demand.need.commune,)
    return [known[insee] for insee in codes if insee in known]


def _of_region(demand: Demand, region: str) -> bool:
    return not region or any(commune.region == region for commune in _communes(demand))
