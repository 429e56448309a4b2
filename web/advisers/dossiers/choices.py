"""What an adviser decides of structures, on the page of a dossier."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from matcher import NeedError
from matcher.reports import describe

from ...access import may_change
from ...answers.asking import whole
from ...answers.shelves import LONGEST_QUERY
from ...casework import clock
from ...casework.dossiers import choices
from ...casework.dossiers.choices import MatcherOpinion
from ...casework.dossiers.dossiers import need_of
from ...casework.introductions import memory
from ...casework.states import Forbidden
from ...casework.store.tables import Dossier
from ...context import matcher, outside_of, shelves
from ..forms import LONGEST_COMMENT, AddForm, DiscardForm
from . import desk
from .dossier import show

NAMED = 10
"""Structures listed when a name means several."""
UNREADABLE = "Le besoin de ce dossier ne se lit plus : {}"


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.post("/dossiers/<reference>/choix")(choice_made)
    pages.post("/dossiers/<reference>/ordre")(choice_ordered)
    pages.get("/dossiers/<reference>/ajouter")(addition)
    pages.post("/dossiers/<reference>/ajouter")(addition_made)


def choice_made(reference: str) -> ResponseReturnValue:
    """Keep, discard, or undo: the button says which."""
    named, gesture = request.form.get("structure", ""), request.form.get("geste")
    if gesture == "ecarter":
        form = DiscardForm()
        if not form.validate_on_submit():
            return show(reference, 400, discard_form=form)
        with desk.change(reference) as (session, account, found):
            opinion = _opinion(found, named)
            choices.discard(
                session, found, named, opinion, account.id, form.motif.data, form.commentaire.data
            )
    elif gesture == "garder":
        with desk.change(reference) as (session, account, found):
            choices.keep(session, found, named, _opinion(found, named), account.id)
    elif gesture == "annuler":
        with desk.change(reference) as (session, account, found):
            choices.undo(session, found, named, account.id)
    else:
        abort(400)
    return desk.back(reference, "structures")


def choice_ordered(reference: str) -> ResponseReturnValue:
    """Move one structure up or down, or take the places typed in beside each."""
    up, down = request.form.get("monter"), request.form.get("descendre")
    with desk.change(reference) as (session, account, found):
        if up or down:
            choices.shift(session, found, up or down or "", bool(up), account.id)
        else:
            choices.arrange(session, found, _typed(found), account.id)
    return desk.back(reference, "structures")


def addition(reference: str) -> ResponseReturnValue:
    """Name a structure to add: what the matcher says of it, and why it does not show it."""
    return _addition(reference, request.args.get("structure", ""))


def addition_made(reference: str) -> ResponseReturnValue:
    """Add a structure, with the reason where it is asked for."""
    form = AddForm()
    named = form.structure.data or ""
    with desk.read(reference) as (_, _, found):
        form.shown = _opinion(found, named).shown
    if not form.validate_on_submit():
        return _addition(reference, named, form)
    with desk.change(reference) as (session, account, found):
        choices.add(
            session, found, named, _opinion(found, named), account.id, form.commentaire.data
        )
    return desk.back(reference, "structures")


def _addition(reference: str, named: str, form: AddForm | None = None) -> ResponseReturnValue:
    with desk.read(reference) as (session, account, found):
        if not may_change(account, found):
            raise Forbidden("Prenez d’abord ce dossier en charge pour le modifier.")
        matches = shelves.named(named[:LONGEST_QUERY].strip())
        if len(matches) != 1:
            return render_template(
                "advisers/addition_which.html",
                dossier=found,
                named=named[:LONGEST_QUERY],
                matches=matches[:NAMED],
                more=len(matches) > NAMED,
            ), 200 if matches or not named else 404
        structure = matches[0]
        need = need_of(found)
        try:
            why = matcher.why_not(need, structure.id)
            change = matcher.counterfactual(need, structure.id)
        except NeedError as error:
            raise Forbidden(UNREADABLE.format(error)) from error
        wished = structure.id in found.wished
        page = render_template(
            "advisers/addition.html",
            dossier=found,
            facts=describe(structure, matcher),
            memory=memory.memory_of(session, structure.id, clock.now()),
            why=why,
            change=change,
            shown=why.rank is not None and why.rank <= choices.SHOWN,
            choice=choices.of(found, structure.id),
            comment=form.commentaire.data if form else "La commune l’a demandée." if wished else "",
            form=form,
            longest=LONGEST_COMMENT,
        )
        return page, 400 if form else 200


def _opinion(dossier: Dossier, structure_id: str) -> MatcherOpinion:
    if outside_of(structure_id) is not None:
        return MatcherOpinion(None, None, {}, matcher.catalogue.fingerprint)
    if structure_id not in matcher.structures:
        raise Forbidden("Cette structure n’est plus au catalogue.")
    try:
        return MatcherOpinion.of(matcher, need_of(dossier), structure_id)
    except NeedError as error:
        raise Forbidden(UNREADABLE.format(error)) from error


def _typed(dossier: Dossier) -> list[str]:
    """The order typed in: a number beside each; where two are equal, the old order decides."""
    current = [choice.structure_id for choice in choices.selected(dossier)]

    def place(structure_id: str) -> int:
        typed = whole(request.form.get(f"rang-{structure_id}", ""), 3)
        if typed is None:
            raise Forbidden("Le rang d’une structure est un nombre : 1, 2, 3…")
        return typed

    return sorted(current, key=place)
