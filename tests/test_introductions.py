"""Introductions: step by step, the dossier along; reminders; loads. The table: cases/*.csv."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from casework import MONDAY, Clock, Space, sent
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from matcher import Matcher
from matcher.cohorts import DEFAULT_CAPACITY, Capacity
from web.access import Role
from web.advisers.dossiers.followed import capacities
from web.casework import audit
from web.casework import clock as present
from web.casework.dossiers import dossiers
from web.casework.dossiers.choices import Verdict
from web.casework.dossiers.dossiers import Declared
from web.casework.introductions import introductions, loads, tasks
from web.casework.introductions.introductions import CONTACT, HEIGHT, STANDING, LetterTexts
from web.casework.states import STEPS, Declined, Forbidden, State, Step
from web.casework.store.database import Database
from web.casework.store.tables import Account, Choice, Dossier, Introduction

A, B, C = "cress-occitanie", "villages-vivants", "andes"
TEXTS = LetterTexts("Objet : un\n\nBonjour,", "Objet : deux\n\nBonjour,")
NO = Declined.NO_TIME.value


class Desk:
    """An adviser and a dossier, in one database."""

    _numbers = count(1)

    def __init__(self, database: Database, email: str | None = None) -> None:
        self.database = database
        number = next(self._numbers)
        with database.writing() as session:
            account = Account(
                email=f"{number}@test.fr",
                name="Léa",
                fs_uniquifier=str(number),
                created_at=MONDAY,
                roles=[],
            )
            session.add(account)
            session.flush()
            declared = Declared("34142", "Une recyclerie", "main", email=email, seed={"n": number})
            dossier = dossiers.open_dossier(session, declared)
            dossiers.take(session, dossier, account)
            self.account, self.reference = account.id, dossier.reference

    @contextmanager
    def change(self) -> Iterator[tuple[Session, Dossier]]:
        with self.database.writing() as session:
            yield session, dossiers.to_change(session, self.reference, None)

    def choose(self, *structures: str, verdict: Verdict = Verdict.KEPT) -> None:
        with self.change() as (_, dossier):
            for position, structure in enumerate(structures, 1):
                dossier.choices.append(
                    Choice(
                        structure_id=structure,
                        verdict=verdict.value,
                        position=position,
                        weights={},
                        catalogue="",
                        account_id=self.account,
                        decided_at=MONDAY,
                    )
                )

    def prepare(self, *structures: str) -> None:
        with self.change() as (session, dossier):
            for structure in structures:
                introductions.prepare(session, dossier, structure, TEXTS, self.account)

    def advance(self, structure: str, *steps: Step, reason: str | None = None) -> None:
        for step in steps:
            with self.change() as (session, dossier):
                one = introductions.find(dossier, structure)
                why = (reason or NO) if step is Step.DECLINED else None
                day = present.now() + timedelta(days=30) if step is Step.LATER else None
                introductions.advance(session, one, step, self.account, why, day)

    def move(self, *states: State) -> None:
        for state in states:
            with self.change() as (session, dossier):
                reason = "autrement" if state is State.CLOSED else None
                dossiers.move(session, dossier, state, self.account, reason)

    @property
    def state(self) -> State:
        with self.database.reading() as session:
            return State(dossiers.find(session, self.reference).state)

    def steps(self) -> dict[str, Step]:
        with self.database.reading() as session:
            found = dossiers.find(session, self.reference).introductions
            return {one.structure_id: Step(one.step) for one in found}

    def due(self, clock: Clock) -> list[str]:
        with self.database.reading() as session:
            return [o.structure_id for o in tasks.reminders_due(session, self.account, clock.at)]

    def logged(self, action: audit.Action) -> int:
        with self.database.reading() as session:
            return sum(e.action == action.value for e in audit.history(session, self.reference))


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    found = Desk(database)
    found.choose(A, B, C)
    return found


S, Y, N, M, W = Step.SENT, Step.ACCEPTED, Step.DECLINED, Step.MET, Step.WITHDRAWN


def test_the_dossier_stands_where_its_furthest_introduction_does(database: Database, clock: Clock):
    with (Path(__file__).parent / "cases" / "vies_introductions.csv").open() as table:
        lives = list(csv.DictReader(table, delimiter=";"))
    assert len(lives) > 10
    for life in lives:
        desk = Desk(database)
        desk.choose(A, B)
        desk.prepare(A, B)
        for said in life["etapes"].split(", "):
            name, step = said.split()
            clock.wait(days=1)
            desk.advance({"A": A, "B": B}[name], Step(step))
        assert desk.state == life["etat_du_dossier"], life["vie"]


def test_the_reason_of_the_dossier_is_that_of_the_last_refusal(desk: Desk, clock: Clock):
    desk.prepare(A, B)
    desk.advance(A, S)
    desk.advance(B, S)
    desk.advance(B, N, reason=Declined.TOO_EARLY.value)
    clock.wait(days=1)
    desk.advance(A, N, reason=Declined.NO_ANSWER.value)
    with desk.database.reading() as session:
        assert dossiers.find(session, desk.reference).reason == Declined.NO_ANSWER.value


def test_a_dossier_that_is_followed_stays_so(desk: Desk):
    desk.prepare(A, B)
    desk.advance(A, S, Y, M)
    desk.move(State.FOLLOWED)
    desk.advance(B, S, N)
    assert desk.state is State.FOLLOWED


def test_a_meeting_is_noted_though_the_dossier_was_moved_back_by_hand(desk: Desk):
    desk.prepare(A)
    desk.advance(A, S, Y)
    desk.move(State.PROPOSED)
    desk.advance(A, M)
    assert desk.state is State.MET


def test_a_closed_dossier_takes_no_step_until_it_is_opened_again(desk: Desk):
    desk.prepare(A)
    desk.advance(A, S)
    desk.move(State.CLOSED)
    with pytest.raises(Forbidden, match="rouvrez-le"):
        desk.advance(A, Y)
    with pytest.raises(Forbidden, match="rouvrez-le"):
        desk.prepare(B)
    assert desk.steps() == {A: S}
    desk.move(State.OPEN)
    desk.advance(A, Y)
    assert desk.state is State.ACCEPTED


def test_only_what_was_chosen_is_introduced(database: Database, clock: Clock):
    desk = Desk(database)
    desk.choose(A, verdict=Verdict.DISCARDED)
    desk.choose(B, verdict=Verdict.ADDED)
    for structure in (A, C):
        with pytest.raises(Forbidden, match="pas retenue"):
            desk.prepare(structure)
    desk.prepare(B)
    assert desk.steps() == {B: Step.PREPARED}


@pytest.mark.parametrize("before", [S, Y, M, N])
def test_what_was_sent_is_not_prepared_again(desk: Desk, before: Step):
    desk.prepare(A)
    desk.advance(A, *{S: [S], Y: [S, Y], M: [S, Y, M], N: [S, N]}[before])
    with pytest.raises(Forbidden, match="ne peut pas passer"):
        desk.prepare(A)
    assert desk.steps()[A] is before


def test_what_was_withdrawn_is_prepared_anew(desk: Desk, clock: Clock):
    desk.prepare(A)
    desk.advance(A, S)
    clock.wait(days=10)
    desk.advance(A, W)
    desk.prepare(A)
    assert desk.steps()[A] is Step.PREPARED
    assert desk.due(clock) == []
    desk.advance(A, S)
    assert desk.due(clock) == []


def test_the_same_step_twice_is_one(desk: Desk):
    desk.prepare(A, A)
    desk.advance(A, S, S)
    desk.advance(A, N, N)
    assert desk.logged(audit.Action.INTRODUCTION) == 3
    assert desk.logged(audit.Action.DOSSIER_STATE) == 3  # opened, proposed, declined
    with desk.database.reading() as session:
        assert len(dossiers.find(session, desk.reference).introductions) == 1


def test_a_refusal_says_why(desk: Desk):
    desk.prepare(A)
    desk.advance(A, S)
    with pytest.raises(Forbidden, match="motif"), desk.change() as (session, dossier):
        one = introductions.find(dossier, A)
        introductions.advance(session, one, Step.DECLINED, desk.account, None)
    assert desk.steps() == {A: S}


def test_the_texts_change_until_they_are_sent(desk: Desk):
    desk.prepare(A)
    other = LetterTexts("Objet : a\n\nAutre", "Objet : b\n\nAutre")
    for _ in range(2):
        with desk.change() as (session, dossier):
            introductions.edit(session, introductions.find(dossier, A), other, desk.account)
    assert desk.logged(audit.Action.INTRODUCTION_TEXT) == 1
    desk.advance(A, S)
    with pytest.raises(Forbidden, match="ne changent plus"), desk.change() as (session, dossier):
        introductions.edit(session, introductions.find(dossier, A), TEXTS, desk.account)


def test_the_address_of_the_commune_is_not_copied_into_the_texts(database: Database, clock: Clock):
    desk = Desk(database, email="mairie@ville.fr")
    desk.choose(A)
    with desk.change() as (session, dossier):
        texts = LetterTexts("Objet : x\n\nBonjour", "Objet : x\n\nÉcrivez à mairie@ville.fr.")
        one = introductions.prepare(session, dossier, A, texts, desk.account)
        assert one.to_structure.endswith(f"Écrivez à {CONTACT}.")


@settings(max_examples=25)
@given(choices=st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(list(Step)))))
def test_no_step_is_lost_and_the_dossier_agrees_with_its_introductions(
    database: Database, choices: list[tuple[str, Step]]
):
    desk = Desk(database)
    desk.choose(A, B, C)
    expected: dict[str, Step] = {}
    for structure, step in choices:
        before = expected.get(structure)
        try:
            if step is Step.PREPARED:
                desk.prepare(structure)
            elif before is None:
                continue
            else:
                desk.advance(structure, step)
        except Forbidden:
            assert before is not None and step not in STEPS[before]
        else:
            assert before is None or step is before or step in STEPS[before]
            expected[structure] = step
        assert desk.steps() == expected
        held = [STANDING[one] for one in expected.values() if one in STANDING]
        state = desk.state
        if held:
            assert HEIGHT[state] == max(HEIGHT[one] for one in held)
        elif Step.DECLINED in expected.values():
            assert state is State.DECLINED
        else:
            assert state is State.OPEN
    with database.reading() as session:
        assert audit.verify(session).broken == ()


@pytest.mark.parametrize(
    ("days", "due"),
    [(0, 0), (8.9, 0), (9, 1), (20, 1), (21, 2), (44, 2), (45, 3), (400, 3)],
)
def test_a_reminder_made_late_stands_for_those_before_it(
    desk: Desk, clock: Clock, days: float, due: int
):
    desk.prepare(A)
    desk.advance(A, S)
    clock.wait(days=days)
    assert desk.due(clock) == ([A] if due else [])
    if due:
        with desk.change() as (session, dossier):
            one = introductions.find(dossier, A)
            tasks.mark_reminded(session, one, 0, desk.account)
            tasks.mark_reminded(session, one, 0, desk.account)  # the form is sent twice
            assert one.reminders == due
            assert tasks.exhausted(one) == (due == 3)
        assert desk.due(clock) == []
        assert desk.logged(audit.Action.REMINDER) == 1


def test_reminders_come_after_9_21_and_45_days_and_no_more(desk: Desk, clock: Clock):
    desk.prepare(A)
    desk.advance(A, S)
    made = []
    for day in range(80):
        if desk.due(clock):
            made.append(day)
            with desk.change() as (session, dossier):
                one = introductions.find(dossier, A)
                tasks.mark_reminded(session, one, one.reminders, desk.account)
        clock.wait(days=1)
    assert tuple(made) == tasks.REMINDER_DAYS == (9, 21, 45)


@pytest.mark.parametrize("step", [Y, N, W])
def test_who_answered_is_reminded_no_more(desk: Desk, clock: Clock, step: Step):
    desk.prepare(A)
    desk.advance(A, S)
    clock.wait(days=10)
    assert desk.due(clock) == [A]
    desk.advance(A, step)
    assert desk.due(clock) == []


def test_reminders_are_those_of_ones_own_open_dossiers(desk: Desk, clock: Clock):
    desk.prepare(A)
    desk.advance(A, S)
    clock.wait(days=10)
    stranger = Desk(desk.database)
    assert stranger.due(clock) == []
    desk.move(State.CLOSED)
    assert desk.due(clock) == []


def test_a_reminder_that_is_not_due_is_refused(desk: Desk):
    desk.prepare(A)
    desk.advance(A, S)
    with pytest.raises(Forbidden, match="Aucune relance"), desk.change() as (session, dossier):
        tasks.mark_reminded(session, introductions.find(dossier, A), 0, desk.account)


def test_the_load_counts_what_waits_over_all_dossiers(database: Database, clock: Clock):
    desks = [Desk(database) for _ in range(4)]
    for desk in desks:
        desk.choose(A, B)
        desk.prepare(A, B)
    desks[0].advance(A, S)
    desks[1].advance(A, S, Y)
    desks[2].advance(A, S, Y, M)
    desks[3].advance(A, S)
    desks[3].move(State.CLOSED)
    with database.reading() as session:
        (one,) = loads.loads(session, Capacity({A: 2}), clock.at)
        assert (one.structure_id, one.sent, one.accepted, one.open, one.full) == (A, 1, 1, 2, True)
        assert loads.load(session, A, Capacity({A: 3}), clock.at).full is False
        assert loads.load(session, B, Capacity({B: 0}), clock.at).full is True
        later = clock.at + timedelta(days=loads.OPEN_DAYS)
        assert loads.loads(session, Capacity({}), later) == []


def test_the_fullest_structures_come_first(database: Database, clock: Clock):
    for structures in ([A, B, C], [A, B], [A]):
        desk = Desk(database)
        desk.choose(*structures)
        desk.prepare(*structures)
        for structure in structures:
            desk.advance(structure, S)
    with database.reading() as session:
        found = loads.loads(session, Capacity({C: 1}), clock.at)
        assert [(one.structure_id, one.open) for one in found] == [(C, 1), (A, 3), (B, 2)]


# The pages.


class Pages:
    """A dossier that Léa took, and the addresses of one introduction."""

    def __init__(self, space: Space, structure: str = "villages-vivants", **need: object) -> None:
        self.space = space
        self.lea = space.client("lea")
        self.reference = space.receive(**need)
        self.dossier = f"/espace/dossiers/{self.reference}"
        self.structure = structure
        self.page = f"{self.dossier}/introductions/{structure}"
        self.version = 0
        sent(self.lea, f"{self.dossier}/prendre", self.dossier, version=self.now)
        with space.database.writing() as session:
            found = dossiers.find(session, self.reference)
            for structure_id in dict.fromkeys([structure, "andes"]):
                found.choices.append(
                    Choice(
                        structure_id=structure_id,
                        verdict=Verdict.KEPT.value,
                        position=len(found.choices) + 1,
                        weights={},
                        catalogue="",
                        account_id=found.members[0].id,
                        decided_at=MONDAY,
                    )
                )

    @property
    def now(self) -> int:
        with self.space.database.reading() as session:
            return dossiers.find(session, self.reference).version

    def prepare(self, client=None, version: int | None = None):
        return sent(
            client or self.lea,
            f"{self.dossier}/introductions",
            self.dossier,
            structure=self.structure,
            version=version or self.now,
        )

    def step(self, step: Step, version: int | None = None, **fields: str):
        path = f"{self.page}/etape"
        now = version or self.now
        return sent(self.lea, path, self.page, etape=step.value, version=now, **fields)

    def one(self) -> Introduction:
        with self.space.database.reading() as session:
            return introductions.find(dossiers.find(session, self.reference), self.structure)


def test_the_way_of_an_introduction_through_the_pages(space: Space, clock: Clock):
    pages = Pages(space)
    assert "Préparer l’introduction" in pages.lea.get(pages.dossier).text
    assert pages.prepare().status_code == 303
    page = pages.lea.get(pages.page).text
    assert "mairie@ville.fr" in page and CONTACT in page  # shown; the form keeps the placeholder
    assert "Noter comme envoyée" in page
    assert pages.step(S).status_code == 303
    clock.wait(days=9)
    home = pages.lea.get("/espace/").text
    assert "Villages Vivants, pour Lodève" in home and "La relance est faite" in home
    path, now = f"{pages.page}/relance", pages.now
    assert sent(pages.lea, path, pages.page, relances=0, version=now).status_code == 303
    assert "La relance est faite" not in pages.lea.get("/espace/").text
    assert pages.step(Y).status_code == 303
    assert pages.step(M).status_code == 303
    page = pages.lea.get(pages.dossier).text
    assert "Rencontre faite" in page and "rencontre le 11/11/2026" in page
    listed = pages.lea.get("/espace/introductions").text
    assert "Aucune introduction en cours" in listed


def test_a_form_sent_twice_counts_once(space: Space, clock: Clock):
    pages = Pages(space)
    version = pages.now
    assert pages.prepare(version=version).status_code == 303
    assert pages.prepare(version=version).status_code == 303
    version = pages.now
    assert pages.step(S, version).status_code == 303
    assert pages.step(S, version).status_code == 303
    clock.wait(days=9)
    version = pages.now
    path = f"{pages.page}/relance"
    token = pages.page
    first = sent(pages.lea, path, token, relances=0, version=version)
    assert first.status_code == 303
    page = sent(pages.lea, path, "/espace/introductions", relances=0, version=version)
    assert page.status_code == 303
    assert pages.one().reminders == 1


def test_an_old_page_overwrites_no_text_and_loses_none(space: Space):
    pages = Pages(space)
    pages.prepare()
    fields = {
        f"{side}_{field}": f"{side} {field} <b> & mien"
        for side in ("commune", "structure")
        for field in ("objet", "texte")
    }
    path = f"{pages.page}/textes"
    answer = sent(pages.lea, path, pages.page, version=pages.now - 1, **fields)
    assert answer.status_code == 409
    assert "commune texte &lt;b&gt; &amp; mien" in answer.text
    assert "mien" not in pages.one().to_commune
    empty = sent(
        pages.lea, path, pages.page, version=pages.now, **{**fields, "structure_texte": " "}
    )
    assert empty.status_code == 400 and "Écrivez le texte pour la structure." in empty.text
    broken = {**fields, "commune_objet": "\0"}
    refused = sent(pages.lea, path, pages.page, version=pages.now, **broken)
    assert refused.status_code == 400 and "Un courriel a un objet." in refused.text
    assert sent(pages.lea, path, pages.page, version=pages.now, **fields).status_code == 303
    assert pages.one().to_commune == "Objet : commune objet <b> & mien\n\ncommune texte <b> & mien"


def test_a_text_to_complete_is_not_sent(space: Space):
    pages = Pages(space, structure="cress-la-reunion")
    pages.prepare()
    assert "remplacez" in pages.lea.get(pages.page).text
    answer = pages.step(S)
    assert answer.status_code == 409 and "à compléter" in answer.text
    assert pages.one().step == Step.PREPARED


def test_a_refusal_without_its_reason_is_asked_for(space: Space):
    pages = Pages(space)
    pages.prepare()
    pages.step(S)
    answer = pages.step(N)
    assert answer.status_code == 400 and "Choisissez un motif" in answer.text
    assert pages.step(N, motif=Declined.TOO_EARLY.value).status_code == 303
    assert "le projet n’est pas assez avancé" in pages.lea.get(pages.page).text


@pytest.mark.parametrize("side", ["commune", "structure"])
@pytest.mark.parametrize("form", ["txt", "docx"])
def test_each_letter_is_downloaded(space: Space, side: str, form: str):
    pages = Pages(space)
    pages.prepare()
    answer = pages.lea.get(f"{pages.page}/{side}.{form}")
    assert answer.status_code == 200
    assert f"{pages.structure}-{side}.{form}" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"PK" if form == "docx" else b"Objet : ")


def test_what_is_not_theirs_looks_as_if_it_did_not_exist(space: Space):
    pages = Pages(space)
    pages.prepare()
    zoe, max_ = space.client("zoe"), space.client("max", Role.LEAD)
    for path in (pages.page, f"{pages.page}/commune.txt", f"{pages.dossier}/introductions/rien"):
        assert zoe.get(path).status_code == 404
    assert sent(zoe, f"{pages.page}/etape", "/espace/introductions", etape=S.value,
                version=pages.now).status_code == 404  # fmt: skip
    assert "Lodève" not in zoe.get("/espace/introductions").text
    page = max_.get(pages.page)
    assert page.status_code == 200 and "Noter comme envoyée" not in page.text
    assert "Lodève" in max_.get("/espace/introductions").text
    assert pages.one().step == Step.PREPARED


def test_who_did_not_agree_is_not_named_to_the_structure(space: Space):
    pages = Pages(space, accord=False)
    pages.prepare()
    text = pages.lea.get(f"{pages.page}/structure.txt").text
    assert "mairie@ville.fr" not in text and "nous ferons le lien" in text


def test_a_full_structure_is_told_before_one_more(space: Space, clock: Clock):
    pages = Pages(space)
    assert "très sollicitée" not in pages.lea.get(pages.dossier).text
    for _ in range(DEFAULT_CAPACITY):
        desk = Desk(space.database)
        desk.choose(pages.structure)
        desk.prepare(pages.structure)
        desk.advance(pages.structure, S)
    page = pages.lea.get(pages.dossier).text
    assert "Structure très sollicitée" in page and "Préparer quand même" in page
    pages.prepare()
    assert "Structure très sollicitée" in pages.lea.get(pages.page).text
    listed = space.client("max", Role.LEAD).get("/espace/introductions").text
    assert "plus de place" in listed


def test_capacities_come_from_a_file(matcher: Matcher, tmp_path: Path):
    path = tmp_path / "capacites.csv"
    path.write_text("structure_id,capacite\nandes,2\nnulle-part,3\n", encoding="utf-8")
    said = capacities(str(path), matcher)
    assert (said["andes"], said["villages-vivants"]) == (2, DEFAULT_CAPACITY)
    assert capacities("", matcher)["andes"] == DEFAULT_CAPACITY


def test_a_capacity_that_nobody_said_is_called_supposed(space: Space, clock: Clock):
    space.app.extensions["capacity"] = Capacity({"andes": 2})
    pages = Pages(space)
    page = pages.lea.get(pages.dossier).text
    assert f"pour une capacité supposée de {DEFAULT_CAPACITY} par an" in page  # villages-vivants
    assert "pour une capacité de 2 par an" in page  # andes
    pages.prepare()
    assert "pour une capacité supposée" in pages.lea.get(pages.page).text
    pages.step(S)
    listed = pages.lea.get("/espace/introductions").text
    assert f'{DEFAULT_CAPACITY} <span class="soft">(supposée)</span>' in listed


def test_the_introductions_under_way_are_read_page_by_page(
    space: Space, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("web.advisers.dossiers.introductions.PAGE", 2)
    lead = space.client("max", Role.LEAD)
    pages = Pages(space)
    pages.prepare()
    for structure in (A, B):
        desk = Desk(space.database)
        desk.choose(structure)
        desk.prepare(structure)
    first = lead.get("/espace/introductions").text
    assert "3 introductions en cours" in first and "Page 1 sur 2" in first
    assert 'id="charge"' in first
    second = lead.get("/espace/introductions?page=2").text
    rows = [len(re.findall(r'<th scope="row">', page)) for page in (first, second)]
    assert rows == [2, 1] and 'rel="prev"' in second and 'id="charge"' not in second
    last = lead.get("/espace/introductions?page=99").text
    dated = re.compile(r"[\w-]+\.[\w-]{6}\.[\w-]{27}")  # a token of a form says its second
    assert dated.sub("", last) == dated.sub("", second)
    # A colleague counts theirs only.
    mine = pages.lea.get("/espace/introductions").text
    assert "1 introduction en cours" in mine and "Page 1" not in mine
