"""Names of persons and of streets say nothing of a need, whatever the name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Theme
from matcher.reading.phrases import OriginNames, blanked, names_in
from matcher.reading.wordlists import open_areas

WORDS = ("Rivière", "Forêt", "Moulin", "Fontaine", "Potager", "Château", "Boulanger", "École")
"""Family names that are words of a theme too."""


def named(text: str) -> list[str]:
    return [text[start:end] for start, end in names_in(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mme Rivière veut un café.", ["Mme Rivière"]),
        ("M. Dubois et Mlle Marie-Claire Dupré de la Forêt", None),
        ("Voir le Dr J.-P. Moulin ou Me Fontaine", ["Dr J.-P. Moulin", "Me Fontaine"]),
        ("monsieur le maire Jean Rivière", ["monsieur le maire Jean Rivière"]),
        ("Madame l’adjointe Forêt l’a dit", ["Madame l’adjointe Forêt"]),
        ("La maire, Claire Rivière, y tient", ["maire, Claire Rivière"]),
        ("mme rivière veut un café", ["mme rivière"]),
        ("MME RIVIERE VEUT UN CAFE", ["MME RIVIERE"]),
        ("un café place du Moulin", ["du Moulin"]),
        ("une halle rue de l’École", ["de l’École"]),
        ("au 12 rue de la forêt", ["de la forêt"]),
    ],
)
def test_titles_offices_and_streets_make_names(text: str, found: list[str] | None) -> None:
    assert named(text) == (found or ["M. Dubois", "Mlle Marie-Claire Dupré de la Forêt"])
    assert len(blanked(text, names_in(text))) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nettoyer la rivière avec les habitants",
        "Un maître d’ouvrage pour le moulin",
        "Madame la maire souhaite un café",
        "Un conseiller Numérique France Services",
        "Le maire\nRénover le moulin",
        "200 m. de haies à replanter",
        "Une place de marché numérique",
        "La présidente de la Communauté de communes",
        "RENOVER LE MOULIN DE LA RIVIERE",
    ],
)
def test_what_is_no_name_is_read(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    "text",
    [
        "Mme {} veut ouvrir une recyclerie.",
        "Ouvrir une recyclerie rue de la {}.",
        "Le maire Jean {} souhaite une recyclerie.",
        "Une recyclerie est portée par M. {} et ses voisins.",
    ],
)
def test_a_name_is_no_theme_and_proves_none(matcher: Matcher, text: str, name: str) -> None:
    reading = matcher.read(text.format(name))
    assert reading.themes[0].theme is Theme("economie_circulaire")
    assert all(name not in word for match in reading.themes for word in match.words)
    plain = matcher.read(text.format("Durand"))
    assert [match.theme for match in reading.themes] == [match.theme for match in plain.themes]


def test_a_name_alone_says_no_need(matcher: Matcher) -> None:
    assert matcher.read("Mme Rivière").themes == ()


@given(st.text(max_size=200))
def test_any_text_keeps_its_length_and_its_other_words(text: str) -> None:
    blank = blanked(text, names_in(text))
    assert len(blank) == len(text)
    spans = names_in(text)
    for at, (before, after) in enumerate(zip(text, blank, strict=True)):
        assert after == (" " if any(a <= at < b for a, b in spans) else before)


def test_a_long_text_of_capitals_takes_no_long_time() -> None:
    assert names_in("M. " + "A" * 20_000) == ((0, 20_003),)
    assert len(names_in("Mme Rivière, " * 2_000)) == 2_000


@pytest.fixture(scope="module")
def areas() -> OriginNames:
    return open_areas(Matcher.embedded())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bonjour, commune de la Drôme, un café", ["de la Drôme"]),
        ("On est dans l’Hérault, un lieu pour les jeunes", ["dans l’Hérault"]),
        ("Un gîte en lozère", ["en lozère"]),
        ("Drôme : un gîte", ["Drôme"]),
        ("L’Auvergne-Rhône-Alpes aide-t-elle les ateliers ?", ["L’Auvergne-Rhône-Alpes"]),
        ("Des Hauts-de-France à la Corse", ["Des Hauts-de-France", "à la Corse"]),
        ("Une crèche en PACA, une autre en hdf", ["en PACA", "en hdf"]),
        ("Une crèche dans le 93", ["dans le 93"]),
        ("Un bus à La Réunion", ["à La Réunion"]),
    ],
)
def test_a_departement_or_a_region_says_where_one_is(
    areas: OriginNames, text: str, found: list[str]
) -> None:
    assert [text[start:end] for start, end in areas.within(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "La Creuse déborde",
        "Un canoë au bord de la Loire",
        "La réunion du conseil",
        "Le plus grand est loin",
        "Un lot de chaises",
        "Ma tante a 93 ans",
        "Dans les 93 logements",
        "Cher monsieur, dans le cher pays",
        "UN CAFE DANS LE NORD",
        "Mon ara parle",
        "Nourrir le ara",
        "",
    ],
)
def test_a_word_that_is_the_name_of_an_area_too_is_read(areas: OriginNames, text: str) -> None:
    assert areas.within(text) == []


def test_what_is_asked_is_the_same_wherever_one_is(matcher: Matcher) -> None:
    bare, *same = (
        matcher.read(f"Mairie{where}, nous voulons un café").themes
        for where in ("", " de la Drôme", " du Cantal", " dans les Landes", " en Seine-et-Marne")
    )
    assert {match.theme for match in bare} == {m.theme for themes in same for m in themes}


def test_without_its_tables_a_folder_has_no_areas(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        assert open_areas(folder).within("Une crèche en PACA") == []
