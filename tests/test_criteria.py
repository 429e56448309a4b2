"""How well a structure answers: each criterion on cases that an adviser would settle alike."""

from dataclasses import replace

import pytest
from builders import (
    CILAOS,
    DIE,
    LODEVE,
    NEEDS,
    ONE_A_REGION,
    a_matcher,
    a_project,
    a_structure,
    twin,
)

from matcher import Audience, Kind, Matcher, Need, Stage, Structure, Theme
from matcher.catalogue import Backing, Scale
from matcher.catalogue.model import Area, Radius
from matcher.ranking.policy import CRITERIA

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie")
VAGUE = Need(LODEVE, "Bonjour, pouvez-vous nous aider ?")


def parts(matcher: Matcher, need: Need) -> dict[str, dict[str, float | None]]:
    """Scores by structure id and criterion."""
    return {
        s.structure.id: {c.criterion: c.score for c in s.contributions}
        for s in matcher.ranked(need)
    }


def on(
    matcher: Matcher, criterion: str, need: Need, *structures: Structure, projects=()
) -> list[float | None]:
    """What one criterion says of each structure."""
    found = parts(a_matcher(matcher, structures, projects), need)
    return [found[structure.id][criterion] for structure in structures]


# Over the whole catalogue


@pytest.mark.parametrize("text", NEEDS)
@pytest.mark.parametrize("stage", [None, *Stage])
def test_a_criterion_is_in_zero_one_or_applies_to_no_structure(
    matcher: Matcher, text: str, stage: Stage | None
):
    """None depends on the need alone: the same criteria weigh for all structures."""
    for insee in (LODEVE, CILAOS):
        need = Need(insee, text, stage=stage, audience=Audience.COLLECTIVITES)
        found = parts(matcher, need).values()
        for criterion in CRITERIA:
            scores = {scores[criterion.code] for scores in found}
            assert scores == {None} or None not in scores
            assert all(0 <= score <= 1 for score in scores if score is not None)


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_a_score_never_travels_without_its_sentence(matcher: Matcher, insee: str):
    for text in NEEDS:
        for scored in matcher.ranked(Need(insee, text, stage=Stage.CREATION)):
            for c in scored.contributions:
                assert bool(c.sentence) == (c.score is not None)
                assert "None" not in c.sentence
                assert not c.sentence.endswith(".")


# Themes


def test_a_specialist_answers_a_specific_need_better_than_a_generalist(matcher: Matcher):
    generalist = a_structure("generaliste", themes=(), generalist=True)
    specialist, other = on(matcher, "themes", RECYCLERIE, a_structure(), generalist)
    assert specialist > other > 0


def test_a_generalist_answers_a_vague_need_better_than_a_specialist(matcher: Matcher):
    generalist = a_structure("generaliste", themes=(), generalist=True, kind=Kind.CRESS)
    specialist, other = on(matcher, "themes", VAGUE, a_structure(), generalist)
    assert other > specialist


def test_a_structure_that_does_only_this_knows_it_best(matcher: Matcher):
    broad = a_structure("large", themes=(Theme.ECONOMIE_CIRCULAIRE, Theme.SANTE, Theme.TOURISME))
    focused, wide = on(matcher, "themes", RECYCLERIE, a_structure(), broad)
    assert focused > wide > 0


def test_another_theme_does_not_answer(matcher: Matcher):
    assert on(matcher, "themes", RECYCLERIE, a_structure(themes=(Theme.SANTE,))) == [0.0]


def test_a_declared_theme_outranks_a_theme_read_in_the_text(matcher: Matcher):
    declared = Need(LODEVE, "Ouvrir une recyclerie", themes=(Theme.MOBILITE,))
    mobility = a_structure("mobilite", themes=(Theme.MOBILITE,))
    read, said = on(matcher, "themes", declared, a_structure(), mobility)
    assert said > read > 0


# Subjects and words


def test_the_presentation_that_speaks_of_the_subject_answers_better(matcher: Matcher):
    other = a_structure("compost", description="Accompagne le compostage des biodéchets.")
    same, different = on(matcher, "subjects", RECYCLERIE, a_structure(), other)
    assert same > different


def test_a_structure_without_a_description_shares_no_word(matcher: Matcher):
    silent = a_structure("x", name="X", description="")
    for criterion in ("subjects", "words"):
        assert on(matcher, criterion, RECYCLERIE, silent, a_structure())[0] == 0.0


# Track record and experience


def test_a_structure_that_did_the_same_next_door_has_the_best_record(matcher: Matcher):
    names = ("pres", "loin", "autre", "rien")
    projects = [
        a_project("p", commune=LODEVE, structures=("pres",)),
        a_project("l", commune=CILAOS, structures=("loin",)),
        a_project(
            "a",
            title="Crèche",
            description="Une crèche associative.",
            themes=(Theme.PETITE_ENFANCE_JEUNESSE,),
            structures=("autre",),
        ),
    ]
    structures = [a_structure(name) for name in names]
    near, far, other, nothing = on(
        matcher, "track_record", RECYCLERIE, *structures, projects=projects
    )
    assert near > far > other
    assert nothing == 0.0


def test_more_alike_projects_prove_more_and_never_past_one(matcher: Matcher):
    projects = [a_project(f"p{i}", commune=LODEVE, structures=("structure",)) for i in range(30)]
    records = [
        on(matcher, "track_record", RECYCLERIE, a_structure(), projects=projects[:n])[0]
        for n in (0, 1, 2, 30)
    ]
    assert records[0] == 0 < records[1] < records[2] < records[3] <= 1


def test_what_a_network_did_proves_less_than_what_one_did_oneself(matcher: Matcher):
    own = a_structure("elle-meme", network="reseau")
    kin = a_structure("sa-cousine", network="reseau")
    other = a_structure("une-autre")
    project = a_project(structures=("elle-meme",))
    done, shared, none = on(
        matcher, "track_record", RECYCLERIE, own, kin, other, projects=[project]
    )
    assert done > shared > none == 0


def test_experience_grows_with_the_projects_whatever_their_subject(matcher: Matcher):
    projects = [
        a_project(f"p{i}", themes=(Theme.SANTE,), structures=("structure",)) for i in range(40)
    ]
    found = [
        on(matcher, "experience", RECYCLERIE, a_structure(), projects=projects[:n])[0]
        for n in (0, 1, 5, 40)
    ]
    assert found[0] == 0 < found[1] < found[2] < found[3] == 1


def test_a_project_that_is_cited_was_supported_by_the_structure(matcher: Matcher):
    """The sentence of the track record names projects of the structure, with their place."""
    small = a_matcher(matcher, [a_structure()], [a_project(structures=("structure",))])
    (scored,) = small.ranked(RECYCLERIE)
    sentence = next(c.sentence for c in scored.contributions if c.criterion == "track_record")
    assert sentence == "a accompagné « Recyclerie du bourg » à Die"


# Role, stage, audience


@pytest.mark.parametrize(
    ("stage", "better", "worse"),
    [
        (Stage.EMERGENCE, Kind.FABRIQUE_A_INITIATIVES, Kind.DLA),
        (Stage.EMERGENCE, Kind.POLE_ESS, Kind.FRANCE_ACTIVE),
        (Stage.ETUDE_OPPORTUNITE, Kind.COOPERATIVE_INGENIERIE, Kind.FRANCE_ACTIVE),
        (Stage.CREATION, Kind.INCUBATEUR, Kind.DLA),
        (Stage.CREATION, Kind.URSCOP, Kind.CRESS),
        (Stage.CONSOLIDATION, Kind.DLA, Kind.INCUBATEUR),
        (Stage.CONSOLIDATION, Kind.FRANCE_ACTIVE, Kind.FABRIQUE_A_INITIATIVES),
        (Stage.CHANGEMENT_ECHELLE, Kind.ACCELERATEUR, Kind.INCUBATEUR),
        (Stage.FINANCEMENT, Kind.FRANCE_ACTIVE, Kind.CRESS),
        (Stage.FINANCEMENT, Kind.FONDATION, Kind.PARC_NATUREL),
        (Stage.IMMOBILIER, Kind.FONCIERE_SOLIDAIRE, Kind.DLA),
        (Stage.IMMOBILIER, Kind.FONCIERE_SOLIDAIRE, Kind.INCUBATEUR),
        (Stage.STRATEGIE, Kind.CRESS, Kind.INCUBATEUR),
        (Stage.STRATEGIE, Kind.PTCE, Kind.FONCIERE_SOLIDAIRE),
    ],
)
def test_each_situation_has_its_usual_answer(
    matcher: Matcher, stage: Stage, better: Kind, worse: Kind
):
    need = replace(RECYCLERIE, stage=stage)
    first = a_structure("premiere", kind=better)
    second = a_structure("seconde", kind=worse)
    high, low = on(matcher, "role", need, first, second)
    assert high > low


def test_a_second_kind_counts_as_the_first(matcher: Matcher):
    need = replace(RECYCLERIE, stage=Stage.IMMOBILIER)
    main = a_structure("une", kind=Kind.FONCIERE_SOLIDAIRE)
    also = a_structure("deux", kind=Kind.MUTUALITE, other_kinds=(Kind.FONCIERE_SOLIDAIRE,))
    assert len(set(on(matcher, "role", need, main, also))) == 1


def test_the_role_applies_only_when_the_situation_is_known(matcher: Matcher):
    assert on(matcher, "role", VAGUE, a_structure()) == [None]


def test_a_stage_that_is_not_declared_does_not_pay(matcher: Matcher):
    need = replace(RECYCLERIE, stage=Stage.CREATION)
    known = a_structure("dit", stages=(Stage.CREATION,))
    other = a_structure("autre", stages=(Stage.CONSOLIDATION,))
    silent = a_structure("muet", stages=())
    assert on(matcher, "stage", need, known, other, silent) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("stage", [Stage.IMMOBILIER, Stage.STRATEGIE])
def test_a_situation_that_no_structure_declares_is_left_to_the_roles(
    matcher: Matcher, stage: Stage
):
    need = replace(RECYCLERIE, stage=stage)
    assert on(matcher, "stage", need, a_structure()) == [None]
    assert on(matcher, "role", need, a_structure()) != [None]


def test_the_audience_counts_when_it_is_said(matcher: Matcher):
    known = a_structure("dit", audiences=(Audience.STRUCTURES_ESS,))
    other = a_structure("autre", audiences=(Audience.COLLECTIVITES,))
    need = replace(RECYCLERIE, audience=Audience.STRUCTURES_ESS)
    assert on(matcher, "audience", need, known, other) == [1.0, 0.0]
    assert on(matcher, "audience", RECYCLERIE, known, other) == [None, None]


# Place


def test_the_narrower_the_area_the_better_the_anchoring(matcher: Matcher):
    areas = matcher.territory.areas_of(LODEVE)
    assert len(areas) == 5
    structures = [a_structure(f"s{i}", coverage=(area,)) for i, area in enumerate(areas)]
    found = on(matcher, "anchoring", RECYCLERIE, *structures)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 5


def test_a_radius_is_less_sure_than_an_area_whose_communes_are_listed(matcher: Matcher):
    _, _, departement, region, _ = matcher.territory.areas_of(LODEVE)
    listed, radius, wide = on(
        matcher,
        "anchoring",
        RECYCLERIE,
        a_structure("departement", coverage=(departement,)),
        a_structure("rayon", coverage=(Radius(30.0),)),
        a_structure("region", coverage=(region,)),
    )
    assert listed > radius > wide


def test_overseas_the_region_is_as_local_as_the_departement(matcher: Matcher):
    need = replace(RECYCLERIE, commune=CILAOS)
    region = a_structure("region", coverage=(Area(Scale.REGION, "04"),), seat=CILAOS)
    departement = a_structure(
        "departement", coverage=(Area(Scale.DEPARTEMENT, "974"),), seat=CILAOS
    )
    national = a_structure("national")
    one, other, far = on(matcher, "anchoring", need, region, departement, national)
    assert one == other > far
    (mainland,) = on(matcher, "anchoring", RECYCLERIE, national)
    assert far < mainland


def test_proximity_falls_with_the_distance(matcher: Matcher):
    seats = (LODEVE, "34057", DIE, "29024", CILAOS)  # 34057: Castelnau-le-Lez, near Montpellier
    structures = [a_structure(f"s{i}", seat=seat) for i, seat in enumerate(seats)]
    found = on(matcher, "proximity", RECYCLERIE, *structures)
    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(seats)
    assert on(matcher, "proximity", RECYCLERIE, a_structure(seat=None)) == [0.0]


# Reliability


def test_a_doubtful_row_is_less_reliable_than_an_old_one_and_that_than_a_fresh_one(
    matcher: Matcher,
):
    fresh = a_structure("recente", source_year=2026)
    old = a_structure("ancienne", source_year=2015)
    undated = a_structure("sans-date", source_year=None)
    doubtful = a_structure("douteuse", to_verify=True, note="Site fermé.")
    found = on(matcher, "reliability", RECYCLERIE, fresh, old, undated, doubtful)
    assert found[0] > found[1] == found[2] > found[3]


def test_age_counts_from_the_newest_source_not_from_today(matcher: Matcher):
    """Otherwise the same catalogue would give another order next year."""
    one = a_structure("une", source_year=2012)
    two = a_structure("deux", source_year=2013)
    assert on(matcher, "reliability", RECYCLERIE, one, two) == [1.0, 1.0]


# Unknown never beats known

UNKNOWN = {
    "seat": None,
    "stages": (),
    "audiences": (),
    "source_year": None,
    "other_kinds": (),
    "themes": (),
}
STAGES = (Stage.CREATION, Stage.IMMOBILIER, None, Stage.EMERGENCE, None)
SAMPLE = [
    Need(insee, text, stage=stage, audience=Audience.COLLECTIVITES)
    for insee in (LODEVE, DIE, CILAOS)
    for text, stage in zip(NEEDS, STAGES, strict=True)
]


@pytest.mark.parametrize("field", UNKNOWN)
def test_unknown_never_beats_known(matcher: Matcher, field: str):
    """Structures of the catalogue beside themselves without one field, on 15 needs."""
    complete = {s.id: s for s in matcher.structures.values() if getattr(s, field)}
    complete = dict(list(complete.items())[::3])  # a third is enough, and keeps it quick
    poorer = [twin(s, f"{s.id}-sans", **{field: UNKNOWN[field]}) for s in complete.values()]
    projects = [
        replace(
            p,
            structures=(*p.structures, *(f"{i}-sans" for i in p.structures)),
            roles=p.roles * 2,
        )
        for p in matcher.catalogue.projects
    ]
    both = a_matcher(matcher, [*complete.values(), *poorer], projects)
    compared = 0
    for need in SAMPLE:
        scores = {s.structure.id: s.score for s in both.ranked(need)}
        for id in complete:
            if id in scores and f"{id}-sans" in scores:
                assert scores[f"{id}-sans"] <= scores[id] + 1e-12, (id, need)
                compared += 1
    assert compared


def test_without_its_references_a_structure_never_scores_higher(matcher: Matcher):
    bare = matcher.with_projects([])
    for need in SAMPLE:
        complete = {s.structure.id: s.score for s in matcher.ranked(need)}
        for scored in bare.ranked(need):
            assert scored.score <= complete[scored.structure.id] + 1e-12


# What is published


def test_the_criteria_have_distinct_names_and_only_experience_is_shown_without_weight():
    codes = [criterion.code for criterion in CRITERIA]
    assert len(set(codes)) == len(codes)
    assert len({criterion.label for criterion in CRITERIA}) == len(codes)
    assert all(criterion.weight >= 0 for criterion in CRITERIA)
    assert [c.code for c in CRITERIA if not c.weight] == ["experience"]


# What a support proves


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Backing.ACCOMPAGNE, "a accompagné « Recyclerie du bourg » à Die"),
        (Backing.LOCAUX, "a apporté les murs ou la terre de « Recyclerie du bourg » à Die"),
        (Backing.FINANCE, "a financé « Recyclerie du bourg » à Die"),
        (Backing.OPERE, "aucun projet appuyé n’est renseigné"),
        (Backing.DISTINGUE, "aucun projet appuyé n’est renseigné"),
    ],
)
def test_a_reference_says_what_was_done(matcher: Matcher, role: Backing, said: str):
    project = a_project(structures=("une",), roles=(role,))
    small = a_matcher(matcher, [a_structure("une")], [project])
    (found,) = small.ranked(RECYCLERIE)
    sentences = {c.criterion: c.sentence for c in found.contributions}
    assert sentences["track_record"] == said


def test_accompanying_proves_more_than_walls_walls_more_than_money_the_rest_nothing(
    matcher: Matcher,
):
    roles = list(Backing)
    structures = [a_structure(role.value) for role in roles]
    project = a_project(structures=tuple(roles), roles=tuple(roles))
    small = a_matcher(matcher, structures, [project])
    parts = {
        s.structure.id: next(c.score for c in s.contributions if c.criterion == "track_record")
        for s in small.ranked(RECYCLERIE)
    }
    assert parts["accompagne"] > parts["locaux"] > parts["finance"] > 0
    assert parts["opere"] == parts["distingue"] == 0


def test_the_strongest_role_is_cited_and_the_others_are_counted(matcher: Matcher):
    helped = a_project("a", structures=("une",))
    paid = a_project("b", title="Autre recyclerie", structures=("une",), roles=(Backing.FINANCE,))
    small = a_matcher(matcher, [a_structure("une")], [helped, paid])
    (found,) = small.ranked(RECYCLERIE)
    said = next(c.sentence for c in found.contributions if c.criterion == "track_record")
    assert said == "a accompagné « Recyclerie du bourg » à Die, et financé 1 projet semblable"
