"""The list of dossiers that one may see, with its filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import ceil
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from matcher import Area, Matcher, Need, NeedError, Scale, Theme

from ..access import readable
from ..casework.dossiers import need_of
from ..casework.states import State
from ..casework.tables import Account, Dossier
from ..context import database, department_name, matcher
from ..shelves import LONGEST_QUERY, plain
from . import desk

PAGE = 20
"""Dossiers on a page."""
READ = 10_000
"""Needs whose themes are remembered."""
LONGEST_CODE = 40


@dataclass(frozen=True)
class Filters:
    """What one wants to see: codes, "" for all; unknown codes keep nothing."""

    etat: str = ""
    theme: str = ""
    departement: str = ""
    membre: str = ""
    q: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Filters:
        """Read an address."""
        state, theme, department = (
            args.get(name, "")[:LONGEST_CODE] for name in ("etat", "theme", "departement")
        )
        member, query = args.get("membre", "")[:9], args.get("q", "")[:LONGEST_QUERY].strip()
        number = member if member.isascii() and member.isdigit() else ""
        return cls(state, theme, department, number, query)

    @property
    def asked(self) -> dict[str, str]:
        """The fields of an address that asks the same."""
        return {name: value for name, value in asdict(self).items() if value}


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers")(dossiers)


def dossiers() -> ResponseReturnValue:
    """List the dossiers that one may see, those that moved last first."""
    filters = Filters.of(request.args)
    number = request.args.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    with database.reading() as session:
        account = desk.me(session)
        visible = _visible(session, account)
        kept = list(_kept(visible, filters, _of_member(session, filters.membre)))
        pages = max(ceil(len(kept) / PAGE), 1)
        page = min(max(page, 1), pages)
        return render_template(
            "advisers/dossiers.html",
            filters=filters,
            rows=_full(session, kept[(page - 1) * PAGE : page * PAGE]),
            found=len(kept),
            total=len(visible),
            page=page,
            pages=pages,
            states=[(state.value, state.label) for state in State],
            themes=[(theme.value, theme.label) for theme in Theme],
            departments=_departments(visible),
            members=[(one.id, one.name) for one in _members(session, account)],
            place_of=place_of,
            state_of=state_of,
        )


@lru_cache(READ)
def themes_of(site: Matcher, need: Need) -> tuple[Theme, ...]:
    """The themes that a need declares or, where it does not, those that are read in it."""
    try:
        question = site.question(need)
    except NeedError:  # a code that is no more: nothing can be read
        return ()
    declared = tuple(Theme(theme) for theme in question.need.themes)
    return declared or tuple(question.themes)


def themes(dossier: Dossier) -> tuple[Theme, ...]:
    """The themes of a dossier."""
    return themes_of(matcher._get_current_object(), need_of(dossier))  # type: ignore[attr-defined]


def state_of(code: str) -> str:
    """What people read of a state."""
    return State(code).label


def place_of(insee: str) -> str:
    """Name of a commune with its département; its code when it is no more."""
    commune = matcher.territory.communes.get(insee)
    if commune is None:
        return f"Commune {insee}"
    return f"{commune.name} ({department_name(commune)})"


def _visible(session: Session, account: Account) -> Sequence[Any]:
    # Columns only: thousands of rows are looked at, twenty are shown.
    columns = (
        Dossier.id,
        Dossier.reference,
        Dossier.commune,
        Dossier.need,
        Dossier.themes,
        Dossier.excluded,
        Dossier.stage,
        Dossier.state,
    )
    newest = (Dossier.active_at.desc(), Dossier.id.desc())
    return session.execute(select(*columns).where(readable(account)).order_by(*newest)).all()


def _kept(rows: Sequence[Any], filters: Filters, of_member: set[int] | None) -> Iterator[int]:
    words = plain(filters.q).split()
    for row in rows:
        if filters.etat and row.state != filters.etat:
            continue
        if of_member is not None and row.id not in of_member:
            continue
        if filters.departement and _department(row.commune) != filters.departement:
            continue
        if words:
            text = plain(f"{row.reference} {row.need} {place_of(row.commune)}")
            if not all(word in text for word in words):
                continue
        if filters.theme and filters.theme not in themes(row):
            continue
        yield row.id


def _of_member(session: Session, member: str) -> set[int] | None:
    if not member:
        return None
    query = select(Dossier.id).where(Dossier.members.any(Account.id == int(member)))
    return set(session.scalars(query))


def _full(session: Session, identifiers: Sequence[int]) -> list[tuple[Dossier, Any]]:
    found = {d.id: d for d in session.scalars(select(Dossier).where(Dossier.id.in_(identifiers)))}
    return [(found[i], themes(found[i])) for i in identifiers]


def _department(insee: str) -> str:
    commune = matcher.territory.communes.get(insee)
    return commune.departement if commune else ""


def _departments(rows: Sequence[Any]) -> dict[str, str]:
    codes = sorted({_department(row.commune) for row in rows} - {""})
    return {code: matcher.territory.name(Area(Scale.DEPARTEMENT, code)) for code in codes}


def _members(session: Session, account: Account) -> Sequence[Account]:
    """Who works on a dossier that one may see."""
    seen = select(Dossier.id).where(readable(account))
    working = Account.id.in_(
        select(Account.id).join(Dossier.members.of_type(Account)).where(Dossier.id.in_(seen))
    )
    return session.scalars(select(Account).where(working).order_by(Account.name)).all()
