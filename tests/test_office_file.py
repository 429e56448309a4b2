"""An office worker's own file goes through `batch` as it is: what README.fr tells, run."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from matcher.commands import main

ROWS: list[list[Any]] = [
    ["Recensement des besoins, novembre 2026"],
    [],
    ["N° dossier", "Ville", "Code INSEE", "Besoin exprimé", "Thème", "Étape", "Reçu le", "Suivi"],
    [12, "Lodève", 34142, "Ouvrir une recyclerie", "Économie circulaire et réemploi", "Création",
     date(2026, 11, 3), "rappeler Mme X"],
    [13, "Die", 26113, "Un garage solidaire", "Mobilité", None, date(2026, 11, 4), None],
    [None] * 8,
    [14, "Nulle-Part", None, "Un four à pain", None, None, None, "?"],
]  # fmt: skip


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture
def besoins(tmp_path: Path) -> Path:
    return workbook(tmp_path / "besoins.xlsx", ROWS)


def test_the_file_of_an_office_goes_through_a_batch(besoins: Path, tmp_path: Path) -> None:
    out = tmp_path / "sortie"
    result = run("batch", str(besoins), "--out", str(out), "--jobs", "1", "--top", "2")
    assert result.exit_code == 0, result.output
    assert "4 lignes dans le fichier : 2 lues, 1 refusée, 1 vide ou de total." in result.output
    rows = table(out / "suggestions.csv")
    assert {(row["insee"], row["N° dossier"]) for row in rows} == {("34142", "12"), ("26113", "13")}
    first = next(row for row in rows if row["insee"] == "34142")
    assert (first["Reçu le"], first["Suivi"]) == ("2026-11-03", "rappeler Mme X")
    assert (first["themes"], first["etape"]) == ("economie_circulaire", "creation")
    counts = json.loads((out / "manifeste.json").read_text(encoding="utf-8"))["comptes"]
    told = {k: v for k, v in counts.items() if k.startswith("lignes")}
    assert told == {"lignes": 4, "lignes_lues": 2, "lignes_refusees": 1, "lignes_vides": 1}
    sheet = openpyxl.load_workbook(out / "a-corriger.xlsx").active
    header, refused = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert header == [*ROWS[2], "ligne", "motif"]
    assert refused[:2] == ["14", "Nulle-Part"] and refused[8] == "7"


def test_the_refused_rows_once_corrected_are_read(besoins: Path, tmp_path: Path) -> None:
    out = tmp_path / "sortie"
    run("batch", str(besoins), "--out", str(out), "--jobs", "1", "--top", "1")
    path = out / "a-corriger.xlsx"
    book = openpyxl.load_workbook(path)
    book.active["B2"] = "Lodève"
    book.save(path)
    again = run("batch", str(path), "--out", str(tmp_path / "suite"), "--jobs", "1", "--top", "1")
    assert again.exit_code == 0 and "1 ligne dans le fichier : 1 lue" in again.output, again.output


@pytest.mark.parametrize("command", ["batch", "plan", "groups"])
def test_a_dry_run_says_what_was_understood_and_writes_nothing(
    command: str, besoins: Path, tmp_path: Path
) -> None:
    result = run(command, str(besoins), "--verifier")
    assert result.exit_code == 0, result.output
    for said in (
        "Format : XLSX",
        "Feuille : Sheet",
        "Ligne d’en-tête : 3",
        "Ville → commune ; Code INSEE → code Insee ; Besoin exprimé → besoin",
        "Colonnes gardées telles quelles : N° dossier ; Reçu le ; Suivi",
        "2 lues, 1 refusée, 1 vide",
        "ligne 4 : ",
        "Nulle-Part",
    ):
        assert said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["besoins.xlsx"]


def test_the_results_of_another_request_are_kept_unless_replaced(
    besoins: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sortie"
    asked = ("--out", str(out), "--jobs", "1", "--top", "1")
    assert run("batch", str(besoins), *asked).exit_code == 0
    before = (out / "suggestions.csv").read_bytes()
    assert run("batch", str(besoins), *asked).exit_code == 0
    other = workbook(tmp_path / "autres.xlsx", [["commune", "besoin"], ["Die", "Un four à pain"]])
    for request in ((str(other),), ("--cohort", "commune:34142")):
        result = run("batch", *request, *asked)
        assert result.exit_code == 5 and "--remplacer" in result.stderr
        assert "fichier besoins.xlsx" in result.stderr
        assert (out / "suggestions.csv").read_bytes() == before
    assert run("batch", str(other), *asked, "--remplacer").exit_code == 0
    assert {row["insee"] for row in table(out / "suggestions.csv")} == {"26113"}


def test_two_cohorts_are_not_compared(tmp_path: Path) -> None:
    asked = ("--jobs", "1", "--top", "1")
    first = str(tmp_path / "a")
    assert run("batch", "--cohort", "commune:34142", "--out", first, *asked).exit_code == 0
    other = ("batch", "--cohort", "commune:26113", "--out", str(tmp_path / "b"), *asked)
    result = run(*other, "--since", first)
    assert result.exit_code == 5
    assert "cohorte commune:34142" in result.stderr and "rien n’est à comparer" in result.stderr
    assert not (tmp_path / "b" / "manifeste.json").exists()


def test_the_guide_tells_this_very_file() -> None:
    """The columns that README.fr shows are those of the file of this test."""
    guide = " ".join((Path(__file__).parents[1] / "README.fr.md").read_text("utf-8").split())
    for column in ("Ville", "Code INSEE", "Besoin exprimé", "Thème", "Étape"):
        assert f"« {column} »" in guide
    assert "batch besoins.xlsx --verifier" in guide and "a-corriger.xlsx" in guide
