"""Doors: what recognises one, what we know of it in each département, and what we do not know."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from builders import LODEVE, a_structure
from click.testing import CliRunner
from openpyxl import load_workbook

from matcher import Kind, Matcher, Structure
from matcher.catalogue import Area, Radius, Scale
from matcher.commands import main
from matcher.upkeep import Doors, Matrix, unknown_line
from matcher.upkeep.directory.doors import Absence, Door, check_doors, names_of
from matcher.upkeep.directory.matrix import DoorState, doors_line

DOOR = Door("cress", "Chambre", "CRESS", frozenset({"cress"}), frozenset(), ("chambre regionale",))
HERAULT, OCCITANIE = Area(Scale.DEPARTEMENT, "34"), Area(Scale.REGION, "76")


def state(matcher: Matcher, *structures: Structure, absent: bool = False) -> DoorState:
    absence = Absence("cress", "34", "Elle a fermé", "https://example.org", "2026-01-01")
    doors = Doors((DOOR,), {("cress", "34"): absence} if absent else {})
    return Matrix(structures, matcher.territory, doors).cell("cress", "34").state


def a_cress(**known: object) -> Structure:
    return a_structure(**{"kind": Kind.CRESS, "coverage": (HERAULT,), **known})


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, DoorState.KNOWN),
        ({"coverage": (OCCITANIE,)}, DoorState.KNOWN),
        ({"to_verify": True}, DoorState.DOUBTFUL),
        ({"kind": Kind.POLE_ESS, "other_kinds": (Kind.CRESS,)}, DoorState.KNOWN),
        (
            {
                "kind": Kind.POLE_ESS,
                "other_kinds": (Kind.CRESS,),
                "coverage": (OCCITANIE,),
            },
            DoorState.DOUBTFUL,
        ),
        ({"coverage": (Area(Scale.EPCI, "200017341"),)}, DoorState.PARTLY),
        ({"coverage": (Radius(10.0),)}, DoorState.PARTLY),
        ({"coverage": (Area(Scale.DEPARTEMENT, "48"),)}, DoorState.UNKNOWN),
        ({"coverage": (Area(Scale.NATIONAL, "FR"),)}, DoorState.UNKNOWN),
        ({"kind": Kind.ACTEUR_NATIONAL, "other_kinds": (Kind.CRESS,)}, DoorState.UNKNOWN),
    ],
)
def test_a_door_is_known_as_far_as_its_structure_covers(
    matcher: Matcher, known: dict[str, object], expected: DoorState
):
    assert state(matcher, a_cress(**known)) == expected


def test_a_page_that_says_that_a_door_is_no_more_is_said_unless_one_is_known(matcher: Matcher):
    assert state(matcher, absent=True) == DoorState.ABSENT
    assert state(matcher, a_cress(coverage=(Radius(10.0),)), absent=True) == DoorState.ABSENT
    assert state(matcher, a_cress(), absent=True) == DoorState.KNOWN


def test_a_door_is_recognised_by_whole_words_of_a_name_or_an_alias():
    other = {"kind": Kind.RESEAU_THEMATIQUE}
    for known, found in (
        ({"name": "La Chambre régionale d’ici"}, True),
        ({"aliases": ("CHAMBRE RÉGIONALE",)}, True),
        ({"name": "Antichambre régionale"}, False),
    ):
        one = a_structure(**other, **known)
        assert DOOR.is_one(one, names_of(one)) == found


def test_a_commune_is_told_the_doors_that_are_not_known_where_it_is(matcher: Matcher):
    here = a_cress(coverage=(Area(Scale.EPCI, matcher.commune(LODEVE).epci or ""),))
    matrix = Matrix([here], matcher.territory, Doors((DOOR,), {}))
    assert matrix.unknown_at(matcher.commune(LODEVE)) == ()
    assert matrix.unknown_at(matcher.commune("34172")) == (DOOR,)  # Montpellier
    line = unknown_line([DOOR])
    assert "CRESS" in line and "pas connu de nous" in line
    assert unknown_line([]) == ""


def test_a_commune_is_told_each_door_by_what_is_known_of_it(matcher: Matcher):
    commune = matcher.commune(LODEVE)
    department = (Area(Scale.DEPARTEMENT, "34"),)
    absence = Absence(DOOR.id, "34", "Il n’y en a pas.", "https://exemple.fr", "2026-11-29")
    for structures, absent, said in (
        ([a_cress(coverage=department)], {}, "Connues : CRESS"),
        ([a_cress(coverage=department, to_verify=True)], {}, "À vérifier : CRESS"),
        ([a_cress(coverage=(Area(Scale.EPCI, commune.epci or ""),))], {}, "Connues : CRESS"),
        ([], {(DOOR.id, "34"): absence}, "Qui n’existent pas : CRESS"),
        ([], {}, "Pas connues de nous, mais qui existent peut-être : CRESS"),
    ):
        matrix = Matrix(structures, matcher.territory, Doors((DOOR,), absent))
        assert doors_line(matrix.states_at(commune)) == f"Portes d’entrée ici. {said}."
    assert doors_line(Matrix([], matcher.territory, Doors()).states_at(commune)) == ""


def test_the_line_names_all_the_doors_or_counts_the_rest():
    assert "CRESS, " not in unknown_line([DOOR])
    assert unknown_line([DOOR] * 9).count("CRESS") == 9
    assert "et 2 autres portes" in unknown_line([DOOR] * 10)


# The delivered tables


@pytest.fixture(scope="module")
def matrix(matcher: Matcher) -> Matrix:
    return Matrix(matcher.structures.values(), matcher.territory, Doors.open(Matcher.embedded()))


def test_the_delivered_tables_are_right():
    assert check_doors(Matcher.embedded()) == []


def test_every_door_of_every_departement_has_a_state(matrix: Matrix):
    assert len(matrix.departements) == 101
    assert sum(matrix.totals().values()) == 101 * len(matrix.doors)
    assert all(
        sum(c.state is s for c in matrix.of("08")) >= 1
        for s in (DoorState.KNOWN, DoorState.UNKNOWN)
    )


def test_no_door_is_both_there_and_said_not_to_exist(matrix: Matrix):
    contradictions = [
        (code, cell.door.id)
        for code in matrix.departements
        for cell in matrix.of(code)
        if cell.absence and cell.verified
    ]
    assert contradictions == []


def test_normandie_is_said_to_have_no_cress(matrix: Matrix):
    for code in ("14", "27", "50", "61", "76"):
        assert matrix.cell("cress", code).state is DoorState.ABSENT


def test_less_is_not_known_than_when_doors_were_first_counted(matrix: Matrix):
    """687 of 1,616 when the matrix was first drawn (November 2026, 701 structures)."""
    assert matrix.totals()[DoorState.UNKNOWN] <= 690


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("doors.csv", "CRESS,cress,", "CRESS,cressonne,", "kinds"),
        ("doors.csv", "epf|epfl|", "ÉPF|epfl|", "words"),
        ("doors.csv", "\ndla,", "\ncress,", "door"),
        ("doors_absent.csv", "cress,14", "cresse,14", "door"),
        ("doors_absent.csv", "cress,14", "cress,140", "departement"),
        ("doors_absent.csv", "https://mediatico", "mediatico", "source_url"),
        ("doors_absent.csv", "2026-11-29", "hier", "seen"),
    ],
)
def test_a_fault_of_the_tables_is_named(folder: Path, file: str, old: str, new: str, column: str):
    path = folder / "reference" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    fault = next(fault for fault in check_doors(folder) if fault.column == column)
    assert fault.file == f"reference/{file}"
    assert fault.line and fault.value and fault.rule


# The command


def test_the_command_prints_and_exports_a_departement(tmp_path: Path):
    out = tmp_path / "portes.csv"
    done = CliRunner().invoke(main, ["portes", "--departement", "08", "--out", str(out)])
    assert done.exit_code == 0
    assert "● Agence de l’énergie" in done.output
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig"), delimiter=";"))
    assert {row["code_departement"] for row in rows} == {"08"}
    assert {row["etat"] for row in rows} <= {one.label for one in DoorState}


def test_the_command_writes_the_whole_matrix_as_a_workbook(tmp_path: Path, matrix: Matrix):
    out = tmp_path / "portes.xlsx"
    done = CliRunner().invoke(main, ["portes", "--out", str(out)])
    assert done.exit_code == 0
    assert "pas connue de nous" in done.output
    sheet = load_workbook(out).active
    assert sheet is not None and sheet.max_row == 1 + 101 * len(matrix.doors)


def test_an_unknown_departement_is_said():
    done = CliRunner().invoke(main, ["portes", "--departement", "99"])
    assert done.exit_code == 3 and "Département inconnu" in done.output
