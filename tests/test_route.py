"""The road map: its steps in order, who is called for each, and what waits."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from matcher import Matcher, Need, Stage
from matcher.reports import Fit, Leg, fit, road
from matcher.reports.answer.facts import STRONG_CHANCE, UNSURE_CHANCE, chance, unsure
from matcher.upkeep import Doors, Matrix
from web import create_app
from web.answers.letters import first_words, to_mairie, to_structure

LODEVE = "34142"
CARRIED = "Un collectif veut ouvrir une recyclerie dans une halle inoccupée."


@pytest.fixture(scope="module")
def doors(matcher: Matcher) -> Matrix:
    found = Doors.open(matcher.embedded())
    return Matrix(matcher.structures.values(), matcher.territory, found)


def legs(matcher: Matcher, doors: Matrix, need: Need) -> dict[str, Leg]:
    return {leg.step.code: leg for leg in road(matcher.ranking(need), doors)}


def test_each_step_has_somebody_who_covers_the_commune_or_says_why_not(
    matcher: Matcher, doors: Matrix
) -> None:
    for insee in ("34142", "2A004", "97411", "29155"):
        commune = matcher.territory.communes[insee]
        covering = {s.id for s, _ in matcher.coverage.eligible(commune)}
        found = legs(matcher, doors, Need(insee, CARRIED))
        assert list(found) == ["dire", "etudier", "creer", "murs", "financer", "vivre"]
        for leg in found.values():
            assert bool(leg.waits) + bool(leg.first) + bool(leg.door) == 1
            for one in (leg.first, leg.then):
                assert one is None or one.id in covering


def test_who_takes_over_is_of_another_body_and_another_network(
    matcher: Matcher, doors: Matrix
) -> None:
    for stage in Stage:
        for leg in legs(matcher, doors, Need(LODEVE, CARRIED, stage=stage)).values():
            if leg.first and leg.then:
                assert leg.first.body != leg.then.body
                assert not leg.first.network or leg.first.network != leg.then.network


@pytest.mark.parametrize(
    ("stage", "waiting"),
    [
        ("emergence", {"financer", "vivre"}),
        ("creation", {"dire", "vivre"}),
        ("consolidation", {"dire", "etudier", "creer"}),
        ("strategie", {"creer", "murs", "vivre"}),
        ("immobilier", {"vivre"}),
    ],
)
def test_what_is_done_or_comes_later_waits(
    matcher: Matcher, doors: Matrix, stage: str, waiting: set[str]
) -> None:
    found = legs(matcher, doors, Need(LODEVE, "Une halle vide à racheter", stage=stage))
    assert {code for code, leg in found.items() if leg.waits} == waiting


def test_walls_wait_when_the_need_speaks_of_none(matcher: Matcher, doors: Matrix) -> None:
    found = legs(matcher, doors, Need(LODEVE, "Covoiturage entre voisins", stage="creation"))
    assert found["murs"].waits


def test_a_situation_asked_of_a_ranking_is_that_of_a_need_that_declares_it(
    matcher: Matcher,
) -> None:
    for text in (CARRIED, "zzz qqq", "Notre dernière épicerie ferme."):
        ranking = matcher.ranking(Need(LODEVE, text))
        for said in (*((one,) for one in Stage), *combinations(Stage, 2)):
            situated = ranking.at(said)
            declared = matcher.ranking(Need(LODEVE, text, situations=said))
            assert list(situated) == declared.first()
            assert situated.tiers.tolist() == declared.tiers.tolist()


def test_situations_answered_count_as_much_as_the_one_declared(matcher: Matcher) -> None:
    question = matcher.question(
        Need(LODEVE, CARRIED, stage="creation", situations=("immobilier", "creation"))
    )
    assert dict(question.stages) == {Stage.CREATION: 0.5, Stage.IMMOBILIER: 0.5}
    assert question.stage_declared


def test_a_generalist_with_nothing_on_the_matter_is_said_to_be_one(matcher: Matcher) -> None:
    needs = (CARRIED, "La commune ne peut pas acheter les murs de la halle inoccupée.")
    words = {fit(one) for text in needs for one in matcher.match(Need(LODEVE, text), top=60)}
    assert words == set(Fit)
    for one in matcher.match(Need(LODEVE, "zzz qqq"), top=10):
        assert fit(one) is not Fit.STRONG


def test_the_chance_of_being_right_grows_with_the_score_and_says_when_to_ask(
    matcher: Matcher,
) -> None:
    needs = [
        Need(insee, text)
        for insee in ("34142", "97106", "2A348")
        for text in (CARRIED, "Sentier sous-marin et protection des récifs")
    ]
    firsts = sorted((matcher.match(need, top=1)[0] for need in needs), key=lambda one: one.score)
    chances = [chance(one) for one in firsts]
    assert chances == sorted(chances) and chances[0] > 0.0 and chances[-1] < 1.0
    assert {unsure(one) for one in firsts} == {True, False}
    for one in firsts:
        assert unsure(one) == (chance(one) < UNSURE_CHANCE)
        assert fit(one) is not Fit.STRONG or chance(one) >= STRONG_CHANCE


def test_a_reason_is_cut_where_one_of_the_things_that_it_lists_ends() -> None:
    said = "A accompagné « Café, et plus » à Die, « Épicerie » à Crest et 2 autres projets."
    assert first_words(said, 200) == said
    assert first_words(said, 75) == "A accompagné « Café, et plus » à Die, « Épicerie » à Crest…"
    assert first_words(said, 50) == "A accompagné « Café, et plus » à Die…"
    assert first_words(said, 30) == "A accompagné « Café, et plus…"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Annecy (Haute-Savoie)", "de la part d’Annecy (Haute-Savoie)."),
        ("Le Vigan (Gard)", "de la part du Vigan (Gard)."),
        ("Sartène (Corse-du-Sud)", "de la part de Sartène (Corse-du-Sud)."),
        ("CC Lodévois et Larzac", "de la part de la CC Lodévois et Larzac."),
    ],
)
def test_a_letter_says_of_whom_it_is_as_in_french(matcher: Matcher, place: str, said: str) -> None:
    assert said in to_structure(place, "Un café", None).text
    letter = to_mairie(place, "Un café", matcher.catalogue.projects[0])
    assert said in letter.text and letter.subject.endswith(said.partition("part ")[2][:-1])


def test_a_sentence_too_long_loses_its_aside_first_and_is_not_cut_at_its_beginning() -> None:
    said = "Incubateur : d’ordinaire, elle achète ou porte les murs (situation « Des murs »)."
    assert first_words(said, 60) == "Incubateur : d’ordinaire, elle achète ou porte les murs."
    assert len(first_words(said, 40)) > 20


def test_what_a_step_says_of_whom_to_call_has_no_pronoun(matcher: Matcher) -> None:
    for insee, text in (("2B096", "une ressourcerie"), ("32296", "un café"), ("48095", "crèche")):
        said = create_app(matcher, {"RATELIMIT_ENABLED": False}).test_client()
        page = said.get("/suggestions", query_string={"commune": insee, "besoin": text}).text
        road = page.partition('id="route"')[2].partition("</section>")[0]
        assert "En cas de refus" in road
        assert not re.search(r"&nbsp;: (D’ordinaire, )?(il|elle)\b", road, re.IGNORECASE)
        later = page.partition("pas encore ici&nbsp;: ")[2].partition(". Cela")[0]
        named = re.findall(r">([^<]+)</a>", road)
        assert not set(later.split(" ; ")) & set(named)
