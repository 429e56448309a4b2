"""Dates, as people here read them, and the calendar: days to come back, those of introductions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, time

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from sqlalchemy.orm import Session
from wtforms import StringField

from ..access import working_as
from ..casework import clock
from ..casework.dossiers import desks
from ..casework.dossiers.desks import Appointment
from ..casework.introductions import dates, introductions, tasks
from ..casework.states import Forbidden, Step
from ..casework.store.tables import Account, Dossier, Introduction
from ..context import database
from ..protection import at_most, one_line, trimmed
from .dossiers import desk
from .dossiers.followed import commune_of, name_of
from .forms import Posted, day_typed

LONGEST_LINE = 200
TYPE = "text/calendar; charset=utf-8"


class LineForm(Posted):
    """The line of a day to come back, or the place of a meeting."""

    ligne = StringField(filters=[trimmed], validators=[at_most(LONGEST_LINE), one_line])
    lieu = StringField(filters=[trimmed], validators=[at_most(LONGEST_LINE), one_line])


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    one = "/dossiers/<reference>/introductions/<structure_id>"
    pages.get("/agenda")(agenda)
    pages.post("/agenda/adresse")(agenda_renewed)
    pages.get("/agenda/<secret>.ics")(agenda_feed)
    pages.get("/dossiers/<reference>/agenda.ics")(dossier_agenda)
    pages.post("/dossiers/<reference>/date")(dossier_back)
    pages.post(f"{one}/dates")(introduction_dated)
    pages.post(f"{one}/envoi-annule")(introduction_unsent)
    pages.context_processor(lambda: {"today": clock.today, "longest_line": LONGEST_LINE})
    for name, shown in (
        ("day", day),
        ("iso", iso),
        ("hour", hour),
        ("moment", moment),
        ("since", since),
    ):
        pages.add_app_template_filter(shown, name)


def agenda() -> ResponseReturnValue:
    """Show the meetings and the days to come back."""
    return _page()


def agenda_renewed() -> ResponseReturnValue:
    """Give the calendar a new address, shown once."""
    with database.writing() as session:
        secret = desks.renew_calendar(session, desk.me(session))
    return _page(url_for("advisers.agenda_feed", secret=secret, _external=True))


def agenda_feed(secret: str) -> ResponseReturnValue:
    """Give the calendar of who holds its address to a program that asks again and again."""
    with database.reading() as session:
        account = desks.calendar_owner(session, secret)
        if account is None:
            abort(404)
        return _file(_all_events(session, account), "agenda.ics")


def dossier_agenda(reference: str) -> ResponseReturnValue:
    """Give the meetings and the day of one dossier."""
    with desk.read(reference) as (_session, _account, found):
        events = [*_meetings(found.introductions), *_days([found])]
        return _file(events, f"{reference}.ics")


def dossier_back(reference: str) -> ResponseReturnValue:
    """Say when to come back to a dossier, and what for."""
    day, form = day_typed("le"), _lines()
    with desk.change(reference) as (session, account, found):
        tasks.come_back(session, found, day, form.ligne.data, account.id)
    return desk.back(reference, "date")


def introduction_dated(reference: str, structure_id: str) -> ResponseReturnValue:
    """Say the true days of an introduction, and when they will meet."""
    days = {field: day for field in dates.NAMES if (day := day_typed(field)) is not None}
    meeting, hour, form = day_typed("rdv"), request.form.get("heure", ""), _lines()
    with desk.change(reference) as (session, account, found):
        one = introductions.find(found, structure_id)
        dates.correct(session, one, days, account.id)
        if one.step in (Step.SENT, Step.ACCEPTED) and "rdv" in request.form:
            when = clock.moment_of(meeting, _hour(hour)) if meeting else None
            dates.plan(session, one, when, form.lieu.data if meeting else "", account.id)
    flash("Les dates sont enregistrées.")
    return _back(reference, structure_id)


def introduction_unsent(reference: str, structure_id: str) -> ResponseReturnValue:
    """Take back « envoyée »."""
    with desk.change(reference) as (session, account, found):
        dates.undo_sent(session, introductions.find(found, structure_id), account.id)
    flash("L’introduction n’est plus notée comme envoyée : ses textes peuvent changer.")
    return _back(reference, structure_id)


def _hour(typed: str) -> time:
    if not typed.strip():
        return clock.NOON
    with suppress(ValueError):
        return time.fromisoformat(typed.strip().replace("h", ":"))
    raise Forbidden(f"« {typed} » n’est pas une heure : écrivez-la comme 14:30.")


def _lines() -> LineForm:
    form = LineForm()
    if not form.validate():
        raise Forbidden(" ".join(str(said) for errors in form.errors.values() for said in errors))
    return form


def _page(address: str = "") -> ResponseReturnValue:
    with database.reading() as session:
        account = desk.me(session)
        whose, now = working_as(account), clock.now()
        return render_template(
            "advisers/agenda.html",
            meetings=[one for one in tasks.meetings(session, whose, now) if one.meeting_at],
            days=tasks.coming_back(session, whose),
            has_address=account.feed is not None,
            address=address,
            commune_of=commune_of,
            name_of=name_of,
        )


def _file(events: Iterable[Appointment], name: str) -> Response:
    answer = Response(desks.calendar_text(events), content_type=TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _all_events(session: Session, account: Account) -> Iterator[Appointment]:
    whose, now = working_as(account), clock.now()
    yield from _meetings(tasks.meetings(session, whose, now))
    yield from _days(tasks.coming_back(session, whose))


def _meetings(found: Iterable[Introduction]) -> Iterator[Appointment]:
    for one in found:
        if one.meeting_at is not None:
            title = f"Rencontre : {commune_of(one.dossier)}, {name_of(one.structure_id)}"
            address = _address(one.dossier)
            place = one.meeting_place or ""
            yield Appointment(f"rencontre-{one.id}", one.meeting_at, title, address, place)


def _days(found: Iterable[Dossier]) -> Iterator[Appointment]:
    for one in found:
        if one.back_at is not None:
            title, line = f"Revoir le dossier : {commune_of(one)}", one.back_line or ""
            key = f"date-{one.reference}"
            yield Appointment(key, one.back_at, title, _address(one), line=line, whole_day=True)


def _address(dossier: Dossier) -> str:
    return url_for("advisers.dossier", reference=dossier.reference, _external=True)


def _back(reference: str, structure_id: str) -> ResponseReturnValue:
    place = url_for("advisers.introduction", reference=reference, structure_id=structure_id)
    return redirect(place, 303)


def day(when: datetime) -> str:
    """`22/11/2026`, in the zone of the site."""
    return str(format_datetime(when, "dd/MM/yyyy"))


def iso(when: datetime) -> str:
    """`2026-11-22`, as a field of a form wants it."""
    return clock.day_of(when).isoformat()


def hour(when: datetime) -> str:
    """`14:05`, as a field of a form wants it."""
    return f"{when.astimezone(clock.ZONE):%H:%M}"


def moment(when: datetime) -> str:
    """`22/11/2026 à 14:05`, in the zone of the site."""
    return str(format_datetime(when, "dd/MM/yyyy 'à' HH:mm"))


def since(when: datetime) -> str:
    """How long ago, in whole days."""
    days = (clock.now() - when).days
    return "aujourd’hui" if days < 1 else "hier" if days == 1 else f"il y a {days} jours"
