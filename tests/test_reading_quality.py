"""How well needs are read: the measures, on texts whose reading is plain."""

from pathlib import Path

import pytest

from matcher import DataError, Matcher
from matcher.cohorts.evaluation.reading import LabelledText, read_labelled, reading_lines

PLAIN = LabelledText("Ouvrir une recyclerie", ("economie_circulaire",))
ROAD = LabelledText("Réfection de la voirie", ("hors_champ",))
WRONG = LabelledText("Ouvrir une recyclerie", ("sante",))


def test_a_right_reading_and_a_text_out_of_scope_both_count(matcher: Matcher):
    told = list(reading_lines(matcher, [PLAIN, ROAD, WRONG, WRONG]))
    for way in ("tables seules", "lecture apprise"):
        at = told.index(f"{way}, 4 textes ; premier thème juste : 50,0 % (0,0 à 100,0)")
        assert told[at + 1 :][:3] == [
            "  thème juste parmi les 3 premiers : 50,0 % (0,0 à 100,0)",
            "  hors champ trouvé : 100,0 % (100,0 à 100,0)",
            "  vrais besoins écartés : 0,0 % (0,0 à 0,0)",
        ]


def test_situations_count_where_they_are_said(matcher: Matcher, tmp_path: Path):
    path = tmp_path / "cas.csv"
    path.write_text(
        "text,primary,situation\n"
        "Acheter les murs de la librairie avant la vente,foncier,immobilier\n"
        "Nous cherchons des conseils,vague,\n",
        encoding="utf-8",
    )
    told = list(reading_lines(matcher, read_labelled(path)))
    assert "  situation juste quand elle est dite : 100,0 % (100,0 à 100,0)" in told


def test_each_wrong_reading_is_listed_with_what_was_read(matcher: Matcher):
    *_, last = reading_lines(matcher, [PLAIN, WRONG])
    assert last.startswith("attendu sante, lu economie_circulaire")


def test_a_label_that_is_no_theme_is_refused_with_its_line(tmp_path: Path):
    path = tmp_path / "cas.csv"
    path.write_text("texte,primary\nUne école,ecole\n", encoding="utf-8")
    with pytest.raises(DataError, match="ligne 2, colonne « primary » : « ecole »"):
        read_labelled(path)


def test_a_file_without_text_is_refused(tmp_path: Path):
    path = tmp_path / "cas.csv"
    path.write_text("phrase,primary\nUne école,sante\n", encoding="utf-8")
    with pytest.raises(DataError, match="une colonne parmi"):
        read_labelled(path)
