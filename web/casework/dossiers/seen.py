"""What an account had before its eyes: a dossier that others changed since is new to it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.orm import Session

from ..states import State
from ..store.tables import Account, Dossier, Seen

NOTED = text(
    "INSERT INTO seen (dossier_id, account_id, version) VALUES (:dossier, :account, :version) "
    "ON CONFLICT (dossier_id, account_id) DO UPDATE SET version = excluded.version"
)
"""Two pages that are opened at once both note it: neither fails."""


def mark(session: Session, dossier: Dossier, account_id: int) -> None:
    """Note that an account has the dossier before its eyes as it stands."""
    session.execute(
        NOTED, {"dossier": dossier.id, "account": account_id, "version": dossier.version}
    )


def is_seen(session: Session, dossier: Dossier, account_id: int) -> bool:
    """Whether an account saw the dossier as it stands."""
    known = session.get(Seen, (dossier.id, account_id))
    return known is not None and known.version == dossier.version


def news(account_id: int, whose: Collection[int]) -> ColumnElement[bool]:
    """Open dossiers that are followed by some accounts, and that this one has not seen so."""
    seen = exists(
        select(Seen.version).where(
            Seen.dossier_id == Dossier.id,
            Seen.account_id == account_id,
            Seen.version >= Dossier.version,
        )
    )
    followed = Dossier.members.any(Account.id.in_(whose))
    return followed & ~seen & (Dossier.state != State.CLOSED.value)
