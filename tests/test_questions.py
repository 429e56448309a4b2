"""Few questions: those whose answer would change the first suggestions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from matcher import Matcher, Need, Stage, Status, Theme
from matcher.catalogue import Scale
from matcher.reports import Trail, is_broad, trails_of
from web import create_app
from web.answers.asking import Form
from web.answers.questions import ASKED, QUESTIONS, SUBJECT, declared, given, pending

with (Path(__file__).parent / "cases" / "besoins_larges.csv").open(encoding="utf-8") as file:
    BROAD = list(csv.DictReader(file))

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


@pytest.mark.parametrize("case", BROAD, ids=lambda case: case["besoin"])
def test_a_broad_need_is_asked_its_subject_before_anybody_is_named(
    matcher: Matcher, case: dict[str, str]
) -> None:
    ranking = matcher.ranking(Need(case["insee"], case["besoin"]))
    assert ranking.question.status == case["statut"], case["pourquoi"]
    if ranking.question.status.ranked:
        assert is_broad(ranking.question)
        trails = trails_of(ranking, ranking.suggestions(3))
        assert trails and trails.why.unclear
        assert pending(ranking, matcher, {})[0] is SUBJECT


@pytest.mark.parametrize(
    "said",
    [
        "rouvrir un commerce dans le centre-bourg",
        "étude de centre-bourg",
        "un plan guide pour le centre-bourg",
        "des logements dans le centre-bourg",
        "redynamiser le centre-bourg avec une épicerie",
        "un tiers-lieu pour redynamiser le bourg",
        "végétaliser la place du village",
        "une stratégie ESS pour le territoire",
    ],
)
def test_what_is_wanted_in_a_town_centre_is_not_asked_again(matcher: Matcher, said: str) -> None:
    ranking = matcher.ranking(Need("32296", said))
    assert not is_broad(ranking.question)
    trails = trails_of(ranking, ranking.suggestions(3))
    assert trails is None or not trails.why.unclear


@pytest.mark.parametrize("case", [c for c in BROAD if c["statut"] == "vague"], ids=str)
def test_a_vague_need_is_answered_by_generalists_of_the_territory(
    matcher: Matcher, case: dict[str, str]
) -> None:
    for one in matcher.match(Need(case["insee"], case["besoin"]), top=3):
        assert one.structure.generalist and one.structure.scale is not Scale.NATIONAL, one.summary


def test_a_subject_that_is_said_is_not_asked(matcher: Matcher) -> None:
    for need in (Need(LODEVE, TEXTS[0]), Need(LODEVE, "zzz qqq", themes=(Theme.SANTE,))):
        assert SUBJECT not in pending(matcher.ranking(need), matcher, {})
    answered = declared(Need(LODEVE, "Nous avons besoin d’aide"), {"objet": "sante"})
    assert answered.themes == (Theme.SANTE, Theme.VIEILLISSEMENT)
    ranking = matcher.ranking(answered)
    trails = trails_of(ranking, ranking.suggestions(3))
    assert trails is None or trails.why is Trail.WEAK


def test_whom_to_see_clearer_with_is_a_generalist_that_covers_the_town(matcher: Matcher) -> None:
    known = 0
    for insee in ("01004", "08490", "23096", "34142", "48095", "62080", "97105"):
        ranking = matcher.ranking(Need(insee, "Nous avons besoin d’aide"))
        last = ranking.suggestions(len(ranking.pool))[-1]
        trails = trails_of(ranking, [last])
        assert trails
        if guide := trails.guide:
            known += 1
            assert guide.generalist and guide.scale is not Scale.NATIONAL
            assert guide in ranking.structures(range(len(ranking.pool)))
            assert guide.body != last.structure.body and guide.name in trails.sentence
    assert known > 4


def test_the_name_of_a_departement_or_a_region_alone_is_no_need(matcher: Matcher) -> None:
    for scale in (Scale.DEPARTEMENT, Scale.REGION):
        for name in matcher.territory.names[scale].values():
            for said in (name, name.lower(), f"{name}, la Creuse"):
                assert matcher.question(Need(LODEVE, said)).status is Status.VIDE, said


def test_an_answer_about_the_subject_is_themes_that_can_be_taken_away_one_by_one() -> None:
    asked = {"commune": LODEVE, "besoin": "nous avons besoin d’aide", "objet": "logement"}
    form = Form.of(MultiDict(asked))
    assert form.themes == ("habitat", "foncier") and not form.reponses
    assert form.without("habitat", read=False).query()["theme"] == ["foncier"]
    assert Form.of(MultiDict({**asked, "sans": "habitat"})).themes == ("foncier",)
    unknown = Form.of(MultiDict({**asked, "objet": "nsp"}))
    assert not unknown.themes and dict(unknown.reponses) == {"objet": "nsp"}


READ = (Theme.ECONOMIE_CIRCULAIRE, Theme.COMMERCE_SERVICES_PROXIMITE)


@pytest.mark.parametrize(
    ("answer", "themes"),
    [
        ("transition", ["economie_circulaire"]),
        ("commerces", ["commerce_services_proximite"]),
        ("sante", ["sante", "vieillissement"]),
    ],
)
def test_an_answer_about_the_subject_narrows_what_was_read(answer: str, themes: list[str]) -> None:
    asked = {"commune": LODEVE, "besoin": "une ressourcerie en boutique", "objet": answer}
    assert list(Form.of(MultiDict(asked), lambda text: READ).themes) == themes


def test_what_a_button_names_and_what_the_text_surely_says_are_both_understood(
    matcher: Matcher,
) -> None:
    need = "on voudrait une ressourcerie dans la boutique fermée de la rue principale"
    asked = {"commune": "2B096", "besoin": need}
    client = create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()
    for answer in SUBJECT.choices:
        told = client.get("/suggestions", query_string={**asked, "objet": answer.value})
        understood = told.text.partition("Compris")[2].partition("</p>")[0].lower()
        assert Theme.ECONOMIE_CIRCULAIRE.label.lower() in understood, answer.label
        if Theme.ECONOMIE_CIRCULAIRE not in answer.themes:
            read = [t for t in answer.themes if t is Theme.COMMERCE_SERVICES_PROXIMITE]
            for theme in read or answer.themes:
                assert theme.label.lower() in understood, answer.label
