"""Persons: the accounts of colleagues, the register of what is kept, a contact's data.

An administrator opens, names and closes accounts; who is away names a stand-in. The data of a
contact are given to who asks for them, or erased.
"""

from __future__ import annotations

import json

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import CASEWORK, LEADS, Role, roles_of
from ..answers.asking import whole
from ..casework.dossiers import desks
from ..casework.persons import contacts as known
from ..casework.persons import retention
from ..casework.persons.addresses import LONGEST_EMAIL, is_number, number_of
from ..casework.persons.retention import KEPT_YEARS
from ..casework.states import Forbidden
from ..casework.store.tables import Account
from ..context import database
from ..signin import accounts as store
from ..signin import security
from ..signin.accounts import AccountError
from ..signin.pages import SESSION_HOURS
from .dossiers import desk
from .forms import day_typed

LABELS = {
    Role.ADVISER: "Conseiller",
    Role.LEAD: "Responsable",
    Role.ADMIN: "Administrateur",
}
ONESELF = "Demandez-le à un autre administrateur : on ne change pas son propre compte."
UNREADABLE = "Une adresse s’écrit comme mairie@ville.fr, un numéro comme 04 67 00 00 00."
UNCONFIRMED = "Cochez la case : l’effacement est définitif."


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/comptes")(accounts)
    pages.post("/comptes")(account_made)
    pages.post("/comptes/<int:number>")(account_changed)
    pages.post("/comptes/<int:number>/fermer")(account_closed)
    pages.post("/comptes/<int:number>/rouvrir")(account_opened)
    pages.get("/absence")(absence)
    pages.post("/absence")(absence_said)
    pages.get("/registre")(register)
    pages.get("/contacts")(contacts)
    pages.post("/contacts")(contact_sought)
    pages.post("/contacts/export")(contact_exported)
    pages.post("/contacts/effacement")(contact_erased)


def accounts() -> ResponseReturnValue:
    """Show the accounts."""
    return _accounts_page()


def account_made() -> ResponseReturnValue:
    """Open an account; its password is shown once, to be handed over and changed."""
    try:
        email = request.form.get("courriel", "")
        secret = store.create(email, request.form.get("nom", ""), _role(), actor=current_user.id)
    except AccountError as error:
        return _accounts_page(400, problem=str(error))
    return _accounts_page(secret=secret, made=email)


def account_changed(number: int) -> ResponseReturnValue:
    """Change the name and the role of a colleague."""
    email = _other(number)
    try:
        store.change(email, request.form.get("nom", ""), _role(), current_user.id)
    except AccountError as error:
        return _accounts_page(400, problem=str(error))
    flash("Le compte est modifié.")
    return _back()


def account_closed(number: int) -> ResponseReturnValue:
    """Close the account of a colleague, whose open dossiers go to another or back to the queue."""
    email, chosen = _other(number), request.form.get("a", "")
    to = _email(whole(chosen, 9) or 0) if chosen not in ("", "file") else None
    try:
        store.close(email, to, to_queue=chosen == "file", actor=current_user.id)
    except AccountError as error:
        return _accounts_page(
            400, problem=str(error).replace(" (--a ADRESSE)", "").replace(" (--file)", "")
        )
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


def _accounts_page(status: int = 200, **told: str) -> ResponseReturnValue:
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


def register() -> ResponseReturnValue:
    """Show the register that the RGPD asks for (article 30)."""
    return render_template(
        "advisers/register.html",
        years=KEPT_YEARS,
        hours=SESSION_HOURS,
        characters=security.SHORTEST,
    )


def contacts() -> ResponseReturnValue:
    """Ask for an address; it is sent by a form, and so stays out of addresses of pages."""
    return _contacts_page()


def contact_sought() -> ResponseReturnValue:
    """Say how much is known under an address."""
    address = _address()
    if not address:
        return _contacts_page(request.form.get("adresse", ""), wrong=UNREADABLE)
    with database.reading() as session:
        return _contacts_page(address, count=known.known(session, address))


def contact_exported() -> ResponseReturnValue:
    """Give everything that holds an address, as a file that a person can read."""
    address = _address()
    if not address:
        return _contacts_page(request.form.get("adresse", ""), wrong=UNREADABLE)
    actor = current_user.id
    with database.writing() as session:
        found = known.export(session, address, actor)
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="donnees-du-contact.json"'},
    )


def contact_erased() -> ResponseReturnValue:
    """Erase an address for good, once that is confirmed."""
    address = _address()
    if not address:
        return _contacts_page(request.form.get("adresse", ""), wrong=UNREADABLE)
    actor = current_user.id
    if request.form.get("confirme") != "oui":
        with database.reading() as session:
            return _contacts_page(
                address, count=known.known(session, address), unconfirmed=UNCONFIRMED
            )
    with database.writing() as session:
        erased = known.erase(session, address, actor)
    what = "Numéro effacé" if is_number(address) else "Adresse effacée"
    flash(
        f"{what}. Fiches de contact vidées : {erased.contacts} ; textes corrigés : "
        f"{erased.texts} ; pièces jointes effacées : {erased.attachments}."
    )
    if not retention.wipe(database):
        flash("La base était occupée : ses fichiers seront nettoyés au prochain effacement.")
    return redirect(url_for("advisers.contacts"), 303)


def _address() -> str:
    """The address or the number that was typed; empty when it cannot be one."""
    typed = request.form.get("adresse", "").strip()
    if is_number(typed):
        return number_of(typed)
    name, _, domain = typed.rpartition("@")
    whole = name and domain and typed.isprintable() and " " not in typed
    return typed if whole and len(typed) <= LONGEST_EMAIL else ""


def _contacts_page(
    address: str = "", count: int | None = None, wrong: str = "", unconfirmed: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "advisers/contacts.html", address=address, count=count, wrong=wrong, unconfirmed=unconfirmed
    )
    return page, 400 if wrong or unconfirmed else 200
