"""Files of a dossier, kept in the base: with its rights, in its backups, gone when it goes.

Nothing of a file is unpacked to the disk or shown in a page: it is handed back as it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..persons import erasures
from ..states import Forbidden
from ..store.database import vault_of
from ..store.memories import Attachment
from ..store.tables import Account, Dossier
from .kinds import kind_of, name_of

MOST = 20
"""Files of a dossier."""
MEGABYTES = 40
"""Those of a dossier, all files together."""


def of(session: Session, dossier: Dossier) -> Sequence[Attachment]:
    """The files of a dossier, the newest first, without their content."""
    asked = select(Attachment).where(Attachment.dossier_id == dossier.id)
    return session.scalars(asked.order_by(Attachment.id.desc())).all()


def find(session: Session, dossier: Dossier, number: int) -> Attachment | None:
    """A file of a dossier by its number; None when the dossier has none of this number."""
    asked = select(Attachment).where(Attachment.dossier_id == dossier.id)
    return session.scalar(asked.where(Attachment.id == number))


def attach(
    session: Session, dossier: Dossier, account: Account, name: str, content: bytes
) -> Attachment:
    """Add a file to a dossier; the same one twice is one.

    Raises
    ------
    Forbidden
        French: it is too large, of no type that is taken, not what its name says, or one too many.
    """
    called = name_of(name)
    kind = kind_of(called, content)
    digest = sha256(content).hexdigest()
    known = of(session, dossier)
    same = next((one for one in known if one.digest == digest), None)
    if same is not None:
        return same
    if len(known) >= MOST:
        raise Forbidden(f"Un dossier garde {MOST} pièces au plus : retirez-en une d’abord.")
    if sum(one.size for one in known) + len(content) > MEGABYTES * 2**20:
        raise Forbidden(f"Les pièces d’un dossier font {MEGABYTES} Mo au plus, toutes ensemble.")
    added = Attachment(
        dossier_id=dossier.id,
        name=called,
        kind=kind,
        size=len(content),
        digest=digest,
        content=content,
        account=account,
        created_at=clock.now(),
    )
    session.add(added)
    session.flush()
    _record(session, Action.ATTACHED, dossier, added, account.id)
    return added


def remove(session: Session, dossier: Dossier, number: int, account_id: int) -> None:
    """Take a file out of a dossier for good; one that is gone already stays gone.

    Call `retention.wipe` once it is kept.

    Raises
    ------
    VaultError, OSError
        When it cannot be noted.
    """
    found = find(session, dossier, number)
    if found is not None:
        # First: what is taken out and not noted would come back with a backup.
        erasures.note_attachment(vault_of(session), dossier.reference, found.digest)
        session.delete(found)
        _record(session, Action.DETACHED, dossier, found, account_id)


def remove_again(session: Session, since: str) -> int:
    """Take out what was after a backup was made, and came back with it; how many files.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.

    Raises
    ------
    VaultError
        When the register cannot be believed.
    """
    vault = vault_of(session)
    gone = erasures.attachments_since(vault, since)
    if vault is None or not gone:
        return 0
    asked = select(Attachment, Dossier).join(Dossier, Dossier.id == Attachment.dossier_id)
    back = [
        (one, dossier)
        for one, dossier in session.execute(asked)
        if erasures.attachment_digest(vault, dossier.reference, one.digest) in gone
    ]
    for one, dossier in back:
        session.delete(one)
        dossier.version += 1
        _record(session, Action.DETACHED, dossier, one, None)
    return len(back)


def weight(size: int) -> str:
    """Bytes as people read them: « 12 Ko », « 1,5 Mo »."""
    if size < 2**20:
        return f"{max(round(size / 2**10), 1)}\u00a0Ko"
    return f"{size / 2**20:.1f}\u00a0Mo".replace(".", ",")


def _record(
    session: Session, action: Action, dossier: Dossier, one: Attachment, account_id: int | None
) -> None:
    """The log says of which type and size; names may hold those of persons."""
    details = {"type": one.kind, "octets": one.size}
    audit.record(session, action, account_id, dossier.reference, **details)
