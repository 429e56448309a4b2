"""A team is the smallest set that answers all of a need, and it says what nobody answers."""

from itertools import combinations

import pytest
from builders import CILAOS, LODEVE, ONE_A_REGION, a_matcher, a_structure
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Kind, Matcher, Need, Stage, Theme
from matcher.ranking import team

THEMES = (
    Theme.HABITAT,
    Theme.MOBILITE,
    Theme.SANTE,
    Theme.TOURISME,
    Theme.ENERGIE,
    Theme.NUMERIQUE,
)
STRUCTURES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(THEMES), max_size=3, unique=True).map(tuple),
        st.sampled_from([Kind.DLA, Kind.FONCIERE_SOLIDAIRE, Kind.INCUBATEUR, Kind.MUTUALITE]),
    ),
    min_size=1,
    max_size=11,
)


def best_by_brute_force(matcher: Matcher, need: Need) -> tuple[int, int, float]:
    """Demands met, size and total score of the best team among all subsets of at most four."""
    question = matcher.question(need)
    wanted = team.demands(question)
    ranked = matcher.ranked(need)
    best = (0, 0, 0.0)
    for size in range(1, team.LARGEST + 1):
        for group in combinations(ranked, size):
            met = sum(
                any(team.answers(question, s.structure, demand) for s in group) for demand in wanted
            )
            worth = sum(s.score for s in group)
            if (met, -size, worth) > (best[0], -best[1], best[2]):
                best = (met, size, worth)
    return best


def value(found: team.Team) -> tuple[int, int, float]:
    answered = {demand for member in found.members for demand in member.answers}
    return len(answered), len(found.members), sum(m.scored.score for m in found.members)


@given(
    STRUCTURES,
    st.lists(st.sampled_from(THEMES), min_size=1, max_size=6, unique=True).map(tuple),
    st.sampled_from([None, Stage.CONSOLIDATION, Stage.IMMOBILIER, Stage.CREATION]),
)
@settings(max_examples=25)
def test_the_team_is_the_best_of_all_subsets(matcher: Matcher, pool, themes, stage):
    structures = [
        a_structure(f"s{i:02}", themes=known, kind=kind) for i, (known, kind) in enumerate(pool)
    ]
    small = a_matcher(matcher, structures)
    need = Need(LODEVE, themes=themes, stage=stage)
    met, size, worth = value(small.team(need))
    expected = best_by_brute_force(small, need)
    assert (met, size) == expected[:2]
    assert worth == pytest.approx(expected[2])


def test_one_structure_that_answers_all_is_found_behind_many_specialists(matcher: Matcher):
    """Seven better structures for each theme do not hide the one that answers both."""
    specialists = [
        a_structure(f"{theme}-{i}", themes=(theme,), seat=LODEVE)
        for theme in (Theme.HABITAT, Theme.MOBILITE)
        for i in range(7)
    ]
    both = a_structure(
        "les-deux", themes=(*THEMES[:3], Theme.TOURISME), seat=CILAOS, to_verify=True
    )
    small = a_matcher(matcher, [*specialists, both])
    found = small.team(Need(LODEVE, themes=(Theme.HABITAT, Theme.MOBILITE)))
    assert [m.scored.structure.id for m in found.members] == ["les-deux"]


def test_what_nobody_answers_is_named(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(themes=(Theme.HABITAT,), kind=Kind.MUTUALITE)])
    need = Need(LODEVE, themes=(Theme.HABITAT, Theme.MOBILITE), stage=Stage.IMMOBILIER)
    found = small.team(need)
    assert [m.answers for m in found.members] == [(Theme.HABITAT,)]
    assert found.unanswered == (Theme.MOBILITE, Stage.IMMOBILIER)


def test_nobody_at_all_leaves_every_demand(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(themes=(Theme.TOURISME,), kind=Kind.MUTUALITE)])
    found = small.team(Need(LODEVE, themes=(Theme.HABITAT,)))
    assert found == team.Team((), (Theme.HABITAT,))


def test_a_need_without_a_demand_has_no_team(matcher: Matcher):
    assert matcher.team(Need(LODEVE, "Bonjour")) == team.Team((), ())


def test_more_than_four_are_never_asked(matcher: Matcher):
    """Six themes with one specialist each: four are met, two are named."""
    small = a_matcher(matcher, [a_structure(theme.value, themes=(theme,)) for theme in THEMES])
    found = small.team(Need(LODEVE, themes=THEMES))
    assert len(found.members) == team.LARGEST
    assert len(found.unanswered) == len(THEMES) - team.LARGEST


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_in_every_region_a_team_answers_several_themes_and_a_stage(matcher: Matcher, insee: str):
    need = Need(
        insee,
        themes=(Theme.TIERS_LIEU, Theme.HABITAT, Theme.ALIMENTATION),
        stage=Stage.FINANCEMENT,
    )
    found = matcher.team(need)
    answered = {demand for member in found.members for demand in member.answers}
    assert answered.isdisjoint(found.unanswered)
    assert answered | set(found.unanswered) == {*need.themes, Stage.FINANCEMENT}
    assert 1 <= len(found.members) <= team.LARGEST
    for i, member in enumerate(found.members):
        others = {d for m in (*found.members[:i], *found.members[i + 1 :]) for d in m.answers}
        assert set(member.answers) - others, "chacun répond à ce que les autres laissent"


def test_all_the_themes_at_once_are_answered_without_delay(matcher: Matcher):
    """The search is exact and its work bounded, whatever is asked."""
    found = matcher.team(Need(LODEVE, themes=tuple(Theme), stage=Stage.CREATION))
    assert len(found.members) == team.LARGEST
