"""A name that was typed where none should be is taken away: the text stays, the log says so."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from .. import audit
from ..audit import Action
from ..states import Forbidden
from ..store.tables import Dossier

MASKED = "[nom masqué]"
"""What stands where the name stood."""
SHORTEST = 3
"""Characters of a name at least: two letters are in every other word."""
TEXTS = ("need", "received_need", "typed", "external", "back_line")
"""Texts of a dossier itself."""


def mask(session: Session, dossier: Dossier, name: str, account_id: int) -> int:
    """Take a name away from every text of a dossier; how many texts held it.

    Whole words are sought, whatever their case and the spaces between them. Call `retention.wipe`
    once it is kept.

    Raises
    ------
    Forbidden
        When the name is too short, or no text holds it.
    """
    words = name.split()
    if len("".join(words)) < SHORTEST:
        raise Forbidden(f"Donnez le nom en entier : {SHORTEST} lettres au moins.")
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.I)
    places: list[tuple[object, str]] = [(dossier, field) for field in TEXTS]
    places += [(note, "text") for note in dossier.notes]
    places += [(choice, "comment") for choice in dossier.choices]
    for one in dossier.introductions:
        places += [(one, field) for field in ("to_commune", "to_structure", "meeting_place")]
    places += [(party, "said") for party in dossier.parties]
    known = [dossier.contact, *(party.contact for party in dossier.parties)]
    places += [(contact, "service") for contact in known if contact]
    found = 0
    for holder, field in places:
        text = getattr(holder, field)
        masked = pattern.sub(MASKED, text) if text else text
        if masked != text:
            setattr(holder, field, masked)
            found += 1
    if not found:
        raise Forbidden("Aucun texte de ce dossier ne contient ce nom, écrit ainsi.")
    audit.record(session, Action.DOSSIER_MASKED, account_id, dossier.reference, textes=found)
    return found
