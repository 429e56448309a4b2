"""The letters of an introduction as files: plain text, a document, a draft for a mail program."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from matcher import NeedError

from ...access import may_read_contact
from ...casework import clock
from ...casework.introductions import introductions
from ...casework.letters import briefs, documents, drafts, letters
from ...casework.letters.briefs import Brief, Sender
from ...casework.letters.letters import Letter
from ...casework.states import Forbidden
from ...casework.store.tables import Dossier, Introduction
from ...context import matcher
from ...freshness import served
from ..dossiers import desk
from ..dossiers.desk import Desk
from ..dossiers.followed import address_of, letter_of, sender

SIDES = {"commune": "pour la commune", "structure": "pour la structure"}
TYPES = {
    "txt": "text/plain; charset=utf-8",
    "docx": documents.MEDIA_TYPE,
    "eml": drafts.MAIL_TYPE,
}
GONE = "Cette structure n’est plus au catalogue : son document ne peut plus être fait."
FEWEST_TOGETHER = 2


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.get(f"{one}/<any(commune, structure):side>.<any(txt, docx, eml):form>")(introduction_file)
    pages.post("/dossiers/<reference>/lettre-commune")(letter_joined)
    pages.app_context_processor(lambda: {"prepared_of": introductions.prepared})


def introduction_file(reference: str, structure_id: str, side: str, form: str) -> Response:
    """Give one letter as plain text, as a document with the facts, or as a draft with both."""
    with desk.read(reference) as opened:
        one = introductions.find(opened.dossier, structure_id)
        letter = letters_of(opened, one)[side]
        if form == "txt":
            content = letter.text.encode() + b"\n"
        elif form == "docx":
            content = _document(opened, one, letter, side)
        else:
            content = _draft(opened, one, letter, side)
    answer = Response(content, mimetype=None, content_type=TYPES[form])
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"{reference}-{structure_id}-{side}.{form}"
    )
    return answer


def letter_joined(reference: str) -> ResponseReturnValue:
    """Write one letter to the commune for all the structures that are prepared."""
    with desk.change(reference) as (session, account, found):
        ready = introductions.prepared(found)
        written = [brief_of(found, one.structure_id, sender(account)) for one in ready]
        known = [brief for brief in written if brief is not None]
        if len(known) < max(len(ready), FEWEST_TOGETHER):
            raise Forbidden(
                "Une lettre commune réunit au moins deux structures préparées, toutes au catalogue."
            )
        text = letters.to_commune_together(known).text
        introductions.write_together(session, found, text, account.id)
        first = ready[0].structure_id
    flash("La commune reçoit une seule lettre pour toutes ces structures : relisez-la.")
    address = url_for("advisers.introduction", reference=reference, structure_id=first)
    return redirect(address, 303)


def letters_of(opened: Desk, one: Introduction) -> dict[str, Letter]:
    """Both letters, with what their reader alone may have, for who may read it here."""
    filled = may_read_contact(opened.account, opened.dossier)
    addresses = (address_of(opened.dossier), address_of(opened.dossier, one))
    return {
        side: letter_of(text, one, link, filled=filled)
        for side, text, link in zip(SIDES, texts_of(one), addresses, strict=True)
    }


def texts_of(one: Introduction) -> tuple[str, str]:
    """The two letters as they are kept."""
    return one.to_commune, one.to_structure


def brief_of(dossier: Dossier, structure_id: str, writer: Sender) -> Brief | None:
    """What both sides are told; None when the structure left the catalogue."""
    if structure_id not in matcher.structures:
        return None
    try:
        return briefs.write(served().matcher, dossier, structure_id, writer, clock.now())
    except NeedError as error:
        raise Forbidden(f"Le besoin de ce dossier ne se lit plus : {error}") from error


def box_of(structure_id: str) -> str:
    """The public box of a structure; "" where none is known."""
    known = matcher.structures.get(structure_id)
    return drafts.address_of(known) if known else ""


def _document(opened: Desk, one: Introduction, letter: Letter, side: str) -> bytes:
    brief = brief_of(opened.dossier, one.structure_id, sender(opened.account))
    if brief is None:
        raise Forbidden(GONE)
    return documents.document(letter, brief, to_commune=side == "commune")


def _draft(opened: Desk, one: Introduction, letter: Letter, side: str) -> bytes:
    """A draft to one side, with the document of each structure that the letter is about."""
    dossier, contact = opened.dossier, opened.dossier.contact
    about = [one]
    address = box_of(one.structure_id)
    if side == "commune":
        about = [other for other in dossier.introductions if other.to_commune == one.to_commune]
        readable = may_read_contact(opened.account, dossier)
        address = (contact.email or "") if contact and readable else ""
    return drafts.draft(
        letter,
        address,
        str(current_app.config["SENDER_REPLY"]),
        [
            (
                f"{dossier.reference}-{other.structure_id}.docx",
                _document(opened, other, letter, side),
            )
            for other in about
            if other.structure_id in matcher.structures
        ],
    )
