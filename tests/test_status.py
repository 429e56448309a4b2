"""A need has a status, and only a real one is ranked unless somebody asks for it all the same."""

import csv
import json
from pathlib import Path

import pytest
from builders import LODEVE, plan_demands
from click.testing import CliRunner

from matcher import Matcher, Need, Stage, Status, Theme
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.planning.groups import form_groups
from matcher.cohorts.planning.introductions import Capacity
from matcher.cohorts.planning.made import NO_WISHES
from matcher.cohorts.planning.report import NOT_RANKED, Report
from matcher.cohorts.planning.told import StructureReports
from matcher.commands import main
from matcher.reports import Trail
from matcher.upkeep import Doors, Matrix

CASES_FOLDER = Path(__file__).parent / "cases"
CASES = list(csv.DictReader((CASES_FOLDER / "statuts.csv").open(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["texte"])
def test_a_text_has_the_status_of_the_table(matcher: Matcher, case: dict[str, str]) -> None:
    assert matcher.status(Need(LODEVE, case["texte"])) == case["statut"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["texte"])
def test_only_real_needs_are_ranked_unless_asked_for(
    matcher: Matcher, case: dict[str, str]
) -> None:
    need = Need(LODEVE, case["texte"])
    assert bool(matcher.match(need)) == (case["statut"] in ("lu", "vague"))
    assert matcher.match(need, anyway=True)


def test_no_real_need_of_the_cases_says_nothing(matcher: Matcher) -> None:
    for name, column in (("needs.csv", "text"), ("accompagnements.csv", "besoin")):
        for row in csv.DictReader((CASES_FOLDER / name).open(encoding="utf-8")):
            if row.get("primary") != "hors_champ":  # a letter’s last line asks for nothing
                assert matcher.status(Need(LODEVE, row[column])) != Status.VIDE, row[column]


def test_what_is_declared_outweighs_the_text(matcher: Matcher) -> None:
    assert matcher.status(Need(LODEVE, "RAS", (Theme.SANTE,))) is Status.LU
    assert matcher.status(Need(LODEVE, "RAS", stage=Stage.CREATION)) is Status.VAGUE


def demands(*texts: str) -> list[Demand]:
    return [Demand(f"b{i}", Need(LODEVE, text)) for i, text in enumerate(texts)]


def test_a_plan_introduces_nobody_to_what_says_nothing(matcher: Matcher) -> None:
    asked = demands("asdkjh", "Réhabilitation de la voirie communale", "Ouvrir une recyclerie")
    places = Capacity({}, 5)
    plan = plan_demands(matcher, asked, places)
    assert {answer.need for answer in plan.answers} == {"b2"}
    doors = Matrix(matcher.structures.values(), matcher.territory, Doors())
    rows = list(Report(plan, asked, matcher, doors, NO_WISHES, StructureReports()).rows())
    assert [row[4] for row in rows] == ["vide", "hors_champ", "lu"]
    assert [NOT_RANKED in row for row in rows] == [True, True, False]


def test_no_group_is_made_of_what_says_nothing(matcher: Matcher) -> None:
    communes = [c for c in matcher.territory.communes if c.startswith("34")][:6]
    asked = [Demand(c, Need(c, "RAS")) for c in communes]
    assert form_groups(matcher, asked) == []


def test_a_batch_tells_the_status_and_the_themes_of_each_need(tmp_path: Path) -> None:
    file = tmp_path / "besoins.csv"
    file.write_text(
        "commune;besoin\nLodève;RAS\nLodève;Ouvrir une recyclerie\nLodève;refaire la voirie\n"
        "Mende;Nous avons besoin d’aide\n",
        encoding="utf-8",
    )
    out = tmp_path / "sortie"
    done = CliRunner().invoke(main, ["batch", str(file), "--out", str(out), "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "Vide : 1" in done.output and "Hors champ : 1" in done.output
    counts = json.loads((out / "manifeste.json").read_text(encoding="utf-8"))["comptes"]
    assert {s: counts[f"besoins_{s}"] for s in Status} == {
        "lu": 1,
        "vague": 1,
        "hors_champ": 1,
        "vide": 1,
    }
    with (out / "suggestions.csv").open(encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table, delimiter=";"))
    by_status = {row["statut"]: row for row in rows}
    assert by_status["vide"]["rang"] == ""
    assert by_status["lu"]["themes_lus"].startswith("economie_circulaire")
    trails = {status: row["pistes"] for status, row in by_status.items()}
    assert trails == {"vide": "", "hors_champ": "", "lu": "", "vague": Trail.BROAD.said}


def test_the_command_line_says_why_and_how_to_insist() -> None:
    refused = CliRunner().invoke(main, ["match", "Lodève", "--need", "RAS"])
    assert refused.exit_code == 6
    assert "--quand-meme" in refused.output
    wanted = CliRunner().invoke(main, ["match", "Lodève", "--need", "RAS", "--quand-meme"])
    assert " 1. " in wanted.output
