"""French sentences: numbers, lists and plurals as a reader expects them."""

import re

import pytest
from builders import CILAOS, LODEVE, NEEDS

from matcher import Audience, Matcher, Need, Stage
from matcher.catalogue.french import at, counted, decimal, listed, of, percent, within


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.5, 2, "0,50"),
        (12.0, 0, "12"),
        (9123.4, 0, "9\u202f123"),
        (1234567.89, 1, "1\u202f234\u202f567,9"),
        (0.0, 0, "0"),
    ],
)
def test_a_number_is_written_as_in_french(value: float, digits: int, shown: str):
    assert decimal(value, digits) == shown


@pytest.mark.parametrize(
    ("items", "shown"),
    [(["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")],
)
def test_a_list_ends_with_et(items: list[str], shown: str):
    assert listed(items) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 projet"), (1, "1 projet"), (2, "2 projets"), (1500, "1\u202f500 projets")],
)
def test_zero_and_one_are_singular(count: int, shown: str):
    assert counted(count, "projet", "projets") == shown


def test_the_sign_of_a_share_stays_on_its_line():
    assert percent(0.955) == "96\u00a0%" and percent(1) == "100\u00a0%"


@pytest.mark.parametrize(
    ("place", "where", "whose"),
    [
        ("Die", "à Die", "de Die"),
        ("Arles", "à Arles", "d’Arles"),
        ("Épinal", "à Épinal", "d’Épinal"),
        ("Le Moule", "au Moule", "du Moule"),
        ("Les Avirons", "aux Avirons", "des Avirons"),
        ("La Trinité", "à La Trinité", "de La Trinité"),
        ("L'Isle-sur-la-Sorgue", "à L'Isle-sur-la-Sorgue", "de L'Isle-sur-la-Sorgue"),
        ("Lesneven", "à Lesneven", "de Lesneven"),
    ],
)
def test_an_article_joins_the_preposition(place: str, where: str, whose: str):
    assert (at(place), of(place)) == (where, whose)


@pytest.mark.parametrize("insee", [LODEVE, CILAOS])
@pytest.mark.parametrize("text", NEEDS)
def test_the_sentences_of_the_criteria_are_french(matcher: Matcher, insee: str, text: str):
    """The typography of the words that are ours, beside the names of projects and places."""
    need = Need(insee, text, stage=Stage.FINANCEMENT, audience=Audience.STRUCTURES_ESS)
    places = "|".join(re.escape(c.name) for c in matcher.territory.communes.values() if c.labels)
    quoted = re.compile(rf"«[^»]*»|\b(?:à|au|aux) (?:{places})")
    for scored in matcher.ranked(need):
        for c in scored.contributions:
            if c.criterion == "reliability" and scored.structure.to_verify:
                continue  # it cites the note of the catalogue
            ours = quoted.sub("…", c.sentence)
            assert "'" not in ours, ours
            assert "  " not in ours, ours
            assert not re.search(r"\b[01] \w+s\b|\d\.\d| à Les? ", ours), ours


def test_no_theme_is_spoken_of_where_the_need_names_none(matcher: Matcher):
    need = Need(LODEVE, "Nous voulons un projet.")
    assert not matcher.question(need).themes
    said = {
        c.sentence for s in matcher.ranked(need) for c in s.contributions if c.criterion == "themes"
    }
    assert not any("ces thèmes" in one for one in said), said
    assert "accompagne des projets sur tous les thèmes" in said
    specialists = [one for one in said if one.startswith("travaille sur «")]
    assert specialists and all("ne nomme pas de thème" in one for one in specialists)


@pytest.mark.parametrize("audience", Audience)
def test_an_audience_is_named_within_a_sentence_as_it_is_written(matcher: Matcher, audience):
    """Only the first letter changes: an acronym keeps its capitals."""
    first = matcher.match(Need(LODEVE, NEEDS[0], audience=audience), top=3)
    for suggestion in first:
        (said,) = (c.sentence for c in suggestion.contributions if c.criterion == "audience")
        assert audience.label[1:] in said, said
        assert f"les {audience.label[0].lower()}" in said, said


def test_who_says_for_whom_it_works_is_told_so_and_who_says_others_is_told_that(matcher: Matcher):
    need = Need(LODEVE, NEEDS[0], audience=Audience.PORTEURS_DE_PROJET)
    said = {True: set(), False: set()}
    for scored in matcher.ranked(need):
        if scored.structure.audiences:
            (one,) = (c.sentence for c in scored.contributions if c.criterion == "audience")
            said[Audience.PORTEURS_DE_PROJET in scored.structure.audiences].add(one)
    label = within(Audience.PORTEURS_DE_PROJET.label)
    assert said == {
        True: {f"accompagne les {label}"},
        False: {f"n’indique pas accompagner les {label}"},
    }


def test_an_acronym_keeps_its_capitals(matcher: Matcher):
    need = Need(LODEVE, NEEDS[0], audience=Audience.STRUCTURES_ESS)
    (best,) = matcher.match(need, top=1)
    assert any("les structures de l’ESS" in c.sentence for c in best.contributions)
