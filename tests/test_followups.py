"""A team's spreadsheet moves in whole: states, dates, owners, structures, notes, and no more."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime

import openpyxl
import pytest
from casework import Clock, Space
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_imports import checked, dossiers, sent_back

from matcher import Matcher
from matcher.tables import day
from web.casework import audit, facts
from web.casework.audit import Action
from web.casework.clock import day_of
from web.casework.dossiers import imports
from web.casework.followups.keeping import path
from web.casework.followups.told import Settled, Told
from web.casework.followups.words import ANSWERS, STANDINGS, answer_of, standing_of
from web.casework.introductions import tasks
from web.casework.states import TRANSITIONS, Closed, Declined, State, Step
from web.casework.store.tables import Dossier, Introduction, Note

HEADER = (
    "Ville;Besoin exprimé;Statut;Date de réception;Mis en relation le;Date de réponse;Date RDV;"
    "Suivi par;Structure;Réponse;Commentaire"
)
NEED = "Ouvrir une recyclerie"


def file(*rows: str, header: str = HEADER) -> bytes:
    """A follow-up file; the cells that a row does not give are blank."""
    width = header.count(";")
    return "\n".join([header, *(row + ";" * (width - row.count(";")) for row in rows)]).encode()


def read(matcher: Matcher, *rows: str, settled: Settled | None = None, header: str = HEADER):
    return imports.read(file(*rows, header=header), "suivi.csv", matcher, settled)


def only(matcher: Matcher, row: str, header: str = HEADER) -> Told:
    """The follow-up of a file of one row."""
    reading = read(matcher, row, header=header)
    assert not reading.faults, reading.faults
    (found,) = reading.followed.values()
    return found


def fault(matcher: Matcher, row: str, header: str = HEADER):
    reading = read(matcher, row, header=header)
    (found,) = reading.faults
    assert not reading.declared and (found.file, found.line) == ("suivi.csv", 2)
    return found


SAID = [
    ("à traiter", State.RECEIVED, None),
    ("En cours", State.OPEN, None),
    ("envoyé", State.PROPOSED, None),
    ("Mise en relation", State.PROPOSED, None),
    ("2 - Transmises", State.PROPOSED, None),
    ("rencontré", State.MET, None),
    ("RDV fait", State.MET, None),
    ("suivi", State.FOLLOWED, None),
    ("Abouti", State.CLOSED, Closed.SUPPORTED),
    ("clos – sans suite", State.CLOSED, Closed.ABANDONED),
    ("Clos (doublon)", State.CLOSED, Closed.DUPLICATE),
    ("hors champ", State.CLOSED, Closed.OUT_OF_SCOPE),
]


@pytest.mark.parametrize(("said", "state", "reason"), SAID)
def test_a_status_is_read_in_the_words_of_a_team(said: str, state: State, reason: str | None):
    assert standing_of(said) == (state, reason)


@pytest.mark.parametrize("said", ["pas encore envoyé", "stand-by", "à relancer ?", "clos", "sans"])
def test_a_status_that_is_not_known_is_never_guessed(said: str):
    assert standing_of(said) is None


def test_every_standing_and_answer_is_read_from_its_own_label():
    for one in STANDINGS:
        assert standing_of(one.label) == one
    for one in ANSWERS:
        said = answer_of(one.label)
        assert said is not None and said.answer == one


def test_an_answer_tells_its_reason_where_it_gives_one():
    found = answer_of("Non (hors secteur)")
    assert found and found.answer == (Step.DECLINED, Declined.NOT_ITS_AREA)
    unsaid = answer_of("non : on verra bien")
    assert unsaid and unsaid.answer.reason == Declined.UNSAID and unsaid.rest == "on verra bien"
    assert answer_of("peut-être") is None


@pytest.mark.parametrize("state", [s for s in STANDINGS if s.state is not State.CLOSED])
@pytest.mark.parametrize("closed", [None, *Closed])
def test_every_way_to_a_state_is_one_of_the_table(state, closed: Closed | None):
    from web.casework.followups.words import Standing

    end = Standing(State.CLOSED, closed.value) if closed else state
    before = State.RECEIVED
    for one in path(Told(2, end, state)):
        assert one.state in TRANSITIONS[before]
        before = one.state
    assert before is end.state


def test_a_row_goes_through_all_its_steps_with_its_true_days(matcher: Matcher):
    one = only(
        matcher,
        f"Lodève;{NEED};Rencontré;12/03/2026;15/03/26;20 mars 2026;2026-04-02;Léa;"
        "CRESS Occitanie;oui;Appelé",
    )
    assert one.standing.state is State.MET and one.owner == "Léa" and one.notes == ("Appelé",)
    (put,) = one.puts
    assert (put.structure_id, put.step) == ("cress-occitanie", Step.MET)
    assert [put.sent, put.answered, put.met] == [
        day(said) for said in ("15/03/2026", "20/03/2026", "02/04/2026")
    ]


REFUSED: list[tuple[str, str, str]] = [
    ("stand-by", "statut", "inconnu"),
    ("envoyé;;01/01/2199", "envoye_le", "à venir"),
    ("envoyé;;31/02/2026", "envoye_le", "illisible"),
    ("envoyé;12/03/2026;11/03/2026", "envoye_le", "avant la réception"),
    ("rencontré;;12/03/2026;;01/03/2026", "rencontre_le", "avant l’envoi"),
    ("à traiter;;12/03/2026", "statut", "envoye_le"),
    ("envoyé;01/01/2010", "recu_le", "trop ancien"),
    ("envoyé;;;;;;CRESS Occitanie;peut-être", "reponse", "inconnue"),
    ("envoyé;;;;;;CRESS Occitanie;plus tard", "reponse", "date à venir"),
]


@pytest.mark.parametrize(("row", "column", "rule"), REFUSED)
def test_what_cannot_be_is_refused_with_its_column_and_rule(
    matcher: Matcher, row: str, column: str, rule: str
):
    found = fault(matcher, f"Lodève;{NEED};{row}")
    assert found.column == column and rule in found.rule and found.value


def test_a_closing_day_wants_a_closed_status(matcher: Matcher):
    header = f"{HEADER};Date de clôture"
    row = f"Lodève;{NEED};{{}};;;;;;;;;10/03/2026"
    assert fault(matcher, row.format("en cours"), header).column == "clos_le"
    assert only(matcher, row.format("abouti"), header).standing.state is State.CLOSED


def test_a_meeting_to_come_is_planned_and_is_not_met(matcher: Matcher, clock: Clock):
    one = only(matcher, f"Lodève;{NEED};rdv pris;;01/10/2026;;15/12/2026;;CRESS Occitanie;oui")
    (put,) = one.puts
    assert (put.step, put.met, put.meeting) == (Step.ACCEPTED, None, day("15/12/2026"))
    assert one.standing.state is State.ACCEPTED


def test_what_a_row_does_not_say_stays_unsaid(matcher: Matcher):
    one = only(matcher, f"Lodève;{NEED};envoyé;;;;;;CRESS Occitanie")
    assert one.puts[0].sent is None and not one.days and not one.notes
    assert only(matcher, f"Lodève;{NEED}").standing.state is State.RECEIVED
    assert only(matcher, f"Lodève;{NEED};;;;;;Léa").standing.state is State.OPEN


def test_the_rows_of_one_need_are_one_dossier_with_all_its_structures(matcher: Matcher):
    reading = read(
        matcher,
        f"Lodève;{NEED};envoyé;;01/03/2026;;;;CRESS Occitanie;non (pas dispo)",
        f"34142;{NEED};;;01/03/2026;05/03/2026;;;AIRDIE;oui",
    )
    (one,) = reading.followed.values()
    assert [put.step for put in one.puts] == [Step.DECLINED, Step.ACCEPTED]
    assert one.standing.state is State.ACCEPTED
    assert imports.repeated(reading.declared) == 1


def test_several_structures_of_a_cell_have_each_their_answer(matcher: Matcher):
    header = HEADER.replace(";", "\t")
    row = f"Lodève\t{NEED}\tenvoyé\t\t\t\t\t\tCRESS Occitanie ; AIRDIE\toui ; non (trop tôt)\t"
    reading = imports.read(f"{header}\n{row}".encode(), "suivi.tsv", matcher)
    (one,) = reading.followed.values()
    assert [(put.step, put.reason) for put in one.puts] == [
        (Step.ACCEPTED, None),
        (Step.DECLINED, Declined.TOO_EARLY),
    ]
    uneven = row.replace("(trop tôt)", "; non")
    (found,) = imports.read(f"{header}\n{uneven}".encode(), "suivi.tsv", matcher).faults
    assert found.column == "reponse" and "3 réponses pour 2 structures" in found.rule


@given(st.lists(st.sampled_from(["", *(one.label for one in STANDINGS), "stand-by"]), max_size=6))
def test_each_row_is_kept_refused_or_said_again(matcher: Matcher, said: list[str]):
    rows = [f"Lodève;{NEED} n° {n};{status}" for n, status in enumerate(said)]
    reading = read(matcher, *rows)
    assert len(reading.declared) + len(reading.faults) == len(rows)
    assert len(reading.followed) == len(reading.declared)
    assert {kind.code: dict(words) for kind, words in reading.asked.items()} == (
        {"statut": {"stand-by": said.count("stand-by")}} if "stand-by" in said else {}
    )


MESSY: list[list[object]] = [
    ["Suivi des mises en relation – équipe", None, None, None, None, None],
    [None] * 6,
    ["Commune ", " Besoin exprimé", "STATUT", "Mis en relation le", "Suivi par", "Observations"],
    ["Lodève  ", NEED, "Envoyé ", datetime(2026, 3, 15), "lea@test.fr", "appel le 3"],
    [None] * 6,
    ["Lodève, Die", "Un garage solidaire", "en cours", None, "Personne", None],
    [26113, "Une épicerie", "clos - sans suite", "15 mars 2026", None, None],
    ["Total", 3, None, None, None, None],
]


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_messy_workbook_is_read_as_its_author_reads_it(space: Space):
    lea = space.client("lea")
    page = checked(lea, workbook(MESSY), "suivi.xlsx").text
    assert "Lignes refusées</dt><dd>0" in page
    assert sent_back(lea, page, "dossiers").status_code == 303
    first, second, third = dossiers(space.database)
    assert [one.state for one in (first, second, third)] == [
        State.PROPOSED,
        State.OPEN,
        State.CLOSED,
    ]
    assert second.places == "34142,26113" and third.reason == Closed.ABANDONED
    with space.database.reading() as session:
        kept = session.get_one(Dossier, first.id)
        assert [member.name for member in kept.members] == ["Lea"]
        assert "appel le 3" in kept.notes[0].text and "ligne 4" in kept.notes[0].text
        assert session.get_one(Dossier, second.id).members == []


def test_an_owner_without_an_account_is_asked_and_may_be_settled(space: Space):
    lea = space.client("lea")
    space.account("max")
    page = checked(lea, file(f"Lodève;{NEED};en cours;;;;;Mme Durand")).text
    assert "Responsables sans compte ici" in page and "Mme Durand" in page
    field = "mot:responsable:Mme Durand"
    number = re.search(r'<option value="(\d+)">Max</option>', page)
    assert number
    # What was not shown is not kept: the page comes back with it first.
    again = sent_back(lea, page, "dossiers", **{field: number[1]})
    assert again.status_code == 200 and "Vos choix ont changé" in again.text
    assert dossiers(space.database) == []
    assert sent_back(lea, again.text, "dossiers").status_code == 303
    with space.database.reading() as session:
        (one,) = session.scalars(select(Dossier))
        assert [member.name for member in one.members] == ["Max"]


def test_a_status_that_is_not_known_is_settled_once_for_all_its_rows(space: Space):
    lea = space.client("lea")
    rows = [f"Lodève;{NEED} n° {n};au frigo" for n in range(3)]
    page = checked(lea, file(*rows)).text
    assert "Statuts que nous ne comprenons pas" in page and "(3 lignes)" in page
    again = sent_back(lea, page, **{"mot:statut:au frigo": "clos:abandonne"}).text
    assert "Lignes refusées</dt><dd>0" in again
    assert sent_back(lea, again, "dossiers").status_code == 303
    assert {one.reason for one in dossiers(space.database)} == {Closed.ABANDONED}


def test_a_column_may_be_said_to_be_another(space: Space):
    lea = space.client("lea")
    page = checked(lea, file("Lodève;Une recyclerie;vu le maire", header="Ville;Quoi;Divers"))
    assert page.status_code == 400 and "Dire ce que contient chaque colonne" in page.text
    chosen = {"colonne:quoi": "besoin", "colonne:divers": "notes"}
    read_again = sent_back(lea, page.text, **chosen)
    assert read_again.status_code == 200
    assert sent_back(lea, read_again.text, "dossiers").status_code == 303
    with space.database.reading() as session:
        assert "vu le maire" in session.scalars(select(Note.text)).one()


def test_it_is_kept_once_and_what_is_here_already_stays_as_it_is(space: Space):
    lea = space.client("lea")
    row = f"Lodève;{NEED};envoyé;12/03/2026;15/03/2026;;;Lea;CRESS Occitanie"
    assert sent_back(lea, checked(lea, file(row)).text, "dossiers").status_code == 303
    later = file(row.replace("envoyé", "abouti"))
    page = checked(lea, later).text
    assert "qui a déjà un dossier" in page
    assert sent_back(lea, page, "dossiers").status_code == 303
    (one,) = dossiers(space.database)
    assert one.state == State.PROPOSED
    assert day_of(one.created_at) == day("12/03/2026")
    with space.database.reading() as session:
        (put,) = session.scalars(select(Introduction))
        assert put.sent_at and day_of(put.sent_at) == day("15/03/2026")
        assert tasks.is_reminder_due(put, put.sent_at.replace(year=2027))
        actions = [entry.action for entry in audit.history(session, one.reference)]
        assert audit.verify(session).broken == ()
    assert actions == [
        Action.DOSSIER_RECEIVED,
        Action.DOSSIER_MEMBERS,
        Action.DOSSIER_STATE,
        Action.DOSSIER_STATE,
        Action.CHOICE,
        Action.INTRODUCTION,
    ]
    told = lea.get(f"/espace/dossiers/{one.reference}").text
    assert "repris d’un tableau" in told.lower() and "15/03/2026" in told


def test_a_follow_up_that_breaks_is_not_kept_at_all(space: Space, monkeypatch: pytest.MonkeyPatch):
    lea = space.client("lea")
    page = checked(lea, file(f"Lodève;{NEED};envoyé", f"Die;{NEED};rencontré")).text

    def broken(*_: object) -> None:
        raise RuntimeError("coupure")

    monkeypatch.setattr("web.casework.followups.keeping.audit.record_many", broken)
    assert sent_back(lea, page, "dossiers").status_code == 500
    assert dossiers(space.database) == []


def test_an_address_without_consent_is_kept_and_not_passed_on(space: Space):
    lea = space.client("lea")
    header = f"{HEADER};Courriel;Accord"
    rows = [
        f"Lodève;{NEED};envoyé;;15/03/2026;;;Lea;CRESS Occitanie;;;mairie@ville.fr;non",
        f"Die;{NEED};envoyé;;15/03/2026;;;Lea;CRESS Occitanie;;;mairie@autre.fr;oui",
    ]
    page = checked(lea, file(*rows, header=header)).text
    assert "Accord à recueillir" in page
    sent_back(lea, page, "dossiers")
    first, second = dossiers(space.database)
    letters = [
        lea.get(f"/espace/dossiers/{one.reference}/introductions/cress-occitanie").text
        for one in (first, second)
    ]
    assert "elle a accepté que son adresse" not in letters[0]
    with space.database.reading() as session:
        agreed = [put.agreed_at for put in session.scalars(select(Introduction).order_by("id"))]
    assert agreed[0] is None and agreed[1] is not None


def test_a_telephone_is_kept_with_its_contact_or_refused(matcher: Matcher):
    header = "Ville;Besoin exprimé;Tél. mairie"
    (one,) = read(matcher, f"Lodève;{NEED};0467000000", header=header).declared
    assert one.telephone == "04 67 00 00 00" and one.consent_at is None
    found = fault(matcher, f"Lodève;{NEED};à demander", header)
    assert found.column == "telephone"


def test_a_row_that_looks_like_a_dossier_is_told_and_may_be_left_aside(space: Space):
    reference = space.receive()
    lea = space.client("lea")
    page = checked(lea, file("Lodève;Une recyclerie à la gare;envoyé", f"Die;{NEED};en cours")).text
    assert "Déjà un dossier" in page and reference in page
    again = sent_back(lea, page, laisser="2").text
    assert "Lignes laissées de côté</dt><dd>1" in again
    assert sent_back(lea, again, "dossiers", laisser="2").status_code == 303
    assert [one.commune for one in dossiers(space.database)] == ["34142", "26113"]


def test_a_name_outside_of_the_directory_is_told_and_kept_in_a_note(space: Space):
    lea = space.client("lea")
    page = checked(lea, file(f"Lodève;{NEED};envoyé;;;;;;Les Amis du Quartier Nord")).text
    assert "Structures qui ne sont pas dans l’annuaire" in page
    assert sent_back(lea, page, "dossiers").status_code == 303
    with space.database.reading() as session:
        (one,) = session.scalars(select(Dossier))
        assert one.state == State.PROPOSED and not one.introductions
        assert "Les Amis du Quartier Nord" in one.notes[0].text


def test_the_delays_of_what_was_taken_over_are_not_those_of_the_import(space: Space):
    lea = space.client("lea")
    row = f"Lodève;{NEED};envoyé;12/03/2026;15/03/2026;;;Lea;CRESS Occitanie"
    sent_back(lea, checked(lea, file(row)).text, "dossiers")
    with space.database.reading() as session:
        figures = facts.gather(session, lambda _: (), Dossier.id > 0)
    (case,) = figures.cases
    assert case.taken is None and case.sent and day_of(case.sent) == day("15/03/2026")


def test_the_pages_of_what_was_taken_over_open(space: Space):
    """Each step, with and without its days, on each page that shows an introduction."""
    lea = space.client("lea")
    replies = ["", "oui", "non", "non (pas dispo)", "rdv fait"]
    rows = [
        f"Lodève;{NEED} n° {n};;;{sent};;;Lea;CRESS Occitanie;{reply}"
        for n, (reply, sent) in enumerate((r, d) for r in replies for d in ("", "15/03/2026"))
    ]
    sent_back(lea, checked(lea, file(*rows)).text, "dossiers")
    pages: list[Callable[[str], str]] = [
        lambda ref: f"/espace/dossiers/{ref}",
        lambda ref: f"/espace/dossiers/{ref}/introductions/cress-occitanie",
        lambda _: "/espace/introductions",
        lambda _: "/espace/structures/cress-occitanie",
        lambda _: "/espace/tableau-de-bord",
        lambda _: "/espace/",
    ]
    kept = dossiers(space.database)
    assert len(kept) == len(rows)
    for one in kept:
        for page in pages[:2]:
            assert lea.get(page(one.reference)).status_code == 200
    for page in pages[2:]:
        assert lea.get(page("")).status_code == 200


def test_a_day_that_the_file_did_not_say_may_be_said_later(space: Space):
    lea = space.client("lea")
    sent_back(
        lea, checked(lea, file(f"Lodève;{NEED};envoyé;;;;;Lea;CRESS Occitanie")).text, "dossiers"
    )
    (one,) = dossiers(space.database)
    address = f"/espace/dossiers/{one.reference}/introductions/cress-occitanie"
    page = lea.get(address).text
    assert 'name="sent_at" value=""' in page
    token, version = (
        re.search(rf'name="{name}" value="([^"]*)"', page)[1]  # type: ignore[index]
        for name in ("csrf_token", "version")
    )
    sent = {"csrf_token": token, "version": version, "sent_at": "2026-03-15"}
    assert lea.post(f"{address}/dates", data=sent).status_code == 303
    with space.database.reading() as session:
        (put,) = session.scalars(select(Introduction))
        assert put.sent_at and day_of(put.sent_at) == day("15/03/2026")
