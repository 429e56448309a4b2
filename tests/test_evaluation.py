"""The evaluation withholds the answer, counts honestly, and comes out the same twice."""

from pathlib import Path

import pytest
from builders import DIE, LODEVE, a_matcher, a_project, a_structure
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import DataError, Matcher, Need, UnknownCommune
from matcher.cohorts.evaluation import cases as evaluation
from matcher.cohorts.evaluation.cases import (
    DEPTHS,
    RANKINGS,
    Case,
    RankedCase,
    check_cases,
    group,
    judge,
    measure,
    read_cases,
    withhold,
)

CASES = Path(__file__).parent / "cases" / "accompagnements.csv"
RECYCLERIE = Need(DIE, "Ouvrir une recyclerie")
RANKS = st.lists(st.none() | st.integers(1, 200), min_size=1, max_size=40)


def a_case(**known) -> Case:
    complete = {
        "id": "C1",
        "commune": DIE,
        "text": "Ouvrir une recyclerie",
        "right": frozenset({"structure"}),
        "sources": frozenset({"https://example.org/projet"}),
    }
    return Case(**{**complete, **known})


# What is withheld


def test_the_projects_of_the_commune_and_of_the_source_are_withheld(matcher: Matcher):
    projects = [
        a_project("ici", commune=DIE, source="https://example.org/autre"),
        a_project("meme-source", commune=LODEVE, source="voir https://example.org/projet ; p. 3"),
        a_project("ailleurs", commune=LODEVE, source="https://example.org/autre"),
        a_project("sans-lieu", commune=None, source=""),
    ]
    blind = withhold(a_matcher(matcher, [a_structure()], projects), a_case())
    assert [p.id for p in blind.catalogue.projects] == ["ailleurs", "sans-lieu"]


def test_without_the_answer_the_track_record_says_nothing(matcher: Matcher):
    """The right structure is known by this very project: judged with it, it would win."""
    structures = [a_structure("a-autre"), a_structure("structure")]
    whole = a_matcher(matcher, structures, [a_project(structures=("structure",))])
    assert whole.ranked(RECYCLERIE)[0].structure.id == "structure"
    assert judge(whole, a_case()).ranks["Maillage"] == 2


def test_judging_leaves_the_matcher_as_it_was(matcher: Matcher):
    before = matcher.catalogue.projects
    judge(matcher, a_case(right=frozenset({"resolution-aura"})))
    assert matcher.catalogue.projects is before


@pytest.mark.parametrize("case", read_cases(CASES)[:8], ids=lambda case: case.id)
def test_no_project_of_a_real_case_is_left(matcher: Matcher, case: Case):
    commune = matcher.commune(case.commune, "insee").insee
    for project in withhold(matcher, case).catalogue.projects:
        assert project.commune != commune
        assert not any(url in project.source.split() for url in case.sources)


# What is counted


def test_every_ranking_judges_the_same_structures(matcher: Matcher):
    result = judge(matcher, a_case(right=frozenset({"resolution-aura"})))
    assert set(result.ranks) == set(RANKINGS)
    assert all(rank is not None and rank >= 1 for rank in result.ranks.values())


def test_the_first_right_structure_counts(matcher: Matcher):
    one = judge(matcher, a_case(right=frozenset({"resolution-aura"})))
    two = judge(matcher, a_case(right=frozenset({"resolution-aura", "cress-bretagne"})))
    assert one.ranks == two.ranks


def test_a_structure_that_is_not_eligible_has_no_rank(matcher: Matcher):
    result = judge(matcher, a_case(right=frozenset({"cress-bretagne"})))
    assert set(result.ranks.values()) == {None}


def test_the_nearest_seat_comes_first_in_its_baseline(matcher: Matcher):
    small = a_matcher(
        matcher,
        [
            a_structure("loin", seat=LODEVE),
            a_structure("pres", seat=DIE),
            a_structure("x", seat=None),
        ],
    )
    order = [s.structure.id for s in RANKINGS["siège le plus proche"](small.ranked(RECYCLERIE))]
    assert order == ["pres", "loin", "x"]


@pytest.mark.parametrize(("name", "code"), [("texte seul", "words"), ("thèmes seuls", "themes")])
def test_a_baseline_orders_by_its_one_criterion(matcher: Matcher, name: str, code: str):
    ordered = RANKINGS[name](matcher.ranked(RECYCLERIE))
    scores = [next(c.score for c in s.contributions if c.criterion == code) for s in ordered]
    assert scores == sorted(scores, reverse=True)


def test_the_measures_are_what_they_are_called():
    found = measure([1, 3, 7, 40, None])
    assert found["hit@1"].value == pytest.approx(1 / 5)
    assert found["hit@5"].value == pytest.approx(2 / 5)
    assert found["hit@10"].value == pytest.approx(3 / 5)
    assert found["MRR"].value == pytest.approx((1 + 1 / 3 + 1 / 7 + 1 / 40) / 5)


@given(RANKS)
@settings(max_examples=8)
def test_measures_grow_with_the_depth_and_lie_within_their_interval(ranks):
    found = measure(ranks)
    hits = [found[f"hit@{k}"].value for k in DEPTHS]
    assert hits == sorted(hits)
    for one in found.values():
        assert 0 <= one.low <= one.high <= 1
        assert one.low - 1e-9 <= one.value <= one.high + 1e-9 or len(ranks) < 5
    assert found["hit@1"].value <= found["MRR"].value <= 1


def test_the_same_cases_give_the_same_interval_twice():
    ranks = [1, 2, None, 14, 3, 1, 8]
    assert measure(ranks) == measure(ranks)


def test_results_are_grouped_by_kind_and_by_region(matcher: Matcher):
    results = [
        RankedCase(a_case(right=frozenset({"villages-vivants"})), {"Maillage": 1}),
        RankedCase(
            a_case(commune=LODEVE, right=frozenset({"cress-occitanie"})), {"Maillage": None}
        ),
    ]
    assert group(matcher, results, "kind") == {
        "Chambre régionale de l’ESS (CRESS)": [None],
        "Foncière solidaire": [1],
    }
    assert group(matcher, results, "region") == {"Auvergne-Rhône-Alpes": [1], "Occitanie": [None]}


# Cases


def test_the_cases_are_real_towns_and_structures_of_the_catalogue(matcher: Matcher):
    cases = read_cases(CASES)
    assert len(cases) >= 40
    for case in cases:
        assert matcher.commune(case.commune, "insee")
        assert case.text
        for structure_id in case.right:
            assert matcher.structure(structure_id)


def test_a_file_without_the_columns_is_refused(tmp_path: Path):
    path = tmp_path / "cas.csv"
    path.write_text("id,besoin\nC1,Ouvrir une recyclerie\n", encoding="utf-8")
    with pytest.raises(DataError, match="insee_query"):
        read_cases(path)


def test_a_case_of_an_unknown_commune_is_refused(matcher: Matcher):
    with pytest.raises(UnknownCommune):
        judge(matcher, a_case(commune="99999"))


# The table


def test_the_table_names_every_ranking_with_its_interval(matcher: Matcher):
    results = [judge(matcher, case) for case in read_cases(CASES)[:3]]
    lines = list(evaluation.lines(matcher, results))
    for name in RANKINGS:
        (line,) = (line for line in lines if line.startswith(name))
        assert all(f"hit@{k}" in line for k in DEPTHS)
        assert "MRR" in line
        assert "–" in line
    assert lines[0].startswith("3 cas ;")


def test_the_misses_are_named_worst_first():
    cases = [a_case(id=id) for id in ("A", "B", "C", "D")]
    ranks = [3, 40, None, 12]
    results = [
        RankedCase(case, {"Maillage": rank}) for case, rank in zip(cases, ranks, strict=True)
    ]
    missed = list(evaluation.misses(results, depth=10))
    assert [line.split()[0] for line in missed] == ["C", "B", "D"]
    assert "hors périmètre" in missed[0]
    assert "rang 40" in missed[1]


def test_cases_that_cannot_be_judged_are_all_named_first(matcher: Matcher, tmp_path: Path):
    file = tmp_path / "cas.csv"
    header = "id,insee_query,besoin,structure_ids,source_url\n"
    file.write_text(header + "a,zzzzz,,avise,\nb,34142,recyclerie,personne,\n", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        check_cases(matcher, read_cases(file), file.name)
    said = str(refused.value)
    assert "ligne 2, colonne « insee_query » : « zzzzz »" in said
    assert "ligne 2, colonne « besoin »" in said
    assert "ligne 3, colonne « structure_ids » : « personne » : structure inconnue" in said
