"""The sentences written to learn the reading from are well labelled, each once."""

import csv
from pathlib import Path

from matcher import Matcher, Stage, Theme
from matcher.reading.learned.training import UNLABELLED
from matcher.reading.wordlists import EMPTY, OUT_OF_SCOPE

TABLE = Matcher.embedded() / "reading" / "phrases.csv"
VAGUE = "vague"


def rows(path: Path = TABLE) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_label_is_a_code() -> None:
    for row in rows():
        primary = row["primary"].split("|")
        assert set(primary) <= {*Theme, OUT_OF_SCOPE, VAGUE, EMPTY}, row["id"]
        assert set(filter(None, row["secondary"].split("|"))) <= {*Theme, OUT_OF_SCOPE}, row["id"]
        assert not set(primary) & set(row["secondary"].split("|")), row["id"]
        assert {*row["situation"].split("|")} <= {"", UNLABELLED, *Stage}, row["id"]


def test_no_sentence_is_there_twice() -> None:
    texts = [" ".join(row["text"].split()).casefold() for row in rows()]
    assert len(set(texts)) == len(texts)
    assert len({row["id"] for row in rows()}) == len(texts)


def test_every_theme_and_situation_has_sentences_enough() -> None:
    found = [code for row in rows() for code in row["primary"].split("|")]
    for code in (*Theme, OUT_OF_SCOPE, VAGUE, EMPTY):
        assert found.count(code) >= 50, code
    for stage in Stage:
        assert sum(row["situation"] == stage for row in rows()) >= 100, stage
