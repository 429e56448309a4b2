"""Few questions: those whose answer would change the first suggestions."""

from __future__ import annotations

from matcher import Matcher, Need, Stage, Theme
from web.answers.asking import ASKED, QUESTIONS, declared, given, pending

LODEVE = "34142"
TEXTS = (
    "Un collectif veut ouvrir une recyclerie dans une halle inoccupée.",
    "Notre dernière épicerie ferme.",
    "zzz qqq",
)


def first(matcher: Matcher, need: Need) -> set[str]:
    return {one.structure.id for one in matcher.match(need, top=3, anyway=True)}


def test_a_question_is_asked_only_when_an_answer_changes_the_first_ones(matcher: Matcher) -> None:
    for text in TEXTS:
        need = Need(LODEVE, text)
        asked = pending(matcher.ranking(need), matcher, {})
        assert len(asked) <= ASKED
        for question in asked:
            after = [
                first(matcher, declared(need, {question.code: choice.value}))
                for choice in question.choices
            ]
            assert any(found != first(matcher, need) for found in after), (text, question)


def test_what_was_answered_is_not_asked_and_counts_among_the_two(matcher: Matcher) -> None:
    need = Need(LODEVE, TEXTS[0])
    for question in QUESTIONS:
        asked = pending(matcher.ranking(need), matcher, {question.code: "nsp"})
        assert question not in asked and len(asked) <= ASKED - 1
    assert pending(matcher.ranking(need), matcher, {"qui": "nsp", "murs": "nsp"}) == []


def test_what_the_need_declares_is_not_asked(matcher: Matcher) -> None:
    need = Need(LODEVE, TEXTS[0], stage="creation")
    assert "qui" not in {q.code for q in pending(matcher.ranking(need), matcher, {})}


def test_answers_declare_situations_and_what_is_not_meant() -> None:
    need = declared(Need(LODEVE, TEXTS[0]), {"qui": "groupe", "murs": "non", "appui": "argent"})
    assert need.situations == (Stage.CREATION, Stage.FINANCEMENT)
    assert need.excluded == (Theme.FONCIER,)


def test_fields_that_answer_no_question_are_left_out() -> None:
    assert given({"qui": "moi", "murs": "nsp", "appui": "argent", "autre": "oui"}) == {
        "murs": "nsp",
        "appui": "argent",
    }
