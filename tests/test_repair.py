"""Text as people paste it: what cannot be seen goes, what is damaged is mended, the rest stays."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Need
from matcher.cohorts.batch.demand import read_demands
from matcher.tables.repair import DROPPED, MARKUP, MOJIBAKE, repair

CASES = Path(__file__).parent / "cases"


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(text: str) -> str:
    """What a cell of the table of cases stands for."""
    found = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return found.replace("\\n", "\n")


@pytest.mark.parametrize("case", rows("textes_colles.csv"), ids=lambda case: case["quoi"])
def test_a_pasted_text_is_read_as_it_was_meant(case: dict[str, str]) -> None:
    assert repair(said(case["colle"])).text == said(case["lu"])


@given(st.text(st.characters(codec=None), max_size=60))
def test_a_second_repair_changes_nothing(text: str) -> None:
    once = repair(text).text
    assert repair(once).text == once


PIECES = st.sampled_from(
    [
        *("é", "Ã©", "&amp;", "&eacute;", "<p>", "</b>", "-\n", "\u00ad", "\n", "recy", "centre"),
        *(
            "\u200b",
            "\x92",
            "e\u0301",
            "ﬁ",
            "â€™",
            "amp;",
            "&",
            "\ud83d",
            "\ude00",
            "\r",
            "<",
            "p>",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_second_repair_changes_nothing_in_damaged_texts(text: str) -> None:
    once = repair(text).text
    assert repair(once).text == once


def test_the_texts_of_the_cases_and_of_the_catalogue_stay_as_they_are(matcher: Matcher) -> None:
    texts = [row["text"] for row in rows("needs.csv")]
    texts += [s.description for s in matcher.structures.values()]
    for text in texts:
        assert repair(text).text == text.replace("\u00a0", " ").replace("\u202f", " ")
        assert not repair(text).changes


@pytest.mark.parametrize(
    ("text", "change"),
    [("Ã©picerie", MOJIBAKE), ("<p>gîte</p>", MARKUP), ("a\x00b", DROPPED)],
)
def test_what_may_change_the_meaning_is_said(text: str, change: str) -> None:
    assert repair(text).changes == (change,)


def test_words_that_are_put_together_again_are_named() -> None:
    assert "« recyclerie »" in repair("une recy-\nclerie").changes[0]
    assert not repair("une crè\u00adche").changes


def test_a_file_is_repaired_as_the_form_is(tmp_path: Path, matcher: Matcher) -> None:
    path = tmp_path / "besoins.csv"
    path.write_text("commune;besoin\nLodève;une crè\u00adche\nLodève;une \x07 halle\n", "utf-8")
    found = read_demands(path, matcher.territory)
    assert [demand.need.text for demand in found[0]] == ["une crèche"]
    assert [fault.rule for fault in found[1]] == ["caractère de contrôle"]


def test_a_need_is_read_alike_whatever_cannot_be_seen_in_it(matcher: Matcher) -> None:
    plain = matcher.read("Ouvrir une épicerie et une recyclerie")
    pasted = matcher.read("Ouvrir\u00a0une Ã©pi\u00adcerie et une recy-\nclerie\u200b")
    assert [t.theme for t in pasted.themes] == [t.theme for t in plain.themes]
    asked = matcher.question(Need("34142", "une crè\u00adche"))
    assert asked.need.text == "une crèche"


def test_what_was_repaired_is_told_in_one_sentence() -> None:
    assert repair("une recy-\nclerie <br/>").told == (
        "Nous avons réparé votre texte : les balises de mise en page (HTML) ont été retirées ; des "
        "mots coupés en fin de ligne ont été recollés : « recyclerie »."
    )
    assert repair("une crè\u00adche").told == ""
