"""Introductions: prepared, read again, sent, followed until the meeting."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from matcher import NeedError
from matcher.cohorts import DEFAULT_CAPACITY

from ...access import Role, may_change, may_read_contact, roles_of
from ...answers.asking import whole
from ...casework import clock
from ...casework.dossiers.dossiers import Stale
from ...casework.introductions import briefs, documents, introductions, letters, loads, reminders
from ...casework.introductions.briefs import Brief
from ...casework.introductions.introductions import Texts
from ...casework.introductions.letters import Letter
from ...casework.states import Declined, Forbidden, Step
from ...casework.store.tables import Dossier, Introduction
from ...context import database, matcher
from ...freshness import served
from ...protection import at_most, lines, needed, trimmed
from ..forms import Posted
from . import desk
from .desk import Desk
from .followed import (
    capacity,
    followed_now,
    followed_of,
    letter_of,
    mailto,
    name_of,
    reminder,
    under_way,
)

PAGE = 50
"""Introductions on a page."""
LONGEST_SUBJECT = 200
LONGEST_TEXT = 6_000
SIDES = {"commune": "pour la commune", "structure": "pour la structure"}
GONE = "Cette structure n’est plus au catalogue : son document ne peut plus être fait."


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
    def texts(self) -> Texts:
        """As they are kept."""
        commune, structure = (
            Letter(" ".join(subject.data.split()), body.data).text
            for subject, body in (
                (self.commune_objet, self.commune_texte),
                (self.structure_objet, self.structure_texte),
            )
        )
        return Texts(commune, structure)


def add(pages: Blueprint) -> None:
    """Add the routes of this module, and what the dossier page shows of introductions."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.get("/introductions")(introductions_underway)
    pages.post("/dossiers/<reference>/introductions")(introduction_prepared)
    pages.get(one)(introduction)
    pages.post(f"{one}/textes")(introduction_edited)
    pages.post(f"{one}/etape")(introduction_advanced)
    pages.post(f"{one}/relance")(introduction_reminded)
    pages.get(f"{one}/<any(commune, structure):side>.<any(txt, docx):form>")(introduction_file)
    pages.app_context_processor(lambda: {"followed_of": followed_of, "declined_reasons": Declined})


def introductions_underway() -> ResponseReturnValue:
    """Show what is under way, and the load of each structure."""
    with database.reading() as session:
        account = desk.me(session)
        lead = Role.LEAD in roles_of(account)
        whose = None if lead else account.id
        count = introductions.count_underway(session, whose)
        page, pages = desk.page_asked(count, PAGE)
        found = introductions.underway(session, whose, PAGE, (page - 1) * PAGE)
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
            brief = _brief(found, structure_id, account.name)
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
    after = Step(code)
    if after is Step.DECLINED and reason not in {known.value for known in Declined}:
        problem = "Choisissez un motif dans la liste."
        return _show(reference, structure_id, 400, reason_problem=problem)
    try:
        with desk.change(reference) as (session, account, found):
            one = introductions.find(found, structure_id)
            if after is Step.SENT and not all(map(letters.is_complete, _texts(one))):
                raise Forbidden(
                    "Il reste un passage « à compléter » dans les textes : dites pourquoi cette "
                    "structure, puis enregistrez, avant de les envoyer."
                )
            introductions.advance(session, one, after, account.id, reason)
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
            reminders.mark_done(session, one, before, account.id)
    except Stale:
        with desk.read(reference) as opened:
            if introductions.find(opened.dossier, structure_id).reminders <= before:
                raise
    return _back(reference, structure_id)


def introduction_file(reference: str, structure_id: str, side: str, form: str) -> Response:
    """Give one letter as plain text, or as a document with the facts and their sources."""
    with desk.read(reference) as opened:
        one = introductions.find(opened.dossier, structure_id)
        letter = _letters(opened, one)[side]
        if form == "txt":
            content, kind = letter.text.encode() + b"\n", "text/plain; charset=utf-8"
        else:
            brief = _brief(opened.dossier, structure_id, opened.account.name)
            if brief is None:
                raise Forbidden(GONE)
            content = documents.document(letter, brief, to_commune=side == "commune")
            kind = documents.MEDIA_TYPE
    answer = Response(content, mimetype=None, content_type=kind)
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"{reference}-{structure_id}-{side}.{form}"
    )
    return answer


def _show(
    reference: str,
    structure_id: str,
    status: int = 200,
    form: TextsForm | None = None,
    problem: str = "",
    reason_problem: str = "",
) -> ResponseReturnValue:
    with desk.read(reference) as opened:
        session, account, found = opened
        one = introductions.find(found, structure_id)
        shown = followed_now(session, one)
        both = _letters(opened, one)
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
            kept={side: Letter.parse(text) for side, text in zip(SIDES, _texts(one), strict=True)},
            complete=all(map(letters.is_complete, _texts(one))),
            mailtos={
                "commune": mailto(both["commune"], address),
                "structure": mailto(both["structure"]),
            },
            placeholder=introductions.CONTACT,
            to_complete=briefs.TO_COMPLETE,
            reminder=reminder(shown, account) if shown.due else None,
            in_catalogue=structure_id in matcher.structures,
            form=form,
            problem=problem,
            reason_problem=reason_problem,
            longest_subject=LONGEST_SUBJECT,
            longest_text=LONGEST_TEXT,
        )
        return page, status


def _letters(opened: Desk, one: Introduction) -> dict[str, Letter]:
    """Both letters, with the address of the commune if it may be passed on, and read here."""
    filled = may_read_contact(opened.account, opened.dossier)
    contact = opened.dossier.contact
    return {
        side: letter_of(text, contact, filled=filled)
        for side, text in zip(SIDES, _texts(one), strict=True)
    }


def _texts(one: Introduction) -> tuple[str, str]:
    return one.to_commune, one.to_structure


def _brief(dossier: Dossier, structure_id: str, adviser: str) -> Brief | None:
    if structure_id not in matcher.structures:
        return None
    try:
        return briefs.write(
            served().matcher,
            dossier,
            structure_id,
            adviser,
            clock.now(),
        )
    except NeedError as error:
        raise Forbidden(f"Le besoin de ce dossier ne se lit plus : {error}") from error


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
