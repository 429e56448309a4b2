"""The workbook of an answer: numbers are numbers, texts are texts, and it adds up."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from matcher import Matcher, Need, NeedError, Stage, Theme
from matcher.reports import render_workbook

NEED = Need(
    "01004",
    "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée.",
    (Theme.FONCIER,),
    Stage.CREATION,
)
SHEETS = ["Suggestions", "Contributions", "Sources et licence"]


def book(matcher: Matcher, need: Need = NEED, top: int = 5) -> Workbook:
    return load_workbook(io.BytesIO(render_workbook(matcher, need, matcher.match(need, top=top))))


def rows(sheet: Worksheet) -> list[dict[str, object]]:
    heading, *found = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heading), row, strict=True)) for row in found]


def test_each_sheet_has_its_rows_under_a_heading_that_stays(matcher: Matcher) -> None:
    found = book(matcher)
    assert found.sheetnames == SHEETS
    assert found["Suggestions"].freeze_panes == "F2"
    assert found["Contributions"].freeze_panes == "C2"
    for name in SHEETS[:2]:
        sheet = found[name]
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(sheet.column_dimensions[c].width > 5 for c in "ABCD")


def test_the_rows_are_the_suggestions_in_order(matcher: Matcher) -> None:
    suggestions = matcher.match(NEED, top=5)
    found = rows(book(matcher)["Suggestions"])
    assert [row["Identifiant"] for row in found] == [s.structure.id for s in suggestions]
    assert [row["Rang"] for row in found] == [1, 2, 3, 4, 5]
    for row, suggestion in zip(found, suggestions, strict=True):
        assert row["Score sur 100"] == pytest.approx(100 * suggestion.score)
        assert row["Distance du siège (km)"] == (
            None if suggestion.distance_km is None else pytest.approx(suggestion.distance_km)
        )


def test_the_contributions_of_a_structure_add_up_to_its_score(matcher: Matcher) -> None:
    found = book(matcher)
    for row in rows(found["Suggestions"]):
        parts = [r for r in rows(found["Contributions"]) if r["Rang"] == row["Rang"]]
        assert len(parts) > 5
        assert sum(r["Points sur 100"] or 0 for r in parts) == pytest.approx(row["Score sur 100"])


def test_codes_keep_their_zeros(matcher: Matcher) -> None:
    found = book(matcher)
    asked = dict(found["Sources et licence"].iter_rows(values_only=True, max_col=2))
    assert asked["Code Insee"] == "01004"
    seats = [row["Commune du siège (code Insee)"] for row in rows(found["Suggestions"])]
    assert all(seat is None or isinstance(seat, str) for seat in seats)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "{=", "https://exemple.org/ "])
def test_what_a_user_typed_is_never_a_formula_nor_a_link(matcher: Matcher, start: str) -> None:
    text = f'{start}HYPERLINK("https://exemple.org";"recyclerie") 😀 مقهى'
    found = book(matcher, Need("34142", text))
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row if cell.value]
    assert text in [cell.value for cell in cells]
    assert not any(cell.hyperlink for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_the_sources_and_the_licence_are_named(matcher: Matcher) -> None:
    text = str(list(book(matcher)["Sources et licence"].iter_rows(values_only=True)))
    for word in ("Licence Ouverte", "Insee", "vol d’oiseau", NEED.text):
        assert word in text


def test_the_same_input_gives_the_same_bytes(matcher: Matcher) -> None:
    suggestions = matcher.match(NEED, top=3)
    assert render_workbook(matcher, NEED, suggestions) == render_workbook(
        matcher, NEED, suggestions
    )


def test_an_answer_without_suggestions_is_a_workbook_all_the_same(matcher: Matcher) -> None:
    found = load_workbook(io.BytesIO(render_workbook(matcher, NEED, [])))
    assert found["Suggestions"].max_row == 1


def test_a_need_that_cannot_be_read_makes_no_workbook(matcher: Matcher) -> None:
    with pytest.raises(NeedError):
        render_workbook(matcher, Need("34142", ""), [])
