"""The facts between a structure and the commune that asks: reach, distance, evidence."""

import pytest
from builders import (
    CILAOS,
    DIE,
    LODEVE,
    NEEDS,
    ONE_A_REGION,
    a_candidate,
    a_matcher,
    a_project,
    a_structure,
)
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Need, Theme
from matcher.ranking.inspiration import theme_cosine

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie")
WEIGHTED = st.dictionaries(st.sampled_from(Theme), st.floats(0.01, 1), max_size=6)
SOME = st.lists(st.sampled_from(Theme), max_size=6, unique=True).map(tuple)


def test_a_seat_in_the_commune_is_at_no_distance(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(seat=LODEVE)])
    assert a_candidate(small, RECYCLERIE, "structure").distance_km == 0.0


def test_an_unknown_seat_has_no_distance(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(seat=None)])
    assert a_candidate(small, RECYCLERIE, "structure").distance_km is None


def test_die_is_about_165_km_from_lodeve(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(seat=DIE)])
    distance = a_candidate(small, RECYCLERIE, "structure").distance_km
    assert distance == pytest.approx(matcher.territory.distance_km(DIE, LODEVE))
    assert 150 < distance < 220


def test_the_most_alike_project_comes_first(matcher: Matcher):
    alike = a_project("z-recyclerie", structures=("structure",))
    other = a_project(
        "a-creche",
        title="Crèche",
        description="Une crèche associative.",
        themes=(Theme.PETITE_ENFANCE_JEUNESSE,),
        structures=("structure",),
    )
    small = a_matcher(matcher, [a_structure()], [other, alike])
    evidence = a_candidate(small, RECYCLERIE, "structure").evidence
    assert [e.project.id for e in evidence] == ["z-recyclerie", "a-creche"]
    assert evidence[0].likeness > 0.5 > evidence[1].likeness


def test_of_two_equal_projects_the_near_one_proves_more(matcher: Matcher):
    near = a_project("pres", commune=LODEVE, structures=("structure",))
    far = a_project("loin", commune=CILAOS, structures=("structure",))
    lost = a_project("sans-lieu", commune=None, structures=("structure",))
    small = a_matcher(matcher, [a_structure()], [lost, far, near])
    evidence = {e.project.id: e for e in a_candidate(small, RECYCLERIE, "structure").evidence}
    assert evidence["pres"].likeness > evidence["loin"].likeness
    assert evidence["loin"].likeness == pytest.approx(evidence["sans-lieu"].likeness)


def test_the_evidence_of_a_network_is_that_of_the_others(matcher: Matcher):
    one = a_structure("une", network="reseau")
    two = a_structure("deux", network="reseau")
    alone = a_structure("seule")
    project = a_project(structures=("une",))
    small = a_matcher(matcher, [one, two, alone], [project])
    facts = {i: a_candidate(small, RECYCLERIE, i) for i in ("une", "deux", "seule")}
    assert [e.project.id for e in facts["une"].evidence] == ["projet"]
    assert facts["une"].network_evidence == ()
    assert facts["deux"].evidence == ()
    assert [e.project.id for e in facts["deux"].network_evidence] == ["projet"]
    assert facts["seule"].evidence == facts["seule"].network_evidence == ()


def test_a_project_that_two_members_supported_counts_once_for_the_network(matcher: Matcher):
    members = [a_structure(i, network="reseau") for i in ("une", "deux", "trois")]
    small = a_matcher(matcher, members, [a_project(structures=("une", "deux"))])
    assert len(a_candidate(small, RECYCLERIE, "trois").network_evidence) == 1


def test_projects_that_are_withheld_prove_nothing(matcher: Matcher):
    small = a_matcher(matcher, [a_structure()], [a_project(structures=("structure",))])
    assert a_candidate(small, RECYCLERIE, "structure").evidence
    assert not a_candidate(small.with_projects([]), RECYCLERIE, "structure").evidence
    assert a_candidate(small, RECYCLERIE, "structure").evidence  # the first one is untouched


@pytest.mark.parametrize("text", NEEDS)
def test_the_evidence_of_the_catalogue_is_sorted_and_in_zero_one(matcher: Matcher, text: str):
    for insee in (LODEVE, ONE_A_REGION["Carhaix-Plouguer"], CILAOS):
        found = [scored.candidate for scored in matcher.ranked(Need(insee, text))]
        for candidate in found:
            for evidence in (candidate.evidence, candidate.network_evidence):
                likenesses = [e.likeness for e in evidence]
                assert likenesses == sorted(likenesses, reverse=True)
                assert all(0 <= likeness <= 1 for likeness in likenesses)
            own = {e.project.id for e in candidate.evidence}
            assert own.isdisjoint(e.project.id for e in candidate.network_evidence)
            for e in candidate.evidence:
                assert candidate.structure.id in e.project.structures


@given(WEIGHTED, SOME)
def test_likeness_of_themes_is_in_zero_one(weights, themes):
    assert 0 <= theme_cosine(weights, themes) <= 1


@given(SOME.filter(bool))
def test_the_same_themes_are_fully_alike(themes):
    assert theme_cosine(dict.fromkeys(themes, 0.7), themes) == pytest.approx(1.0)


@given(WEIGHTED, SOME)
def test_other_themes_are_not_alike(weights, themes):
    others = tuple(t for t in themes if t not in weights)
    assert theme_cosine(weights, others) == 0.0


def test_a_focused_structure_is_more_alike_than_a_broad_one():
    need = {Theme.MOBILITE: 1.0}
    focused = theme_cosine(need, (Theme.MOBILITE,))
    broad = theme_cosine(need, (Theme.MOBILITE, Theme.HABITAT, Theme.SANTE))
    assert focused > broad > 0
