"""Terms of a table found in French text, however it is typed."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.catalogue.rows import read_rows
from matcher.reading.words import Hit, Lexicon, content, stems

CASES = list(
    csv.DictReader((Path(__file__).parent / "cases" / "lexique.csv").open(encoding="utf-8"))
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['sujet']}: {case['texte']}")
def test_subjects_are_found_as_people_write_them(matcher: Matcher, case: dict[str, str]):
    labels = {hit.label for hit in matcher.knowledge.subjects.find(content(case["texte"]))}
    assert (case["sujet"] in labels) == (case["trouve"] == "oui"), case["pourquoi"]


def test_every_term_of_the_table_is_found_in_itself(matcher: Matcher):
    """In the table of subjects each term speaks at least of its own subject."""
    folder = Matcher.embedded() / "reference"
    for row in read_rows(folder / "subjects.csv", ("subject", "label", "themes", "terms")):
        for term in row["terms"].split("|"):
            if content(term):
                labels = {hit.label for hit in matcher.knowledge.subjects.find(content(term))}
                assert row["subject"] in labels, term


def test_the_longest_term_wins():
    lexicon = Lexicon({"court": ["jardin"], "long": ["jardin partagé"]})
    assert lexicon.find(content("un jardin partagé")) == [Hit("long", "jardin partagé")]
    assert lexicon.find(content("un jardin")) == [Hit("court", "jardin")]


def test_a_term_may_ask_for_its_very_words():
    lexicon = Lexicon({"toit": ["=toits"], "halle": ["halles"]})
    assert [hit.label for hit in lexicon.find(content("les TOITS de l’école"))] == ["toit"]
    assert lexicon.find(content("un toit")) == []
    assert [hit.label for hit in lexicon.find(content("une halle"))] == ["halle"]


@pytest.mark.parametrize("labels", [("un", "deux"), ("deux", "un")])
def test_a_term_under_two_labels_speaks_of_both(labels: tuple[str, ...]):
    lexicon = Lexicon({label: ["halle"] for label in labels})
    assert tuple(hit.label for hit in lexicon.find(content("la halle"))) == labels


def test_a_label_is_counted_once_for_its_variants_of_one_term():
    lexicon = Lexicon({"marche": ["marché", "marchés", "MARCHES"]})
    assert len(lexicon.find(content("le marché"))) == 1


def test_a_term_made_of_empty_words_is_never_found():
    assert Lexicon({"vide": ["de la", "", "et"]}).find(content("de la commune et de l’école")) == []


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str):
    lexicon = Lexicon({"bourg": ["centre-bourg"], "halle": ["halle", "halle couverte"]})
    assert all(hit.label in {"bourg", "halle"} for hit in lexicon.find(content(text)))


@given(st.lists(st.sampled_from(["halle", "four", "école", "de", "la"]), max_size=12))
def test_stems_keep_the_order_of_the_words(words: list[str]):
    assert stems(content(" ".join(words))) == [s for word in words for s in stems(content(word))]
