"""Accounts: made, changed and closed by an operator at the command line, never by a visitor."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select

from matcher.catalogue import french

from ..access import CASEWORK, Role, roles_of
from ..casework import audit, clock
from ..casework.audit import Action
from ..casework.dossiers import desks
from ..casework.store.database import Database
from ..casework.store.tables import Account
from . import security

DRAWN = 15
"""Bytes of a password that is drawn: twenty characters."""
LONGEST_NAME = 200


class AccountError(ValueError):
    """An account that cannot be made or changed; the message is French."""


def create(
    email: str, name: str, role: Role, password: str | None = None, actor: int | None = None
) -> str:
    """Make an account; its second factor is asked at the first sign-in.

    Parameters
    ----------
    password : str, optional
        Drawn when it is not given.

    Returns
    -------
    str
        The password, to be handed over and changed.

    Raises
    ------
    AccountError
        When the address is taken or unreadable, or the password too short or too easy.
    """
    address = _address(email)
    if _store().find_user(email=address) is not None:
        raise AccountError(f"Un compte existe déjà pour {address}.")
    shown = _name(name)
    secret = _checked(password, address, shown)
    store = _store()
    account = store.create_user(
        email=address,
        name=shown,
        password=hash_password(secret),
        roles=[store.find_or_create_role(role.value)],
        created_at=clock.now(),
    )
    store.commit()
    _log(account, "creation", actor, role=role.value)
    return secret


def set_password(email: str, password: str | None = None) -> str:
    """Give an account another password, and end its sessions."""
    account = _known(email)
    secret = _checked(password, account.email, account.name)
    account.password = hash_password(secret)
    _keep(account, "mot_de_passe")
    return secret


def reset_second_factor(email: str) -> None:
    """Forget the second factor: a lost telephone. The next sign-in asks for a new one."""
    account = _known(email)
    account.tf_primary_method = account.tf_totp_secret = account.tf_last_counter = None
    _keep(account, "second_facteur")


def set_active(email: str, active: bool, actor: int | None = None) -> None:
    """Close an account, or open it again; what it wrote keeps its author."""
    account = _known(email)
    account.active = active
    _keep(account, "ouverture" if active else "fermeture", actor)


def close(email: str, to: str | None, *, to_queue: bool = False, actor: int | None = None) -> int:
    """Close an account, and give its open dossiers to a colleague or back to the queue.

    Returns
    -------
    int
        How many dossiers were given.

    Raises
    ------
    AccountError
        When it follows open dossiers and nobody is named, or who is named cannot take them.
    """
    account, heir = _known(email), _known(to) if to else None
    if heir is not None and (heir.id == account.id or not heir.active or not _works(heir)):
        raise AccountError(
            f"{heir.email} ne peut pas recevoir de dossiers : compte fermé, "
            "administrateur, ou celui que vous fermez."
        )
    database: Database = current_app.extensions["database"]
    with database.writing() as session:
        count = len(desks.open_of(session, account.id))
        if count and heir is None and not to_queue:
            raise AccountError(
                f"{account.name} suit {french.counted(count, 'dossier ouvert', 'dossiers ouverts')}"
                " : dites à qui les confier (--a ADRESSE), ou remettez-les en attente (--file)."
            )
        here = session.get_one(Account, account.id)
        there = session.get_one(Account, heir.id) if heir is not None else None
        desks.hand_over(session, here, there, actor)
    set_active(email, False, actor)
    return count


def change(email: str, name: str, role: Role, actor: int) -> None:
    """Give an account another name, or another role.

    Raises
    ------
    AccountError
        When nobody would read the name.
    """
    account, shown = _known(email), _name(name)
    store = _store()
    if (account.name, {one.name for one in account.roles}) == (shown, {role.value}):
        return
    account.name = shown
    account.roles[:] = [store.find_or_create_role(role.value)]
    store.put(account)
    store.commit()
    _log(account, "identite", actor, role=role.value)


def _works(account: Account) -> bool:
    return bool(roles_of(account) & CASEWORK)


def _name(name: str) -> str:
    shown = " ".join(name.split())
    if not shown or not shown.isprintable():
        raise AccountError("Un compte porte le nom que ses collègues liront.")
    if len(shown) > LONGEST_NAME:
        raise AccountError(f"Un nom compte {LONGEST_NAME} caractères au plus.")
    return shown


def listed() -> Sequence[Account]:
    """Give all the accounts, by address."""
    return list(_session().scalars(select(Account).order_by(Account.email)))


def _keep(account: Account, change: str, actor: int | None = None) -> None:
    store = _store()
    store.set_uniquifier(account)  # whoever is signed in with it no longer is
    store.put(account)
    store.commit()
    _log(account, change, actor)


def _log(account: Account, change: str, actor: int | None, **details: object) -> None:
    database: Database = current_app.extensions["database"]
    with database.writing() as session:
        subject = f"compte {account.id}"
        audit.record(session, Action.ACCOUNT, actor, subject, changement=change, **details)


def _known(email: str) -> Account:
    account = _store().find_user(email=_address(email))
    if account is None:
        raise AccountError(f"Aucun compte pour {email}.")
    found: Account = account
    return found


def _address(email: str) -> str:
    address = unicodedata.normalize("NFKC", email).strip().lower()
    name, _, domain = address.rpartition("@")
    if not name or "." not in domain or not address.isprintable() or " " in address:
        raise AccountError(f"Adresse illisible : « {email} ».")
    try:  # as it is read at the sign-in: one refused there would never open
        return str(current_app.extensions["security"]._mail_util.normalize(address))
    except ValueError:
        raise AccountError(
            f"Adresse « {email} » : ce domaine est réservé ou illisible, et ne se connecterait pas."
        ) from None


def _checked(password: str | None, *own: str) -> str:
    """A password that was drawn, or one that is long and odd enough for who has these names."""
    secret = password if password is not None else secrets.token_urlsafe(DRAWN)
    if len(secret) < security.SHORTEST:
        raise AccountError(f"Un mot de passe compte {security.SHORTEST} caractères au moins.")
    if password is not None and security.is_too_easy(secret, own):
        raise AccountError(security.TOO_EASY)
    return unicodedata.normalize("NFKD", secret)


def _store() -> Any:
    return current_app.extensions["security"].datastore


def _session() -> Any:
    return _store().db.session
