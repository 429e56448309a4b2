"""What is not kept in the text of a letter, filled in when it is shown: addresses, links.

And what a kept text says that is so no more.

Each reader gets what is theirs: a structure the addresses of those who agreed, a commune its link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from matcher.catalogue import french

from ..dossiers import parties
from ..introductions import introductions
from ..introductions.introductions import CONTACT
from ..introductions.replies import covers
from ..persons.traces import ERASED
from ..states import Step
from ..store.tables import Contact, Dossier, Introduction, Party
from .letters import AGREED, LINK
from .prose import body

UNDISCLOSED = "répondez-nous, nous ferons le lien"
"""What is read in place of an address that may not be passed on."""
FALLEN = (Step.WITHDRAWN, Step.DECLINED)
"""Steps of an introduction that comes to nothing."""
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


def outdated(dossier: Dossier, name: Callable[[str], str]) -> list[str]:
    """What the letters that wait for the commune say and is so no more; nothing while they hold.

    Parameters
    ----------
    name : function
        What a structure is called, by its id.

    Returns
    -------
    list of str
        French sentences.
    """
    found: list[str] = []
    for text in dict.fromkeys(one.to_commune for one in introductions.prepared(dossier)):
        about = [one for one in dossier.introductions if one.to_commune == text]
        gone = [name(one.structure_id) for one in about if one.step in FALLEN]
        if gone:
            said = (
                "n’est plus proposée, et la lettre la"
                if len(gone) == 1
                else ("ne sont plus proposées, et la lettre les")
            )
            found.append(f"{french.listed(gone)} {said} présente encore.")
        match = re.search(f"{AGREED}, [^:]*", text)
        promised = match[0] if match else ""
        for one in about if promised else ():
            called = name(one.structure_id)
            told = len(about) == 1 or called in promised
            if one.step == Step.PREPARED and told and not covers(one):
                found.append(
                    f"La commune ne donne plus son accord pour {called}, et la lettre dit que ses "
                    "coordonnées lui sont transmises."
                )
    return found


def _reached(contact: Contact) -> str:
    return ", ".join(filter(None, (contact.service, *contact.reached)))
