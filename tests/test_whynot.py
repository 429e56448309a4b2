"""Why not this one, and what would change its rank, on real towns and structures."""

import pytest
from builders import CILAOS, LODEVE, NEEDS, a_matcher, a_structure

from matcher import Kind, Matcher, Need, Stage, Theme, UnknownStructure
from matcher.catalogue.french import decimal
from matcher.catalogue.model import Radius
from matcher.ranking.policy import MOST_OF_A_KIND, MOST_OF_A_NETWORK

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie dans l'ancienne gare")


# The coverage


@pytest.mark.parametrize(
    ("commune", "structure_id", "named"),
    [
        (LODEVE, "cress-bretagne", "Bretagne"),
        (LODEVE, "cress-la-reunion", "La Réunion"),
        (CILAOS, "cress-occitanie", "Occitanie"),
        (LODEVE, "da-locu", "Corse"),
        (CILAOS, "tag29", "Finistère"),
        (LODEVE, "figeacteurs", "Grand-Figeac"),
    ],
)
def test_who_does_not_cover_the_commune_is_kept_away_by_its_area(
    matcher: Matcher, commune: str, structure_id: str, named: str
):
    found = matcher.why_not(Need(commune, "Ouvrir une recyclerie"), structure_id)
    assert (found.rule, found.rank) == ("perimetre", None)
    assert found.contributions == ()
    assert named in found.sentence
    assert matcher.commune(commune, "insee").name in found.sentence
    assert found.structure.name in found.sentence


def test_a_radius_is_named_with_its_seat(matcher: Matcher):
    far = a_structure("parc", seat=CILAOS, coverage=(Radius(35.0),))
    found = a_matcher(matcher, [far]).why_not(RECYCLERIE, "parc")
    assert found.rule == "perimetre"
    assert "35 km autour de Cilaos" in found.sentence


def test_a_long_coverage_is_cut_in_the_sentence(matcher: Matcher):
    found = matcher.why_not(Need(CILAOS, "Ouvrir une recyclerie"), "terre-de-liens-ile-de-france")
    assert found.sentence.endswith("et d’autres.")


# Proposed, variety, score


@pytest.mark.parametrize("text", NEEDS)
def test_each_structure_gets_the_answer_of_its_rank(matcher: Matcher, text: str):
    need = Need(LODEVE, text)
    ranked = matcher.ranked(need)
    worst = min(s.score for s in ranked[:10])
    for rank in (1, 10, 11, 12, 15, 20, 30, 60, len(ranked)):
        scored = ranked[rank - 1]
        found = matcher.why_not(need, scored.structure.id, anyway=True)
        assert found.rank == rank
        assert found.contributions == scored.contributions
        if rank <= 10:
            assert found.rule == "propose"
        elif found.rule == "sujet":
            assert not any(c.score for c in found.contributions if c.criterion == "subjects")
        elif scored.score > worst:
            assert found.rule == "variete"
        elif scored.score < worst - 1e-9:
            assert found.rule == "score"
        assert str(rank) in found.sentence


def test_the_score_rule_names_the_criteria_that_cost_most(matcher: Matcher):
    ranked = matcher.ranked(RECYCLERIE)
    found = matcher.why_not(RECYCLERIE, ranked[30].structure.id)
    assert found.rule == "score"
    tenth = {c.criterion: c for c in ranked[9].contributions}
    costs = {c.label: tenth[c.criterion].points - c.points for c in found.contributions}
    worst = max(costs, key=lambda label: costs[label])
    assert f"« {worst} »" in found.sentence
    two = f"score {decimal(ranked[30].score, 2)}, contre {decimal(ranked[9].score, 2)} au rang"
    assert two in found.sentence


def test_variety_says_which_answer_stands_for_the_body(matcher: Matcher):
    rows = [a_structure("a-ligne", body="organisme"), a_structure("b-ligne", body="organisme")]
    others = [a_structure(f"z-{k}", kind=k, themes=(Theme.SANTE,)) for k in Kind]
    found = a_matcher(matcher, [*rows, *others]).why_not(RECYCLERIE, "b-ligne")
    assert found.rule == "variete"
    assert "A ligne, du même organisme" in found.sentence


def test_variety_says_which_answers_stand_for_the_network(matcher: Matcher):
    rows = [a_structure(f"antenne-{i}", network="reseau") for i in range(MOST_OF_A_NETWORK + 1)]
    others = [a_structure(f"z-{k}", kind=k, themes=(Theme.SANTE,)) for k in Kind]
    found = a_matcher(matcher, [*rows, *others]).why_not(RECYCLERIE, rows[-1].id)
    assert found.rule == "variete"
    assert "même réseau" in found.sentence
    assert all(row.name in found.sentence for row in rows)


def test_variety_says_which_kind_is_already_there(matcher: Matcher):
    rows = [a_structure(f"ligne-{i}", kind=Kind.PARC_NATUREL) for i in range(MOST_OF_A_KIND + 1)]
    others = [a_structure(f"z-{k}", kind=k, themes=(Theme.SANTE,)) for k in Kind]
    found = a_matcher(matcher, [*rows, *others]).why_not(RECYCLERIE, rows[-1].id)
    assert found.rule == "variete"
    assert f"« {Kind.PARC_NATUREL.label} »" in found.sentence


def test_a_catalogue_of_the_embedded_data_has_a_case_of_variety(matcher: Matcher):
    """Among all the structures for these needs at least one waits for the sake of variety."""
    rules = set()
    for text in NEEDS:
        need = Need(LODEVE, text)
        for scored in matcher.ranked(need)[10:25]:
            rules.add(matcher.why_not(need, scored.structure.id).rule)
    assert rules >= {"variete", "score"}


def test_the_last_ones_are_told_that_they_have_no_reason_to_answer(matcher: Matcher):
    last = matcher.ranked(RECYCLERIE)[-1]
    found = matcher.why_not(RECYCLERIE, last.structure.id)
    assert found.rule == "sujet"
    assert "un motif de répondre" in found.sentence


def test_the_answer_depends_on_how_many_are_shown(matcher: Matcher):
    twelfth = matcher.ranked(RECYCLERIE)[11].structure.id
    assert matcher.why_not(RECYCLERIE, twelfth, top=20).rule == "propose"
    assert matcher.why_not(RECYCLERIE, twelfth, top=10).rule != "propose"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Refaire la chaussée de la rue principale", "d’autre chose que de l’économie sociale"),
        ("RAS", "il ne dit encore rien"),
    ],
)
def test_where_nobody_is_ranked_no_rank_is_given(matcher: Matcher, text: str, why: str):
    need, nobody = Need(LODEVE, text), "Aucune structure n’est classée pour ce besoin"
    assert matcher.match(need) == []
    here = matcher.why_not(need, "villages-vivants")
    assert (here.rule, here.rank, here.contributions) == ("besoin", None, ())
    assert here.sentence.startswith(nobody) and why in here.sentence
    assert "intervient à Lodève" in here.sentence
    away = matcher.why_not(need, "cress-bretagne")
    assert (away.rule, away.rank) == ("perimetre", None)
    assert away.sentence.startswith(nobody) and "n’intervient pas à Lodève" in away.sentence
    asked = matcher.match(need, top=3, anyway=True)[2].structure.id
    assert matcher.why_not(need, asked, anyway=True).rank == 3


def test_what_would_rank_a_structure_is_told_without_a_rank_of_today(matcher: Matcher):
    need = Need(LODEVE, "Refaire la chaussée de la rue principale")
    change = matcher.counterfactual(need, "villages-vivants")
    assert change is not None and "serait au rang" in change.sentence
    assert matcher.why_not(change.need, "villages-vivants").rank == change.rank
    assert matcher.counterfactual(need, "cress-bretagne") is None


def test_an_unknown_structure_is_named(matcher: Matcher):
    for ask in (matcher.why_not, matcher.counterfactual):
        with pytest.raises(UnknownStructure, match="Structure inconnue : « nulle-part »"):
            ask(RECYCLERIE, "nulle-part")


# Counterfactuals


@pytest.mark.parametrize("text", NEEDS[:4])
@pytest.mark.parametrize("commune", [LODEVE, CILAOS])
def test_a_counterfactual_is_true_when_applied(matcher: Matcher, commune: str, text: str):
    need = Need(commune, text)
    ranked = matcher.ranked(need)
    found = 0
    for rank in (4, 14, 60):
        structure = ranked[rank - 1].structure
        change = matcher.counterfactual(need, structure.id)
        if change is None:
            continue
        found += 1
        applied = [s.structure.id for s in matcher.ranked(change.need)]
        assert applied.index(structure.id) + 1 == change.rank < rank
        assert f"du rang {rank} au rang {change.rank}" in change.sentence
        assert structure.name in change.sentence
        assert change.need.commune == need.commune
        assert change.need.text == need.text
    assert found


def test_a_counterfactual_keeps_what_was_declared(matcher: Matcher):
    need = Need(LODEVE, "Ouvrir une recyclerie", themes=(Theme.MOBILITE,), stage=Stage.CREATION)
    structure = matcher.ranked(need)[30].structure
    change = matcher.counterfactual(need, structure.id)
    assert change is not None
    assert Theme.MOBILITE in dict(change.need.themes)
    assert (change.need.stage == Stage.CREATION) or set(dict(change.need.themes)) == {
        Theme.MOBILITE
    }


def test_the_first_has_nothing_to_gain(matcher: Matcher):
    first = matcher.ranked(RECYCLERIE)[0].structure
    assert matcher.counterfactual(RECYCLERIE, first.id) is None


def test_no_declaration_moves_the_area_of_a_structure(matcher: Matcher):
    assert matcher.counterfactual(RECYCLERIE, "cress-bretagne") is None
