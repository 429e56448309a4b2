"""Whatever table is handed over, it is read, or refused in French: no traceback, no hang."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from damage import changed, damaged, fuzzed, patiently, repacked, tables
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from matcher import DataError, Matcher
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import STRUCTURES
from matcher.catalogue.tables import read_catalogue
from matcher.cohorts.batch.demand import read_needs
from matcher.cohorts.evaluation import calibration, cases, exposure, reading
from matcher.cohorts.planning.told import read_pairs, read_told
from matcher.upkeep.intake import Intake
from web.casework.dossiers import imports
from web.casework.letters import attachments
from web.casework.states import Forbidden

Columns = Mapping[str, Sequence[str]]
Read = Callable[[Path, Matcher], object]

ID = ("avise", "larban", "cress-occitanie")
PLACE = {"commune": ("34142", "Lodève", "Die (26)", "Lodève, Die"), "besoin": ("Une recyclerie",)}
OPTIONAL = {"themes": ("habitat", "Habitat et logement"), "etape": ("emergence",), "id": ("A",)}
NEEDS: Columns = PLACE | OPTIONAL
DECLARED: Columns = NEEDS | {
    "courriel": ("mairie@ville.fr",),
    "accord": ("oui",),
    "service": ("Urbanisme",),
    "reference_externe": ("A-1",),
}
DECIDED: Columns = PLACE | {"structure_id": ID, "decision": ("accepte", "decline")}


def _site(path: Path, matcher: Matcher) -> None:
    found = imports.read(path.read_bytes(), path.name, matcher)
    assert found.counts  # what is told of the file is told whatever it holds


def _exposure(path: Path, matcher: Matcher) -> None:
    texts = exposure.read_texts(path)
    communes = list(matcher.territory.communes.values())[:2]
    exposure.exposure(matcher, communes, texts)


def _cases(path: Path, matcher: Matcher) -> None:
    found = cases.read_cases(path)
    cases.check_cases(matcher, found, path.name)


READERS: dict[str, tuple[Columns, Read]] = {
    "besoins": (NEEDS, lambda path, m: read_needs(path, m.territory)),
    "import du site": (DECLARED, _site),
    "capacités": (
        {"structure_id": ID, "capacite": ("3", "0"), "taux_reponse": ("30", "12,5")},
        lambda path, m: read_told(path, m.structures),
    ),
    "paires": (
        {"insee": ("34142", "1001"), "structure_id": ID},
        lambda path, m: read_pairs(path, m.territory.communes, m.structures),
    ),
    "décisions": (DECIDED, lambda path, m: calibration.read_decisions(m, path)),
    "exposition": ({"texte": ("Une recyclerie",)}, _exposure),
    "lecture": (
        {"texte": ("Une recyclerie",), "primary": ("habitat",), "situation": ("emergence",)},
        lambda path, m: reading.read_labelled(path),
    ),
    "cas": (
        {
            **{"id": ("1",), "insee_query": ("34142",), "besoin": ("Une recyclerie",)},
            **{"structure_ids": ("avise",), "source_url": ("https://www.avise.org",)},
        },
        _cases,
    ),
    "table stricte": (NEEDS, lambda path, m: read_rows(path, ("commune",))),
}


def answered(read: Callable[[], object]) -> None:
    """Read, or be told in French; what else is raised is a fault of ours."""
    try:
        with patiently():
            read()
    except DataError as error:
        assert error.faults and all(fault.rule for fault in error.faults)
        assert str(error).isprintable() or "\n" in str(error)
        str(error).encode()  # a terminal and a page can show it


@pytest.mark.parametrize("name", READERS)
def test_any_table_is_read_or_refused(name: str, matcher: Matcher, tmp_path: Path) -> None:
    columns, read = READERS[name]
    path = tmp_path / "tableau.csv"

    @fuzzed(40)
    @given(tables(columns))
    def right_columns(data: bytes) -> None:
        path.write_bytes(data)
        answered(lambda: read(path, matcher))

    right_columns()


whole = ";".join(DECLARED).encode() + b"\n" + b";".join(v[0].encode() for v in DECLARED.values())


@fuzzed(120)
@given(damaged((whole, whole + b'\n34142;"deux\nlignes"', b"commune,besoin\nDie,Un four")))
def test_a_damaged_table_is_read_or_refused(matcher: Matcher, data: bytes) -> None:
    answered(lambda: imports.read(data, "besoins.csv", matcher))


def workbook() -> bytes:
    """A workbook of needs."""
    book = openpyxl.Workbook()
    for row in (list(DECLARED), [values[0] for values in DECLARED.values()], ["Die", 3, True]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods() -> bytes:
    """The same for LibreOffice."""
    book, sheet = OpenDocumentSpreadsheet(), Table(name="Besoins")
    for values in (list(DECLARED), [values[0] for values in DECLARED.values()]):
        row = TableRow()
        for value in values:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=value))
            row.addElement(cell)
        sheet.addElement(row)
    book.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


BOOKS = (workbook(), ods())


@fuzzed(30)
@given(repacked(BOOKS) | damaged(BOOKS))
def test_a_damaged_workbook_is_read_or_refused(matcher: Matcher, data: bytes) -> None:
    answered(lambda: imports.read(data, "besoins.xlsx", matcher))


SENT = (
    *BOOKS,
    b"%PDF-1.7\n%%EOF\n",
    b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    b"\xff\xd8\xff\xe0" + b"\0" * 40,
)


@fuzzed(60)
@given(
    st.sampled_from(
        ("a.xlsx", "a.ods", "a.docx", "a.odt", "a.pdf", "a.png", "a.JPEG", "a", ".", "")
    ),
    repacked(BOOKS) | damaged(SENT),
)
def test_any_file_joined_to_a_dossier_is_taken_or_refused(name: str, data: bytes) -> None:
    try:
        with patiently():
            attachments.kind_of(attachments.name_of(name), data)
    except Forbidden as error:
        assert str(error).endswith(".")


STRUCTURE = read_rows(Matcher.embedded() / STRUCTURES.file)[0]
INCLUSION = {
    **{"id": "soliguide--1", "source": "soliguide", "nom": "Épicerie", "siret": "12345678900011"},
    **{"code_insee": "34142", "commune": "Lodève", "code_postal": "34700", "thematiques": ["a--b"]},
    **{"telephone": "0102030405", "courriel": "a@b.fr", "site_web": "https://b.fr", "longitude": 3},
    **{"latitude": 43.7, "date_maj": "2026-01-01", "typologie": "ASSO", "adresse": "1 rue X"},
}


@fuzzed(60)
@given(
    (changed([dict(STRUCTURE)]) | changed([INCLUSION]) | changed({"items": [INCLUSION]})).map(
        lambda value: json.dumps(value).encode()
    )
    | tables({name: (value,) for name, value in STRUCTURE.items()})
    | damaged((b"[" * 50_000, b'{"items": [' + b"9" * 6_000 + b"]}"), most=1)
)
def test_a_file_of_structures_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "structures.json"
    path.write_bytes(data)
    answered(lambda: Intake.read(path))


@fuzzed(12)
@given(
    st.sampled_from(sorted(p.name for p in (Matcher.embedded() / "catalogue").glob("*.csv"))),
    st.data(),
)
def test_a_damaged_table_of_the_catalogue_is_refused_or_opens(
    folder: Path, name: str, data: st.DataObject
) -> None:
    path = folder / "catalogue" / name
    former = path.read_bytes()
    short = b"".join(former.splitlines(keepends=True)[:4])
    path.write_bytes(data.draw(damaged((former[:4_000] + b"\n", short))))
    try:
        answered(lambda: read_catalogue(folder))
    finally:
        path.write_bytes(former)
