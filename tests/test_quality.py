"""Quality: the published formula, what it gives to a record, the trend, the pages."""

from __future__ import annotations

import csv
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from matcher import Matcher
from matcher.commands import main
from matcher.upkeep import Class, Qualities, QualityPart, read_trend
from matcher.upkeep.audit import gather
from matcher.upkeep.directory.checks import check_directory
from matcher.upkeep.directory.quality import RULES, check_quality
from matcher.upkeep.directory.trend import TREND_FILE
from web import create_app

WHOLE = {
    "id": "tout",
    "description": "Accompagne les communes rurales qui veulent ouvrir une ressourcerie.",
    "seat_insee": "34142",
    "note": "",
    "website": "https://exemple.fr",
    "coverage_level": "departement",
    "confidence": "seen_on_page",
    "source_url": "https://exemple.fr/page",
    "source_year": "2026",
    "to_verify": "non",
}
PROJECTS = [{"structure_ids": "tout|autre"}]


@pytest.fixture(scope="module")
def delivered() -> Qualities:
    return Qualities.open(Matcher.embedded())


def points(delivered: Qualities, contact: str = "telephone", **changes: str) -> int:
    newest = {**WHOLE, "id": "neuve", "description": "x", "source_year": "2026"}
    rows = [{**WHOLE, **changes}, newest]
    contacts = [{"structure": "tout", "contact": contact}]
    return Qualities(delivered.lines, rows, PROJECTS, contacts).of["tout"].points


def test_a_record_that_has_everything_has_100(delivered: Qualities):
    assert points(delivered) == 100


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"description": "Court."}, 8),
        ({"seat_insee": ""}, 7),
        ({"note": "Type proposé : incubateur (nom « incubateur »), à confirmer."}, 5),
        ({"website": ""}, 12),
        ({"contact": "cout"}, 8),
        ({"coverage_level": "radius"}, 12),
        ({"to_verify": "oui", "note": "Zone à confirmer."}, 16),
        ({"to_verify": "oui", "note": "Activité à confirmer."}, 8),
        ({"confidence": "common_knowledge"}, 12),
        ({"source_year": "2025"}, 0),
        ({"source_year": "2024"}, 6),
        ({"source_year": "2022"}, 11),
        ({"source_year": "2019"}, 15),
        ({"source_year": ""}, 15),
    ],
)
def test_what_a_record_lacks_costs_what_the_formula_says(
    delivered: Qualities, changes: dict[str, str], lost: int
):
    assert points(delivered, **changes) == 100 - lost


def test_the_parts_add_up_and_none_passes_its_most(delivered: Qualities):
    for quality in delivered.of.values():
        parts = quality.parts()
        assert [part for part, _, _ in parts] == list(QualityPart)
        assert sum(found for _, found, _ in parts) == quality.points
        assert sum(most for _, _, most in parts) == 100
        assert all(0 <= found <= most for _, found, most in parts)


def test_each_line_of_the_formula_has_its_rule_and_each_rule_its_line(delivered: Qualities):
    assert [line.code for line in delivered.lines] == list(RULES)
    assert check_quality(Matcher.embedded()) == []


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("\nsite,contact,12", "\nsites,contact,12", "code"),
        ("\nsite,contact,12", "\nsite,contacts,12", "part"),
        ("\nsite,contact,12", "\nsite,contact,douze", "points"),
        ("\nsite,contact,12", "\nsite,contact,13", "points"),
    ],
)
def test_a_fault_of_the_formula_is_named(folder: Path, old: str, new: str, column: str):
    path = folder / "reference" / "quality.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert {fault.column for fault in check_quality(folder)} == {column}


def test_check_says_how_many_records_are_fragile(delivered: Qualities):
    data, _ = gather(Matcher.embedded())
    faults = check_directory(Matcher.embedded(), data, date(2026, 11, 29))
    said = [fault for fault in faults if "fragiles" in fault.rule]
    count = delivered.counts()[Class.FRAGILE]
    assert [fault.level for fault in said] == ["avertissement"]
    assert said[0].rule.startswith(f"{count} fiches")


# The command and the trend


def test_the_command_notes_a_day_once_and_writes_each_record(folder: Path, tmp_path: Path):
    (folder / TREND_FILE).unlink(missing_ok=True)
    out = tmp_path / "q.csv"
    asked = ["qualite", "--noter", "--data", str(folder), "--out", str(out)]
    for _ in range(2):
        done = CliRunner().invoke(main, asked)
        assert done.exit_code == 0, done.output
    (found,) = read_trend(folder)
    assert found.day == date.today().isoformat()
    assert sum(found.grades) == found.structures
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig"), delimiter=";"))
    assert len(rows) == found.structures
    assert all(int(row["points"]) == sum(int(row[part]) for part in QualityPart) for row in rows)


def test_the_delivered_trend_does_not_fall(delivered: Qualities):
    trend = read_trend(Matcher.embedded())
    assert [one.day for one in trend] == sorted({one.day for one in trend})
    assert trend[-1].doors[-1] <= trend[0].doors[-1]  # less is not known
    assert trend[-1].mean >= trend[0].mean - 1


# The pages


@pytest.fixture(scope="module")
def client(matcher: Matcher) -> FlaskClient:
    return create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()


def test_a_record_shows_its_quality_and_what_it_lacks(client: FlaskClient, delivered: Qualities):
    text = unescape(client.get("/structures/villages-vivants").text)
    quality = delivered.of["villages-vivants"]
    assert f"{quality.points} sur 100" in text
    assert "Ce qui lui manque" in text
    assert "/100" in client.get("/annuaire").text


def test_the_page_tells_the_formula_the_trend_the_doors_and_each_departement(
    client: FlaskClient, delivered: Qualities
):
    text = unescape(client.get("/qualite").text)
    assert all(line.label in text.replace("’", "’") for line in delivered.lines)
    assert all(one.day in text for one in read_trend(Matcher.embedded()))
    assert "Lozère (48)" in text and "France services" in text
    assert str(len(delivered.of)) in text
