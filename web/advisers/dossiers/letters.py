"""The letters of an introduction, as files and by their links.

A letter is plain text, a document, or a draft for a mail program. An adviser replaces or ends its
links, and notes what the commune agreed to.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher import NeedError

from ...access import may_read_contact
from ...casework import clock
from ...casework.dossiers import parties
from ...casework.introductions import introductions, links, replies
from ...casework.letters import briefs, filled, letters
from ...casework.letters.briefs import Brief, Sender
from ...casework.letters.letters import Letter
from ...casework.states import Contacted, Forbidden, Useful
from ...casework.store.tables import AnswerLink, Dossier, Introduction, Party, Voice
from ...context import matcher, outside_of, place_named, structure_of
from ...freshness import served
from . import desk
from .desk import Desk
from .followed import address_of, letter_of, mailto, name_of, sender

SIDES = {"commune": "pour la commune", "structure": "pour la structure"}
TYPES = {
    "txt": "text/plain; charset=utf-8",
    "docx": filled.MEDIA_TYPE,
    "eml": filled.MAIL_TYPE,
}
GONE = "Cette structure n’est plus au catalogue : son document ne peut plus être fait."
FEWEST_TOGETHER = 2


class CommuneLetter(NamedTuple):
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
    pages.context_processor(
        lambda: {
            "prepared_of": introductions.prepared,
            "outdated_of": lambda dossier: filled.outdated(dossier, name_of),
        }
    )
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.post(f"{one}/lien")(link_changed)
    pages.post(f"{one}/accord")(agreement_noted)
    pages.post(f"{one}/avis")(opinion_noted)


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


def spoken_of(opened: desk.Desk, one: Introduction) -> list[CommuneLetter]:
    """Each commune of a group as the page shows it; none of a single one."""
    session, account, found = opened
    readable = may_read_contact(account, found)
    return [
        CommuneLetter(
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
    return filled.address_of(known) if known else ""


def _document(opened: Desk, one: Introduction, letter: Letter, side: str) -> bytes:
    brief = brief_of(opened.dossier, one.structure_id, sender(opened.account))
    if brief is None:
        raise Forbidden(GONE)
    return filled.document(letter, brief, to_commune=side == "commune")


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
    return filled.draft(
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


def link_changed(reference: str, structure_id: str) -> ResponseReturnValue:
    """Replace or end the link of one side: the one before it opens nothing any more."""
    side, change = request.form.get("cote", ""), request.form.get("changement", "")
    if side not in SIDES or change not in ("remplacer", "retirer"):
        abort(400)
    with desk.change(reference) as (session, account, found):
        one = introductions.find(found, structure_id)
        whose = one if side == "structure" else None
        done = links.renew if change == "remplacer" else links.end
        done(session, found, whose, account.id, _party(found) if whose is None else None)
    flash(
        "Le lien est remplacé : le précédent ne marche plus."
        if change == "remplacer"
        else "Le lien est retiré : il ne marche plus."
    )
    return _back(reference, structure_id)


def agreement_noted(reference: str, structure_id: str) -> ResponseReturnValue:
    """Note that the commune told its adviser that this structure may have its address, or not."""
    with desk.change(reference) as (session, account, found):
        one = introductions.find(found, structure_id)
        party = _party(found)
        if party is not None and request.form.get("accord") == "non":
            replies.withdraw(session, one, account.id, party)
        else:
            replies.agree(session, one, account.id, party)
    return _back(reference, structure_id)


def opinion_noted(reference: str, structure_id: str) -> ResponseReturnValue:
    """Note what the commune said by telephone: called back, useful."""
    contacted, useful = (request.form.get(name, "") for name in ("recontactee", "utile"))
    with desk.change(reference) as (session, account, found):
        replies.tell(
            session,
            introductions.find(found, structure_id),
            Contacted(contacted) if contacted in tuple(Contacted) else None,
            Useful(useful) if useful in tuple(Useful) else None,
            account.id,
            _party(found),
        )
    return _back(reference, structure_id)


def _party(dossier: Dossier) -> Party | None:
    """The commune of a group that a form is about; None of the contact of the dossier."""
    insee = request.form.get("commune", "")
    return parties.find(dossier, insee) if insee else None


def _back(reference: str, structure_id: str) -> ResponseReturnValue:
    address = url_for("advisers.introduction", reference=reference, structure_id=structure_id)
    return redirect(address, 303)
