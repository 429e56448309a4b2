"""A mail that was received, dropped as a file: filed to its dossier, its step proposed.

What the page shows is what is filed; the file itself is kept nowhere, nothing of it is run.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from ...access import may_change
from ...casework import audit, clock
from ...casework.audit import Action
from ...casework.dossiers.dossiers import UnknownDossier
from ...casework.dossiers.refinements import add_note
from ...casework.introductions import dates, introductions, memory
from ...casework.letters import mails
from ...casework.letters.mails import MAIL_MAX, Mail, Unreadable
from ...casework.states import STEPS, Declined, Forbidden, Step
from ...casework.store.tables import Dossier, Introduction
from ...context import structure_of
from ...protection import at_most, day_written, later_day, lines, needed, trimmed
from ..forms import LONGEST_NOTE, Posted
from . import desk
from .desk import Desk
from .followed import commune_of, name_of

ROOM = MAIL_MAX + 64 * 1024
"""Bytes of a request that brings a mail."""
NEVER = (Step.PREPARED, Step.WITHDRAWN)
"""Steps that no mail tells."""


class FiledForm(Posted):
    """What is kept of a mail: a note, and the step that it tells, with its day."""

    texte = TextAreaField(
        filters=[trimmed],
        validators=[needed("Gardez au moins une phrase."), at_most(LONGEST_NOTE), lines],
    )
    etape = StringField()
    jour = StringField(filters=[trimmed])
    motif = StringField()
    reparler = StringField(filters=[trimmed])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told: str = self.etape.data or ""
        self.structure_id, _, code = told.rpartition(":")
        self.step = Step(code) if code in tuple(Step) and self.structure_id else None
        self.day: date | None = None
        self.later_on: datetime | None = None

    def validate_jour(self, field: StringField) -> None:
        """The day of what happened."""
        kept = dates.field_of(self.step) if self.step is not None else None
        if kept is None:
            return
        self.day = day_written(field.data or "")
        try:
            dates.check_past(self.day, kept)
        except Forbidden as error:
            raise ValidationError(str(error)) from None

    def validate_motif(self, field: StringField) -> None:
        """A reason, where the structure says no."""
        if self.step is Step.DECLINED and field.data not in tuple(Declined):
            raise ValidationError("Choisissez un motif dans la liste.")

    def validate_reparler(self, field: StringField) -> None:
        """A day to come, where it says later."""
        if self.step is Step.LATER:
            self.later_on = later_day(field.data)


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.url_value_preprocessor(make_room)
    pages.get("/courriels")(mail_page)
    pages.post("/courriels")(mail_read)
    pages.post("/dossiers/<reference>/courriel")(mail_filed)


def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a mail be larger than a form."""
    if endpoint == "advisers.mail_read":
        request.max_content_length = ROOM


def mail_page() -> ResponseReturnValue:
    """Ask for a mail."""
    return _page()


def mail_read() -> ResponseReturnValue:
    """Show what a mail says and where it would be filed; nothing changes."""
    given = request.files.get("courriel")
    if given is None or not given.filename:
        return _page("Choisissez un fichier .eml."), 400
    try:
        mail = mails.parse(given.stream.read(MAIL_MAX + 1))
    except Unreadable as error:
        return _page(str(error)), 400
    reference = mail.reference or request.form.get("reference", "").strip().upper()
    if not reference:
        return _page("Ce courriel ne cite pas de dossier : indiquez sa référence (MR-…)."), 400
    try:
        with desk.read(reference) as opened:
            if not may_change(opened.account, opened.dossier):
                raise UnknownDossier(reference)
            form = FiledForm(formdata=None, **_proposed(opened, mail))
            return _proposal(opened.dossier, form, mail.subject)
    except UnknownDossier:
        return _page(f"Aucun de vos dossiers n’a la référence {reference[:40]}."), 404


def mail_filed(reference: str) -> ResponseReturnValue:
    """Keep the note, and take the step on its true day; sent twice, it is filed once."""
    form = FiledForm()
    if not form.validate_on_submit():
        with desk.read(reference) as opened:
            return _proposal(opened.dossier, form, "", 400)
    with desk.change(reference) as (session, account, found):
        if form.texte.data in {note.text for note in found.notes}:
            raise Forbidden("Ce courriel est déjà classé dans ce dossier.")
        add_note(session, found, account, form.texte.data)
        if form.step is not None:
            one = introductions.find(found, form.structure_id)
            if form.step in NEVER:
                raise Forbidden("Un courriel ne dit pas cette étape.")
            reason = form.motif.data if form.step is Step.DECLINED else None
            dates.take(session, one, form.step, account.id, form.day, reason, form.later_on)
        audit.record(
            session,
            Action.MAIL_FILED,
            account.id,
            reference,
            **({"structure": form.structure_id} if form.step else {}),
        )
    flash("Le courriel est classé dans les notes du dossier.")
    return desk.back(reference, "notes")


def _proposed(opened: Desk, mail: Mail) -> dict[str, str]:
    """The note, and the step that the mail seems to tell."""
    day = clock.day_of(mail.sent_at or clock.now())
    head = f"Courriel du {day:%d/%m/%Y} : {mail.subject or 'sans objet'}"
    told = _told(opened, mail)
    return {
        "texte": f"{head}\n\n{mail.text}"[:LONGEST_NOTE].strip(),
        "jour": f"{day:%Y-%m-%d}",
        "etape": f"{told[0].structure_id}:{told[1].value}" if told else "",
    }


def _told(opened: Desk, mail: Mail) -> tuple[Introduction, Step] | None:
    """Which introduction a mail is about, and its step: a proposal, that a person confirms."""
    dossier = opened.dossier
    ours = {opened.account.email.lower(), str(current_app.config["SENDER_REPLY"]).lower()}
    sent = mail.sender in ours
    boxes = mail.readers if sent else (mail.sender,)
    about = [
        one
        for one in dossier.introductions
        if any(mails.is_of(box, _hosts(opened, one)) for box in boxes)
    ]
    known = [dossier.contact, *(party.contact for party in dossier.parties)]
    of_commune = mail.sender in {(one.email or "").lower() for one in known if one}
    if not about and not of_commune:  # from a box that no page names
        waiting = Step.PREPARED if sent else Step.SENT
        about = [one for one in dossier.introductions if one.step == waiting]
    step = Step.SENT if sent else mails.guessed(mail)
    if len(about) != 1 or step is None or step not in STEPS[Step(about[0].step)]:
        return None
    return about[0], step


def _hosts(opened: Desk, one: Introduction) -> list[str]:
    """The site and the boxes of a structure."""
    known = structure_of(one.structure_id)
    kept = memory.find(opened.session, one.structure_id)
    found = [kept.email or ""] if kept else []
    if known is not None:
        site = known.website.split("//")[-1].split("/")[0]
        found += [site, *(c.value for c in known.contacts if "@" in c.value)]
    return found


def _proposal(
    dossier: Dossier, form: FiledForm, subject: str, status: int = 200
) -> ResponseReturnValue:
    choices = [
        (f"{one.structure_id}:{step.value}", f"{name_of(one.structure_id)} : {step.label}")
        for one in dossier.introductions
        for step in STEPS[Step(one.step)]
        if step not in NEVER
    ]
    page = render_template(
        "advisers/mail_read.html",
        dossier=dossier,
        commune=commune_of(dossier),
        form=form,
        subject=subject,
        choices=choices,
        reasons=Declined,
        longest=LONGEST_NOTE,
    )
    return page, status


def _page(problem: str = "") -> str:
    return render_template("advisers/mail.html", problem=problem, megabytes=MAIL_MAX // 2**20)
