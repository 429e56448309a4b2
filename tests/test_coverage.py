"""Eligibility is a fact: the coverage contains the commune, or it does not."""

from dataclasses import replace
from functools import cache

import pytest
from builders import (
    CILAOS,
    FRANCE,
    LODEVE,
    ONE_A_REGION,
    WITHOUT_EPCI,
    a_matcher,
    a_structure,
)
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Need, Structure
from matcher.catalogue import Scale
from matcher.catalogue.model import Area, Radius
from matcher.catalogue.terms import Condition, Limit
from matcher.index.coverage import Coverage
from matcher.reports.answer.facts import describe

MAINLAND = [insee for insee in ONE_A_REGION.values() if not insee.startswith("97")]
OVERSEAS = [insee for insee in ONE_A_REGION.values() if insee.startswith("97")]


def eligible(matcher: Matcher, structure: Structure, insee: str) -> bool:
    commune = matcher.territory.communes[insee]
    found = Coverage([structure], matcher.territory).eligible(commune)
    return [s.id for s, _ in found] == [structure.id]


@pytest.mark.parametrize("insee", [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()])
def test_eligible_structures_are_those_whose_coverage_contains_the_commune(
    matcher: Matcher, insee: str
):
    territory = matcher.territory
    near = cache(lambda seat, km: frozenset(territory.within(seat, km)))

    def contains(structure: Structure, part: Area | Radius) -> bool:
        if isinstance(part, Radius):
            return structure.seat is not None and insee in near(structure.seat, part.km)
        return insee in members(part)

    members = cache(lambda area: frozenset(territory.members(area)))
    commune = territory.communes[insee]
    by_definition = {
        structure.id
        for structure in matcher.structures.values()
        if any(contains(structure, part) for part in structure.coverage)
        and structure.takes(commune)
        and structure.accompanies
    }
    found = matcher.coverage.eligible(commune)
    assert {structure.id for structure, _ in found} == by_definition
    assert [s.id for s, _ in found] == sorted(by_definition)
    for structure, reach in found:
        assert reach == matcher.coverage.reach(structure, commune)
        assert contains(structure, reach)


def test_what_is_not_eligible_has_no_reach(matcher: Matcher):
    commune = matcher.territory.communes[LODEVE]
    found = {structure.id for structure, _ in matcher.coverage.eligible(commune)}
    for structure in matcher.structures.values():
        if structure.id not in found and structure.accompanies:
            assert matcher.coverage.reach(structure, commune) is None


def test_the_narrowest_part_of_a_coverage_is_its_reach(matcher: Matcher):
    commune = matcher.territory.communes[LODEVE]
    areas = matcher.territory.areas_of(commune)
    for i in range(len(areas)):
        structure = a_structure(coverage=tuple(reversed(areas[i:])))
        ((_, reach),) = Coverage([structure], matcher.territory).eligible(commune)
        assert reach == areas[i]


@pytest.mark.parametrize(
    ("area", "inside", "outside"),
    [
        # « 01 » to « 06 » are both a département of the mainland and a région overseas
        (Area(Scale.REGION, "01"), "97117", "01033"),
        (Area(Scale.DEPARTEMENT, "01"), "01033", "97117"),
        (Area(Scale.REGION, "04"), "97424", "04209"),
        (Area(Scale.DEPARTEMENT, "04"), "04209", "97424"),
        (Area(Scale.REGION, "06"), "97602", "06099"),
        (Area(Scale.DEPARTEMENT, "06"), "06099", "97602"),
        # Corse has letters in its codes
        (Area(Scale.DEPARTEMENT, "2B"), "2B096", "2A041"),
        (Area(Scale.REGION, "94"), "2A041", "13014"),
    ],
)
def test_a_code_is_read_at_its_level(matcher: Matcher, area: Area, inside: str, outside: str):
    structure = a_structure(coverage=(area,))
    assert eligible(matcher, structure, inside)
    assert not eligible(matcher, structure, outside)


@pytest.mark.parametrize("insee", WITHOUT_EPCI.values())
def test_an_island_without_an_epci_is_reached_by_wider_areas_only(matcher: Matcher, insee: str):
    commune = matcher.territory.communes[insee]
    assert commune.epci is None
    reaches = {reach.scale for _, reach in matcher.coverage.eligible(commune) if is_area(reach)}
    assert Scale.EPCI not in reaches
    assert {Scale.DEPARTEMENT, Scale.REGION, Scale.NATIONAL} <= reaches


def is_area(reach: Area | Radius) -> bool:
    return isinstance(reach, Area)


def test_the_national_area_covers_every_region(matcher: Matcher):
    structure = a_structure(coverage=(FRANCE,))
    assert all(eligible(matcher, structure, insee) for insee in ONE_A_REGION.values())


def test_a_radius_always_covers_the_commune_of_the_seat(matcher: Matcher):
    for insee in (*ONE_A_REGION.values(), *WITHOUT_EPCI.values()):
        assert eligible(matcher, a_structure(seat=insee, coverage=(Radius(0.001),)), insee)


@pytest.mark.parametrize("seat", [None, "99999"])
def test_a_radius_without_a_known_seat_covers_nothing(matcher: Matcher, seat: str | None):
    structure = a_structure(seat=seat, coverage=(Radius(10_000.0),))
    assert not any(eligible(matcher, structure, insee) for insee in ONE_A_REGION.values())


@given(
    st.sampled_from(MAINLAND),
    st.sampled_from(list(ONE_A_REGION.values())),
    st.floats(1, 1_200),
)
def test_a_wider_radius_never_loses_a_commune(matcher: Matcher, seat: str, insee: str, km: float):
    narrow = eligible(matcher, a_structure(seat=seat, coverage=(Radius(km),)), insee)
    wide = eligible(matcher, a_structure(seat=seat, coverage=(Radius(km * 1.5),)), insee)
    assert wide or not narrow


@given(st.sampled_from(MAINLAND), st.sampled_from(OVERSEAS), st.floats(1, 2_000))
def test_no_radius_reaches_across_an_ocean(matcher: Matcher, here: str, there: str, km: float):
    assert not eligible(matcher, a_structure(seat=here, coverage=(Radius(km),)), there)
    assert not eligible(matcher, a_structure(seat=there, coverage=(Radius(km),)), here)


def test_no_structure_of_the_catalogue_reaches_across_an_ocean_by_radius(matcher: Matcher):
    territory = matcher.territory
    for structure in matcher.structures.values():
        for part in structure.coverage:
            if isinstance(part, Radius) and structure.seat:
                overseas = territory.communes[structure.seat].overseas
                covered = territory.within(structure.seat, part.km)
                assert {territory.communes[i].overseas for i in covered} == {overseas}
                assert structure.seat in covered


def test_every_commune_has_someone_to_turn_to(matcher: Matcher):
    for insee, commune in matcher.territory.communes.items():
        if commune.labels:
            assert matcher.coverage.eligible(commune), insee


@pytest.mark.parametrize(
    ("inhabitants", "limit", "is_taken"),
    [(3_499, 3_500, True), (3_500, 3_500, False), (3_500, None, True), (None, 3_500, True)],
)
def test_a_structure_for_small_communes_takes_no_other(
    matcher: Matcher, inhabitants: int | None, limit: int | None, is_taken: bool
):
    commune = replace(matcher.territory.communes[LODEVE], population=inhabitants)
    structure = a_structure(population_below=limit)
    assert structure.takes(commune) is is_taken
    coverage = Coverage([structure], matcher.territory)
    assert bool(coverage.eligible(commune)) is is_taken
    assert (coverage.reach(structure, commune) is not None) is is_taken


@pytest.mark.parametrize("structure_id", ["1000-cafes", "bistrots-de-pays"])
def test_who_opens_cafes_in_villages_is_not_proposed_to_towns(matcher: Matcher, structure_id: str):
    need = Need(LODEVE, "Ouvrir un café associatif dans le centre")
    assert matcher.territory.communes[LODEVE].population > 3_500
    assert structure_id not in [s.structure.id for s in matcher.match(need, top=1_000)]
    why = matcher.why_not(need, structure_id)
    assert why.rule == "perimetre"
    assert "que dans les communes de moins de" in why.sentence


# What a structure asks of a commune


@pytest.mark.parametrize(
    ("limit", "value", "insee", "taken", "said"),
    [
        (Limit.TERRITOIRE, "métropole", LODEVE, True, ""),
        (Limit.TERRITOIRE, "métropole", CILAOS, False, "n’intervient qu’en métropole"),
        (Limit.TERRITOIRE, "outre-mer", CILAOS, True, ""),
        (Limit.TERRITOIRE, "outre-mer", LODEVE, False, "n’intervient qu’outre-mer"),
        (Limit.PVD, "oui", LODEVE, True, ""),
        (Limit.PVD, "oui", "34172", False, "que dans les Petites villes de demain"),
        (
            Limit.POPULATION_PLUS,
            "20000",
            LODEVE,
            False,
            "communes d’au moins 20\u202f000 habitants",
        ),
        (Limit.POPULATION_PLUS, "20000", "34172", True, ""),
        (Limit.STATUT, "associations", LODEVE, True, ""),
        (Limit.RURALITE, "communes rurales", "34172", True, ""),
    ],
)
def test_a_condition_that_we_can_tell_decides_and_why_not_says_it(
    matcher: Matcher, limit: Limit, value: str, insee: str, taken: bool, said: str
):
    asks = a_structure("exigeante", conditions=(Condition(limit, value),))
    small = a_matcher(matcher, [asks, a_structure("autre")])
    need = Need(insee, "Ouvrir une recyclerie")
    assert ("exigeante" in [s.structure.id for s in small.match(need)]) is taken
    if not taken:
        why = small.why_not(need, "exigeante")
        assert why.rule == "perimetre"
        assert said in why.sentence


def test_a_condition_that_we_cannot_tell_is_said_with_the_structure(matcher: Matcher):
    facts = describe(matcher.structures["fondation-rte"], matcher)
    assert any("communes rurales" in told for told in facts.conditions)
    assert facts.coverage == ("France entière (métropole seulement)",)


def test_a_foundation_of_the_mainland_is_not_proposed_overseas(matcher: Matcher):
    need = Need(CILAOS, "Ouvrir une recyclerie")
    assert "fondation-rte" not in [s.structure.id for s in matcher.match(need, top=1_000)]
