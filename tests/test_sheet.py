"""The match sheet: one file that holds everything and says the same every day."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from matcher import Matcher, Need, NeedError, Stage, Theme
from matcher.reports.answer.sheet import render_sheet

NEED = Need(
    "34142",
    "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée.",
    (Theme.FONCIER,),
    Stage.CREATION,
)


def sheet(matcher: Matcher, need: Need = NEED, top: int = 5) -> str:
    return render_sheet(matcher, need, matcher.match(need, top=top))


class Outside(HTMLParser):
    """Collects what a browser would fetch, and the tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "poster") or (tag == "link" and name == "href"):
                self.fetched.append(str(value))
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_sheet_is_one_well_formed_file_that_fetches_nothing(matcher: Matcher) -> None:
    text = sheet(matcher)
    parser = Outside()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert "@import" not in text and "url(" not in text and "<script" not in text


def test_the_sheet_says_all_that_the_suggestions_hold(matcher: Matcher) -> None:
    text = sheet(matcher)
    for name in ("CC Lodévois et Larzac", "Hérault", "Occitanie", "liste de janvier 2021"):
        assert name in text
    for suggestion in matcher.match(NEED, top=5):
        assert written(suggestion.structure.name) in text
    assert "indiqué par la commune" in text and "lu dans" in text
    assert text.count("Rang stable") + text.count("Entre le rang") == 5
    assert "Licence Ouverte" in text


def written(name: str) -> str:
    return name.replace("&", "&amp;").replace("'", "’")


def test_the_parts_of_each_suggestion_add_up(matcher: Matcher) -> None:
    for table in re.findall(r"<table>(.*?)</table>", sheet(matcher), re.S):
        *parts, total = [
            float(n.replace(",", ".")) for n in re.findall(r'points">(?:<strong>)?([\d,]+)', table)
        ]
        assert sum(parts) == pytest.approx(total, abs=0.05 * (len(parts) + 1) + 0.01)


def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_sets(tmp_path: Path) -> None:
    """Two processes, whose sets are not in one order."""
    ask = ["match", NEED.commune, "--need", NEED.text, "--format", "html", "--out"]
    for seed in "01":
        command = [sys.executable, "-m", "matcher", *ask, str(tmp_path / f"{seed}.html")]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
    assert (tmp_path / "0.html").read_bytes() == (tmp_path / "1.html").read_bytes() != b""


def test_a_need_cannot_put_code_into_the_sheet(matcher: Matcher) -> None:
    text = sheet(matcher, Need("34142", "une recyclerie </p><script>alert(1)</script>"))
    assert "<script" not in text


def test_a_sheet_without_a_known_theme_says_so(matcher: Matcher) -> None:
    assert "Aucun thème de l’économie sociale" in sheet(matcher, Need("97411", "zzz qqq"))


def test_a_need_that_cannot_be_read_makes_no_sheet(matcher: Matcher) -> None:
    with pytest.raises(NeedError):
        render_sheet(matcher, Need("34142", ""), [])
