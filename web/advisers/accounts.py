"""Colleagues: an administrator opens, names and closes accounts; who is away names a stand-in."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import CASEWORK, LEADS, Role, roles_of
from ..answers.asking import whole
from ..casework.dossiers import desks
from ..casework.states import Forbidden
from ..casework.store.tables import Account
from ..context import database
from ..signin import accounts as store
from ..signin.accounts import AccountError
from .dossiers import desk
from .forms import day_typed

LABELS = {
    Role.ADVISER: "Conseiller",
    Role.LEAD: "Responsable",
    Role.ADMIN: "Administrateur",
}
ONESELF = "Demandez-le à un autre administrateur : on ne change pas son propre compte."


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/comptes")(accounts)
    pages.post("/comptes")(account_made)
    pages.post("/comptes/<int:number>")(account_changed)
    pages.post("/comptes/<int:number>/fermer")(account_closed)
    pages.post("/comptes/<int:number>/rouvrir")(account_opened)
    pages.get("/absence")(absence)
    pages.post("/absence")(absence_said)


def accounts() -> ResponseReturnValue:
    """Show the accounts."""
    return _page()


def account_made() -> ResponseReturnValue:
    """Open an account; its password is shown once, to be handed over and changed."""
    try:
        email = request.form.get("courriel", "")
        secret = store.create(email, request.form.get("nom", ""), _role(), actor=current_user.id)
    except AccountError as error:
        return _page(400, problem=str(error))
    return _page(secret=secret, made=email)


def account_changed(number: int) -> ResponseReturnValue:
    """Change the name and the role of a colleague."""
    email = _other(number)
    try:
        store.change(email, request.form.get("nom", ""), _role(), current_user.id)
    except AccountError as error:
        return _page(400, problem=str(error))
    flash("Le compte est modifié.")
    return _back()


def account_closed(number: int) -> ResponseReturnValue:
    """Close the account of a colleague, whose open dossiers go to another or back to the queue."""
    email, chosen = _other(number), request.form.get("a", "")
    to = _email(whole(chosen, 9) or 0) if chosen not in ("", "file") else None
    try:
        store.close(email, to, to_queue=chosen == "file", actor=current_user.id)
    except AccountError as error:
        return _page(400, problem=str(error).replace(" (--a ADRESSE)", "").replace(" (--file)", ""))
    flash("Le compte est fermé, ses notes gardent leur auteur.")
    return _back()


def account_opened(number: int) -> ResponseReturnValue:
    """Open again the account of a colleague."""
    store.set_active(_other(number), True, current_user.id)
    flash("Le compte est rouvert.")
    return _back()


def absence() -> ResponseReturnValue:
    """Show who is away, and the form to say it."""
    with database.reading() as session:
        account = desk.me(session)
        colleagues = _colleagues(session)
        return render_template(
            "advisers/absence.html",
            colleagues=colleagues,
            names={one.id: one.name for one in colleagues},
            whose=colleagues if roles_of(account) & LEADS else [account],
            me=account,
        )


def absence_said() -> ResponseReturnValue:
    """Say that one is away, or back; a lead says it of others too."""
    first, last = day_typed("du"), day_typed("au")
    with database.writing() as session:
        account = desk.me(session)
        known = {str(one.id): one for one in _colleagues(session)}
        who = known.get(request.form.get("compte", ""), account)
        if who is not account and not roles_of(account) & LEADS:
            abort(403)
        stand_in = known.get(request.form.get("remplacant", ""))
        desks.set_absence(session, who, first, last, stand_in, account.id)
    flash("L’absence est notée." if first else "L’absence est terminée.")
    return redirect(url_for("advisers.absence"), 303)


def _page(status: int = 200, **told: str) -> ResponseReturnValue:
    with database.reading() as session:
        every = session.scalars(select(Account).order_by(Account.name, Account.id)).all()
        page = render_template(
            "advisers/accounts.html",
            accounts=every,
            open_dossiers={one.id: len(desks.open_of(session, one.id)) for one in every},
            heirs=_colleagues(session),
            roles=LABELS,
            role_of=lambda one: next(iter(roles_of(one)), None),
            **told,
        )
    return page, status


def _colleagues(session: Session) -> list[Account]:
    """Those who work on dossiers."""
    asked = select(Account).where(Account.active).order_by(Account.name, Account.id)
    return [one for one in session.scalars(asked) if roles_of(one) & CASEWORK]


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise AccountError("Choisissez un rôle dans la liste.") from None


def _other(number: int) -> str:
    if number == current_user.id:
        raise Forbidden(ONESELF)
    return _email(number)


def _email(number: int) -> str:
    with database.reading() as session:
        found = session.get(Account, number)
    if found is None:
        abort(404)
    return found.email


def _back() -> ResponseReturnValue:
    return redirect(url_for("advisers.accounts"), 303)
