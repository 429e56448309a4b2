"""What is printed: every character of a PDF is one that its fonts have, and says the same."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from pathlib import Path

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Need
from matcher.reports import render_pdf
from matcher.reports.answer.sheet import FONTS, TEMPLATES, printable

CASES = list(
    csv.DictReader(
        (Path(__file__).parent / "cases" / "imprime.csv").read_text("utf-8").splitlines()
    )
)
ODD = "".join(case["texte"] for case in CASES)
OUTLINES = Matcher.embedded() / "reference" / "outlines"
PAGE = """
#set document(title: "x")
#set text(lang: "fr", font: json(bytes(sys.inputs.fonts)))
#for c in json(bytes(sys.inputs.data)) [#c #h(1pt) ]
"""


def of_template(name: str) -> list[str]:
    """The fonts that a template asks for."""
    source = (TEMPLATES / name).read_text()
    return json.loads("[" + source.split("font: (", 1)[1].split(")", 1)[0] + "]")


def print_all(texts: list[str], fonts: list[str]) -> None:
    """Print the texts; a glyph that is missing is an error of PDF/UA."""
    typst.compile(
        PAGE.encode(),
        format="pdf",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        sys_inputs={"data": json.dumps(texts), "fonts": json.dumps(fonts)},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["texte"])
def test_a_text_says_the_same_in_print(case: dict[str, str]) -> None:
    assert printable(case["texte"]) == case["imprime"]


@pytest.mark.parametrize("template", ["sheet.typ", "pack.typ"])
def test_whatever_is_printed_has_a_glyph_in_the_fonts_of_both_templates(template: str) -> None:
    every = [chr(code) for code in range(32, sys.maxunicode) if not 0xD800 <= code < 0xE000]
    printed = {printable(char) for char in every if unicodedata.category(char) != "Cn"}
    assert len(printed) > 3_000
    print_all(sorted(printed), of_template(template))


def test_a_glyph_that_is_missing_is_seen() -> None:
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        print_all(["日"], of_template("sheet.typ"))


def test_a_sheet_of_odd_characters_is_printed(matcher: Matcher) -> None:
    assert len(set(ODD)) > 100
    need = Need("34142", f"Une recyclerie. {ODD}")
    assert render_pdf(matcher, need, matcher.match(need, top=3), OUTLINES).startswith(b"%PDF")


@given(st.text())
def test_what_is_printed_is_printed_again_as_it_is(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
