"""Relevance is counted as the judges graded, from nothing to the most that the pool allows."""

from collections import Counter
from pathlib import Path

import pytest
from builders import DIE, LODEVE, a_matcher, a_project, a_structure
from hypothesis import given
from hypothesis import strategies as st

from matcher import DataError, Matcher, Need
from matcher.cohorts.evaluation import exposure, grades
from matcher.cohorts.evaluation.relevance import (
    COMPARED,
    Judged,
    agreement,
    answer,
    check_judged,
    read_judged,
    read_needs,
    relevance,
)
from matcher.reports import Fit

NEED = Judged("B1", DIE, "Ouvrir une recyclerie", {"a": (3, 3, 2), "b": (2, 2, 0), "c": (0, 0, 1)})
IDS = st.permutations(["a", "b", "c", "inconnue-1", "inconnue-2"])


def judged_folder(tmp_path: Path, grades: str, needs: str = f"B1,{DIE},Une recyclerie") -> Path:
    (tmp_path / "besoins.csv").write_text(f"id,insee,besoin\n{needs}\n", encoding="utf-8")
    (tmp_path / "notes.csv").write_text(f"id,structure_id,juge_a,juge_b\n{grades}\n", "utf-8")
    return tmp_path


def test_the_best_order_is_worth_all_that_the_pool_allows():
    found = relevance(NEED, ["a", "b", "c"])
    assert (found.ndcg, found.first, found.judged) == (1.0, 1.0, 1.0)
    assert found.three == found.three_allowed == pytest.approx(2 / 3)


def test_a_good_structure_further_down_is_worth_less():
    assert relevance(NEED, ["c", "b", "a"]).ndcg < relevance(NEED, ["b", "a", "c"]).ndcg < 1
    assert relevance(NEED, ["c", "a", "b"]).first == 0


def test_what_was_not_judged_lies_between_nothing_and_the_best():
    found = relevance(NEED, ["a", "inconnue-1"])
    assert found.judged == 0.5
    assert found.three == pytest.approx(1 / 3)
    assert found.three_high == pytest.approx(2 / 3)


@given(IDS)
def test_the_bounds_are_in_order(first):
    found = relevance(NEED, first)
    assert 0 <= found.ndcg <= 1
    assert 0 <= found.ndcg_high <= 1
    assert found.three <= found.three_high


def test_the_grade_of_several_judges_is_their_median():
    assert [NEED.grade(id) for id in "abc"] == [3, 2, 0]
    assert NEED.grade("inconnue") is None


def test_judges_who_say_the_same_agree_fully_and_contrary_ones_do_not():
    same = Judged("x", DIE, "x", {"a": (3, 3), "b": (0, 0)})
    contrary = Judged("x", DIE, "x", {"a": (3, 0), "b": (0, 3)})
    assert agreement([same]) == [(1.0, 1.0)]
    assert agreement([contrary]) == [(0.0, -1.0)]


def test_the_projects_of_the_commune_are_withheld(matcher: Matcher):
    structures = [a_structure("a-autre"), a_structure("structure")]
    known = a_matcher(matcher, structures, [a_project(commune=DIE, structures=("structure",))])
    elsewhere = a_matcher(
        matcher, structures, [a_project(commune=LODEVE, structures=("structure",))]
    )
    assert answer(known, NEED).first["Maillage"][0] == "a-autre"
    assert answer(elsewhere, NEED).first["Maillage"][0] == "structure"


@pytest.mark.parametrize(
    ("grades", "said"),
    [
        ("B1,x,4,0", "note entière de 0 à 3"),
        ("B2,x,1,0", "besoin absent"),
        ("B1,x,bien,0", "juge_a"),
    ],
)
def test_a_grade_that_cannot_be_read_is_named(tmp_path: Path, grades: str, said: str):
    with pytest.raises(DataError, match=said):
        read_judged(judged_folder(tmp_path, grades))


def test_a_need_of_an_unknown_commune_is_named(matcher: Matcher, tmp_path: Path):
    folder = judged_folder(tmp_path, "B1,x,1,1", "B1,99999,Une recyclerie")
    with pytest.raises(DataError, match="99999"):
        check_judged(matcher, read_judged(folder))


def test_the_report_compares_every_ranking(matcher: Matcher, tmp_path: Path):
    needs = read_judged(judged_folder(tmp_path, "B1,1000-cafes,1,0\nB1,urscop-aura,2,3"))
    report = "\n".join(grades.lines(matcher, [answer(matcher, need) for need in needs]))
    for name in COMPARED:
        assert f"\n{name}" in report
    assert "1 besoin jugé" in report
    assert "Auvergne-Rhône-Alpes" in report


def test_the_report_says_what_the_words_are_worth_and_how_far_the_chance_lies(matcher: Matcher):
    text = "Réduire les biodéchets des restaurants et composter sur place"
    ranked = matcher.match(Need("97105", text), top=3)
    given = {one.structure.id: (3 if one.rank == 1 else 0,) for one in ranked}
    need = Judged("R1", "97105", text, given)
    report = "\n".join(grades.lines(matcher, [answer(matcher, need)]))
    words = [line for line in report.splitlines() if any(f"  {w.label} " in line for w in Fit)]
    assert sum(int(line.split(" fois")[0].split()[-1]) for line in words) == len(ranked)
    assert "Écart de calibration" in report and "bonne 1,00 [1,00–1,00]" in report


# Who is shown


@pytest.mark.parametrize(
    ("places", "found"), [([1, 1, 1], 0.0), ([0, 0, 0, 4], 0.75), ([0, 0], 0.0)]
)
def test_the_gini_coefficient_of_some_shares(places, found):
    assert exposure.gini(places) == pytest.approx(found)


def test_rows_of_one_body_are_shown_together(matcher: Matcher):
    structures = [a_structure("a", body="x"), a_structure("b", body="x"), a_structure("c")]
    few = a_matcher(matcher, structures, [])
    found = exposure.measured(few, Counter({"a": 1, "b": 2}), answers=1)
    assert (found.most_shown, found.most_share, found.never) == ("x", 1.0, 1)


def test_exposure_counts_the_places_of_the_needs_that_are_ranked(matcher: Matcher):
    communes = [matcher.territory.communes[insee] for insee in (DIE, LODEVE)]
    found = exposure.exposure(matcher, communes, ["Ouvrir une recyclerie"])
    assert (found.answers, found.places) == (2, 20)
    assert "2 besoins classés" in "\n".join(exposure.lines(found))


def test_needs_without_a_column_of_text_are_refused(tmp_path: Path):
    path = tmp_path / "besoins.csv"
    path.write_text("nom\nx\n", encoding="utf-8")
    with pytest.raises(DataError, match="texte"):
        exposure.read_texts(path)


def test_a_pool_is_given_to_judges_without_rank_and_the_same_twice(
    matcher: Matcher, tmp_path: Path
):
    (tmp_path / "besoins.csv").write_text(f"id,insee,besoin\nB1,{DIE},Une recyclerie\n", "utf-8")
    needs = read_needs(tmp_path)
    once, again, other = (list(grades.rows(matcher, needs, seed)) for seed in (1, 1, 2))
    assert once == again != other
    assert sorted(once) == sorted(other)
    asked = answer(matcher, needs[0]).first
    ids = [row[grades.HEADER.index("structure_id")] for row in once]
    assert set(ids) >= set(asked["Maillage"]) | set(asked["texte seul"][:3])
    assert len(ids) == len(set(ids))
    assert ids[: len(asked["Maillage"])] != list(asked["Maillage"])
