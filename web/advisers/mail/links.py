"""The links of the letters, seen by an adviser: replaced, ended; what the commune agreed to."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ...casework.dossiers import parties
from ...casework.introductions import introductions, links, replies
from ...casework.states import Contacted, Useful
from ...casework.store.tables import Dossier, Party
from ..dossiers import desk
from .drafts import SIDES


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.post(f"{one}/lien")(link_changed)
    pages.post(f"{one}/accord")(agreement_noted)
    pages.post(f"{one}/avis")(opinion_noted)


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
