"""What several communes ask together bears their name in each output of a batch, pack and plan."""

import csv
import re
import subprocess
from html import unescape
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from click.testing import CliRunner

from matcher.__main__ import main
from matcher.cohorts.batch.packing import read_pack
from matcher.cohorts.batch.run import read_results
from matcher.reports.pack.records import LOCAL, NATIONAL

LIST, EPCI = "Corte, Venaco et Ghisoni", "CC de Calvi Balagne"
NEEDS = f"""commune,besoin,etape,id
Corte,Le dernier café a fermé,immobilier,seule
"{LIST}",Un service de mobilité solidaire pour les aînés,,liste
{EPCI},Créer un tiers-lieu dans une ancienne école,,epci
"""
CALVI, CORTE = "2B050", "2B096"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("ensemble")
    (found / "besoins.csv").write_text(NEEDS, encoding="utf-8")
    run("batch", found / "besoins.csv", "--jobs", "1", "--out", found / "lot")
    said = run("pack", found / "lot", "--out", found / "paquet")
    assert "Besoins de plusieurs communes : 2" in said and "Communes : 2" in said
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def page(path: Path) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))).split())


def paper(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True)
    return " ".join(done.stdout.split())


def test_the_needs_of_a_batch_are_read_back_with_all_their_communes(folder: Path) -> None:
    found = {one.id: one.need for one in read_results(folder / "lot")}
    assert found["liste"].places == (CORTE, "2B341", "2B124")
    assert len(found["epci"].places) == 14 and found["epci"].commune == CALVI
    assert found["seule"].places == ()


def test_each_row_names_those_that_ask_and_has_their_codes(folder: Path) -> None:
    said = {(r["id_besoin"], r["commune"]) for r in rows(folder / "lot" / "suggestions.csv")}
    assert said == {("seule", "Corte"), ("liste", LIST), ("epci", EPCI)}
    codes = {r["id_besoin"]: r["communes"] for r in rows(folder / "lot" / "suggestions.csv")}
    assert codes["liste"] == f"{CORTE}|2B341|2B124" and codes["seule"] == ""
    assert codes["epci"].count("|") == 13


@pytest.mark.parametrize("title", ["Suggestions", "Besoins par statut"])
def test_each_sheet_of_the_workbook_names_them(folder: Path, title: str) -> None:
    sheet = openpyxl.load_workbook(folder / "paquet" / "maillage.xlsx")[title]
    heading, *found = sheet.iter_rows(values_only=True)
    at = heading.index("Commune")
    assert {row[at] for row in found} == {"Corte", LIST, EPCI}


def test_the_sheet_of_those_that_only_ask_together_bears_their_name(folder: Path) -> None:
    text = page(folder / "paquet" / "communes" / f"{CALVI}.html")
    assert f"Qui peut aider {EPCI}" in text and "14 communes : Calvi, Calenzana" in text
    printed = paper(folder / "paquet" / "departement-2B.pdf")
    assert "14 communes : Calvi, Calenzana" in printed


def test_a_sheet_of_both_says_which_need_is_asked_together(folder: Path) -> None:
    text = page(folder / "paquet" / "communes" / f"{CORTE}.html")
    assert "Qui peut aider Corte" in text and text.count(f"Demandé ensemble : {LIST}") == 1
    assert f"Demandé ensemble : {LIST}" in paper(folder / "paquet" / "departement-2B.pdf")


def test_the_document_says_with_which_commune_their_need_is_counted(folder: Path) -> None:
    said = f"{EPCI} (avec Calvi) ; {LIST} (avec Corte)"
    assert said in page(folder / "paquet" / "departement-2B.html")
    assert said in paper(folder / "paquet" / "departement-2B.pdf")


def test_the_layer_of_communes_says_for_whom_they_ask_too(folder: Path) -> None:
    frame = pyogrio.read_dataframe(folder / "paquet" / "maillage.gpkg", layer="communes")
    assert dict(zip(frame["insee"], frame["ensemble"], strict=True)) == {CALVI: EPCI, CORTE: LIST}


def test_a_plan_names_those_that_ask_together_and_conjugates(folder: Path) -> None:
    (folder / "ensemble.csv").write_text(NEEDS.replace("\nCorte,", "\nBastia,"), encoding="utf-8")
    run("plan", folder / "ensemble.csv", "--out", folder / "plan.csv")
    said = {r["besoin"]: r["phrase"] for r in reversed(rows(folder / "plan.csv"))}
    assert said["liste"].startswith(f"{LIST} rencontrent « ")
    assert said["epci"].startswith(f"{EPCI} rencontre « ")
    assert {r["commune"] for r in rows(folder / "plan.csv")} == {"Bastia", LIST, EPCI}


def test_a_national_structure_that_does_not_take_the_first_commune_stays_national(
    tmp_path: Path,
) -> None:
    needs = 'commune,besoin\n"Guingamp, Callac et Rostrenen",Un réseau de cafés-épiceries\n'
    (tmp_path / "besoins.csv").write_text(needs, encoding="utf-8")
    run("batch", tmp_path / "besoins.csv", "--jobs", "1", "--out", tmp_path / "lot")
    pack = read_pack(tmp_path / "lot")
    (reply,) = pack.replies
    levels = {one.structure: one.level for one in reply.proposals}
    assert levels["1000-cafes"] == NATIONAL, "it takes towns of fewer than 3,500 inhabitants"
    assert LOCAL in levels.values()


def test_an_epci_has_its_siren_and_the_inhabitants_of_its_communes_in_the_workbook(folder: Path):
    sheet = openpyxl.load_workbook(folder / "paquet" / "maillage.xlsx")["Suggestions"]
    heading, *found = sheet.iter_rows(values_only=True)
    asked = {
        row["Besoin n°"]: row for row in (dict(zip(heading, one, strict=True)) for one in found)
    }
    territory = read_pack(folder / "lot").territory
    members = [c for c in territory.communes.values() if c.epci == territory.communes[CALVI].epci]
    assert asked["epci"]["Code Insee ou SIREN"] == territory.communes[CALVI].epci
    assert asked["epci"]["Population"] == sum(c.population or 0 for c in members)
    assert asked["liste"]["Code Insee ou SIREN"] is None
    assert asked["seule"]["Code Insee ou SIREN"] == CORTE
    assert asked["liste"]["Population"] > asked["seule"]["Population"]
