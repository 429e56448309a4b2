"""Figures of a period: compared, kept when dossiers are erased, told before they are."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from casework import Clock, Space
from openpyxl import load_workbook
from sqlalchemy import select, text
from test_introductions import Desk
from test_pdf import sent as given
from test_statistics import read_csv

from matcher import Matcher
from web.access import Role
from web.answers.kept import Answers
from web.casework import report, statistics
from web.casework.dossiers import dossiers
from web.casework.facts import Town
from web.casework.persons import retention
from web.casework.states import Closed, Declined, State, Step, Useful
from web.casework.store.database import Database
from web.casework.store.memories import PastCase
from web.casework.store.tables import Account, Dossier

BOARD = "/espace/tableau-de-bord"


def worked(space: Space, name: str = "lea") -> Desk:
    """A dossier of a colleague that was introduced, met and closed."""
    desk = Desk(space.database, "mairie@ville.fr")
    with space.database.writing() as session:
        who = session.scalars(select(Account).filter_by(email=f"{name}@test.fr")).one()
        dossiers.find(session, desk.reference).members = [who]
    desk.choose("andes", "cress-occitanie")
    desk.prepare("andes", "cress-occitanie")
    desk.advance("cress-occitanie", Step.SENT, Step.DECLINED, reason=Declined.NO_TIME.value)
    desk.advance("andes", Step.SENT, Step.ACCEPTED, Step.MET)
    return desk


@pytest.mark.parametrize(
    ("code", "label", "before"),
    [
        ("2026-T1", "1er trimestre 2026", "2025-T4"),
        ("2026-T4", "4e trimestre 2026", "2026-T3"),
        ("2026", "année 2026", "2025"),
    ],
)
def test_a_period_is_compared_with_the_one_before(code: str, label: str, before: str):
    found = report.period(code)
    assert found is not None
    assert (found.label, found.before.code) == (label, before)
    assert found.before.end == found.start


@pytest.mark.parametrize("code", ["2026-T5", "26", "T1", "2026-t1", "2026-T1 ", "9999999"])
def test_no_other_period_is_read(code: str, space: Space):
    assert report.period(code) is None
    client = space.client("max", Role.LEAD)
    for page in (BOARD, f"{BOARD}.xlsx", f"{BOARD}.pdf", f"{BOARD}/etats.csv"):
        assert client.get(page, query_string={"periode": code}).status_code == 404


def test_every_moment_is_in_one_quarter():
    now = datetime(2026, 11, 2, tzinfo=UTC)
    quarters = [one for one in report.recent_periods(now) if "-" in one.code]
    assert [one.code for one in quarters[:3]] == ["2026-T4", "2026-T3", "2026-T2"]
    assert now in quarters[0] and now not in quarters[1]
    edge = datetime(2026, 10, 1, tzinfo=UTC)
    assert [edge in one for one in quarters[:2]] == [True, False]


def test_a_quarter_counts_its_own_needs_and_the_year_all_of_them(space: Space, clock: Clock):
    client = space.client("max", Role.LEAD)
    space.client("lea")
    worked(space)
    clock.wait(days=92)  # the first quarter of 2027
    worked(space)
    worked(space)

    def row(code: str, name: str) -> list[str]:
        rows = read_csv(client.get(f"{BOARD}/periode.csv?periode={code}").data)
        return next(row for row in rows if row[0] == name)

    assert row("2027-T1", "Besoins reçus") == ["Besoins reçus", "2", "1", "1"]
    assert row("2026-T4", "Besoins reçus") == ["Besoins reçus", "1", "0", "1"]
    assert row("2027-T1", "Déclinées par la structure")[1:] == ["2", "1", "1"]
    page = client.get(f"{BOARD}?periode=2027-T1").text
    assert "1er trimestre 2027" in page and "periode=2027-T1" in page
    (load,) = read_csv(client.get(f"{BOARD}/charge.csv?periode=2027-T1").data)[1:]
    assert load == ["Lea", "2", "3", "0"]


def test_an_adviser_reads_no_load_of_colleagues(space: Space, clock: Clock):
    client = space.client("lea")
    worked(space)
    assert client.get(f"{BOARD}/charge.csv").status_code == 404
    assert "Charge par personne" not in client.get(BOARD).text


def test_figures_survive_the_erasure_and_persons_do_not(
    space: Space, clock: Clock, matcher: Matcher
):
    client = space.client("max", Role.LEAD)
    space.client("lea")
    desk = worked(space)
    desk.move(State.FOLLOWED)
    with desk.change() as (session, dossier):
        dossiers.move(session, dossier, State.CLOSED, desk.account, Closed.SUPPORTED.value)
        dossier.introductions[0].useful = Useful.YES.value
    tables = (
        "satisfaction",
        "periode",
        "issues",
        "themes",
        "departements",
        "regions",
        "structures",
        "delais",
    )
    asked = [f"{BOARD}/{table}.csv?periode=2026-T4" for table in tables]
    before = [client.get(address).data for address in asked]
    assert "Était-ce utile ?;Oui;1" in before[0].decode()
    assert "Le besoin ne relève pas de l’ESS" in before[2].decode()
    clock.wait(days=3 * 366)
    with space.database.writing() as session:
        found = retention.erase_outdated(session, themes_of=Answers(matcher).themes_of)
    assert found.dossiers == [desk.reference]
    client = space.sign_in("max")
    assert [client.get(address).data for address in asked] == before
    with space.database.reading() as session:
        kept = statistics.past_kept(session)
        assert (len(kept.cases), len(kept.put)) == (1, 2)
        held = [str(row) for row in session.execute(text("SELECT * FROM past_cases"))]
    for personal in (desk.reference, "mairie@ville.fr", "34142", "recyclerie ", "Lea"):
        assert personal not in "".join(held)
    assert "Communes sans réponse" in client.get(BOARD).text


def test_what_was_erased_asks_nothing_any_more(database: Database, clock: Clock):
    desk = Desk(database)
    desk.choose("andes")
    desk.prepare("andes")
    desk.advance("andes", Step.SENT)
    clock.wait(days=3 * 366)
    with database.writing() as session:
        retention.erase_outdated(session)
    with database.reading() as session:
        kept = statistics.past_kept(session)
        assert statistics.open_by_structure(kept.put) == {}
        assert statistics.unanswered(kept.cases, clock.at) == []
        assert session.scalars(select(PastCase.departement)).all() == ["34"]


@pytest.mark.parametrize(
    ("insee", "departement"), [("34142", "34"), ("2B096", "2B"), ("97117", "971"), ("01004", "01")]
)
def test_the_departement_is_in_the_code_of_the_commune(insee: str, departement: str):
    assert Town.of(insee).departement == departement


def test_an_erasure_is_told_a_quarter_before(space: Space, clock: Clock):
    desk = Desk(space.database)
    clock.wait(days=3 * 365 - retention.WARNED_DAYS - 10)
    assert "Bientôt effacés" not in space.client("max", Role.LEAD).get(BOARD).text
    clock.wait(days=20)
    client = space.sign_in("max")
    page = client.get(BOARD).text
    assert "Bientôt effacés" in page and desk.reference in page
    assert "Bientôt effacés" not in space.client("lea").get(BOARD).text
    with space.database.reading() as session:
        assert not retention.outdated(session)
        assert [name for name, _ in retention.coming(session)] == [desk.reference]
    with desk.change() as (_, dossier):
        assert isinstance(dossier, Dossier)  # to change it is an activity
    assert "Bientôt effacés" not in client.get(BOARD).text


def test_the_report_of_a_quarter_is_a_workbook_and_a_pdf(
    space: Space, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    client = space.client("max", Role.LEAD)
    space.client("lea")
    worked(space)
    answer = client.get(f"{BOARD}.xlsx?periode=2026-T4")
    assert "tableau-de-bord-2026-T4.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data))
    assert {"La période", "Issues", "Charge par personne"} <= set(book.sheetnames)
    calls = given(monkeypatch)
    answer = client.get(f"{BOARD}.pdf?periode=2026-T4")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    told = calls[0]["data"]
    assert "4e trimestre 2026" in told and "Issues" in told and "Besoins reçus" in told
    assert "Lea" not in told, "nobody is named in a report"
    logged = client.get("/espace/journal").text
    assert "tableau-de-bord-2026-T4" in logged and "PDF" in logged
