"""Strict reading: a hostile or broken file is refused, with its place and its rule."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue.faults import LISTED, DataError, Fault, shorten
from matcher.catalogue.rows import FORBIDDEN, ROWS_MAX, read_rows, scan_rows
from matcher.catalogue.tables import write_rows

MEGABYTE = 2**20

REFUSED: dict[str, tuple[str | bytes, int | None, str]] = {
    "an empty file": ("", None, "fichier vide"),
    "blanks only": (" \n\n", None, "fichier vide"),
    "latin-1": ("id,nom\n1,Lodève\n".encode("latin-1"), 2, "Latin-1"),
    "UTF-16": ("id,nom\n1,Lodève\n".encode("utf-16"), None, "UTF-16"),
    "a NUL byte": ("id,nom\n1,a\n2,b\0c\n", 3, "octet nul"),
    "a zip or a workbook": (b"PK\x03\x04" + b"x" * 100, None, "archive ZIP ou un classeur XLSX"),
    "a gzip": (b"\x1f\x8b" + b"x" * 100, None, "archive GZIP"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 100, None, "classeur XLS"),
    "a column twice": ("id,nom,id\n1,a,b\n", 1, "présente 2 fois"),
    "a column without a name": ("id,,nom\n1,a,b\n", 1, "la colonne 2 n’a pas de nom"),
    "a missing column": ("id\n1\n", 1, "colonne absente"),
    "200,000 equal names": ("a," * 200_000 + "a\n", 1, "ligne trop longue"),
    "300 columns": (",".join(f"c{i}" for i in range(300)) + "\n", 1, "300 colonnes, 200 au plus"),
    "a row too short": ("id,nom\n1,a\n2\n", 3, "une seule valeur au lieu de 2"),
    "a row too long": ("id,nom\n1,a\n2,b,c\n", 3, "3 valeurs au lieu de 2"),
    "a quotation mark never closed": ('id,nom\n1,"a\n' + "2,b\n" * 1000, 2, "jamais fermé"),
    "one open at the end of the file": ('id,nom\n1,"a\n', 2, "jamais fermé"),
    "a misplaced quotation mark": ('id,nom\n1,"a"b\n', 2, "guillemets mal placés"),
    "a control character": ("id,nom\n1,a\n2,b\x07c\n", 3, "caractère de contrôle"),
    "no character": ("id,nom\n1,a\n2,b\uffffc\n", 3, "caractère de contrôle"),
    "text turned around": ("id,nom\n1,a\u202eb\n", 2, "caractère de contrôle ou invisible"),
    "one endless line": ("id,nom\n" + "x" * (8 * MEGABYTE), 2, "ligne trop longue"),
    "a megabyte of commas": ("id,nom\n" + "," * MEGABYTE, 2, "ligne trop longue"),
    "too many rows": ("id,nom\n" + "1,a\n" * (ROWS_MAX + 5), None, "lecture arrêtée"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_file_is_refused_with_its_place_and_its_rule(case: str, tmp_path: Path) -> None:
    data, line, rule = REFUSED[case]
    path = tmp_path / "table.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(DataError) as refusal:
        read_rows(path, ["id", "nom"])
    fault = refusal.value.faults[0]
    assert fault.file == "table.csv"
    assert rule in fault.rule
    assert line is None or fault.line == line
    assert len(str(refusal.value)) < 10_000


def test_a_file_too_big_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        file.write(b"id,nom\n")
        file.truncate(500 * MEGABYTE)  # a hole: it takes no room on the disk
    with pytest.raises(DataError, match="plus de 32 Mo"):
        read_rows(path, ["id"])


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_what_is_no_file_is_said_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"introuvable|pas un fichier"):
        read_rows(tmp_path / name, ["id"])


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id,nom\n1\n2,b\n3,c,d\n4,e\x07\n", encoding="utf-8")
    rows, faults = scan_rows(path, ["id", "nom"])
    assert [row["id"] for row in rows] == ["2"]
    assert [fault.line for fault in faults] == [2, 4, 5]


def test_a_fault_names_file_line_column_value_and_rule() -> None:
    fault = Fault("structures.csv", 12, "kind", "x" * 500, "type inconnu")
    assert str(fault).startswith("structures.csv, ligne 12, colonne « kind » : « xxx")
    assert str(fault).endswith("… » : type inconnu")
    assert len(str(fault)) < 150


def test_a_message_lists_the_first_faults_and_counts_the_others() -> None:
    error = DataError(Fault("t.csv", line, None, None, "faute") for line in range(1, 101))
    assert len(str(error).splitlines()) == LISTED + 1
    assert "(100 fautes en tout)" in str(error)


def test_a_value_is_shown_on_one_printable_line() -> None:
    assert shorten("a\nb\x1b[31m") == "a\\nb\\x1b[31m"


@pytest.mark.parametrize(
    "text",
    [
        "id,nom\n1,Lodève\n",
        "\ufeffid,nom\n1,Lodève\n",
        "id;nom\r\n1;Lodève\r\n",
        "id,nom\r1,Lodève\r",
        " id , nom \n 1 , Lodève \n\n\n",
        'id,nom\n1,"Lodève"',
    ],
)
def test_what_spreadsheets_write_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    rows = read_rows(path, ["id"], ["nom"])
    assert rows == [{"id": "1", "nom": "Lodève"}]
    assert rows[0].line == 2


def test_the_line_of_a_row_counts_the_line_ends_within_values(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('id,nom\n1,"a\nb"\n2,c\n', encoding="utf-8")
    assert [row.line for row in read_rows(path)] == [2, 4]


def test_a_column_that_is_not_expected_is_refused_when_the_columns_are_closed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id,nom\n1,a\n", encoding="utf-8")
    with pytest.raises(DataError, match="colonne « nom » : colonne inconnue"):
        read_rows(path, ["id"], [])


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=30
).map(str.strip)


@given(table=st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_what_is_written_is_read_back(
    table: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    rows = [{"id": str(rank), "a": a, "b": b} for rank, (a, b) in enumerate(table)]
    write_rows(path, ["id", "a", "b"], rows)
    assert read_rows(path, ["id", "a", "b"]) == rows
    assert list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))) == rows


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_never_crash(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    path.write_bytes(data)
    try:
        rows = read_rows(path)
    except DataError as error:
        assert error.faults
    else:
        assert all(not FORBIDDEN.search(value) for row in rows for value in row.values())


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id\n1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown"):
        write_rows(path, ["id"], [{"id": "2"}, {"unknown": "3"}])
    with pytest.raises(UnicodeEncodeError):
        write_rows(path, ["id"], [{"id": "\ud800"}])
    assert path.read_text(encoding="utf-8") == "id\n1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="écriture impossible"):
        write_rows(tmp_path / "absent" / "table.csv", ["id"], [])
