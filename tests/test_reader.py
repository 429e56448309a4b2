"""One reader for what people bring: each row of any table is found again, refused or blank."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from matcher.catalogue.faults import DataError
from matcher.tables.headers import Wanted, fold
from matcher.tables.reader import Table, parse_table
from matcher.tables.understood import counts, refused_file

WANTED = Wanted(
    (("commune", "insee", "code_postal"), ("besoin",)), ("themes", "etape", "id", "departement")
)
HEADERS = {
    "commune": ["commune", "Commune", "VILLE", "Nom de la commune", "commune\n", "Commune :"],
    "besoin": ["besoin", "Besoin exprimé", "Description du besoin", "BESOINS", "besoin "],
}
Rows = list[list[str]]


def read(data: bytes, name: str = "table.csv") -> Table:
    return parse_table(data, WANTED, name)


def as_csv(rows: Rows, separator: str = ";", end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


def as_xlsx(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_ods(rows: Rows) -> bytes:
    book = OpenDocumentSpreadsheet()
    table = OdfTable(name="Feuille1")
    for row in rows:
        line = TableRow()
        for value in row:
            cell = TableCell(valuetype="string") if value else TableCell()
            if value:
                cell.addElement(P(text=value))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


LETTERS = st.sampled_from("abcdeéèàçÉ'’-().?! 0123456789;,\t\"|")
TEXT = st.text(LETTERS, min_size=1, max_size=30).map(lambda t: " ".join(t.split())).filter(
    lambda t: t and not t.startswith(("'", "=", "+", "-", "@"))
)  # fmt: skip
PLAIN = st.text(st.sampled_from("abcdeéèàçÉ' -0123456789"), min_size=1, max_size=20).map(
    lambda t: "x" + " ".join(t.split())
)
FORMS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "XLSX", "ODS"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_table_in_any_form_is_found_again_row_by_row(data: st.DataObject) -> None:
    draw = data.draw
    form = draw(st.sampled_from(FORMS))
    separator = draw(st.sampled_from(";,\t"))
    names = [draw(st.sampled_from(HEADERS[name])) for name in ("commune", "besoin")]
    body = draw(st.lists(st.tuples(PLAIN, TEXT, TEXT | st.just("")), min_size=1, max_size=6))
    titles = draw(
        st.sampled_from([[], [["Recensement 2026", "", ""]], [["Titre", "", ""], [""] * 3]])
    )
    rows = [*titles, [*names, "Remarque"], *map(list, body)]
    if form == "XLSX":
        table = read(as_xlsx(rows))
    elif form == "ODS":
        table = read(as_ods(rows))
    else:
        told = draw(st.booleans()) and not titles
        text = (f"sep={separator}\r\n" if told else "") + as_csv(
            rows, separator, draw(st.sampled_from(["\n", "\r\n"]))
        )
        table = read(text.encode(form))
    assert not table.faults
    found = [(row["commune"], row["besoin"], row.kept["Remarque"]) for row in table.rows]
    assert found == body


CELL = st.text(st.sampled_from("ab é\"'\n;,\0\t\u200b"), max_size=12)


@settings(deadline=None, max_examples=100)
@given(
    body=st.lists(st.lists(CELL, min_size=0, max_size=4), max_size=8),
    separator=st.sampled_from(";,\t"),
)
def test_whatever_the_damage_each_line_is_read_refused_or_blank(
    body: list[list[str]], separator: str
) -> None:
    """Written raw, with no care for quotation marks, ends of lines or the number of values."""
    text = f"commune{separator}besoin\n" + "".join(separator.join(row) + "\n" for row in body)
    table = read(text.encode())
    found = counts(table)
    assert (
        found["lignes"] == found["lignes_lues"] + found["lignes_refusees"] + found["lignes_vides"]
    )
    assert len(table.rows) == found["lignes_lues"]
    lines = text.replace("\r", "\n").removesuffix("\n").count("\n")
    spans = sum(record.lines for record in table.records.values())
    assert spans + table.blank == lines, "chaque ligne du fichier est dans une ligne du tableau"


GOOD = [[f"Ville {n}", f"Besoin {n}"] for n in range(12)]


@settings(deadline=None, max_examples=100)
@given(
    marks=st.lists(st.integers(0, 10_000), min_size=1, max_size=3),
    quoted=st.booleans(),
    separator=st.sampled_from(";,\t"),
)
def test_stray_quotation_marks_never_hide_a_row(
    marks: list[int], quoted: bool, separator: str
) -> None:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator="\n", quoting=quoting).writerows(GOOD)
    text = out.getvalue()
    for mark in marks:
        at = mark % len(text)
        text = text[:at] + '"' + text[at:]
    table = read(f"commune{separator}besoin\n{text}".encode())
    assert len(table.rows) + len(table.faults) == len(GOOD)


def test_a_stray_mark_costs_its_row_at_most_and_never_the_next_ones() -> None:
    text = (
        'commune;besoin\nFiges;Une école\nLodève;"Tiers-lieu" pour tous\nFlers;"Un café\nDie;Four\n'
    )
    table = read(text.encode())
    assert [row["besoin"] for row in table.rows] == ["Une école", '"Tiers-lieu" pour tous', "Four"]
    (fault,) = table.faults
    assert fault.line == 4 and "jamais fermé" in fault.rule


def test_a_value_over_several_lines_is_one_row() -> None:
    rows = [
        ["commune", "besoin"],
        ["Lodève", 'Bonjour,\nnous avons un local,\n\nil est "vide" ; merci'],
    ]
    table = read(as_csv(rows).encode())
    assert [row["besoin"] for row in table.rows] == [rows[1][1]]


def test_two_encodings_in_one_file_are_both_read_and_said() -> None:
    data = "commune;besoin\nLodève;Crèche\n".encode() + "Crévy;Épicerie\n".encode("cp1252")
    table = read(data)
    assert [row["commune"] for row in table.rows] == ["Lodève", "Crévy"]
    assert table.source.encoding == "UTF-8, et Windows-1252 pour 1 ligne(s)"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_refused_rows_come_back_in_the_same_form_and_are_read_again(form: str) -> None:
    rows = [["Commune", "Besoin exprimé", "Contact"], ["Lodève", "Four", "=1+1"]]
    table = read(as_csv(rows).encode() if form == "csv" else as_xlsx(rows))
    from matcher.catalogue.faults import Fault

    suffix, data = refused_file(table, [Fault("t", 2, "commune", "Lodève", "à revoir")])
    assert suffix == f".{form}"
    again = read(data)
    assert dict(again.rows[0]) == {"commune": "Lodève", "besoin": "Four"}
    if form == "csv":
        assert again.rows[0].kept == {"Contact": "=1+1"} or again.rows[0].kept == {
            "Contact": "'=1+1"
        }
    assert not again.faults


def test_a_workbook_that_expands_beyond_reason_is_refused_at_once() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 50_000_000)
    with pytest.raises(DataError, match="comprimé"):
        read(out.getvalue())


def test_a_cell_at_the_end_of_a_sheet_does_not_take_all_the_memory() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = "commune", "besoin"
    book.active["XFD1048576"] = "x"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(DataError, match="feuille trop grande"):
        read(out.getvalue())


def test_a_name_of_column_is_the_same_however_it_is_typed() -> None:
    assert fold("Besoin exprimé\n(obligatoire) :") == fold("BESOIN  EXPRIME") == "besoin exprime"


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 classeur", b"%PDF-1.7", b"", b"\xd0\xcf\x11\xe0 xls"]
)
def test_what_is_no_table_is_refused_in_french(data: bytes) -> None:
    with pytest.raises(DataError):
        read(data)


def test_the_cases_of_damaged_tables(tmp_path: Path) -> None:
    """Each small file that once failed, and how many of its rows are read now."""
    path = Path(__file__).parent / "cases" / "tableaux.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for case in csv.DictReader(file, delimiter=";"):
            table = read(case["contenu"].replace("\\n", "\n").encode())
            said = [f"{row['commune']}={row['besoin']}" for row in table.rows]
            assert said == case["lus"].split(" | "), case["cas"]
            assert (len(table.faults), table.blank) == (int(case["refus"]), int(case["vides"]))


def test_what_cannot_be_seen_refuses_no_row_and_parts_no_code() -> None:
    table = read("commune;besoin\nLo\u00ad\u200bdève;Une cr\u200bèche\n".encode())
    assert not table.faults
    assert table.rows[0]["commune"] == "Lodève"


def test_a_second_sheet_of_the_same_columns_is_never_left_out_in_silence() -> None:
    book = openpyxl.Workbook()
    for name in ("Nord", "Sud"):
        sheet = book.create_sheet(name)
        sheet.append(["commune", "besoin"])
        sheet.append(["Lodève", "Une recyclerie"])
    book.create_sheet("Lisez-moi").append(["Voici nos besoins"])
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(DataError, match="« Nord », « Sud »"):
        parse_table(data.getvalue(), Wanted((("commune",), ("besoin",)), ()), "classeur.xlsx")
