"""Introductions: prepared, read again, sent, followed until the meeting."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import StopValidation

from matcher.cohorts import DEFAULT_CAPACITY

from ...access import Role, may_change, may_read_contact, roles_of
from ...answers.asking import whole
from ...casework import clock
from ...casework.dossiers.dossiers import Stale
from ...casework.introductions import dates, introductions, links, loads, replies, tasks
from ...casework.introductions.introductions import LetterTexts
from ...casework.letters import briefs, letters
from ...casework.letters.letters import Letter
from ...casework.states import Contacted, Declined, Forbidden, Step, Useful
from ...context import database, structure_of
from ...protection import at_most, coming_day, lines, needed, trimmed
from ..forms import Posted, day_typed
from . import desk
from .followed import (
    capacity,
    followed_now,
    followed_of,
    mailto,
    name_of,
    reminder,
    sender,
    under_way,
)
from .letters import SIDES, box_of, brief_of, letters_of, spoken_of, texts_of

PAGE = 50
"""Introductions on a page."""
LONGEST_SUBJECT = 200
LONGEST_TEXT = 6_000


class TextsForm(Posted):
    """The two letters, to be read again before they are sent."""

    commune_objet = StringField(
        filters=[trimmed],
        validators=[needed("Un courriel a un objet."), at_most(LONGEST_SUBJECT), lines],
    )
    commune_texte = TextAreaField(
        filters=[trimmed],
        validators=[needed("Écrivez le texte pour la commune."), at_most(LONGEST_TEXT), lines],
    )
    structure_objet = StringField(
        filters=[trimmed],
        validators=[needed("Un courriel a un objet."), at_most(LONGEST_SUBJECT), lines],
    )
    structure_texte = TextAreaField(
        filters=[trimmed],
        validators=[needed("Écrivez le texte pour la structure."), at_most(LONGEST_TEXT), lines],
    )

    @property
    def texts(self) -> LetterTexts:
        """As they are kept."""
        commune, structure = (
            Letter(" ".join(subject.data.split()), body.data).text
            for subject, body in (
                (self.commune_objet, self.commune_texte),
                (self.structure_objet, self.structure_texte),
            )
        )
        return LetterTexts(commune, structure)


def add(pages: Blueprint) -> None:
    """Add the routes of this module, and what the dossier page shows of introductions."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.get("/introductions")(introductions_underway)
    pages.post("/dossiers/<reference>/introductions")(introduction_prepared)
    pages.get(one)(introduction)
    pages.post(f"{one}/textes")(introduction_edited)
    pages.post(f"{one}/etape")(introduction_advanced)
    pages.post(f"{one}/relance")(introduction_reminded)
    pages.context_processor(lambda: {"followed_of": followed_of, "declined_reasons": Declined})


def introductions_underway() -> ResponseReturnValue:
    """Show what is under way, and the load of each structure."""
    with database.reading() as session:
        account = desk.me(session)
        lead = Role.LEAD in roles_of(account)
        whose = None if lead else account.id
        count = tasks.count_underway(session, whose)
        page, pages = desk.page_asked(count, PAGE)
        found = tasks.underway(session, whose, PAGE, (page - 1) * PAGE)
        known = loads.loads(session, capacity(session), clock.now())
        return render_template(
            "advisers/introductions.html",
            lead=lead,
            underway=under_way(session, found, known),
            count=count,
            page=page,
            pages=pages,
            loads=known,
            name_of=name_of,
            default_capacity=DEFAULT_CAPACITY,
        )


def introduction_prepared(reference: str) -> ResponseReturnValue:
    """Prepare the two letters."""
    structure_id = request.form.get("structure", "")
    try:
        with desk.change(reference) as (session, account, found):
            brief = brief_of(found, structure_id, sender(account))
            if brief is None:
                raise Forbidden("Cette structure n’est plus au catalogue.")
            introductions.prepare(session, found, structure_id, letters.texts(brief), account.id)
    except Stale:
        if not _is_at(reference, structure_id, Step.PREPARED):
            raise
    return _back(reference, structure_id)


def introduction(reference: str, structure_id: str) -> ResponseReturnValue:
    """Show the two letters, and what may follow."""
    return _show(reference, structure_id)


def introduction_edited(reference: str, structure_id: str) -> ResponseReturnValue:
    """Change the letters before they are sent."""
    form = TextsForm()
    if not form.validate_on_submit():
        return _show(reference, structure_id, 400, form)
    try:
        with desk.change(reference) as (session, account, found):
            one = introductions.find(found, structure_id)
            introductions.edit(session, one, form.texts, account.id)
    except Stale as error:
        return _show(reference, structure_id, 409, form, str(error))
    flash("Les textes sont enregistrés.")
    return _back(reference, structure_id)


def introduction_advanced(reference: str, structure_id: str) -> ResponseReturnValue:
    """Mark it sent, accepted, declined, met or withdrawn; marked twice, it is once."""
    code, reason = request.form.get("etape", ""), request.form.get("motif") or None
    if code not in {step.value for step in Step} - {Step.PREPARED.value}:
        abort(400)
    after, later_on, day = Step(code), None, day_typed("le")
    if after is Step.LATER:
        try:
            later_on = coming_day(request.form.get("reparler", ""))
        except StopValidation as error:
            return _show(reference, structure_id, 400, date_problem=str(error))
    if after is Step.DECLINED and reason not in {known.value for known in Declined}:
        problem = "Choisissez un motif dans la liste."
        return _show(reference, structure_id, 400, reason_problem=problem)
    try:
        with desk.change(reference) as (session, account, found):
            one = introductions.find(found, structure_id)
            if after is Step.SENT and not all(map(letters.is_complete, texts_of(one))):
                raise Forbidden(
                    "Il reste un passage « à compléter » dans les textes : dites pourquoi cette "
                    "structure, puis enregistrez, avant de les envoyer."
                )
            dates.take(session, one, after, account.id, day, reason, later_on)
    except Stale:
        if not _is_at(reference, structure_id, after, reason):
            raise
    return _back(reference, structure_id)


def introduction_reminded(reference: str, structure_id: str) -> ResponseReturnValue:
    """Note that the reminder was made."""
    before = whole(request.form.get("relances", ""), 2)
    if before is None:
        abort(400)
    try:
        with desk.change(reference) as (session, account, found):
            one = introductions.find(found, structure_id)
            tasks.mark_reminded(session, one, before, account.id)
    except Stale:
        with desk.read(reference) as opened:
            if introductions.find(opened.dossier, structure_id).reminders <= before:
                raise
    return _back(reference, structure_id)


def _show(
    reference: str,
    structure_id: str,
    status: int = 200,
    form: TextsForm | None = None,
    problem: str = "",
    reason_problem: str = "",
    date_problem: str = "",
) -> ResponseReturnValue:
    with desk.read(reference) as opened:
        session, account, found = opened
        one = introductions.find(found, structure_id)
        shown = followed_now(session, one)
        both = letters_of(opened, one)
        contact = found.contact
        member = may_change(account, found)
        address = (contact.email or "") if contact and may_read_contact(account, found) else ""
        page = render_template(
            "advisers/introduction.html",
            dossier=found,
            may_change=member,
            one=shown,
            sides=SIDES,
            letters=both,
            kept={
                side: Letter.parse(text) for side, text in zip(SIDES, texts_of(one), strict=True)
            },
            complete=all(map(letters.is_complete, texts_of(one))),
            mailtos={
                "commune": mailto(both["commune"], address),
                "structure": mailto(both["structure"], box_of(structure_id)),
            },
            placeholder=introductions.CONTACT,
            link_placeholder=letters.LINK,
            to_complete=briefs.TO_COMPLETE,
            reminder=reminder(shown, account) if shown.due else None,
            in_catalogue=structure_of(structure_id) is not None,
            form=form,
            problem=problem,
            reason_problem=reason_problem,
            date_problem=date_problem,
            link_of={
                "commune": links.current(session, found),
                "structure": links.current(session, found, one),
            },
            link_days=links.LINK_DAYS,
            took_place=dates.TOOK_PLACE,
            covered=replies.covers(one),
            contacted=Contacted,
            useful=Useful,
            has_address=bool(contact and contact.email),
            group=spoken_of(opened, one),
            together=[other for other in introductions.prepared(found) if other is not one],
            longest_subject=LONGEST_SUBJECT,
            longest_text=LONGEST_TEXT,
        )
        return page, status


def _is_at(reference: str, structure_id: str, step: Step, reason: str | None = None) -> bool:
    """Whether what a form asks for is done already: it was sent twice, and counts once."""
    with desk.read(reference) as opened:
        try:
            one = introductions.find(opened.dossier, structure_id)
        except introductions.UnknownIntroduction:
            return False
        return introductions.is_at(one, step, reason)


def _back(reference: str, structure_id: str) -> ResponseReturnValue:
    address = url_for("advisers.introduction", reference=reference, structure_id=structure_id)
    return redirect(address, 303)
