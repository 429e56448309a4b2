"""A file of needs: good rows are dossiers, once; the others come back with their reason."""

from __future__ import annotations

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import openpyxl
import pytest
from casework import Space, token_of
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from matcher import DataError, Matcher
from matcher.cohorts.batch.demand import GUESSED
from web.access import Role
from web.casework.clock import now
from web.casework.dossiers import imports
from web.casework.dossiers.dossiers import LETTERS, digest
from web.casework.store.database import Database
from web.casework.store.tables import Account, AuditEntry, Dossier

HEADER = "commune;besoin;themes;etape;service;courriel;accord;reference_externe"
GOOD = "34142;Ouvrir une recyclerie;economie_circulaire;;Urbanisme;mairie@ville.fr;oui;A-1"
OTHER = "26113;Un garage solidaire;;emergence;;;;A-2"
PAGE = "/espace/importer"


def table(*rows: str, header: str = HEADER) -> bytes:
    """A file as a spreadsheet saves it."""
    return "\ufeff".encode() + "\r\n".join([header, *rows]).encode() + b"\r\n"


def checked(client: FlaskClient, data: bytes, name: str = "besoins.csv") -> TestResponse:
    """Send a file to be read."""
    token = token_of(client.get(PAGE).text)
    return client.post(PAGE, data={"csrf_token": token, "fichier": (io.BytesIO(data), name)})


def fields(page: str, **chosen: str) -> dict[str, str]:
    """The fields of the form that shows what was read, with what a person chooses in it."""
    found = dict(re.findall(r'name="(csrf_token|nom|contenu|vu)" value="([^"]*)"', page))
    options = r'<select[^>]* name="([^"]+)" form="choix">(.*?)</select>'
    for name, inside in re.findall(options, page, re.DOTALL):
        shown = re.search(r'<option value="([^"]*)" selected', inside)
        found[unescape(name)] = shown[1] if shown else ""
    return found | chosen


def sent_back(client: FlaskClient, page: str, path: str = "", **chosen: str) -> TestResponse:
    """Press a button of the page that shows what was read."""
    return client.post(f"{PAGE}/{path}".rstrip("/"), data=fields(page, **chosen))


def adviser(database: Database) -> Account:
    """An account to import with."""
    account = Account(
        email="lea@test.fr", name="Léa", fs_uniquifier="lea", active=True, created_at=now()
    )
    with database.writing() as session:
        session.add(account)
    return account


def dossiers(database: Database) -> list[Dossier]:
    with database.reading() as session:
        return list(session.scalars(select(Dossier).order_by(Dossier.id)))


def test_what_a_row_says_of_its_place_is_kept(matcher: Matcher, database: Database) -> None:
    rows = table("lodeve (34);Ouvrir une recyclerie", "26113;Un café", header="commune;besoin")
    reading = imports.read(rows, "besoins.csv", matcher)
    account = adviser(database)
    with database.writing() as session:
        imports.store(session, reading.declared, account)
    assert [(one.commune, one.typed) for one in dossiers(database)] == [
        ("34142", "lodeve (34)"),
        ("26113", "26113"),
    ]
    again = imports.read(rows.replace(b"lodeve (34)", b"34142"), "besoins.csv", matcher)
    with database.writing() as session:
        assert not imports.store(session, again.declared, account).opened


def test_a_row_of_several_communes_is_one_dossier_of_all(
    matcher: Matcher, database: Database
) -> None:
    rows = ('"Lodève, Die";Ouvrir une recyclerie', "34142;Ouvrir une recyclerie")
    reading = imports.read(table(*rows, header="commune;besoin"), "besoins.csv", matcher)
    assert not reading.faults and not reading.twins
    account = adviser(database)
    for opened in (2, 0):
        with database.writing() as session:
            assert len(imports.store(session, reading.declared, account).opened) == opened
    assert [(one.commune, one.places) for one in dossiers(database)] == [
        ("34142", "34142,26113"),
        ("34142", None),
    ]


def test_each_row_becomes_a_dossier_that_waits(matcher: Matcher, database: Database) -> None:
    reading = imports.read(table(GOOD, OTHER), "besoins.csv", matcher)
    account = adviser(database)
    with database.writing() as session:
        stored = imports.store(session, reading.declared, account)
    assert len(stored.opened) == 2 and not stored.known
    with database.reading() as session:
        first, second = session.scalars(select(Dossier).order_by(Dossier.id))
        assert (first.commune, first.need) == ("34142", "Ouvrir une recyclerie")
        assert (first.origin, first.state, first.members) == ("fichier", "recu", [])
        assert (first.themes, first.external) == (["economie_circulaire"], "A-1")
        assert first.contact and first.contact.email == "mairie@ville.fr"
        assert first.contact.consent_at is not None
        assert (second.stage, second.contact) == ("emergence", None)


def test_the_same_file_twice_makes_no_duplicate(matcher: Matcher, database: Database) -> None:
    account = adviser(database)
    for opened, known in ((2, 0), (0, 2)):
        reading = imports.read(table(GOOD, OTHER), "besoins.csv", matcher)
        with database.writing() as session:
            stored = imports.store(session, reading.declared, account)
        assert (len(stored.opened), len(stored.known)) == (opened, known)
    assert len(dossiers(database)) == 2
    with database.reading() as session:
        logged = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "import"))
        assert list(logged) == ['{"connus": 0, "ouverts": 2}', '{"connus": 2, "ouverts": 0}']


def test_the_name_of_the_town_or_its_code_is_one_need(matcher: Matcher, database: Database) -> None:
    account = adviser(database)
    for row in ("34142,Une recyclerie", "Lodève,Une recyclerie"):
        reading = imports.read(table(row, header="commune,besoin"), "besoins.csv", matcher)
        with database.writing() as session:
            imports.store(session, reading.declared, account)
    assert len(dossiers(database)) == 1


REFUSED = [
    ("Nulle-Part;Une recyclerie;;;;;;", "commune", "Nulle-Part"),
    ("34142;;;;;;;", "besoin", ""),
    ("34142;;divers;;;;;", "themes", "divers"),
    ("34142;;;plus_tard;;;;", "etape", "plus_tard"),
    ("34142;Une crèche;;;;mairie;;", "courriel", "mairie"),
    ("34142;Une crèche;;;;mairie@ville.fr;peut-être;", "accord", "peut-être"),
    ("34142;Une crèche;;;;;oui;", "accord", "oui"),
    (f"34142;Une crèche;;;{'x' * 201};;;", "service", "x" * 201),
    ("34142;Une crèche", "themes", "Une crèche"),
    ("34142;Une\x07crèche;;;;;;", "besoin", "Une\x07crèche"),
    ("34142;Une crèche;;;;;;;de trop", None, "de trop"),
]


@pytest.mark.parametrize(("row", "column", "value"), REFUSED)
def test_a_row_at_fault_is_told_with_its_place_and_costs_no_other(
    matcher: Matcher, row: str, column: str | None, value: str
) -> None:
    reading = imports.read(table(GOOD, row, OTHER), "besoins.csv", matcher)
    assert len(reading.declared) == 2
    (fault,) = reading.faults
    assert (fault.file, fault.line, fault.column, fault.value) == ("besoins.csv", 3, column, value)
    header, refused = csv.reader(io.StringIO(reading.refused.decode("utf-8-sig")), delimiter=";")
    assert header == [*HEADER.split(";"), "ligne", "motif"]
    assert refused[8] == "3" and fault.rule in refused[9]
    for part in row.split(";"):
        assert part in refused[8] or any(part in cell for cell in refused), "rien n’est perdu"


def test_refused_rows_once_mended_may_be_sent_as_they_are(matcher: Matcher) -> None:
    reading = imports.read(table("Nulle-Part;Une recyclerie;;;;;;A-9"), "besoins.csv", matcher)
    mended = reading.refused.decode().replace("Nulle-Part", "Lodève", 1)
    again = imports.read(mended.encode(), "refus.csv", matcher)
    assert not again.faults
    assert [one.external for one in again.declared] == ["A-9"]


def test_one_need_under_two_ids_is_told_with_both_lines_and_still_imported(space: Space) -> None:
    lea = space.client("lea")
    rows = [
        "34142;Ouvrir une recyclerie;;;;;;A-1",
        "26113;Ouvrir une recyclerie;;;;;;A-2",  # elsewhere
        "Lodève;ouvrir  une Recyclerie;;;;;;A-3",
        "34142;Ouvrir une recyclerie;;;;;;A-1",  # the same row again: one dossier
    ]
    page = checked(lea, table(*rows)).text
    assert re.findall(r"<li>Lignes (\d+) et (\d+)</li>", page) == [("2", "4")]
    assert sent_back(lea, page, "dossiers").status_code == 303
    assert len(dossiers(space.database)) == 3
    assert "deux fois" not in checked(lea, table(GOOD, OTHER)).text


WHOLE = [
    (b"commune;texte\n34142;Une recyclerie\n", "besoin"),
    (b"", "vide"),
    (b"PK\x03\x04 classeur", "archive abîmée"),
    (b"commune;besoin\n" + b"34142;Une recyclerie\n" * (imports.MOST + 1), "partagez"),
    (b"commune,besoin\n" + b"nulle part,rien\n" * (imports.MOST + 1), "partagez"),
]


@pytest.mark.parametrize(("data", "said"), WHOLE)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(
    matcher: Matcher, data: bytes, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        imports.read(data, "besoins.csv", matcher)


ROWS = st.lists(
    st.sampled_from([GOOD, OTHER, *(row for row, _, _ in REFUSED)])
    | st.text(st.characters(exclude_characters='";\r\n,\0', exclude_categories=["Cs"])).map(
        lambda text: f"34142;{text};;;;;;"
    ),
    max_size=12,
)


@given(rows=ROWS)
def test_no_row_is_lost(matcher: Matcher, rows: list[str]) -> None:
    """Rows = needs read + rows refused, and all the refused are in their file."""
    reading = imports.read(table(*rows), "besoins.csv", matcher)
    assert len(reading.declared) + len(reading.faults) == len(rows)
    told = list(csv.reader(io.StringIO(reading.refused.decode("utf-8-sig")), delimiter=";"))[1:]
    assert len(told) == len(reading.faults)
    assert {int(row[-2]) for row in told} == {fault.line for fault in reading.faults}


@pytest.mark.parametrize("rows", [[GOOD, GOOD, OTHER], [GOOD, REFUSED[0][0], OTHER, OTHER]])
def test_rows_are_opened_known_or_refused(
    matcher: Matcher, database: Database, rows: list[str]
) -> None:
    account = adviser(database)
    for _ in range(2):
        reading = imports.read(table(*rows), "besoins.csv", matcher)
        with database.writing() as session:
            stored = imports.store(session, reading.declared, account)
        assert len(stored.opened) + len(stored.known) + len(reading.faults) == len(rows)


def test_the_page_shows_what_was_read_then_stores_it_once(space: Space) -> None:
    lea = space.client("lea")
    for said in ("1 dossier ouvert, 1 ligne refusée", "0 dossier ouvert, 1 besoin déjà connu"):
        page = checked(lea, table(GOOD, REFUSED[0][0]))
        assert page.status_code == 200
        assert "Nulle-Part" in page.text and "Lodève (34)" in page.text
        answer = sent_back(lea, page.text, "dossiers")
        assert answer.status_code == 303
        assert said in lea.get(answer.location).text
    assert len(dossiers(space.database)) == 1


def test_nothing_is_stored_before_it_is_confirmed(space: Space) -> None:
    checked(space.client("lea"), table(GOOD))
    assert dossiers(space.database) == []


def test_the_refused_rows_are_a_file(space: Space) -> None:
    lea = space.client("lea")
    page = checked(lea, table(GOOD, REFUSED[0][0])).text
    answer = sent_back(lea, page, "refus.csv")
    assert answer.mimetype == "text/csv"
    text = answer.data.decode("utf-8-sig")
    assert text.startswith(HEADER) and "Nulle-Part" in text


def test_a_file_in_windows_1252_is_read_and_the_page_says_so(space: Space) -> None:
    answer = checked(space.client("lea"), "commune;besoin\nLodève;Crèche".encode("cp1252"))
    assert answer.status_code == 200
    assert "Windows-1252" in answer.text and "Crèche" in answer.text


def test_a_workbook_is_read_and_its_refused_rows_are_a_workbook(space: Space) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Besoins 2026"],
        ["Ville", "Besoin exprimé", "Thème", "Remarque"],
        ["Lodève", "Ouvrir une recyclerie", "Habitat et logement", "vu en mars"],
        ["Nulle-Part", "Un four", None, None],
    ):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    lea = space.client("lea")
    page = checked(lea, data.getvalue(), "besoins.xlsx").text
    assert "Ville → commune" in page and "Habitat et logement" in page
    refused = sent_back(lea, page, "refus.csv")
    assert refused.mimetype.endswith("spreadsheetml.sheet")
    sheet = openpyxl.load_workbook(io.BytesIO(refused.data)).active
    assert [cell.value for cell in sheet[2]][:2] == ["Nulle-Part", "Un four"]
    assert sent_back(lea, page, "dossiers").status_code == 303
    assert [d.themes for d in dossiers(space.database)] == [["habitat"]]


def test_a_large_file_passes_and_one_too_large_does_not(space: Space) -> None:
    lea = space.client("lea")
    long = "Ouvrir une recyclerie " * 100
    rows = [f"34142;{long}{number};;;;;;" for number in range(300)]
    page = checked(lea, table(*rows))
    assert "300 dossiers" in page.text.replace("\u202f", "")
    assert sent_back(lea, page.text, "dossiers").status_code == 303
    assert len(dossiers(space.database)) == 300
    assert checked(lea, table(*rows * 2)).status_code == 400
    assert checked(lea, b"x" * 3_000_000).status_code == 413


def test_without_a_file_the_page_says_so(space: Space) -> None:
    lea = space.client("lea")
    token = token_of(lea.get(PAGE).text)
    answer = lea.post(PAGE, data={"csrf_token": token})
    assert answer.status_code == 400 and "Choisissez un fichier" in answer.text


def test_what_the_page_did_not_send_is_refused(space: Space) -> None:
    lea = space.client("lea")
    token = token_of(lea.get(PAGE).text)
    for content in ("é", "a", ""):
        data = {"csrf_token": token, "contenu": content}
        assert lea.post(f"{PAGE}/dossiers", data=data).status_code == 400


def test_a_file_is_for_advisers(space: Space) -> None:
    assert space.client("bob", Role.ADMIN).get(PAGE).status_code == 403


def test_two_who_send_one_file_at_once_make_it_once(space: Space) -> None:
    """Both pages were read before either was stored; their threads meet in the database."""
    clients = [space.client("lea"), space.client("max", Role.LEAD)]
    rows = [f"34142;Ouvrir une recyclerie n° {number};;;;;;" for number in range(50)]
    pages = [checked(client, table(*rows)).text for client in clients]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda i: sent_back(clients[i], pages[i], "dossiers"), (0, 1)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(dossiers(space.database)) == 50


def test_unknown_names_are_looked_for_once_and_suggested_for_within_bounds(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    find = type(matcher.territory).find

    def counted(self: object, query: str, guess: bool = True, *beside: str) -> object:
        asked.append(query)
        return find(matcher.territory, query, guess, *beside)

    monkeypatch.setattr(type(matcher.territory), "find", counted)
    # One slip more than is forgiven: the last letters of Montpellier.
    names = [f"Montpellxy{letter}" for letter in "abcdefghijklmnopqstuvwxyz"]
    rows = [f"{name},Une recyclerie" for name in (*names, *names, "Lodeve")]
    reading = imports.read(table(*rows, header="commune,besoin"), "besoins.csv", matcher)
    assert sorted(asked) == sorted([*names, "Lodeve"])
    told = {fault.value: fault.rule for fault in reading.faults}
    assert len(reading.faults) == 2 * len(names) and len(reading.declared) == 1
    assert all("Commune inconnue" in rule for rule in told.values())
    assert [name for name in names if "Vouliez-vous" in told[name]] == names[:GUESSED]


def test_no_seal_tells_whose_contact_it_was(matcher: Matcher, database: Database) -> None:
    """Who guesses an erased address finds nothing that confirms it: no seal depends on it."""
    account = adviser(database)
    seals = []
    for address in ("mairie@ville.fr", "secret@ville.fr"):
        row = f"34142;Une recyclerie, voir {address};;;Service de {address};{address};oui;A-1"
        reading = imports.read(table(row), "besoins.csv", matcher)
        (one,) = reading.declared
        assert one.email == address and address in one.need
        seals.append(digest(LETTERS, one.seed))
        with database.writing() as session:
            imports.store(session, reading.declared, account)
    assert seals[0] == seals[1] and len(dossiers(database)) == 1


def test_two_services_that_ask_the_same_are_two_dossiers_each_time(
    matcher: Matcher, database: Database
) -> None:
    rows = [
        "34142;Une recyclerie;;;Urbanisme;urbanisme@ville.fr;oui;",
        "34142;Une recyclerie;;;Culture;culture@ville.fr;oui;",
        "34142;Une recyclerie;;;Urbanisme;urbanisme@ville.fr;oui;",
    ]
    account = adviser(database)
    for opened in (2, 0):
        reading = imports.read(table(*rows), "besoins.csv", matcher)
        assert imports.repeated(reading.declared) == 1
        assert reading.twins == [(2, 3)]
        with database.writing() as session:
            assert len(imports.store(session, reading.declared, account).opened) == opened
    with database.reading() as session:
        found = session.scalars(select(Dossier).order_by(Dossier.id)).all()
        emails = [one.contact.email for one in found if one.contact]
    assert emails == ["urbanisme@ville.fr", "culture@ville.fr"]


def test_the_page_says_which_texts_were_repaired(space: Space) -> None:
    page = checked(space.client("lea"), table(GOOD, "26113;Une Ã©picerie;;;;;;")).text
    assert "Réparés, ou dont un mot" in page and "Ligne 3" in page
    assert "lettres abîmées" in page
    aside = checked(space.client("lea"), table(GOOD, "26113;Une épicerie;ESS;;;;;")).text
    assert "Ligne 3\xa0: Thème «\xa0ESS\xa0» laissé de côté" in unescape(aside)
    assert "Réparés, ou dont un mot" not in checked(space.client("lea"), table(GOOD)).text
