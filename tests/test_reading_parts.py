"""The small parts of the reading, each by what it must tell apart."""

from __future__ import annotations

import pytest

from matcher import Theme
from matcher.catalogue.rows import Row
from matcher.reading import evidence
from matcher.reading.evidence import REFUSED, Evidence
from matcher.reading.needs import MIN_BEST, MIN_WEIGHT, SET_ASIDE, SHARES, Nothing, Parsed
from matcher.reading.spelling import Families
from matcher.reading.thesaurus import Effect, Entry, TermRole, Thesaurus
from matcher.reading.wordlists import _abbreviation_faults
from matcher.reading.words import is_acronym, singular, split

FOOD, MOVING = Theme.ALIMENTATION, Theme.MOBILITE


def abbreviation(written: str) -> Row:
    return Row({"abbreviation": written, "words": "maison de santé"}.items(), line=2)


@pytest.mark.parametrize("word", ["MSP", "PLUi", "E2C"])
def test_a_word_mostly_of_capitals_is_an_acronym(word: str) -> None:
    assert is_acronym(word)


@pytest.mark.parametrize("word", ["École", "Mairie", "msp", "A", "SaintLouis", "MaVieÀMoi", "AbCd"])
def test_a_name_or_a_letter_is_no_acronym(word: str) -> None:
    assert not is_acronym(word)


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        *(("logements", "logement"), ("locaux", "local"), ("bureaux", "bureau"), ("maux", "mau")),
        *(("eaux", "eau"), ("murs", "mur"), ("bus", "bus"), ("aux", "aux"), ("compass", "compass")),
        *(("creux", "creu"), ("local", "local"), ("", "")),
    ],
)
def test_a_word_of_four_letters_or_more_loses_the_mark_of_the_plural(
    plural: str, single: str
) -> None:
    assert singular(plural) == single


@pytest.mark.parametrize(
    "text",
    [
        *("asdkjh", "qsdfgaze", "jardin qsdfgaz", "maixx", "maiiiison", "mmssnn", "tzcld"),
        *("a b", "ok", "12", "", "🙂", "RAS", "Aucun besoin", "un lorem ipsum maison jardin"),
    ],
)
def test_letters_that_follow_no_french_word_say_nothing(text: str) -> None:
    assert Nothing(lambda: ["maison", "jardin"]).said(text)


@pytest.mark.parametrize(
    "text",
    [
        "maison",
        "jardins",
        "maison qsdfga",
        "maisx",
        "maiiison",
        "TZCLD",
        "eau",
        "a bc",
        "TI",
        "un T2",
    ],
)
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


def test_the_dot_of_an_abbreviation_ends_no_sentence_any_other_does() -> None:
    words = split("Le bat. communal. Le bat", {"bat": ("batiment",)})
    assert [(word.form, word.gap) for word in words] == [
        ("le", ""),
        ("batiment", ""),
        ("communal", ""),
        ("le", "."),
        ("batiment", ""),
    ]


def parsed(*found: tuple[str, Theme | None, float], full: float = 1.0, reason: str = "") -> Parsed:
    """A text made of these words, each with its theme and what it is worth here."""
    text, evidence, at = " ".join(word for word, _, _ in found), [], 0
    for word, theme, weight in found:
        entry = Entry(word.lower(), theme, full, TermRole.OBJECT)
        evidence.append(Evidence(at, at + len(word), entry, weight, reason))
        at += len(word) + 1
    return Parsed(text, (), False, evidence, ())


@pytest.mark.parametrize(
    ("weights", "score"),
    [
        ([0.8], 0.8),
        ([0.4, 0.8], 0.8 + 0.25 * 0.4),
        ([0.2, 0.4, 0.8], 0.8 + 0.25 * 0.4 + 0.1 * 0.2),
        ([0.3, 0.2, 0.4, 0.8], 0.8 + 0.25 * 0.4 + 0.1 * 0.3),
    ],
)
def test_a_theme_weighs_its_best_term_a_quarter_of_the_next_a_tenth_of_the_third(
    weights: list[float], score: float
) -> None:
    found = parsed(*((f"mot{n}", FOOD, weight) for n, weight in enumerate(weights)))
    assert found.scores[FOOD] == pytest.approx(score)
    assert found.scores[MOVING] == 0
    assert SHARES == (1.0, 0.25, 0.1)


def test_a_term_that_is_said_twice_counts_once_at_its_best() -> None:
    for weights in ((0.5, 0.8), (0.8, 0.5)):
        found = parsed(*(("amap", FOOD, weight) for weight in weights))
        assert found.scores[FOOD] == 0.8


def test_the_words_that_prove_a_theme_come_strongest_first_and_each_once() -> None:
    found = parsed(
        ("amap", FOOD, 0.4), ("vélo", MOVING, 0.9), ("verger", FOOD, 0.7), ("amap", FOOD, 0.5)
    )
    assert found.said(FOOD) == ("verger", "amap")
    assert found.reading().themes == ((MOVING, 0.9, ("vélo",)), (FOOD, 0.825, ("verger", "amap")))
    assert [proof.term for proof in found.reading().proofs] == ["amap", "vélo", "verger", "amap"]


def test_equal_themes_stay_in_the_order_of_the_list_and_none_weighs_more_than_one() -> None:
    first, second = sorted((FOOD, MOVING), key=list(Theme).index)
    found = parsed(("b", second, 1.0), ("a", first, 1.0), ("c", second, 0.9), ("d", first, 0.9))
    assert [(one.theme, one.weight) for one in found.reading().themes] == [(first, 1), (second, 1)]


@pytest.mark.parametrize(
    ("weight", "other", "outside", "read"),
    [
        (MIN_BEST, 0, 0, []),
        (MIN_BEST + 0.01, 0, 0, [FOOD]),
        (0.5, MIN_WEIGHT, 0, [FOOD, MOVING]),
        (0.5, MIN_WEIGHT - 0.01, 0, [FOOD]),
        (0.5, 0, 0.5, []),
        (0.5, 0, 0.49, [FOOD]),
        (0.5, 0, 0.51, []),
    ],
)
def test_what_weighs_too_little_or_less_than_what_is_out_of_scope_is_not_read(
    weight: float, other: float, outside: float, read: list[Theme]
) -> None:
    words = (("amap", FOOD, weight), ("vélo", MOVING, other), ("voirie", None, outside))
    found = parsed(*(one for one in words if one[2])).reading()
    assert [one.theme for one in found.themes] == read
    assert [proof.term for proof in found.out_of_scope] == ["voirie"] * bool(outside)
    assert {proof.theme for proof in found.proofs} == set(read)
    assert (found.heard == "") == (bool(outside) and not read)


@pytest.mark.parametrize("full", [1.0, 0.5])
def test_a_term_at_an_eighth_of_its_weight_is_set_aside_and_shown_with_its_reason(
    full: float,
) -> None:
    aside = parsed(("amap", FOOD, SET_ASIDE * full), full=full, reason=REFUSED)
    assert not aside.counted and aside.outside == 0
    (proof,) = aside.reading().set_aside
    assert (proof.term, proof.reason) == ("amap", REFUSED)
    assert aside.reading().heard == "    ", "what the text refuses is about no subject"
    assert len(parsed(("amap", FOOD, SET_ASIDE * full + 0.01), full=full).counted) == 1


def test_only_the_strongest_word_out_of_scope_counts() -> None:
    assert parsed(("voirie", None, 0.4), ("égout", None, 0.6), ("amap", FOOD, 0.9)).outside == 0.6


def test_what_the_words_around_make_of_a_term_lowers_it_unless_they_are_its_purpose() -> None:
    lowered = (
        *("NAMED", "OWNED", "SERVED", "NEAR", "INSIDE", "ADDED", "JOINED", "LATER", "ADDRESS"),
        *("PASSED", "ASKING", "SCENERY", "WRITTEN", "OLD_USE"),
    )
    assert all(0 < getattr(evidence, name) < 1 for name in lowered)
    assert 1 < evidence.PURPOSE < evidence.HINTED < 2
    assert (SET_ASIDE, MIN_WEIGHT, MIN_BEST) == (0.12, 0.15, 0.33)
    assert max(evidence.NAMED, evidence.NEAR) < SET_ASIDE < evidence.WRITTEN


HEALTH = Entry("maison santé", Theme.SANTE, 1.0, TermRole.OBJECT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("une maison de la santé", ["maison de la santé"]),
        ("une maison des du aux l’ santé", ["maison des du aux l’ santé"]),
        ("une maison des du aux au l’ santé", []),
        ("une maison, santé", []),
        ("une maison pour la santé", []),
        ("Maisons de santé, maison-santé", ["Maisons de santé", "maison-santé"]),
        ("à côté de la mairie", ["à côté de"]),
        ("à côté la mairie, à la côté de", []),
        ("maison de santé à côté de l’eau", ["maison de santé", "à côté de"]),
    ],
)
def test_four_small_words_may_part_a_term_and_none_a_context(text: str, found: list[str]) -> None:
    words = split(text)
    hits = Thesaurus([HEALTH], [("à côté de", Effect.NEAR)]).find(words)
    spans = [text[words[hit.first].start : words[hit.last - 1].end] for hit in hits]
    assert spans == found
    assert all((hit.effect is Effect.NEAR) == (not hit.entries) for hit in hits)
