"""Lists of dossiers that an adviser keeps under a name, for itself or for the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from . import clock
from .states import Forbidden
from .store.memories import SavedView
from .store.tables import Account

MOST = 30
"""Lists of one account."""
LONGEST = 60
"""Characters of a name."""


def seen(session: Session, account: Account) -> Sequence[SavedView]:
    """The lists of an account, then those that colleagues share, by name."""
    open_ = SavedView.shared & SavedView.account.has(Account.active)
    asked = select(SavedView).where(or_(SavedView.account_id == account.id, open_))
    known = session.scalars(asked).all()
    return sorted(known, key=lambda one: (one.account_id != account.id, one.name.lower(), one.id))


def save(
    session: Session, account: Account, name: str, filters: Mapping[str, str], shared: bool
) -> SavedView:
    """Keep a list under a name; that of the same name is replaced.

    Raises
    ------
    Forbidden
        French: it has no name or no filter, or is one too many.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST:
        raise Forbidden(f"Donnez un nom à cette liste : {LONGEST} caractères au plus.")
    if not filters:
        raise Forbidden("Choisissez d’abord des filtres ou un ordre : c’est ce qui est gardé.")
    own = select(SavedView).where(SavedView.account_id == account.id)
    known = session.scalar(own.where(SavedView.name == called))
    if known is None:
        count = session.scalar(select(func.count()).select_from(own.subquery())) or 0
        if count >= MOST:
            raise Forbidden(f"Vous gardez déjà {MOST} listes : retirez-en une d’abord.")
        known = SavedView(account_id=account.id, name=called, created_at=clock.now())
        session.add(known)
    known.filters, known.shared = dict(filters), shared
    return known


def remove(session: Session, account: Account, number: int, *, lead: bool) -> None:
    """Forget a list: one's own, or for a lead one that is shared; gone already, it stays gone."""
    found = session.get(SavedView, number)
    if found is not None and (found.account_id == account.id or (lead and found.shared)):
        session.delete(found)
