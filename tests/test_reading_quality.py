"""How well needs are read: the measures, on texts whose reading is plain."""

from pathlib import Path

import pytest

from matcher import DataError, Matcher
from matcher.cohorts.evaluation.reading import Labelled, lines, read_labelled

PLAIN = Labelled("Ouvrir une recyclerie", ("economie_circulaire",))
ROAD = Labelled("Réfection de la voirie", ("hors_champ",))
WRONG = Labelled("Ouvrir une recyclerie", ("sante",))


def test_a_right_reading_and_a_text_out_of_scope_both_count(matcher: Matcher):
    first, among, *_ = lines(matcher, [PLAIN, ROAD, WRONG, WRONG])
    assert first == "4 textes ; premier thème juste : 50,0 %"
    assert among == "thème juste parmi les 3 premiers : 50,0 %"


def test_each_wrong_reading_is_listed_with_what_was_read(matcher: Matcher):
    *_, last = lines(matcher, [PLAIN, WRONG])
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
