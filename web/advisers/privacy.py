"""Personal data: the register of what is kept and why; a contact's data given or erased."""

from __future__ import annotations

import json

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user

from ..casework.persons import contacts as known
from ..casework.persons import retention
from ..casework.persons.addresses import LONGEST_EMAIL, is_number, number_of
from ..casework.persons.retention import KEPT_YEARS
from ..context import database
from ..signin import security
from ..signin.pages import SESSION_HOURS

UNREADABLE = "Une adresse s’écrit comme mairie@ville.fr, un numéro comme 04 67 00 00 00."
UNCONFIRMED = "Cochez la case : l’effacement est définitif."


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/registre")(register)
    pages.get("/contacts")(contacts)
    pages.post("/contacts")(contact_sought)
    pages.post("/contacts/export")(contact_exported)
    pages.post("/contacts/effacement")(contact_erased)


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
    return _page()


def contact_sought() -> ResponseReturnValue:
    """Say how much is known under an address."""
    address = _address()
    if not address:
        return _page(request.form.get("adresse", ""), wrong=UNREADABLE)
    with database.reading() as session:
        return _page(address, count=known.known(session, address))


def contact_exported() -> ResponseReturnValue:
    """Give everything that holds an address, as a file that a person can read."""
    address = _address()
    if not address:
        return _page(request.form.get("adresse", ""), wrong=UNREADABLE)
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
        return _page(request.form.get("adresse", ""), wrong=UNREADABLE)
    actor = current_user.id
    if request.form.get("confirme") != "oui":
        with database.reading() as session:
            return _page(address, count=known.known(session, address), unconfirmed=UNCONFIRMED)
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


def _page(
    address: str = "", count: int | None = None, wrong: str = "", unconfirmed: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "advisers/contacts.html", address=address, count=count, wrong=wrong, unconfirmed=unconfirmed
    )
    return page, 400 if wrong or unconfirmed else 200
