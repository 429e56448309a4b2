"""A name that was typed where none should be is taken away: the text stays, the log says so.

An address or a telephone number goes the same way, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit
from ..audit import Action
from ..states import Forbidden
from ..store.database import vault_of
from ..store.memories import Attachment
from ..store.tables import Dossier
from . import erasures, telephones
from .traces import Sought, strings, ways_in, written_as

MASKED = "[nom masqué]"
"""What stands where the name stood."""
SHORTEST = 3
"""Characters of a name at least: two letters are in every other word."""
TEXTS = ("need", "received_need", "typed", "external", "back_line", "heard")
"""Texts of a dossier itself."""


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
    if not any(sought.pattern.search(text) for text in _texts(session, dossier)):
        raise Forbidden("Aucun texte de ce dossier ne contient ce nom, écrit ainsi.")
    # First: what is masked and not noted would come back with a backup.
    erasures.note_mask(vault_of(session), dossier.reference, written_as(name))
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
    for masked in erasures.masked_since(vault, since):
        assert vault is not None, "it was read"
        asked = select(Dossier).where(Dossier.reference == masked.reference)
        dossier = session.scalar(asked)
        if dossier is None:
            continue
        names = {
            name
            for text in _texts(session, dossier)
            for name in (*_spans(text, masked.words), *ways_in(text))
            if erasures.mask_digest(vault, masked.reference, name) == masked.digest
        }
        for name in sorted(names)[:1]:  # they differ by their capitals and their spaces
            dossier.version += 1
            found = _take_away(session, dossier, _sought(name))
            audit.record(session, Action.DOSSIER_MASKED, None, dossier.reference, textes=found)
            done += 1
    return done


def _sought(name: str) -> Sought:
    if telephones.is_number(name) or "@" in name:
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


def _texts(session: Session, dossier: Dossier) -> Iterator[str]:
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


_EDGES = re.compile(r"(?<!\w)|(?!\w)")
"""Where a name may begin or end: `_sought` asks the same of its neighbours."""
