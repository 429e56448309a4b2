"""The small parts of the reading, each by what it must tell apart."""

from __future__ import annotations

import pytest

from matcher.catalogue.rows import Row
from matcher.reading import evidence
from matcher.reading.needs import Nothing
from matcher.reading.spelling import Families
from matcher.reading.wordlists import _abbreviation_faults
from matcher.reading.words import is_acronym


def abbreviation(written: str) -> Row:
    return Row({"abbreviation": written, "words": "maison de santé"}.items(), line=2)


@pytest.mark.parametrize("word", ["MSP", "PLUi", "E2C"])
def test_a_word_mostly_of_capitals_is_an_acronym(word: str) -> None:
    assert is_acronym(word)


@pytest.mark.parametrize("word", ["École", "Mairie", "msp", "A", "SaintLouis"])
def test_a_name_or_a_letter_is_no_acronym(word: str) -> None:
    assert not is_acronym(word)


@pytest.mark.parametrize("text", ["asdkjh", "qsdfgaze"])
def test_letters_that_follow_no_french_word_say_nothing(text: str) -> None:
    assert Nothing(lambda: ["maison", "jardin"]).said(text)


@pytest.mark.parametrize("text", ["maison", "jardins"])
def test_letters_that_follow_french_words_say_something(text: str) -> None:
    assert not Nothing(lambda: ["maison", "jardin"]).said(text)


def test_what_works_serve_weighs_more_than_an_owner_and_less_than_what_is_asked() -> None:
    assert evidence.NAMED < evidence.OWNED < evidence.SERVED < 1


def test_a_longer_word_of_the_same_start_is_no_inflection() -> None:
    assert not Families(["numeriquement"]).of("numerise")


@pytest.mark.parametrize("written", ["m.s.p.", "maison sante"])
def test_an_abbreviation_with_dots_or_of_two_words_is_a_fault_that_shows_it(written: str) -> None:
    row = abbreviation(written)
    (fault,) = _abbreviation_faults("abbreviations.csv", [row])
    assert (fault.line, fault.column, fault.value) == (2, "abbreviation", written)


def test_a_plain_abbreviation_is_no_fault() -> None:
    row = abbreviation("msp")
    assert not list(_abbreviation_faults("abbreviations.csv", [row]))
