"""The list of dossiers that one may see, the same as a file, and lists kept under a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.datastructures import MultiDict

from matcher import Theme
from matcher.catalogue import Area, Scale
from matcher.reports import Sheet

from ...access import LEADS, readable, roles_of
from ...casework import clock
from ...casework.dossiers import desks, parties
from ...casework.dossiers.dossiers import need_of
from ...casework.dossiers.same import communes_of
from ...casework.states import CHOSEN, REASONS, Closed, Outcome, State
from ...casework.store.tables import Account, AuditEntry, Dossier
from ...context import answers, database, matcher, place_named
from ..dossiers import desk
from ..dossiers.followed import commune_of, name_of
from ..files import spreadsheet
from ..history import ORIGINS, label_of
from .searching import DossierFilters, asking, kept, place_of

PAGE = 20
"""Dossiers on a page."""
AT_ONCE = 500
"""Dossiers read at once from the database for a file."""
HEADINGS = (
    *("Référence", "Commune", "Code Insee", "Besoin", "Thèmes", "État", "Motif", "Suivi par"),
    *("Origine", "Reçu le", "Dernière activité", "Y revenir le", "Structures introduites"),
    "Suite de chaque commune",
)
"""Columns of the file: nothing that only members of a dossier read."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers")(dossiers)
    pages.get("/dossiers.<any(csv, xlsx):kind>")(dossiers_file)
    pages.post("/dossiers/listes")(view_saved)
    pages.post("/dossiers/listes/<int:number>/retirer")(view_removed)


def dossiers() -> ResponseReturnValue:
    """List the dossiers that one may see, those that moved last first unless told otherwise."""
    filters = DossierFilters.of(request.args)
    with database.reading() as session:
        account = desk.me(session)
        seen = readable(account)
        found = kept(session, account, filters)
        page, pages = desk.page_asked(len(found), PAGE)
        return render_template(
            "advisers/dossiers.html",
            filters=filters,
            saved=saved(session, account, filters),
            rows=_full(session, found[(page - 1) * PAGE : page * PAGE]),
            found=len(found),
            asking=asking(session, found),
            commune_of=commune_of,
            total=session.scalar(select(func.count(Dossier.id)).where(seen)),
            page=page,
            pages=pages,
            states=[(state.value, state.label) for state in State],
            themes=[(theme.value, theme.label) for theme in Theme],
            origins=ORIGINS.items(),
            imports=_imports(session, seen),
            departments=_departments(
                insee
                for row in session.execute(
                    select(Dossier.commune, Dossier.places).where(seen).distinct()
                )
                for insee in communes_of(row)
            ),
            members=[(one.id, one.name) for one in _members(session, seen)],
            place_of=place_of,
            state_of=state_of,
            lead=bool(roles_of(account) & LEADS),
            colleagues=_colleagues(session),
            closed=[why for why in CHOSEN[State.CLOSED] if why is not Closed.DUPLICATE],
        )


def dossiers_file(kind: str) -> Response:
    """Give what is filtered as a file, in the order of the list."""
    filters = DossierFilters.of(request.args)
    with database.reading() as session:
        found = kept(session, desk.me(session), filters)
        rows = [
            _row(one, about)
            for start in range(0, len(found), AT_ONCE)
            for one, about in _full(session, found[start : start + AT_ONCE])
        ]
    return spreadsheet("dossiers", kind, "Dossiers", Sheet("Dossiers", HEADINGS, rows))


def state_of(code: str) -> str:
    """What people read of a state."""
    return State(code).label


def _row(one: Dossier, about: Sequence[Theme]) -> list[object]:
    state = State(one.state)
    return [
        one.reference,
        commune_of(one),
        ", ".join(communes_of(one)),
        one.need,
        ", ".join(theme.label for theme in about),
        state.label,
        label_of(REASONS[state], one.reason) if state in REASONS else "",
        ", ".join(member.name for member in one.members),
        ORIGINS.get(one.origin, one.origin),
        *(
            f"{clock.day_of(moment):%d/%m/%Y}" if moment else ""
            for moment in (one.created_at, one.active_at, one.back_at)
        ),
        ", ".join(name_of(introduction.structure_id) for introduction in one.introductions),
        ", ".join(
            f"{place_named(party.commune)} : {label_of(Outcome, party.outcome)}"
            for party in parties.present(one)
        ),
    ]


def _full(session: Session, identifiers: Sequence[int]) -> list[tuple[Dossier, Sequence[Theme]]]:
    asked = select(Dossier).where(Dossier.id.in_(identifiers))
    also = (Dossier.members, Dossier.introductions, Dossier.parties)
    options = map(selectinload, also)
    found = {one.id: one for one in session.scalars(asked.options(*options))}
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


def _colleagues(session: Session) -> list[Account]:
    """To whom dossiers may be given."""
    asked = select(Account).where(Account.active).order_by(Account.name, Account.id)
    return [one for one in session.scalars(asked) if desk.works(one)]


def _imports(session: Session, seen: ColumnElement[bool]) -> list[tuple[int, str]]:
    """The files that dossiers came from, by the day when they were read."""
    counted = (
        select(AuditEntry.id, AuditEntry.at, func.count(Dossier.id))
        .join(Dossier, Dossier.imported == AuditEntry.id)
        .where(seen)
        .group_by(AuditEntry.id, AuditEntry.at)
        .order_by(AuditEntry.id.desc())
    )
    return [
        (number, f"{at[8:10]}/{at[5:7]}/{at[:4]} ({count})")
        for number, at, count in session.execute(counted)
    ]


class Saved(NamedTuple):
    """A list as its link is shown: `owner` is "" for one's own."""

    number: int
    name: str
    owner: str
    shared: bool
    address: str
    is_open: bool
    removable: bool


def saved(session: Session, account: Account, filters: DossierFilters) -> Sequence[Saved]:
    """The lists that an account sees, its own first; `filters` are those of the page."""
    lead = bool(roles_of(account) & LEADS)
    found = []
    for one in desks.lists_of(session, account):
        kept, own = DossierFilters.of(MultiDict(one.filters)), one.account_id == account.id
        found.append(
            Saved(
                one.id,
                one.name,
                "" if own else one.account.name,
                one.shared,
                kept.address,
                kept == filters,
                own or lead,
            )
        )
    return found


def view_saved() -> ResponseReturnValue:
    """Keep the list that the address asks for under a name."""
    filters = DossierFilters.of(request.args)
    name, shared = request.form.get("nom", ""), request.form.get("equipe") == "oui"
    with database.writing() as session:
        one = desks.save_list(session, desk.me(session), name, filters.asked, shared)
        called = one.name
    flash(f"Liste gardée : {called}.")
    return redirect(filters.address, 303)


def view_removed(number: int) -> ResponseReturnValue:
    """Forget a list."""
    with database.writing() as session:
        account = desk.me(session)
        desks.remove_list(session, account, number, lead=bool(roles_of(account) & LEADS))
    return redirect(url_for("advisers.dossiers"), 303)
