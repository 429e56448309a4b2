"""Where the audit log stood at each backup, noted outside of the base: what was cut off is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock
from .database import Database
from .tables import AuditEntry
from .vault import Vault

FILE = "ancrages.jsonl"
"""The register, beside the keys."""


class When(StrEnum):
    """What an anchor was made at."""

    START = "debut"
    BACKUP = "sauvegarde"
    RESTORATION = "restauration"


@dataclass(frozen=True)
class Anchor:
    """The log as it stood: its last row, and the seal of that row.

    Parameters
    ----------
    when : When
    at : str
        ISO 8601.
    """

    when: When
    at: str
    rows: int
    seal: str

    def __str__(self) -> str:
        """« sauvegarde du 2026-11-29, ligne 12 »."""
        return f"{self.when.value} du {self.at[:10]}, ligne {self.rows}"


def known(vault: Vault | None) -> Sequence[Anchor]:
    """The anchors that the log must still hold: those since the last restoration, oldest first.

    Raises
    ------
    VaultError
        When the register cannot be believed.
    """
    if vault is None:
        return ()
    found = [
        Anchor(When(line["quand"]), line["le"], line["lignes"], line["empreinte"])
        for line in vault.lines(FILE)
        if line["base"] == vault.base
    ]
    restored = [n for n, anchor in enumerate(found) if anchor.when is When.RESTORATION]
    return found[restored[-1] :] if restored else found


def add(vault: Vault | None, when: When, rows: int, seal: str) -> None:
    """Note where the log stands.

    Raises
    ------
    VaultError, OSError
        When it cannot be noted.
    """
    if vault is not None:
        line = {"base": vault.base, "quand": when.value, "le": clock.now().isoformat()}
        vault.add(FILE, {**line, "lignes": rows, "empreinte": seal})


def begin(database: Database) -> None:
    """Note where the log stands the first time that a base is opened with its key.

    Its earlier rows were sealed without it: from here on, none is.

    Raises
    ------
    VaultError, OSError, Unavailable
        When it cannot be noted.
    """
    if database.vault is not None and not known(database.vault):
        with database.reading() as session:
            add(database.vault, When.START, *last(session))


def last(session: Session) -> tuple[int, str]:
    """Number and seal of the last row of the log; 0 and nothing when it has none."""
    newest = select(AuditEntry.id, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)
    found = session.execute(newest).first()
    return (found.id, found.seal) if found else (0, "")
