"""The days that calendars get wrong: 29 February, the two nights of the clock, the turn of a year.

The clock of the whole process is moved, so that libraries are moved with us.
"""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from casework import PASSWORD, Space, sent
from hypothesis import given
from hypothesis import strategies as st
from test_architecture import MODULES
from test_introductions import A, Desk
from test_retention import fill
from wtforms.validators import StopValidation

from web.casework import clock, report
from web.casework.dossiers import desks
from web.casework.dossiers.desks import Appointment
from web.casework.introductions import introductions, tasks
from web.casework.persons import retention
from web.casework.states import Step
from web.casework.store.database import Database
from web.casework.store.tables import Account
from web.protection import coming_day

PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""Days of 23 and of 25 hours."""
LEAP, NEW_YEAR = date(2028, 2, 29), date(2027, 1, 1)
ODD_DAYS = (SPRING, AUTUMN, LEAP, NEW_YEAR, date(2026, 12, 31), date(2026, 4, 1), date(2026, 7, 1))
WRITTEN = re.compile(r"\{[\w.]*(?:_at|\bat|_on|received|now\(\)):%[dYm](?![^}]*Z\})")
"""A moment that is written as a day, but for those that say themselves that they are UTC."""
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def at(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    """A moment as a watch shows it in Paris."""
    return datetime.combine(day, time(hour, minute, fold=fold), PARIS).astimezone(UTC)


def test_a_day_is_read_where_people_are_and_nowhere_else() -> None:
    """The day of a moment in UTC is the day before for who works late: `clock.day_of` knows."""
    allowed = {"web.casework.clock", "web.protection"}
    for name, path in MODULES.items():
        if not name.startswith("web") or name in allowed:
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr != "date", f"{name}, ligne {node.lineno}"
        assert not re.search(
            r"\{[\w.]*(?:_at|\bat|_on|received|now\(\)):%[dYm](?![^}]*Z\})", text
        ), name


@pytest.mark.parametrize("day", ODD_DAYS)
def test_a_day_begins_at_midnight_and_has_its_noon(day: date) -> None:
    assert clock.start_of(day) == at(day, 0)
    assert clock.moment_of(day) == at(day, 12)
    assert clock.day_of(clock.start_of(day)) == day
    assert clock.day_of(clock.start_of(day) - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize("day", ODD_DAYS)
def test_just_after_midnight_it_is_today_and_tomorrow_is_to_come(day: date) -> None:
    tomorrow = day + timedelta(days=1)
    with time_machine.travel(at(day, 0, 30), tick=False):
        assert clock.today() == day
        assert clock.day_of(coming_day(f"{tomorrow:%d/%m/%Y}")) == tomorrow
        with pytest.raises(StopValidation):
            coming_day(f"{day:%d/%m/%Y}")


def test_the_29th_of_february_is_a_day_of_leap_years_only() -> None:
    with time_machine.travel(at(date(2026, 11, 29), 9), tick=False):
        assert clock.day_of(coming_day("29/02/2028")) == LEAP
        with pytest.raises(StopValidation, match="s’écrit comme"):
            coming_day("29/02/2027")
    with time_machine.travel(at(LEAP, 9), tick=False):
        assert clock.day_of(coming_day("28/02/2030")) == date(2030, 2, 28)


# Figures


@given(st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)))
def test_each_moment_is_of_one_quarter_and_of_one_year(moment: datetime) -> None:
    day = clock.day_of(moment)
    quarters = [report.period(f"{year}-T{n}") for year in range(2019, 2034) for n in range(1, 5)]
    (found,) = (one for one in quarters if one and moment in one)
    assert found.code == f"{day.year}-T{(day.month + 2) // 3}"
    year = report.period(str(day.year))
    assert year and moment in year and moment not in year.before


@pytest.mark.parametrize(("day", "code"), [(NEW_YEAR, "2027-T1"), (date(2026, 4, 1), "2026-T2")])
def test_the_quarter_turns_at_midnight_where_people_are(day: date, code: str) -> None:
    assert report.recent_periods(at(day, 0, 30))[0].code == code
    assert report.recent_periods(at(day, 0) - timedelta(seconds=1))[0].code != code
    offered = [period.code for period in report.recent_periods(at(day, 0, 30))]
    assert len(set(offered)) == len(offered) == report.QUARTERS + report.YEARS


# What is kept


@given(st.datetimes(datetime(2026, 1, 1), datetime(2033, 1, 1)), st.timedeltas(timedelta(0)))
def test_what_is_due_to_be_erased_stays_so(moment: datetime, later: timedelta) -> None:
    first = moment.replace(tzinfo=UTC)
    second = first + min(later, timedelta(days=400))
    limits = []
    for now in (first, second):
        with time_machine.travel(now, tick=False):
            limits.append(retention.limit())
    assert limits[0] <= limits[1]


def test_a_dossier_of_the_end_of_february_goes_on_the_29th(database: Database) -> None:
    with time_machine.travel(at(date(2025, 2, 28), 15)):
        reference = fill(database)
    for day, hour, gone in ((date(2028, 2, 28), 14, False), (LEAP, 16, True)):
        with time_machine.travel(at(day, hour)), database.reading() as session:
            assert (reference in retention.outdated(session).dossiers) == gone


# Signing in


@sqlite
@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_code_is_good_for_its_half_minute_and_its_neighbours(space: Space, day: date) -> None:
    """Also while watches jump: codes count seconds, and no hour of the wall."""
    turn = datetime.combine(day, time(1), UTC)
    with time_machine.travel(turn - timedelta(seconds=10), tick=False):
        space.account("lea")
        code = space.code("lea")
    for late, opened in ((95, False), (10, True)):
        with time_machine.travel(turn + timedelta(seconds=late), tick=False):
            client = space.app.test_client()
            sent(client, "/espace/connexion", email="lea@test.fr", password=PASSWORD)
            answer = sent(client, "/espace/code", code=code)
            assert (answer.status_code == 302) == opened, late


@sqlite
@pytest.mark.parametrize("day", [SPRING, AUTUMN, NEW_YEAR])
def test_a_night_of_work_lasts_ten_hours_whatever_watches_show(space: Space, day: date) -> None:
    evening = clock.start_of(day) - timedelta(hours=4)
    with time_machine.travel(evening, tick=False) as moved:
        lea = space.client("lea")
        moved.shift(timedelta(hours=9, minutes=59))
        assert lea.get("/espace/").status_code == 200
        moved.shift(timedelta(hours=10, minutes=1))
        assert lea.get("/espace/").status_code == 302


# Introductions


@pytest.mark.parametrize("day", [date(2026, 12, 27), date(2028, 2, 20), date(2026, 3, 21)])
def test_reminders_count_whole_days_over_odd_ones(database: Database, day: date) -> None:
    sent_at = at(day, 10)
    with time_machine.travel(sent_at, tick=False):
        desk = Desk(database)
        desk.choose(A)
        desk.prepare(A)
        desk.advance(A, Step.SENT)
    for days in tasks.REMINDER_DAYS:
        due_at = sent_at + timedelta(days=days)
        for moment, due in ((due_at - timedelta(seconds=1), 0), (due_at, 1)):
            with time_machine.travel(moment, tick=False), database.reading() as session:
                assert len(tasks.reminders_due(session, desk.account, clock.now())) == due
        with time_machine.travel(due_at, tick=False), desk.change() as (session, dossier):
            one = introductions.find(dossier, A)
            tasks.mark_reminded(session, one, one.reminders, desk.account)


@pytest.mark.parametrize("day", ODD_DAYS)
def test_later_comes_back_on_the_morning_of_its_day(database: Database, day: date) -> None:
    with time_machine.travel(at(day - timedelta(days=20), 10), tick=False):
        desk = Desk(database)
        desk.choose(A)
        desk.prepare(A)
        desk.advance(A, Step.SENT)
        with desk.change() as (session, dossier):
            one = introductions.find(dossier, A)
            later = coming_day(f"{day:%d/%m/%Y}")
            introductions.advance(session, one, Step.LATER, desk.account, None, later)
    for moment, due in ((at(day, 0) - timedelta(seconds=1), 0), (at(day, 0), 1)):
        with time_machine.travel(moment, tick=False), database.reading() as session:
            assert len(tasks.reminders_due(session, desk.account, clock.now())) == due


@pytest.mark.parametrize("day", ODD_DAYS)
def test_an_absence_runs_from_midnight_to_midnight(database: Database, day: date) -> None:
    with time_machine.travel(at(day - timedelta(days=3), 10), tick=False):
        desk = Desk(database)
        with database.writing() as session:
            other = Account(
                email="max@test.fr", name="Max", fs_uniquifier="m", created_at=clock.now()
            )
            other.active = True
            session.add(other)
            session.flush()
            account = session.get_one(Account, desk.account)
            desks.set_absence(session, account, day, day, other, desk.account)
            told = (account.away_from, account.away_until)
    assert told == (at(day, 0), at(day + timedelta(days=1), 0))


# Calendars


@pytest.mark.parametrize("day", ODD_DAYS)
def test_a_day_of_a_calendar_is_that_day_and_ends_with_it(day: date) -> None:
    for moment in (at(day, 0), at(day, 23, 59)):
        page = desks.calendar_text(
            [Appointment("x", moment, "Relancer", "https://x", whole_day=True)]
        )
        assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in page
        assert f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}" in page


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    for fold, utc in ((0, "20261025T003000Z"), (1, "20261025T013000Z")):
        moment = at(AUTUMN, 2, 30, fold)
        assert f"DTSTART:{utc}" in desks.calendar_text(
            [Appointment("x", moment, "Visite", "https://x")]
        )


def test_an_hour_lasts_an_hour_over_the_jump_of_spring() -> None:
    page = desks.calendar_text([Appointment("x", at(SPRING, 1, 30), "Visite", "https://x")])
    assert "DTSTART:20260329T003000Z" in page and "DTEND:20260329T013000Z" in page
