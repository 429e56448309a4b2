"""The front door: what it answers, and what it refuses in French."""

import shutil
from pathlib import Path

import pytest
from builders import LODEVE, NEEDS, ONE_A_REGION, WITHOUT_EPCI, a_matcher, a_structure

import matcher as front_door
from matcher import (
    Audience,
    DataError,
    Matcher,
    Need,
    NeedError,
    Stage,
    Theme,
    UnknownCommune,
    UnknownStructure,
)
from matcher.tables import MAX_TEXT

TEXT = "Ouvrir une recyclerie"


# What it answers


@pytest.mark.parametrize("insee", [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()])
def test_ten_suggestions_anywhere(matcher: Matcher, insee: str):
    found = matcher.match(Need(insee, TEXT))
    assert [s.rank for s in found] == list(range(1, 11))
    assert len({s.structure.id for s in found}) == 10


def test_top_is_how_many_at_most(matcher: Matcher):
    small = a_matcher(matcher, [a_structure("une"), a_structure("deux")])
    assert len(small.match(Need(LODEVE, TEXT), top=1)) == 1
    assert len(small.match(Need(LODEVE, TEXT), top=50)) == 2
    with pytest.raises(ValueError, match="top"):
        small.match(Need(LODEVE, TEXT), top=0)


def test_nobody_covers_the_commune(matcher: Matcher):
    assert a_matcher(matcher, []).match(Need(LODEVE, TEXT)) == []


def test_a_former_commune_is_that_of_today(matcher: Matcher):
    """Bellegarde-sur-Valserine (01033) keeps its code as Valserhône; 01091 was merged into it."""
    assert matcher.commune("01091").name == "Valserhône"
    today = matcher.match(Need("01033", TEXT))
    assert matcher.match(Need("01091", TEXT)) == today


def test_declared_themes_need_no_text(matcher: Matcher):
    found = matcher.match(Need(LODEVE, themes=(Theme.HABITAT,)), top=3)
    assert all(Theme.HABITAT in s.structure.themes or s.structure.generalist for s in found)


def test_codes_may_be_plain_strings(matcher: Matcher):
    plain = Need(LODEVE, TEXT, themes=("habitat",), stage="creation", audience="collectivites")
    typed = Need(LODEVE, TEXT, (Theme.HABITAT,), Stage.CREATION, Audience.COLLECTIVITES)
    assert matcher.match(plain) == matcher.match(typed)


def test_a_declared_theme_weighs_one_unless_said_otherwise(matcher: Matcher):
    plain = Need(LODEVE, TEXT, themes=(Theme.HABITAT,))
    weighted = Need(LODEVE, TEXT, themes={Theme.HABITAT: 1.0})
    light = Need(LODEVE, TEXT, themes={Theme.HABITAT: 0.1})
    assert matcher.match(plain) == matcher.match(weighted) != matcher.match(light)


def test_road_works_are_out_of_the_field(matcher: Matcher):
    assert not matcher.read("Réfection de la voirie communale").themes


def test_reading_gives_themes_weights_and_the_words_that_prove_them(matcher: Matcher):
    theme, weight, words = matcher.read(TEXT).themes[0]
    assert theme is Theme.ECONOMIE_CIRCULAIRE
    assert 0 < weight <= 1
    assert words
    assert all(word.lower() in TEXT.lower() for word in words)


def test_a_structure_is_found_by_its_id(matcher: Matcher):
    assert matcher.structure("villages-vivants").id == "villages-vivants"
    with pytest.raises(UnknownStructure, match="Structure inconnue"):
        matcher.structure("x" * 10_000)


def test_another_folder_of_the_same_layout_may_be_opened(matcher: Matcher, folder: Path):
    shutil.copytree(Matcher.embedded() / "reading", folder / "reading")
    other = Matcher.open(str(folder))
    assert other is not matcher
    assert other.match(Need(LODEVE, TEXT)) == matcher.match(Need(LODEVE, TEXT))


# What it refuses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "vide"),
        ("   \n\t ", "vide"),
        ("é" * 100_000, "trop long (100000 caractères)"),
        ("a" * (MAX_TEXT + 1), "trop long"),
        ("\x00\u200b\xad\ud800", "vide"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_in_french(matcher: Matcher, text: str, said: str):
    for ask in (matcher.read, lambda t: matcher.match(Need(LODEVE, t))):
        with pytest.raises(NeedError) as refused:
            ask(text)
        assert said in str(refused.value)
        assert str(refused.value).startswith("Votre besoin ")
        assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "text", ["x", "Ouvrir\nune\trecyclerie\r\n", "a" * MAX_TEXT, "🏚️ à reprendre"]
)
def test_a_text_that_people_may_type_is_read(matcher: Matcher, text: str):
    assert len(matcher.match(Need(LODEVE, text), anyway=True)) == 10


@pytest.mark.parametrize(
    ("need", "said"),
    [
        (Need("99999", TEXT), "Code Insee inconnu : « 99999 »"),
        (Need("", TEXT), "Code Insee inconnu"),
        (Need("x" * 10_000, TEXT), "Code Insee inconnu"),
        (Need(LODEVE, TEXT, themes=("voirie",)), "Thème inconnu : « voirie »"),
        (Need(LODEVE, TEXT, stage="bientot"), "Étape inconnue : « bientot »"),
        (Need(LODEVE, TEXT, audience="tous"), "Public inconnu : « tous »"),
        (Need(LODEVE, TEXT, themes={Theme.HABITAT: 0.0}), "entre 0 et 1"),
        (Need(LODEVE, TEXT, themes={Theme.HABITAT: -1.0}), "entre 0 et 1"),
        (Need(LODEVE, TEXT, themes={Theme.HABITAT: 1.5}), "entre 0 et 1"),
        (Need(LODEVE, TEXT, themes={Theme.HABITAT: float("nan")}), "entre 0 et 1"),
        (Need(LODEVE, TEXT, themes={Theme.HABITAT: float("inf")}), "entre 0 et 1"),
    ],
)
def test_a_need_that_cannot_be_read_is_refused_in_french(matcher: Matcher, need: Need, said: str):
    for ask in (matcher.match, matcher.ranked, matcher.team, matcher.inspiration):
        with pytest.raises(NeedError) as refused:
            ask(need)
        assert said in str(refused.value)
        assert len(str(refused.value)) < 700


def test_an_unknown_code_is_answered_with_the_known_ones(matcher: Matcher):
    with pytest.raises(NeedError) as refused:
        matcher.match(Need(LODEVE, TEXT, stage="bientot"))
    assert all(stage.value in str(refused.value) for stage in Stage)


@pytest.mark.parametrize("query", ["Trifouillis-les-Oies", "99999", "", "x" * 10_000, "\x00"])
def test_an_unknown_commune_is_refused_in_french(matcher: Matcher, query: str):
    with pytest.raises(UnknownCommune) as refused:
        matcher.commune(query)
    assert len(str(refused.value)) < 700


def test_a_typo_is_met_with_a_suggestion(matcher: Matcher):
    with pytest.raises(UnknownCommune) as refused:
        matcher.commune("Saint-Denis")
    assert "vouliez-vous dire" in str(refused.value).lower()
    assert refused.value.suggestions


def test_a_folder_without_data_is_refused_in_french(tmp_path: Path):
    with pytest.raises(DataError) as refused:
        Matcher.open(tmp_path)
    assert "communes.csv" in str(refused.value) or "pvd.csv" in str(refused.value)


# The door itself


def test_the_front_door_names_each_thing_once_and_has_it():
    names = front_door.__all__
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(front_door, name) is not None
        if isinstance(getattr(front_door, name), type):
            assert getattr(front_door, name).__doc__, name


@pytest.mark.parametrize("text", NEEDS)
def test_asking_changes_nothing(matcher: Matcher, text: str):
    need = Need(LODEVE, text)
    before = matcher.match(need, anyway=True)
    matcher.team(need)
    matcher.inspiration(need)
    matcher.why_not(need, "villages-vivants")
    matcher.counterfactual(need, before[4].structure.id)
    assert matcher.match(need, anyway=True) == before


def test_an_excluded_theme_weighs_nothing_unless_it_is_declared(matcher: Matcher) -> None:
    text = "Ouvrir une recyclerie avec un café."
    plain = matcher.question(Need("34142", text))
    theme = next(iter(plain.themes))
    without = matcher.question(Need("34142", text, excluded=(theme,)))
    assert set(without.themes) == set(plain.themes) - {theme}
    assert all(without.themes[other] == plain.themes[other] for other in without.themes)
    both = matcher.question(Need("34142", text, (theme,), excluded=(theme,)))
    assert both.themes[theme] == 1 and both.need.excluded == ()


@pytest.mark.parametrize(
    ("text", "excluded", "gone", "stays"),
    [
        ("Ouvrir un café et un espace de coworking", "tiers_lieu", "coworking", "cafe"),
        (
            "Une crèche, et un accueil de jour pour nos aînés",
            "vieillissement",
            "aines",
            "petite_enfance",
        ),
        (
            "Une crèche, et un accueil de jour pour nos aînés",
            "petite_enfance_jeunesse",
            "petite_enfance",
            "aines",
        ),
        ("Un fablab et des artisans dans l’ancienne usine", "foncier", "bati_vacant", "fablab"),
        ("Un cinéma, et un chantier d’insertion", "culture_patrimoine", "cinema", "insertion"),
        ("Une coopérative de covoiturage", "mobilite", "mobilite_partagee", "cooperative"),
    ],
)
def test_a_theme_that_is_set_aside_takes_its_subjects_along(
    matcher: Matcher, text: str, excluded: str, gone: str, stays: str
):
    """What a structure practises of them pulls it no longer; a subject of any theme stays."""
    assert {gone, stays} <= matcher.question(Need(LODEVE, text)).subjects.keys()
    left = matcher.question(Need(LODEVE, text, excluded=(excluded,))).subjects
    assert gone not in left and stays in left


def test_a_subject_of_two_themes_stays_with_the_one_that_is_kept(matcher: Matcher):
    text = "Ouvrir une épicerie avec des produits fermiers"
    shop, food = Theme.COMMERCE_SERVICES_PROXIMITE, Theme.ALIMENTATION
    kept, neither = Need(LODEVE, text, (shop,), excluded=(food,)), (shop, food)
    assert "epicerie" in matcher.question(kept).subjects
    assert "epicerie" not in matcher.question(Need(LODEVE, text, excluded=neither)).subjects


def test_an_excluded_theme_must_exist(matcher: Matcher) -> None:
    with pytest.raises(NeedError, match="Thème inconnu"):
        matcher.question(Need("34142", "recyclerie", excluded=("licorne",)))


@pytest.mark.parametrize("text", [None, 3, b"recyclerie", ["recyclerie"]])
def test_what_is_no_text_is_refused_in_french(matcher: Matcher, text: object):
    with pytest.raises(NeedError, match="doit être un texte"):
        matcher.read(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "need",
    [
        {"themes": "mobilite"},
        {"themes": None},
        {"themes": [3]},
        {"themes": {"mobilite": "abc"}},
        {"themes": {"mobilite": float("nan")}},
        {"stage": 3},
        {"text": None},
    ],
)
def test_a_need_of_the_wrong_type_is_refused_in_french(matcher: Matcher, need: dict[str, object]):
    known: dict[str, object] = {"text": "recyclerie", **need}
    with pytest.raises(NeedError, match=r"[Tt]h[èé]me|[ÉE]tape|texte"):
        matcher.match(Need("34142", **known))  # type: ignore[arg-type]


@pytest.mark.parametrize("top", [0, -1, 1.5, "3", None, True, 10**30])
def test_a_number_of_answers_is_a_whole_number_within_reason(matcher: Matcher, top: object):
    need = Need("34142", "recyclerie")
    for ask in (matcher.match, matcher.inspiration, matcher.resources):
        with pytest.raises(ValueError, match="top doit être un entier"):
            ask(need, top=top)  # type: ignore[operator]


@pytest.mark.parametrize("need", [None, "34142", {"commune": "34142"}])
def test_what_is_no_need_is_refused_in_french(matcher: Matcher, need: object):
    with pytest.raises(NeedError, match="Un besoin est"):
        matcher.match(need)  # type: ignore[arg-type]
    with pytest.raises(NeedError, match="Un besoin est"):
        list(matcher.match_many([need]))  # type: ignore[list-item]


@pytest.mark.parametrize("query", [None, 34142, ["lodeve"]])
def test_a_commune_is_asked_in_words(matcher: Matcher, query: object):
    with pytest.raises(UnknownCommune, match="se demande en texte"):
        matcher.commune(query)  # type: ignore[arg-type]
