"""The lists that are kept under a name: opened by a link, kept and forgotten by a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ...access import LEADS, roles_of
from ...casework.dossiers import desks
from ...casework.store.tables import Account
from ...context import database
from ..dossiers import desk
from .searching import Filters


class Saved(NamedTuple):
    """A list as its link is shown: `owner` is "" for one's own."""

    number: int
    name: str
    owner: str
    shared: bool
    address: str
    is_open: bool
    removable: bool


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.post("/dossiers/listes")(view_saved)
    pages.post("/dossiers/listes/<int:number>/retirer")(view_removed)


def saved(session: Session, account: Account, filters: Filters) -> Sequence[Saved]:
    """The lists that an account sees, its own first; `filters` are those of the page."""
    lead = bool(roles_of(account) & LEADS)
    found = []
    for one in desks.lists_of(session, account):
        kept, own = Filters.of(MultiDict(one.filters)), one.account_id == account.id
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
    filters = Filters.of(request.args)
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
