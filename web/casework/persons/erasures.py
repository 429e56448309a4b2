"""What was erased or masked, kept apart from the base: a restored backup does not bring it back.

Only digests are kept, made with the key: nobody reads an address, a name or a file in them. A name
that was typed where none should be is masked: the text stays, the log says so. An address or a
telephone number goes the same way, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden
from ..store.database import vault_of
from ..store.memories import Attachment
from ..store.tables import Dossier
from ..store.vault import Vault
from . import addresses, traces
from .traces import Sought, strings, ways_in, written_as

FILE = "effacements.jsonl"
"""The register, beside the keys."""
MASKED = "[nom masqué]"
"""What stands where the name stood."""
SHORTEST = 3
"""Characters of a name at least: two letters are in every other word."""
TEXTS = ("need", "received_need", "typed", "external", "back_line", "heard")
"""Texts of a dossier itself."""
_EDGES = re.compile(r"(?<!\w)|(?!\w)")
"""Where a name may begin or end: `_sought` asks the same of its neighbours."""


@dataclass(frozen=True)
class Masked:
    """A name that was masked in a dossier: how many words it has, and their digest."""

    reference: str
    words: int
    digest: str


def note_erased(vault: Vault | None, address: str) -> None:
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


def mask(session: Session, dossier: Dossier, name: str, account_id: int) -> int:
    """Take a name away from every text of a dossier; how many texts held it.

    Whole words are sought, whatever their case and the spaces between them. Call `retention.wipe`
    once it is kept.

    Raises
    ------
    Forbidden
        When the name is too short, or no text holds it.
    VaultError, OSError
        When it cannot be noted.
    """
    name = name.strip()
    if len("".join(name.split())) < SHORTEST:
        raise Forbidden(f"Donnez le nom en entier : {SHORTEST} lettres au moins.")
    sought = _sought(name)
    if not any(sought.pattern.search(text) for text in _texts_of(session, dossier)):
        raise Forbidden("Aucun texte de ce dossier ne contient ce nom, écrit ainsi.")
    # First: what is masked and not noted would come back with a backup.
    note_mask(vault_of(session), dossier.reference, written_as(name))
    found = _take_away(session, dossier, sought)
    audit.record(session, Action.DOSSIER_MASKED, account_id, dossier.reference, textes=found)
    return found


def mask_again(session: Session, since: str) -> int:
    """Mask what was masked after a backup was made, and came back with it; how many names.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.

    Raises
    ------
    VaultError
        When the register cannot be believed.
    """
    vault, done = vault_of(session), 0
    for masked in masked_since(vault, since):
        assert vault is not None, "it was read"
        asked = select(Dossier).where(Dossier.reference == masked.reference)
        dossier = session.scalar(asked)
        if dossier is None:
            continue
        names = {
            name
            for text in _texts_of(session, dossier)
            for name in (*_spans(text, masked.words), *ways_in(text))
            if mask_digest(vault, masked.reference, name) == masked.digest
        }
        for name in sorted(names)[:1]:  # they differ by their capitals and their spaces
            dossier.version += 1
            found = _take_away(session, dossier, _sought(name))
            audit.record(session, Action.DOSSIER_MASKED, None, dossier.reference, textes=found)
            done += 1
    return done


def _sought(name: str) -> Sought:
    if addresses.is_number(name) or "@" in name:
        return Sought.of(name)
    words = r"\s+".join(map(re.escape, name.split()))
    return Sought(re.compile(rf"(?<!\w){words}(?!\w)", re.I), MASKED)


def _places(session: Session, dossier: Dossier) -> Iterator[tuple[object, str]]:
    """The fields that hold what people wrote."""
    yield from ((dossier, field) for field in TEXTS)
    yield from ((note, "text") for note in dossier.notes)
    yield from ((choice, "comment") for choice in dossier.choices)
    for one in dossier.introductions:
        yield from ((one, field) for field in ("to_commune", "to_structure", "meeting_place"))
    yield from ((party, "said") for party in dossier.parties)
    known = [dossier.contact, *(party.contact for party in dossier.parties)]
    yield from ((contact, "service") for contact in known if contact)
    files = select(Attachment).where(Attachment.dossier_id == dossier.id)
    yield from ((file, "name") for file in session.scalars(files))


def _texts_of(session: Session, dossier: Dossier) -> Iterator[str]:
    for holder, field in _places(session, dossier):
        yield from strings(getattr(holder, field))


def _take_away(session: Session, dossier: Dossier, sought: Sought) -> int:
    found = 0
    for holder, field in list(_places(session, dossier)):
        value = getattr(holder, field)
        masked = sought.taken_from(value)
        if masked != value:
            setattr(holder, field, masked)
            found += 1
    return found


def _spans(text: str, words: int) -> Iterator[str]:
    """All that a name of so many words may be in a text: from the start to the end of a word."""
    pieces = list(re.finditer(r"\S+", text))
    for first, last in zip(pieces, pieces[words - 1 :], strict=False):
        starts = [m.start() + first.start() for m in _EDGES.finditer(first[0])]
        ends = [m.start() + last.start() for m in _EDGES.finditer(last[0])]
        yield from (text[start:end] for start in starts for end in ends if start < end)
