"""A kind for a row that says none: which hint decides, and that it is flagged."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from inclusion_extract import FAULTY, KNOWN, extract

from matcher import Matcher
from matcher.upkeep.audit import check
from matcher.upkeep.directory.kinds import NETWORKS, TYPOLOGY, KindHints, check_hints
from matcher.upkeep.merging import import_structures

CASES = Path(__file__).parent / "cases" / "types_proposes.csv"
EXTRACT = 3_000


@pytest.fixture(scope="module")
def hints() -> KindHints:
    return KindHints.open(Matcher.embedded())


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['name']}, {case['why']}")
def test_the_kind_that_is_proposed(hints: KindHints, case: dict[str, str]):
    row = {"name": case["name"], "description": case["description"], "kind": "", "to_verify": ""}
    row |= {"note": "", "other_kinds": "", "coverage_level": case["level"], "aliases": ""}
    proposed = hints.complete(row, {NETWORKS: case["networks"], TYPOLOGY: case["typology"]}, True)
    assert row["kind"] == case["kind"]
    assert proposed == (case["why"] != "un réseau qui fixe le type")
    assert (row["to_verify"] == "oui") == proposed == row["note"].startswith("Type proposé")


def test_a_national_actor_keeps_what_it_seems_to_be(hints: KindHints):
    row = {"name": "L’Incubateur", "description": "", "kind": "", "to_verify": "", "note": ""}
    row |= {"other_kinds": "", "coverage_level": "national", "aliases": ""}
    hints.complete(row, {}, True)
    assert (row["kind"], row["other_kinds"]) == ("acteur_national", "incubateur")


def test_the_delivered_hints_are_right():
    assert check_hints(Matcher.embedded()) == []


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("\nname,cress,cress,", "\nname,cress,cressonne,", "kind"),
        ("\nname,cress,", "\nnoms,cress,", "source"),
        ("\nname,cress,", "\nname,Créss,", "value"),
        ("france-active,france_active,oui", "france-active,france_active,peut-être", "sure"),
    ],
)
def test_a_fault_of_the_hints_is_named(folder: Path, old: str, new: str, column: str):
    path = folder / "reference" / "kind_hints.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert column in {fault.column for fault in check_hints(folder)}


def test_an_extract_of_three_thousand_is_taken_in_with_each_refusal_and_each_suspicion(
    matcher: Matcher, folder: Path, tmp_path: Path
):
    records = extract(matcher, EXTRACT)
    file = tmp_path / "extrait.json"
    file.write_text(json.dumps(records), encoding="utf-8")
    report = import_structures(file, folder)
    faulty = {i + 1 for i in range(EXTRACT) if i % FAULTY in (2, 3)}
    assert faulty <= {fault.line for fault in report.refused}
    assert len(report.added) + report.refused_rows == EXTRACT
    assert report.refused_rows < len(faulty) + 50  # a second CRESS of a région is refused too
    assert all(fault.value for fault in report.refused if fault.column == "kind")
    assert len(report.proposed) > EXTRACT / 2
    near = {w.line for w in report.warnings if "peut-être la même structure" in w.rule}
    known = {i + 1 for i in range(EXTRACT) if i % KNOWN == 1} - {f.line for f in report.refused}
    assert len(near & known) > 0.8 * len(known)
    assert [fault for fault in check(folder) if fault.level == "erreur"] == []
