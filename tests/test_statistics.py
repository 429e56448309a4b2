"""What the work adds up to: counted by hand here, then by the site."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from casework import Space
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select, true

from matcher import Matcher
from web.access import Role
from web.answers.kept import Answers
from web.casework import clock, scoreboard, statistics
from web.casework.dossiers import dossiers
from web.casework.dossiers.dossiers import Declared
from web.casework.facts import DossierFacts, Figures, IntroductionFacts, Town, gather
from web.casework.introductions import introductions
from web.casework.introductions.introductions import LetterTexts
from web.casework.states import Closed, Declined, State, Step
from web.casework.statistics import Acceptance
from web.casework.store.tables import Account, Choice, Dossier

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LODEVE = Town.of("34142")
TEXTS = LetterTexts("Objet\n\nBonjour", "Objet\n\nBonjour")


def put(step: Step, reason: Declined | None = None, days: float | None = None) -> IntroductionFacts:
    """An introduction sent on the first day, answered `days` later."""
    sent = None if step is Step.PREPARED else START
    return IntroductionFacts(
        "x", step, reason, sent, None if days is None else START + timedelta(days=days)
    )


ACCEPTED, MET = put(Step.ACCEPTED), put(Step.MET)
BUSY, SILENT = put(Step.DECLINED, Declined.NO_TIME), put(Step.DECLINED, Declined.NO_ANSWER)
COMMUNE = put(Step.DECLINED, Declined.COMMUNE)

OUTCOMES = [
    # introductions, then sent, accepted, declined, unanswered, elsewhere, waiting; rate
    ([], (0, 0, 0, 0, 0, 0), None),
    ([put(Step.PREPARED)], (0, 0, 0, 0, 0, 0), None),
    ([put(Step.SENT), put(Step.WITHDRAWN)], (2, 0, 0, 0, 1, 1), None),
    ([ACCEPTED, MET, BUSY], (3, 2, 1, 0, 0, 0), None),
    ([SILENT, COMMUNE, ACCEPTED], (3, 1, 0, 1, 1, 0), None),
    ([ACCEPTED] * 4, (4, 4, 0, 0, 0, 0), None),
    ([ACCEPTED] * 3 + [BUSY] * 2 + [SILENT], (6, 3, 2, 1, 0, 0), 0.6),
]


@pytest.mark.parametrize(("all_put", "parts", "rate"), OUTCOMES)
def test_only_the_answers_of_a_structure_make_its_rate(
    all_put: list[IntroductionFacts], parts: tuple[int, ...], rate: float | None
) -> None:
    found = statistics.accepted(all_put)
    assert found == Acceptance(*parts)
    assert found.rate == rate


DATES = st.none() | st.datetimes(START.replace(tzinfo=None), timezones=st.just(UTC))
PUTS = st.sampled_from(Step).flatmap(
    lambda step: st.builds(
        IntroductionFacts,
        structure=st.sampled_from("abc"),
        step=st.just(step),
        reason=st.sampled_from(Declined) if step is Step.DECLINED else st.none(),
        sent=DATES,
        answered=DATES,
    )
)


@given(st.lists(PUTS))
def test_what_became_of_introductions_adds_up(all_put: list[IntroductionFacts]) -> None:
    found = statistics.accepted(all_put)
    parts = found.accepted, found.declined, found.unanswered, found.elsewhere, found.waiting
    assert sum(parts) == found.sent == sum(one.sent is not None for one in all_put)
    assert min(parts) >= 0
    declined = sum(one.step is Step.DECLINED for one in all_put)
    assert sum(statistics.declines(all_put).values()) == declined


@given(st.lists(st.sampled_from(State)))
def test_the_states_add_up_to_the_dossiers(states: list[State]) -> None:
    cases = [
        DossierFacts(str(i), (LODEVE,), (), s, START, None, None) for i, s in enumerate(states)
    ]
    assert sum(statistics.by_state(cases).values()) == len(cases)
    assert list(statistics.by_state(cases)) == list(State)


DELAYS = [
    ([], (0, None, None)),
    ([2.0], (1, 2.0, 2.0)),
    ([1.0, 3.0], (2, 2.0, 3.0)),
    ([float(n) for n in range(1, 11)], (10, 5.5, 9.0)),
    ([float(n) for n in range(1, 12)], (11, 6.0, 10.0)),
    ([0.25], (1, 0.2, 0.2)),
]


@pytest.mark.parametrize(("days", "expected"), DELAYS)
def test_delays_are_the_median_and_nine_in_ten(
    days: list[float], expected: tuple[int, float | None, float | None]
) -> None:
    answered = [put(Step.ACCEPTED, days=n) for n in days]
    silent = put(Step.DECLINED, Declined.NO_ANSWER, days=90)
    found = statistics.delays(Figures([], [*answered, silent, put(Step.SENT)]))[2]
    assert (found.count, found.median, found.ninth) == expected


LATE = [
    # state, days since it came, sent already, whether it is told
    (State.RECEIVED, 8.9, False, False),
    (State.RECEIVED, 9.0, False, True),
    (State.OPEN, 30.0, False, True),
    (State.CLOSED, 30.0, False, False),
    (State.PROPOSED, 30.0, True, False),
]


@pytest.mark.parametrize(("state", "days", "sent", "told"), LATE)
def test_a_commune_that_nobody_answered_is_told(
    state: State, days: float, sent: bool, told: bool
) -> None:
    case = DossierFacts("MR", (LODEVE,), (), state, START, None, START if sent else None)
    now = START + timedelta(days=days)
    assert bool(statistics.unanswered([case], now)) == told


class Story:
    """Dossiers that live through time, in a real database."""

    def __init__(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        self._space, self._patch = space, monkeypatch

    def on(self, day: float) -> Story:
        """Move the clock."""
        self._patch.setattr(clock, "now", lambda: START + timedelta(days=day))
        return self

    def come(self, need: str, commune: str = "34142", themes: tuple[str, ...] = ()) -> str:
        """A need comes."""
        declared = Declared(commune, need, "site", themes=themes, seed={"besoin": need})
        with self._space.database.writing() as session:
            return dossiers.open_dossier(session, declared).reference

    def taken(self, reference: str, name: str = "lea") -> None:
        """An adviser takes it."""
        with self._space.database.writing() as session:
            account = session.scalars(select(Account).filter_by(email=f"{name}@test.fr")).one()
            dossiers.take(session, dossiers.find(session, reference), account)

    def moved(self, reference: str, state: State, reason: str | None = None) -> None:
        """It is moved by hand."""
        with self._space.database.writing() as session:
            dossiers.move(session, dossiers.find(session, reference), state, 1, reason)

    def introduced(self, reference: str, structure: str, *steps: Step, reason: str = "") -> None:
        """It is introduced to a structure, and that goes on by steps."""
        with self._space.database.writing() as session:
            dossier = dossiers.find(session, reference)
            known = next((i for i in dossier.introductions if i.structure_id == structure), None)
            if known is None:
                dossier.choices.append(
                    Choice(
                        **{"structure_id": structure, "verdict": "gardee", "position": 1},
                        **{"weights": {}, "catalogue": "x", "account_id": 1},
                        decided_at=clock.now(),
                    )
                )
                session.flush()
                known = introductions.prepare(session, dossier, structure, TEXTS, 1)
            for step in steps:
                given_reason = reason if step is Step.DECLINED else None
                introductions.advance(session, known, step, 1, given_reason)


@pytest.fixture
def story(space: Space, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Léa's work of March, and a dossier that nobody took."""
    space.account("lea")
    space.account("max", Role.LEAD)
    told = Story(space, monkeypatch)
    one = told.on(0).come("Ouvrir une recyclerie", themes=("economie_circulaire",))
    two = told.come("Un garage solidaire", "26113")
    told.come("Une crèche", "59350", ("petite_enfance_jeunesse",))
    out = told.come("Un panneau de signalisation", "26113")
    told.on(1).moved(out, State.CLOSED, Closed.OUT_OF_SCOPE)
    told.on(2).taken(one)
    told.on(4).taken(two)
    told.on(5).introduced(one, "cress-occitanie", Step.SENT)
    told.introduced(one, "france-active-airdie-occitanie")
    told.on(8).introduced(one, "cress-occitanie", Step.ACCEPTED)
    told.on(9).introduced(two, "cress-auvergne-rhone-alpes", Step.SENT)
    told.on(12).introduced(
        two, "cress-auvergne-rhone-alpes", Step.DECLINED, reason=Declined.NO_TIME
    )
    return told.on(20)


def test_figures_are_read_from_dossiers_introductions_and_the_log(
    story: Story, space: Space, matcher: Matcher
) -> None:
    with space.database.reading() as session:
        figures = gather(session, Answers(matcher).themes_of, true())
    assert len(figures.cases) == 4
    states = {state: n for state, n in statistics.by_state(figures.cases).items() if n}
    assert states == {State.RECEIVED: 1, State.ACCEPTED: 1, State.DECLINED: 1, State.CLOSED: 1}
    taken, sent, answered = statistics.delays(figures)
    assert (taken.count, taken.median, taken.ninth) == (2, 3.0, 4.0)
    assert (sent.count, sent.median, sent.ninth) == (2, 4.0, 5.0)
    assert (answered.count, answered.median, answered.ninth) == (2, 3.0, 3.0)
    assert statistics.accepted(figures.put) == Acceptance(2, 1, 1, 0, 0, 0)
    assert statistics.open_by_structure(figures.put) == {
        "cress-occitanie": {Step.ACCEPTED: 1},
        "france-active-airdie-occitanie": {Step.PREPARED: 1},
    }
    (late,) = statistics.unanswered(figures.cases, clock.now())
    assert late.towns == (Town.of("59350"),)
    assert figures.cases[1].themes == ("mobilite",), "lu dans le texte"


def test_the_tables_add_up(story: Story, space: Space, matcher: Matcher) -> None:
    with space.database.reading() as session:
        figures = gather(session, Answers(matcher).themes_of, true())
    found = {b.key: b.sheet for b in scoreboard.boards(figures, matcher, clock.now())}
    for key in ("etats", "regions", "departements"):
        assert sum(row[1] for row in found[key].rows) == len(figures.cases), key
    for key in ("structures", "types"):
        whole, *rows = found[key].rows
        assert whole[0] == "Ensemble"
        assert [sum(column) for column in zip(*(row[1:8] for row in rows), strict=True)] == list(
            whole[1:8]
        )
    assert sum(row[3] for row in found["territoires-et-themes"].rows) == sum(
        max(len(case.themes), 1) for case in figures.cases
    )
    for sheet in found.values():
        assert all(len(row) == len(sheet.headings) for row in sheet.rows), sheet.title


def test_a_lead_sees_all_and_an_adviser_their_own(story: Story, space: Space) -> None:
    clients = {"lea": space.sign_in("lea"), "max": space.sign_in("max")}
    count = {}
    for name, client in clients.items():
        page = client.get("/espace/tableau-de-bord")
        assert page.status_code == 200
        rows = read_csv(client.get("/espace/tableau-de-bord/etats.csv").data)
        count[name] = sum(int(row[1]) for row in rows[1:])
    assert count == {"lea": 2, "max": 4}
    assert "59350" not in clients["lea"].get("/espace/tableau-de-bord/sans-reponse.csv").text


def test_files_are_for_a_french_spreadsheet(story: Story, space: Space) -> None:
    client = space.sign_in("max")
    data = client.get("/espace/tableau-de-bord/delais.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    assert read_csv(data)[1] == ["Du besoin reçu à sa prise en charge", "2", "3,0", "4,0"]
    book = load_workbook(io.BytesIO(client.get("/espace/tableau-de-bord.xlsx").data))
    assert "Par état" in book.sheetnames and len(book.sheetnames) == 14
    sheet = book["Délais"]
    assert [cell.value for cell in sheet[2]] == ["Du besoin reçu à sa prise en charge", 2, 3, 4]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "n"]
    assert client.get("/espace/tableau-de-bord/inconnu.csv").status_code == 404


def test_no_rate_is_given_of_few_answers(story: Story, space: Space) -> None:
    client = space.sign_in("max")
    for row in read_csv(client.get("/espace/tableau-de-bord/structures.csv").data)[1:]:
        assert row[-1] == "" and int(row[-2]) < statistics.FEWEST_FOR_RATE


def test_an_empty_site_has_a_page_too(space: Space) -> None:
    assert "Rien à compter encore" in space.client("lea").get("/espace/tableau-de-bord").text


def read_csv(data: bytes) -> list[list[str]]:
    """Rows of a file of the site."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def test_deleted_dossiers_leave_the_figures(story: Story, space: Space, matcher: Matcher) -> None:
    with space.database.writing() as session:
        session.delete(session.scalars(select(Dossier).order_by(Dossier.id)).first())
    with space.database.reading() as session:
        assert len(gather(session, Answers(matcher).themes_of, true()).cases) == 3
