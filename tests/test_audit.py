"""The rules of the audit: one wrong value in the embedded data, one fault at its place."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from matcher import Matcher
from matcher.catalogue.faults import Fault
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.schemas import TABLES, THEMES_TABLE
from matcher.catalogue.tables import value_faults
from matcher.territory.nest import Territory
from matcher.upkeep import links
from matcher.upkeep.audit import RULES, check
from matcher.upkeep.rules import Dataset

DATA = Matcher.embedded()
CASES = Path(__file__).parent / "cases" / "faulty_values.csv"


@pytest.fixture(scope="module")
def embedded() -> Dataset:
    """The embedded data as rows."""
    read = {table.name: read_rows(DATA / table.file, name=table.file) for table in TABLES}
    return Dataset(**read, territory=Territory.open(DATA))


def with_value(data: Dataset, table: str, key: str, column: str, value: str) -> Dataset:
    """The same data with one value changed; the row keeps its line."""
    rows: list[Row] = list(getattr(data, table))
    at = next(rank for rank, row in enumerate(rows) if row["id"] == key)
    rows[at] = Row((rows[at] | {column: value}).items(), rows[at].line)
    names = {t.name: getattr(data, t.name) for t in TABLES}
    return Dataset(**(names | {table: rows}), territory=data.territory)


def faults_of(data: Dataset) -> list[Fault]:
    """What `check` finds in rows, without reading files again."""
    found = []
    for table in TABLES:
        found += value_faults(getattr(data, table.name), table, table.file)
    for rule in RULES:
        found += rule(data)
    return found


with CASES.open(encoding="utf-8", newline="") as file:
    FAULTY = [tuple(row.values()) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("table", "key", "column", "value", "rule"), FAULTY)
def test_a_faulty_value_is_found_at_its_line_by_its_rule(
    embedded: Dataset, table: str, key: str, column: str, value: str, rule: str
) -> None:
    data = with_value(embedded, table, key, column, value)
    errors = [fault for fault in faults_of(data) if fault.level == "erreur"]
    line = next(row.line for row in getattr(embedded, table) if row["id"] == key)
    there = [e.rule for e in errors if (e.file, e.line) == (f"catalogue/{table}.csv", line)]
    assert any(rule in broken for broken in there), errors


def test_the_embedded_data_has_no_error_and_says_its_limits(embedded: Dataset) -> None:
    faults = check(DATA)
    assert [fault for fault in faults if fault.level == "erreur"] == []
    said = " ; ".join(fault.rule for fault in faults)
    assert "aucune CRESS : Normandie" in said
    assert "aucune caisse de MSA : Guadeloupe, Martinique, Guyane, La Réunion, Mayotte" in said
    assert "lignes à vérifier" in said
    assert "lignes datées de plus de 3 ans" in said
    assert "étapes habituelles de leur type" in said


class Clock(date):
    """A clock that shows one year, whatever the day."""

    year_shown = 2026

    @classmethod
    def today(cls) -> date:
        return date(cls.year_shown, 12, 31)


def test_the_age_of_sources_counts_from_the_newest_one_whatever_the_clock(
    embedded: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "date", Clock)
    said = {}
    for year in (2025, 2026, 2040):
        monkeypatch.setattr(Clock, "year_shown", year)
        faults = faults_of(embedded)
        assert [fault for fault in faults if fault.level == "erreur"] == []
        said[year] = [fault for fault in faults if fault.rule != "année à venir"]
    assert said[2025] == said[2026] == said[2040]


def test_straight_apostrophes_are_a_warning(embedded: Dataset) -> None:
    data = with_value(embedded, "structures", "avise", "description", "L'agence de l’ESS.")
    (typing,) = (fault for fault in faults_of(data) if "typographie" in fault.rule)
    assert typing.level == "avertissement" and typing.value == "L'agence de l’ESS."


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_missing_table_is_one_fault_not_a_crash(table, tmp_path: Path) -> None:
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue")
    shutil.copytree(DATA / "reference", tmp_path / "reference")
    (tmp_path / table.file).unlink()
    faults = check(tmp_path)
    assert [str(fault) for fault in faults] == [f"{table.file} : fichier introuvable"]


def test_without_the_communes_the_values_are_still_checked(tmp_path: Path) -> None:
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue")
    path = tmp_path / THEMES_TABLE.file
    path.write_text(path.read_text(encoding="utf-8").replace("habitat,", "logement,", 1))
    faults = check(tmp_path)
    assert any(fault.value == "logement" for fault in faults)
    assert any(fault.rule == "fichier introuvable" for fault in faults)


def test_every_rule_says_what_it_holds() -> None:
    assert all(rule.__doc__ for rule in RULES)


def test_a_superscript_is_no_year(tmp_path: Path) -> None:
    """« ² » is a digit to Python; the check names it and does not fall over it."""
    folder = tmp_path / "data"
    shutil.copytree(Matcher.embedded() / "catalogue", folder / "catalogue")
    shutil.copytree(Matcher.embedded() / "reference", folder / "reference")
    table = folder / "catalogue" / "structures.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",2019,seen_on_page", ",²,seen_on_page", 1), encoding="utf-8")
    assert any(f.column == "source_year" and f.value == "²" for f in check(folder))
