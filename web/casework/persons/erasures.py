"""What was erased, kept apart from the base: a restored backup does not bring it back.

Only digests are kept, made with the key: nobody reads an address, a name or a file in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from .. import clock
from ..store.vault import Vault
from . import traces

FILE = "effacements.jsonl"
"""The register, beside the keys."""


@dataclass(frozen=True)
class Masked:
    """A name that was masked in a dossier: how many words it has, and their digest."""

    reference: str
    words: int
    digest: str


def note(vault: Vault | None, address: str) -> None:
    """Note that an address or a number is erased.

    Raises
    ------
    VaultError, OSError
        When it cannot be noted.
    """
    if vault is not None:
        _add(vault, adresse=_digest(vault, traces.written_as(address)))


def note_mask(vault: Vault | None, reference: str, name: str) -> None:
    """Note that a name is masked in a dossier; raises as `note`."""
    if vault is not None:
        masque = mask_digest(vault, reference, name)
        _add(vault, dossier=reference, mots=len(name.split()), masque=masque)


def note_attachment(vault: Vault | None, reference: str, digest: str) -> None:
    """Note that a file was taken out of a dossier; raises as `note`."""
    if vault is not None:
        _add(vault, piece=attachment_digest(vault, reference, digest))


def replay(
    session: Session,
    vault: Vault | None,
    since: str,
    texts: Iterable[str],
    erase: Callable[[Session, str], object],
) -> int:
    """Erase again the addresses and numbers that were erased after a backup was made.

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
    wanted = {line["adresse"] for line in _since(vault, since) if "adresse" in line}
    if vault is None or not wanted:
        return 0
    ways = {way for text in texts for way in traces.ways_in(text)}
    found = sorted(way for way in ways if _digest(vault, way) in wanted)
    for way in found:
        erase(session, way)
    return len(found)


def masked_since(vault: Vault | None, since: str) -> list[Masked]:
    """The names that were masked after a backup was made; raises as `replay`."""
    lines = (line for line in _since(vault, since) if "masque" in line)
    return [Masked(line["dossier"], line["mots"], line["masque"]) for line in lines]


def attachments_since(vault: Vault | None, since: str) -> set[str]:
    """Digests of the files that were taken out after a backup was made; raises as `replay`."""
    return {line["piece"] for line in _since(vault, since) if "piece" in line}


def mask_digest(vault: Vault, reference: str, name: str) -> str:
    """What the register keeps of a masked name: its capitals and its spaces do not count."""
    return vault.seal("masque", f"{reference}\n{' '.join(name.lower().split())}")


def attachment_digest(vault: Vault, reference: str, digest: str) -> str:
    """What the register keeps of a file."""
    return vault.seal("piece", f"{reference}\n{digest}")


def _since(vault: Vault | None, since: str) -> list[dict[str, Any]]:
    if vault is None:
        return []
    made = datetime.fromisoformat(since)
    return [one for one in vault.lines(FILE) if datetime.fromisoformat(one["le"]) >= made]


def _add(vault: Vault, **line: object) -> None:
    vault.add(FILE, {"le": clock.now().isoformat(), **line})


def _digest(vault: Vault, way: str) -> str:
    return vault.seal("effacement", way)
