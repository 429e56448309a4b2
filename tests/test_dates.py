"""True dates: what happened is past, what is to come is said, and nothing is forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from casework import Space, sent
from test_dossiers import do, kept, page_of, taken
from test_introductions import MONDAY, A, Clock, Desk
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import audit
from web.casework import clock as casework_clock
from web.casework.audit import Action
from web.casework.dossiers import desks
from web.casework.dossiers.desks import Appointment
from web.casework.introductions import dates, introductions, tasks
from web.casework.introductions.tasks import TaskKind
from web.casework.states import Forbidden, State, Step
from web.casework.store.database import Database
from web.casework.store.tables import Introduction


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    moved = Clock()
    monkeypatch.setattr("web.casework.clock.now", lambda: moved.at)
    yield moved


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    """An adviser who sent the letters of an introduction on a Monday."""
    made = Desk(database)
    made.choose(A)
    made.prepare(A)
    made.advance(A, Step.SENT)
    return made


def one(desk: Desk) -> Introduction:
    with desk.change() as (_, dossier):
        return introductions.find(dossier, A)


def correct(desk: Desk, **days: date) -> None:
    with desk.change() as (session, dossier):
        dates.correct(session, introductions.find(dossier, A), days, desk.account)


def todo(desk: Desk) -> list[TaskKind]:
    with desk.database.reading() as session:
        found = tasks.due(session, [desk.account], casework_clock.now())
        return [task.kind for task in found]


def test_a_step_takes_the_day_when_it_took_place(desk: Desk, clock: Clock) -> None:
    clock.wait(days=10)
    desk.advance(A, Step.ACCEPTED)
    correct(desk, sent_at=date(2026, 10, 30), answered_at=date(2026, 11, 4))
    known = one(desk)
    assert known.sent_at and casework_clock.day_of(known.sent_at) == date(2026, 10, 30)
    assert known.answered_at == datetime(2026, 11, 4, 11, tzinfo=UTC)  # noon in Paris
    with desk.database.reading() as session:
        entry = audit.history(session, desk.reference)[-1]
    assert entry.action == Action.INTRODUCTION_DATES
    assert json.loads(entry.details)["dates"] == ["l’envoi : 30/10/2026", "la réponse : 04/11/2026"]


def test_a_step_of_today_is_never_later_than_now(desk: Desk, clock: Clock) -> None:
    clock.wait(days=1, hours=-3)
    correct(desk, sent_at=casework_clock.today())
    assert one(desk).sent_at == clock.at


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"sent_at": date(2026, 11, 13)}, "est à venir"),
        ({"sent_at": date(2020, 1, 1)}, "trop ancien"),
        ({"answered_at": date(2026, 10, 1)}, "avant l’envoi"),
        ({"sent_at": date(2026, 11, 12), "answered_at": date(2026, 11, 11)}, "avant l’envoi"),
    ],
)
def test_what_happened_is_past_and_in_order(
    desk: Desk, clock: Clock, days: dict[str, date], said: str
) -> None:
    clock.wait(days=10)
    desk.advance(A, Step.ACCEPTED)
    before = one(desk).sent_at, one(desk).answered_at
    with pytest.raises(Forbidden, match=said):
        correct(desk, **days)
    assert (one(desk).sent_at, one(desk).answered_at) == before


def test_a_meeting_to_come_has_a_day_and_a_place(desk: Desk, clock: Clock) -> None:
    when = MONDAY + timedelta(days=20)
    with desk.change() as (session, dossier):
        found = introductions.find(dossier, A)
        dates.plan(session, found, when, "Mairie de Lodève", desk.account)
        for wrong in (MONDAY, MONDAY + timedelta(days=1_000)):
            with pytest.raises(Forbidden, match="à venir"):
                dates.plan(session, found, wrong, "", desk.account)
    assert (one(desk).meeting_at, one(desk).meeting_place) == (when, "Mairie de Lodève")


def test_sent_too_soon_is_undone_and_the_dossier_is_open_again(desk: Desk) -> None:
    with desk.change() as (session, dossier):
        dates.undo_sent(session, introductions.find(dossier, A), desk.account)
        assert dossier.state == State.OPEN
        with pytest.raises(Forbidden):
            dates.undo_sent(session, introductions.find(dossier, A), desk.account)
    assert (one(desk).step, one(desk).sent_at) == (Step.PREPARED, None)
    desk.advance(A, Step.SENT, Step.ACCEPTED)
    with desk.change() as (session, dossier), pytest.raises(Forbidden):
        dates.undo_sent(session, introductions.find(dossier, A), desk.account)


def test_letters_that_did_not_leave_are_told(database: Database, clock: Clock) -> None:
    desk = Desk(database)
    desk.choose(A)
    desk.prepare(A)
    clock.wait(days=tasks.UNSENT_DAYS - 1)
    assert todo(desk) == []
    clock.wait(days=1)
    assert todo(desk) == [TaskKind.UNSENT]
    desk.advance(A, Step.SENT)
    assert todo(desk) == []


def test_a_dossier_that_nobody_touches_is_told_unless_a_day_is_said(
    database: Database, clock: Clock
) -> None:
    desk = Desk(database)
    clock.wait(days=tasks.IDLE_DAYS)
    assert todo(desk) == [TaskKind.IDLE]
    with desk.change() as (session, dossier):
        day = casework_clock.today() + timedelta(days=40)
        tasks.come_back(session, dossier, day, "Rappeler après le conseil", desk.account)
        for wrong in (day - timedelta(days=41), day + timedelta(days=1_000)):
            with pytest.raises(Forbidden, match="à venir"):
                tasks.come_back(session, dossier, wrong, "", desk.account)
    clock.wait(days=39)
    assert todo(desk) == []
    clock.at = clock.at.replace(hour=23, minute=30)  # half past midnight of that day in Paris
    assert todo(desk) == [TaskKind.BACK]
    with desk.change() as (session, dossier):
        tasks.come_back(session, dossier, None, "", desk.account)
        assert dossier.back_line is None
    assert todo(desk) == []


@pytest.mark.parametrize("days", tasks.MET_DAYS)
def test_a_meeting_is_asked_about_after_three_and_six_months(
    desk: Desk, clock: Clock, days: int
) -> None:
    desk.advance(A, Step.ACCEPTED, Step.MET)
    if days == tasks.MET_DAYS[1]:
        clock.wait(days=tasks.MET_DAYS[0] + 1)
        with desk.change():  # what came of it was written
            pass
        clock.at = MONDAY
    clock.wait(days=days - 1)
    assert TaskKind.MET not in todo(desk)
    clock.wait(days=1)
    assert TaskKind.MET in todo(desk)
    with desk.change():
        pass
    assert TaskKind.MET not in todo(desk)


def test_a_calendar_is_read_by_any_program() -> None:
    meeting = datetime(2026, 7, 2, 12, 30, tzinfo=UTC)
    events = [
        Appointment(
            "a", meeting, "Rencontre : L’Haÿ, " + "é" * 80, "https://x.fr/a", "Salle; 2", "Un\nDeux"
        ),
        Appointment("b", meeting, "Revoir", "https://x.fr/b", whole_day=True),
    ]
    text = desks.calendar_text(events)
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert "SUMMARY:Rencontre : L’Haÿ\\, " + "é" * 80 in unfolded
    assert {"DTSTART:20260702T123000Z", "DTEND:20260702T133000Z"} <= set(unfolded)
    assert {"LOCATION:Salle\\; 2", "DESCRIPTION:Un\\nDeux"} <= set(unfolded)
    assert {"DTSTART;VALUE=DATE:20260702", "DTEND;VALUE=DATE:20260703"} <= set(unfolded)
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 2


def introduced(space: Space) -> str:
    """A dossier whose two letters are ready."""
    reference, lea = taken(space, "lea"), space.client("lea")
    added = do(lea, reference, "ajouter", structure=A, commentaire="La commune la connaît.")
    assert added.status_code == 303
    assert do(lea, reference, "introductions", structure=A).status_code == 303
    return reference


def step(space: Space, reference: str, what: str, **fields: object) -> TestResponse:
    version = kept(space, reference).version
    path = f"{page_of(reference)}/introductions/{A}/{what}"
    return sent(space.client("lea"), path, page_of(reference), version=version, **fields)


def test_the_pages_take_true_dates_and_refuse_a_future_one(space: Space) -> None:
    reference = introduced(space)
    today = casework_clock.today()
    early, late = today - timedelta(days=3), today + timedelta(days=1)
    refused = step(space, reference, "etape", etape="envoyee", le=late.isoformat())
    assert refused.status_code == 409 and "est à venir" in refused.text
    assert "n’est pas une date" in step(space, reference, "etape", etape="envoyee", le="hier").text
    assert step(space, reference, "etape", etape="envoyee", le=early.isoformat()).status_code == 303
    meeting = {"rdv": (today + timedelta(days=9)).isoformat(), "heure": "14:30", "lieu": "Mairie"}
    assert step(space, reference, "dates", **meeting).status_code == 303
    page = unescape(space.client("lea").get(f"{page_of(reference)}/introductions/{A}").text)
    assert f"envoyée le {early:%d/%m/%Y}" in page and "14:30 (Mairie)" in page
    calendar_file = space.client("lea").get(f"{page_of(reference)}/agenda.ics")
    assert calendar_file.mimetype == "text/calendar" and "LOCATION:Mairie" in calendar_file.text
    assert step(space, reference, "envoi-annule").status_code == 303
    assert "Préparée" in space.client("lea").get(page_of(reference)).text


def test_a_day_to_come_back_is_in_the_calendar_of_a_secret_address(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    day = casework_clock.today() + timedelta(days=30)
    fields = {"le": f"{day:%d/%m/%Y}", "ligne": "Rappeler la mairie"}
    assert do(lea, reference, "date", **fields).status_code == 303
    assert "Rappeler la mairie" in lea.get(page_of(reference)).text
    assert "Rappeler la mairie" in lea.get("/espace/agenda").text
    addresses = []
    for _ in range(2):
        page = sent(lea, "/espace/agenda/adresse", "/espace/agenda").text
        found = re.search(r'value="http://localhost(/espace/agenda/[^"]+\.ics)"', page)
        assert found
        addresses.append(found[1])
    stranger = space.app.test_client()
    first, second = (stranger.get(address) for address in addresses)
    assert first.status_code == 404 and second.status_code == 200
    assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in second.text and "Rappeler" in second.text
    assert "mairie@ville.fr" not in second.text and "recyclerie" not in second.text
    with space.app.app_context():
        from web.signin import accounts

        accounts.close("lea@test.fr", None, to_queue=True)
    assert stranger.get(addresses[1]).status_code == 404


def test_what_is_to_be_done_is_on_the_first_page(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = introduced(space)
    late = casework_clock.now() + timedelta(days=6)
    monkeypatch.setattr(casework_clock, "now", lambda: late)
    page = unescape(space.client("lea").get("/espace/").text)
    assert "Préparée, pas envoyée" in page.replace("\xa0", " ")
    assert f"{page_of(reference)}/introductions/{A}" in page
    assert "Préparée, pas envoyée" not in space.client("max", Role.LEAD).get("/espace/").text
