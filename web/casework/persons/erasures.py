"""Addresses that were erased, kept apart from the base: a restored backup does not bring them back.

Only a digest is kept, made with the key: nobody reads an address in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from .. import clock
from ..store.vault import Vault
from .emails import addresses_in

FILE = "effacements.jsonl"
"""The register, beside the keys."""


def note(vault: Vault | None, address: str) -> None:
    """Note that an address is erased.

    Raises
    ------
    VaultError, OSError
        When it cannot be noted.
    """
    if vault is not None:
        vault.add(FILE, {"le": clock.now().isoformat(), "adresse": _digest(vault, address)})


def replay(
    session: Session,
    vault: Vault | None,
    since: str,
    texts: Iterable[str],
    erase: Callable[[Session, str], object],
) -> int:
    """Erase again what was erased after a backup was made.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.
    texts : iterable of str
        All that the base holds of what people wrote.
    erase : callable
        Erases an address.

    Returns
    -------
    int
        Addresses found and erased.

    Raises
    ------
    VaultError
        When the register cannot be believed.
    """
    if vault is None:
        return 0
    made = datetime.fromisoformat(since)
    wanted = {
        line["adresse"] for line in vault.lines(FILE) if datetime.fromisoformat(line["le"]) >= made
    }
    if not wanted:
        return 0
    written = {address for text in texts for address in addresses_in(text)}
    found = sorted(address for address in written if _digest(vault, address) in wanted)
    for address in found:
        erase(session, address)
    return len(found)


def _digest(vault: Vault, address: str) -> str:
    return vault.seal("effacement", address.strip().lower())
