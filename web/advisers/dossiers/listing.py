"""The list of dossiers that one may see, with its filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.datastructures import MultiDict

from matcher import Theme
from matcher.catalogue import Area, Scale

from ...access import readable
from ...answers.asking import whole
from ...answers.shelves import LONGEST_QUERY, plain
from ...casework.dossiers.dossiers import need_of
from ...casework.states import State
from ...casework.store.tables import Account, Dossier
from ...context import answers, database, matcher, titled
from . import desk

PAGE = 20
"""Dossiers on a page."""
LONGEST_CODE = 40
TEXTS = (Dossier.reference, Dossier.commune, Dossier.places, Dossier.need)
READ = (*TEXTS, Dossier.themes, Dossier.excluded, Dossier.stage)
"""Columns that a search in words, or by a theme, looks at: no more is loaded of thousands."""


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
            # No code holds the sign that PostgreSQL refuses to look for.
            args.get(name, "").replace("\0", "")[:LONGEST_CODE]
            for name in ("etat", "theme", "departement")
        )
        member, query = args.get("membre", ""), args.get("q", "")[:LONGEST_QUERY].strip()
        number = "" if whole(member, 9) is None else member
        return cls(state, theme, department, number, query)

    @property
    def asked(self) -> dict[str, str]:
        """The fields of an address that asks the same."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What the database can tell of them; the rest is read in the texts."""
        if self.etat:
            yield Dossier.state == self.etat
        if self.membre:
            yield Dossier.members.any(Account.id == int(self.membre))
        if self.departement:
            area = Area(Scale.DEPARTEMENT, self.departement)
            yield Dossier.commune.in_(matcher.territory.members(area))


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers")(dossiers)


def dossiers() -> ResponseReturnValue:
    """List the dossiers that one may see, those that moved last first."""
    filters = Filters.of(request.args)
    with database.reading() as session:
        account = desk.me(session)
        seen = readable(account)
        kept = _kept(session, seen, filters)
        page, pages = desk.page_asked(len(kept), PAGE)
        return render_template(
            "advisers/dossiers.html",
            filters=filters,
            rows=_full(session, kept[(page - 1) * PAGE : page * PAGE]),
            found=len(kept),
            total=session.scalar(select(func.count(Dossier.id)).where(seen)),
            page=page,
            pages=pages,
            states=[(state.value, state.label) for state in State],
            themes=[(theme.value, theme.label) for theme in Theme],
            departments=_departments(
                session.scalars(select(Dossier.commune).where(seen).distinct())
            ),
            members=[(one.id, one.name) for one in _members(session, seen)],
            place_of=place_of,
            state_of=state_of,
        )


def state_of(code: str) -> str:
    """What people read of a state."""
    return State(code).label


def place_of(insee: str) -> str:
    """Name of a commune with its département; its code when it is no more."""
    commune = matcher.territory.communes.get(insee)
    return titled(commune) if commune else f"Commune {insee}"


def _kept(session: Session, seen: ColumnElement[bool], filters: Filters) -> Sequence[int]:
    """Numbers of the dossiers that pass the filters, in the order of the list."""
    newest = (Dossier.active_at.desc(), Dossier.id.desc())
    asked = select(Dossier.id).where(seen, *filters.conditions).order_by(*newest)
    words = plain(filters.q).split()
    if not words and not filters.theme:
        return session.scalars(asked).all()
    rows = session.execute(asked.add_columns(*(READ if filters.theme else TEXTS)))
    return [row.id for row in rows if _says(row, words, filters.theme)]


def _says(row: Any, words: Iterable[str], theme: str) -> bool:
    if words:
        text = plain(" ".join([row.reference, row.need, *map(place_of, _codes(row))]))
        if not all(word in text for word in words):
            return False
    return not theme or theme in answers.themes_of(need_of(row))


def _codes(row: Any) -> list[str]:
    return [row.commune, *(row.places or "").split(",")[1:]]


def _full(session: Session, identifiers: Sequence[int]) -> list[tuple[Dossier, Sequence[Theme]]]:
    asked = select(Dossier).where(Dossier.id.in_(identifiers))
    found = {d.id: d for d in session.scalars(asked.options(selectinload(Dossier.members)))}
    return [(found[i], answers.themes_of(need_of(found[i]))) for i in identifiers]


def _departments(communes: Iterable[str]) -> dict[str, str]:
    known = (matcher.territory.communes.get(insee) for insee in communes)
    codes = sorted({commune.departement for commune in known if commune})
    return {code: matcher.territory.name(Area(Scale.DEPARTEMENT, code)) for code in codes}


def _members(session: Session, seen: ColumnElement[bool]) -> Sequence[Account]:
    """Who works on a dossier that one may see."""
    working = Account.id.in_(
        select(Account.id)
        .join(Dossier.members.of_type(Account))
        .where(Dossier.id.in_(select(Dossier.id).where(seen)))
    )
    return session.scalars(select(Account).where(working).order_by(Account.name)).all()
