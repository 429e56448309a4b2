"""The learned reader: what it is made of, what it says, and what it must never do."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Need, Stage, Theme
from matcher.catalogue.rows import read_rows
from matcher.reading.learned.checking import softened
from matcher.reading.learned.model import FILE, Model, check_model
from matcher.reading.learned.reader import LearnedReader
from matcher.reading.learned.sight import VECTORS, WordVectors
from matcher.reading.learned.source import _rows, digest, save
from matcher.reading.learned.training import fingerprint

DATA = Matcher.embedded()


@pytest.fixture(scope="module")
def reader(matcher: Matcher) -> LearnedReader:
    return LearnedReader(matcher.reader, matcher.knowledge, DATA)


@pytest.fixture(scope="module")
def model() -> Model:
    found = Model.open(DATA / FILE)
    assert found is not None
    return found


def first(reader: LearnedReader, text: str) -> str:
    """The first code read."""
    reading = reader.read(text)
    if reading.themes:
        return str(reading.themes[0].theme)
    return "hors_champ" if reading.out_of_scope else "rien"


def test_the_model_was_learnt_from_the_sentences_that_stand_here(model: Model):
    assert model.learnt_from == fingerprint(DATA), "python -m matcher learn-reading"


def test_a_model_that_is_written_and_read_again_says_the_same(
    model: Model, reader: LearnedReader, tmp_path: Path
):
    model.save(tmp_path / "model.npz")
    again = Model.open(tmp_path / "model.npz")
    assert again is not None
    assert again.learnt_from == model.learnt_from
    for name, head in model.heads.items():
        assert again.heads[name].names == head.names
        assert np.abs(again.heads[name].weights - head.weights).max() < 0.05


def test_a_model_of_another_version_is_not_read(tmp_path: Path):
    with np.load(DATA / FILE) as found:
        arrays = {name: found[name] for name in found.files}
    np.savez(tmp_path / "model.npz", **{**arrays, "version": np.array(0)})
    assert Model.open(tmp_path / "model.npz") is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (row["text"], row["codes"].split("|"))
        for row in read_rows(
            Path(__file__).parent / "cases" / "lecture_apprise.csv", ("text", "codes")
        )
    ],
)
def test_what_no_list_of_words_can_read(reader: LearnedReader, text: str, codes: list[str]):
    assert first(reader, text) in codes


@pytest.mark.parametrize("text", ["RAS", "-", "…", "123", "asdkjh qsdlkj", "🙂", "zzzz"])
def test_a_text_that_says_nothing_has_no_theme_and_no_situation(reader: LearnedReader, text: str):
    reading = reader.read(text)
    assert not reading.themes
    assert not reading.stages


def test_without_a_model_the_tables_read_alone(matcher: Matcher, tmp_path: Path):
    alone = LearnedReader(matcher.reader, matcher.knowledge, tmp_path)
    text = "Ouvrir une recyclerie dans l’ancienne gare"
    assert alone.read(text) == matcher.reader.read(text)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Le boulanger ferme à Noël et personne ne veut reprendre le fournil", "commerce"),
        (
            "Nos anciens ne veulent pas de l’Ehpad mais ne peuvent plus rester seuls",
            "habitat_aines",
        ),
        ("Les impôts ne répondent plus qu’en ligne, nos anciens n’y arrivent pas", "numerique"),
        (
            "À midi les petits mangent des barquettes venues de deux départements plus loin",
            "restauration_collective",
        ),
    ],
)
def test_the_trade_that_is_wanted_is_read_without_its_name(
    reader: LearnedReader, text: str, subject: str
):
    subjects = reader.read(text).subjects
    assert subjects
    assert subject in sorted(subjects, key=lambda code: -subjects[code])[:3]


def test_what_may_be_meant_does_not_make_two_needs_alike(matcher: Matcher):
    bored, shared = (
        matcher.question(Need("26113", text))
        for text in ("Les gens s’ennuient", "Un service d’autopartage pour le bourg")
    )
    assert not bored.main_subjects.keys() & shared.main_subjects.keys()
    assert bored.main_subjects.keys() <= bored.subjects.keys()


@pytest.mark.parametrize("damage", [b"", b"rien", None])
def test_a_damaged_model_is_not_read_and_check_says_so(tmp_path: Path, damage: bytes | None):
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes((DATA / FILE).read_bytes()[:5_000] if damage is None else damage)
    assert Model.open(path) is None
    [fault] = check_model(tmp_path)
    assert "learn-reading" in fault.rule
    assert check_model(DATA) == []


def test_what_a_text_refuses_is_not_read_back(matcher: Matcher):
    for text in (
        "Nous voulons une crèche, surtout pas de recyclerie",
        "Nous ne voulons pas de recyclerie, mais une crèche",
    ):
        question = matcher.question(Need("34142", text))
        assert next(iter(question.themes)) is Theme.PETITE_ENFANCE_JEUNESSE
        assert "ressourcerie" not in question.main_subjects


@pytest.mark.parametrize("text", ["On doit quitter nos locaux en juin.", "Qui nous répondra ?"])
def test_a_text_that_tells_no_trade_has_no_subject_for_certain(reader: LearnedReader, text: str):
    assert sum((reader.read(text).subjects or {}).values()) < 0.6


@pytest.mark.parametrize(
    ("text", "is_walls"),
    [
        ("Racheter une tondeuse pour le verger partagé", False),
        ("Rachat d’un camping-car pour les permanences itinérantes", False),
        ("Les murs du restaurant sont à vendre, nous voulons les racheter", True),
        ("Acheter la vieille scierie avant les enchères", True),
    ],
)
def test_an_equipment_that_is_bought_is_no_wall(matcher: Matcher, text: str, is_walls: bool):
    stages = matcher.question(Need("34142", text)).stages
    assert (max(stages, key=lambda stage: stages[stage]) is Stage.IMMOBILIER) is is_walls


def test_walls_that_are_not_wanted_are_no_situation(matcher: Matcher):
    text = "Nous voulons ouvrir un café dans l’ancienne gare inoccupée, tout y est à rénover."
    assert Stage.IMMOBILIER in matcher.question(Need("34142", text)).stages
    without = matcher.question(Need("34142", text, excluded=(Theme.FONCIER,)))
    assert Stage.IMMOBILIER not in without.stages


def test_a_subject_that_left_the_table_is_no_longer_read(matcher: Matcher):
    knowledge = matcher.knowledge
    labels = {c: label for c, label in knowledge.subject_labels.items() if c != "velo"}
    less = LearnedReader(matcher.reader, replace(knowledge, subject_labels=labels), DATA)
    text = "Un atelier pour réparer son vélo et apprendre à rouler en ville"
    assert "velo" in (LearnedReader(matcher.reader, knowledge, DATA).read(text).subjects or {})
    assert "velo" not in (less.read(text).subjects or {})


def test_a_situation_is_read_in_the_sentence(reader: LearnedReader):
    stages = reader.read("Nous voulons acheter les murs de la librairie avant la vente").stages
    assert stages
    assert max(stages, key=lambda stage: stages[stage]) is Stage.IMMOBILIER


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_within_bounds(reader: LearnedReader, text: str):
    reading = reader.read(text)
    weights = [match.weight for match in reading.themes]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) <= 1.01
    assert all(
        0 < weight <= 1 and match.words
        for weight, match in zip(weights, reading.themes, strict=True)
    )
    for proof in (*reading.proofs, *reading.out_of_scope, *reading.set_aside):
        assert 0 <= proof.start < proof.end <= len(text)
    if reading.stages:
        assert math.isclose(sum(reading.stages.values()), 1.0, abs_tol=1e-6)


def test_the_words_of_a_theme_stand_in_the_text(reader: LearnedReader):
    text = "Les anciens du hameau ne voient plus personne de la semaine"
    for match in reader.read(text).themes:
        assert all(word in text for word in match.words)


def test_what_the_words_say_adds_up_to_the_answer(reader: LearnedReader, model: Model):
    """The proof is the sum itself: what the words bring for a theme is what they bring."""
    assert reader._learned is not None
    eye, kept = reader._learned
    sight, head = eye.see("Un verger à l’abandon et des pommes à presser"), kept.heads["themes"]
    weighed = head.weigh(sight)
    shares, parts = np.array([*weighed.shares.values()]), weighed.parts
    column = head.classes.index(Theme.ALIMENTATION)
    silent = [n for n, spans in enumerate(weighed.spans) if not spans]
    told = parts[:, column] - parts @ shares
    assert math.isclose(
        sum(weighed.words(Theme.ALIMENTATION).values()),
        told.sum() - told[silent].sum(),
        abs_tol=1e-4,
    )


def test_words_of_near_meaning_have_near_vectors():
    vectors = WordVectors.open(DATA / VECTORS)

    def near(one: str, other: str) -> float:
        a, b = vectors.of(one), vectors.of(other)
        assert a is not None
        assert b is not None
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert near("école", "collège") > 0.5 > near("école", "tomate")
    assert near("ecole", "école") == pytest.approx(1)
    assert "recyclerie" in vectors
    assert vectors.of("zzxxqq") is None


def test_vectors_that_are_written_are_read_again(tmp_path: Path):
    table = np.array([[0.5, -1.0], [2.0, 1.0]], np.float32)
    save(tmp_path / "v.npz", {"été": 1, "a": 0, "b": 1}, table)
    vectors = WordVectors.open(tmp_path / "v.npz")
    assert vectors.of("été") == pytest.approx(table[1], abs=0.02)
    assert vectors.of("a") == pytest.approx(table[0], abs=0.02)
    assert "c" not in vectors


def test_the_licence_of_the_vectors_stands_beside_them():
    licence = (DATA / "reading" / "vectors.LICENSE").read_text(encoding="utf-8")
    assert "Lesser General Public License For Linguistic Resources" in licence


def test_strings_are_numbered_as_the_package_does():
    """Numbers that spaCy gives these strings."""
    assert digest(b"coffee") == 3197928453018144401
    assert digest(b"apple") == 8566208034543834098


def test_a_map_of_numbers_is_read():
    packed = b"\xdf\x00\x00\x00\x02" + b"\xcf" + (2**60).to_bytes(8, "big") + b"\x05"
    packed += b"\xcd\x01\x00" + b"\xcd\x02\x00"
    assert _rows(packed) == {2**60: 5, 256: 512}


def test_shares_are_softened_until_they_are_as_often_right_as_they_say():
    bold = [({"a": 0.99, "b": 0.01}, ("a",))] * 7 + [({"a": 0.99, "b": 0.01}, ("b",))] * 3
    assert softened(bold) > 2
    assert softened([({"a": 0.9, "b": 0.1}, ("a",))] * 9 + [({"a": 0.9, "b": 0.1}, ("b",))]) == 1.0
