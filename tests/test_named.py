"""Who is called by name is read as who it is; a word that only looks like a name is not."""

import csv
from pathlib import Path

import pytest

from matcher import Commune, Matcher, Need
from matcher.ranking.order import ASKED_FOR
from matcher.reading.names import Named, Sort

CASES = Path(__file__).parent / "cases" / "acteurs_nommes.csv"


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def commune(matcher: Matcher) -> Commune:
    return matcher.commune("Bourges")


def named(matcher: Matcher, commune: Commune, text: str) -> tuple[Named, ...]:
    return matcher.question(Need(commune=commune.insee, text=text)).named


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"])
def test_an_actor_is_named_or_not(matcher: Matcher, commune: Commune, case: dict[str, str]):
    found = [(str(n.sort), n.code, n.words) for n in named(matcher, commune, case["text"])]
    wanted = (case["sort"], case["code"], case["words"])
    assert wanted in found if case["code"] else found == []


def test_the_words_are_where_it_says(matcher: Matcher, commune: Commune):
    text = "Avec la CRESS, puis Terre de Liens."
    for mention in named(matcher, commune, text):
        assert text[mention.start : mention.end] == mention.words


def test_every_code_of_the_table_means_some_structure(matcher: Matcher, commune: Commune):
    actors = (Matcher.embedded() / "reference" / "actors.csv").read_text(encoding="utf-8")
    structures = [*matcher.structures.values()]
    for row in csv.DictReader(actors.splitlines()):
        mention = Named(Sort(row["sort"]), row["code"], row["words"], 0, 0)
        assert any(map(mention.means, structures)), row


def test_a_form_calls_nobody(matcher: Matcher, commune: Commune):
    [form] = named(matcher, commune, "passer notre café en SCIC")
    assert not form.is_actor


def test_who_is_said_to_be_named_is_who_comes_first_for_it(matcher: Matcher):
    secondary = 0
    for insee in ("02062", "18033", "34142"):
        ranking = matcher.ranking(
            Need(insee, "Nous cherchons un DLA ou une foncière pour le café.")
        )
        everyone = ranking.explained(range(len(ranking.pool)))
        called = [bool(one.candidate.named) for one in everyone]
        assert any(called) and called == [tier == ASKED_FOR for tier in ranking.tiers]
        meant = [
            any(actor.means(one.structure) for actor in ranking.question.actors) for one in everyone
        ]
        secondary += sum(meant) - sum(called)
    assert secondary, "some have the kind beside their own, and another has it as its own"


def test_nearly_every_structure_is_found_by_its_name_alone(matcher: Matcher, commune: Commune):
    lost = [
        s.name
        for s in matcher.structures.values()
        if not any(mention.means(s) for mention in named(matcher, commune, s.name))
    ]
    assert len(lost) <= 0.03 * len(matcher.structures), lost
