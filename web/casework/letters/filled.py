"""What is not kept in the text of a letter, filled in when it is shown: addresses, links.

Each reader gets what is theirs: a structure the addresses of those who agreed, a commune its link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from matcher.catalogue import french

from ..groups import parties
from ..introductions.introductions import CONTACT
from ..introductions.replies import covers
from ..persons.traces import ERASED
from ..store.tables import Contact, Introduction, Party
from .letters import LINK
from .prose import body

UNDISCLOSED = "répondez-nous, nous ferons le lien"
"""What is read in place of an address that may not be passed on."""
NO_LINK = "répondez à ce courriel"
"""What is read in place of a link that was ended."""


def shown(
    text: str, introduction: Introduction, link: str, name: Callable[[str], str] = str
) -> str:
    """Fill in what is not kept in a text: the address of the commune, and the link of the answer.

    Parameters
    ----------
    link : str
        "" where there is none, or it was ended.
    name : function
        What a commune of a group is called, by its code.
    """
    text = text.replace(LINK, link or NO_LINK)
    group = parties.present(introduction.dossier)
    if group:
        return _whom(text, introduction, group, name)
    contact = introduction.dossier.contact
    if contact and contact.erased_at:
        return text.replace(CONTACT, ERASED)
    if contact is None or not covers(introduction):
        return text.replace(CONTACT, UNDISCLOSED)
    return text.replace(CONTACT, _reached(contact))


def _whom(
    text: str, introduction: Introduction, group: Sequence[Party], name: Callable[[str], str]
) -> str:
    """Fill in whom to answer in each commune of a group: of none, what it did not agree to."""
    told, others = [], []
    dossier = introduction.dossier
    if dossier.contact and covers(introduction):
        told.append(f"Pour toutes : {_reached(dossier.contact)}")
    for party in group:
        if party.contact and covers(introduction, party):
            told.append(f"{name(party.commune)} : {_reached(party.contact)}")
        else:
            others.append(name(party.commune))
    if others and not (dossier.contact and covers(introduction)):
        told.append(f"{french.listed(others)} : {UNDISCLOSED}")
    lines = body("\n".join(f"- {one}" for one in told))
    text = re.sub(rf"^{re.escape(CONTACT)}$", lambda _: lines, text, flags=re.MULTILINE)
    return text.replace(CONTACT, " ; ".join(told))


def _reached(contact: Contact) -> str:
    return ", ".join(filter(None, (contact.service, *contact.reached)))
