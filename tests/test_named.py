"""Who is called by name is read as who it is; a word that only looks like a name is not."""

import csv
from pathlib import Path

import pytest
from builders import a_structure

from matcher import Commune, Matcher, Need, Structure
from matcher.catalogue import Scale
from matcher.ranking.order import ASKED_FOR
from matcher.reading.learned.reader import LearnedReader
from matcher.reading.named import Finder, open_actors
from matcher.reading.names import Named, Sort

CASES = Path(__file__).parent / "cases"


def cases(name: str = "acteurs_nommes") -> list[dict[str, str]]:
    with (CASES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def commune(matcher: Matcher) -> Commune:
    return matcher.commune("Bourges")


def named(matcher: Matcher, commune: Commune, text: str) -> tuple[Named, ...]:
    return matcher.question(Need(commune=commune.insee, text=text)).named


def by_text() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each text of the table, with all that it names: a line each."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for case in cases():
        named = found.setdefault(case["text"], [])
        named += [(case["sort"], case["code"], case["words"])] * bool(case["code"])
    return [*found.items()]


@pytest.mark.parametrize(("text", "wanted"), by_text())
def test_an_actor_is_named_or_not(
    matcher: Matcher, commune: Commune, text: str, wanted: list[tuple[str, str, str]]
):
    assert [(str(n.sort), n.code, n.words) for n in named(matcher, commune, text)] == wanted


def test_the_words_are_where_it_says(matcher: Matcher, commune: Commune):
    text = "Avec la CRESS, puis Terre de Liens."
    for mention in named(matcher, commune, text):
        assert text[mention.start : mention.end] == mention.words


def test_every_code_of_the_table_means_some_structure(matcher: Matcher, commune: Commune):
    actors = (Matcher.embedded() / "reference" / "actors.csv").read_text(encoding="utf-8")
    structures = [*matcher.structures.values()]
    for row in csv.DictReader(actors.splitlines()):
        mention = Named(Sort(row["sort"]), row["code"], row["words"], 0, 0)
        assert any(map(mention.means, structures)) is (mention.sort is not Sort.OTHER), row


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


def test_nearly_every_structure_is_found_by_its_name_alone(matcher: Matcher):
    data, structures = Matcher.embedded(), matcher.structures.values()
    words = LearnedReader(matcher.reader, matcher.knowledge, data)
    finder = Finder(
        lambda: structures,
        lambda: open_actors(data),
        words.is_ordinary,
        words.is_term,
        matcher.territory.is_name,
    )
    lost = [s.name for s in structures if not any(one.means(s) for one in finder.find(s.name))]
    assert len(lost) <= 0.03 * len(matcher.structures), lost


def called(matcher: Matcher, insee: str, text: str) -> set[str]:
    """Whom a text calls for, among those who cover a commune."""
    ranking = matcher.ranking(Need(insee, text))
    positions = [i for i, tier in enumerate(ranking.tiers) if tier == ASKED_FOR]
    return {structure.id for structure in ranking.structures(positions)}


@pytest.mark.parametrize("case", cases("acteurs_appeles"), ids=lambda case: case["texte"])
def test_a_name_calls_whom_an_adviser_would_understand(matcher: Matcher, case: dict[str, str]):
    found = called(matcher, case["insee"], case["texte"])
    wanted, others = (set(filter(None, case[k].split("|"))) for k in ("appelees", "pas_appelees"))
    assert (wanted - found, others & found) == (set(), set()), case["pourquoi"]


def plain_names(matcher: Matcher) -> list[tuple[str, Structure]]:
    """Names that are one word of French, with the body of the whole country that has each."""
    found = []
    for structure in matcher.structures.values():
        opening = structure.name.removeprefix("La ").removeprefix("Le ").removeprefix("Les ")
        one = opening.isalpha() and opening.istitle()
        if one and structure.scale is Scale.NATIONAL and structure.accompanies:
            text = f"Quelque chose comme {structure.name}, pour nos habitants"
            mentions = matcher.question(Need("18033", text)).named
            if any(m.doubtful and m.means(structure) for m in mentions):
                found.append((structure.name, structure))
    return found


def test_a_plain_name_calls_nobody_of_another_trade_unless_one_met_them(matcher: Matcher):
    """The same words in the same need: only what is said of them tells that they are meant."""
    tried = 0
    for name, structure in plain_names(matcher):
        like = f"Une crèche pour nos enfants, quelque chose comme {name}"
        met = f"Une crèche pour nos enfants ; nous avons rencontré {name}"
        if not matcher.question(Need("18033", like)).main_subjects.keys() & set(structure.trades):
            tried += 1
            assert structure.id not in called(matcher, "18033", like)
            assert structure.id in called(matcher, "18033", met)
    assert tried > 3


@pytest.mark.parametrize("namesakes", [1, 4, 5])
def test_a_name_that_five_structures_have_names_none_of_them(namesakes: int):
    same = [a_structure(f"airelle-{n}", name="Airelle") for n in range(namesakes)]
    finder = Finder(lambda: same, list, *[lambda word: word == "chez"] * 3)
    named = [one.code for one in finder.find("Chez Airelle")]
    assert named == [one.id for one in same if namesakes <= 4]


@pytest.mark.parametrize(("name", "is_one"), [("Le T", False), ("Le T2", False), ("Le T23", True)])
def test_a_name_of_two_letters_names_nobody(name: str, is_one: bool):
    finder = Finder(lambda: [a_structure("one", name=name)], list, *[lambda word: False] * 3)
    assert [one.code for one in finder.find(f"Nous avons vu {name} hier")] == ["one"] * is_one
