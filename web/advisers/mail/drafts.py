"""The letters of an introduction as files: plain text, a document, a draft for a mail program."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher import NeedError

from ...access import may_read_contact
from ...casework import clock
from ...casework.dossiers import parties
from ...casework.introductions import introductions, links, replies
from ...casework.letters import briefs, documents, filled, letters
from ...casework.letters.briefs import Brief, Sender
from ...casework.letters.letters import Letter
from ...casework.states import Forbidden
from ...casework.store.tables import AnswerLink, Dossier, Introduction, Party, Voice
from ...context import matcher, outside_of, place_named, structure_of
from ...freshness import served
from ..dossiers import desk
from ..dossiers.desk import Desk
from ..dossiers.followed import address_of, letter_of, mailto, name_of, sender

SIDES = {"commune": "pour la commune", "structure": "pour la structure"}
TYPES = {
    "txt": "text/plain; charset=utf-8",
    "docx": documents.MEDIA_TYPE,
    "eml": documents.MAIL_TYPE,
}
GONE = "Cette structure n’est plus au catalogue : son document ne peut plus être fait."
FEWEST_TOGETHER = 2


class Spoken(NamedTuple):
    """A commune of a group beside an introduction: its letter, its link, what it said."""

    party: Party
    name: str
    email: str | None
    mailto: str
    link: AnswerLink | None
    covered: bool
    voice: Voice | None


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.get(f"{one}/<any(commune, structure):side>.<any(txt, docx, eml):form>")(introduction_file)
    pages.post("/dossiers/<reference>/lettre-commune")(letter_joined)
    pages.app_context_processor(
        lambda: {
            "prepared_of": introductions.prepared,
            "outdated_of": lambda dossier: filled.outdated(dossier, name_of),
        }
    )


def introduction_file(reference: str, structure_id: str, side: str, form: str) -> Response:
    """Give one letter as plain text, as a document with the facts, or as a draft with both."""
    insee = request.args.get("commune", "")
    with desk.read(reference) as opened:
        one = introductions.find(opened.dossier, structure_id)
        party = parties.find(opened.dossier, insee) if insee else None
        letter = letters_of(opened, one, party)[side]
        if form == "txt":
            content = letter.text.encode() + b"\n"
        elif form == "docx":
            content = _document(opened, one, letter, side)
        else:
            content = _draft(opened, one, letter, side, party)
    answer = Response(content, mimetype=None, content_type=TYPES[form])
    answer.headers.set(
        "Content-Disposition",
        "attachment",
        filename="-".join(filter(None, (reference, structure_id, side, insee))) + f".{form}",
    )
    return answer


def letter_joined(reference: str) -> ResponseReturnValue:
    """Write one letter to the commune for all the structures that are prepared."""
    with desk.change(reference) as (session, account, found):
        ready = introductions.prepared(found)
        written = [brief_of(found, one.structure_id, sender(account)) for one in ready]
        known = [brief for brief in written if brief is not None]
        fewest = 1 if filled.outdated(found, name_of) else FEWEST_TOGETHER
        if len(known) < max(len(ready), fewest):
            raise Forbidden(
                "Une lettre commune réunit au moins deux structures préparées, toutes au catalogue."
            )
        text = letters.to_commune_together(known).text
        introductions.write_together(session, found, text, account.id)
        first = ready[0].structure_id
    many = len(ready) > 1
    about = "La commune reçoit une seule lettre pour toutes ces structures"
    flash(f"{about if many else 'La lettre à la commune est réécrite'} : relisez-la.")
    address = url_for("advisers.introduction", reference=reference, structure_id=first)
    return redirect(address, 303)


def letters_of(opened: Desk, one: Introduction, party: Party | None = None) -> dict[str, Letter]:
    """Both letters, with what their reader alone may have, for who may read it here.

    Parameters
    ----------
    party : Party, optional
        Which commune of a group reads; without one, the link of each is left to be filled in.
    """
    dossier = opened.dossier
    filled = may_read_contact(opened.account, dossier)
    for_all = party is None and bool(parties.present(dossier)) and dossier.contact is None
    own = letters.LINK if for_all else address_of(dossier, None, party)
    addresses = (own, address_of(dossier, one))
    return {
        side: letter_of(text, one, link, with_whom=filled)
        for side, text, link in zip(SIDES, texts_of(one), addresses, strict=True)
    }


def spoken_of(opened: desk.Desk, one: Introduction) -> list[Spoken]:
    """Each commune of a group as the page shows it; none of a single one."""
    session, account, found = opened
    readable = may_read_contact(account, found)
    return [
        Spoken(
            party,
            place_named(party.commune),
            contact.email if contact else None,
            mailto(
                letters_of(opened, one, party)["commune"], (contact.email or "") if contact else ""
            ),
            links.current(session, found, None, party),
            replies.covers(one, party),
            next((voice for voice in party.voices if voice.introduction_id == one.id), None),
        )
        for party in parties.present(found)
        for contact in [parties.contact_of(party) if readable else None]
    ]


def texts_of(one: Introduction) -> tuple[str, str]:
    """The two letters as they are kept."""
    return one.to_commune, one.to_structure


def brief_of(dossier: Dossier, structure_id: str, writer: Sender) -> Brief | None:
    """What both sides are told; None when the structure left the catalogue."""
    beyond = outside_of(structure_id)
    if beyond is None and structure_id not in matcher.structures:
        return None
    try:
        return briefs.write(served().matcher, dossier, structure_id, writer, clock.now(), beyond)
    except NeedError as error:
        raise Forbidden(f"Le besoin de ce dossier ne se lit plus : {error}") from error


def box_of(structure_id: str) -> str:
    """The public box of a structure; "" where none is known."""
    known = structure_of(structure_id)
    return documents.address_of(known) if known else ""


def _document(opened: Desk, one: Introduction, letter: Letter, side: str) -> bytes:
    brief = brief_of(opened.dossier, one.structure_id, sender(opened.account))
    if brief is None:
        raise Forbidden(GONE)
    return documents.document(letter, brief, to_commune=side == "commune")


def _draft(
    opened: Desk, one: Introduction, letter: Letter, side: str, party: Party | None
) -> bytes:
    """A draft to one side, with the document of each structure that the letter is about."""
    dossier = opened.dossier
    contact = dossier.contact if party is None else parties.contact_of(party)
    about = [one]
    address = box_of(one.structure_id)
    if side == "commune":
        about = [other for other in dossier.introductions if other.to_commune == one.to_commune]
        readable = may_read_contact(opened.account, dossier)
        address = (contact.email or "") if contact and readable else ""
    return documents.draft(
        letter,
        address,
        str(current_app.config["SENDER_REPLY"]),
        [
            (
                f"{dossier.reference}-{other.structure_id}.docx",
                _document(opened, other, letter, side),
            )
            for other in about
            if structure_of(other.structure_id) is not None
        ],
    )
