"""One definition of the tables: what is published says what is checked."""

import json
import re

import pytest

from matcher import Matcher
from matcher.catalogue.columns import Column
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import STRUCTURES, TABLES
from matcher.catalogue.tables import write_schemas

DATA = Matcher.embedded()


def test_the_published_schemas_are_those_of_the_code(tmp_path) -> None:
    for path in write_schemas(tmp_path):
        published = DATA / "schemas" / path.name
        assert published.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_published_table_has_the_columns_of_its_schema_and_meets_its_constraints(table) -> None:
    schema = json.loads((DATA / "schemas" / f"{table.name}.json").read_text(encoding="utf-8"))
    rows = read_rows(DATA / table.file)
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        values = [row[field["name"]] for row in rows]
        constraints = field.get("constraints", {})
        filled = [value for value in values if value]
        assert not constraints.get("required") or len(filled) == len(values)
        assert not constraints.get("unique") or len(set(values)) == len(values)
        assert all(len(v) <= constraints.get("maxLength", 10**6) for v in filled)
        assert all(v in constraints["enum"] for v in filled if "enum" in constraints)
        pattern = constraints.get("pattern")
        assert all(re.fullmatch(pattern, v) for v in filled if pattern)
        if field["type"] == "integer":
            assert all(constraints["minimum"] <= int(v) <= constraints["maximum"] for v in filled)


def test_every_column_says_in_french_what_it_is() -> None:
    for table in TABLES:
        assert table.title
        assert all(column.description for column in table.columns)


@pytest.mark.parametrize(
    ("column", "better", "worse"),
    [
        (Column("c", "d", required=True), "a", ""),
        (Column("c", "d", codes={"a": "A", "b": "B"}), "a", "c"),
        (Column("c", "d", codes={"a": "A", "b": "B"}, many=True), "b|a", "a|c"),
        (Column("c", "d", codes={"a": "A", "b": "B"}, many=True), "a", "a|a"),
        (Column("c", "d", pattern=r"\d+|x"), "12", "12x"),
        (Column("c", "d", pattern=r"\d+", many=True), "1|2", "1||2"),
        (Column("c", "d", minimum=1, maximum=9), "9", "10"),
        (Column("c", "d", minimum=1, maximum=9), "1", "0"),
        (Column("c", "d", minimum=1, maximum=9), "5", "5.0"),
        (Column("c", "d", minimum=1, maximum=9), "5", "٥"),
        (Column("c", "d", length=3), "abc", "abcd"),
        (Column("c", "d"), "a b", "a\nb"),
    ],
)
def test_a_column_takes_the_better_value_and_refuses_the_worse(
    column: Column, better: str, worse: str
) -> None:
    assert list(column.faults(better)) == []
    assert len(list(column.faults(worse))) == 1


def test_an_endless_value_meets_no_expression() -> None:
    themes = next(column for column in STRUCTURES.columns if column.name == "themes")
    assert list(themes.faults("habitat|" * 100_000)) == ["plus de 1000 caractères"]
