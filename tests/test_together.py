"""The place of a need: one commune, an EPCI, or several communes that ask together."""

import csv
from itertools import islice
from pathlib import Path

import pytest
from builders import LODEVE

from matcher import Matcher, Need, NeedError, UnknownCommune
from matcher.catalogue import Area, Scale
from matcher.cohorts.batch.demand import parse_needs
from matcher.cohorts.batch.parts import _line
from matcher.reports.answer.records import place_record, suggestion_record
from matcher.territory.together import place_of

CASES = list(
    csv.DictReader(
        (Path(__file__).parent / "cases" / "lieux_de_plusieurs_communes.csv").open(encoding="utf-8")
    )
)
LODEVOIS = "200017341"
BESOIN = "Ouvrir une recyclerie"


@pytest.mark.parametrize("case", CASES, ids=[case["tape"] for case in CASES])
def test_what_people_type_names_these_communes(matcher: Matcher, case: dict[str, str]):
    found = matcher.place(case["tape"])
    assert found.name == case["nom"]
    assert [commune.insee for commune in found.communes] == case["communes"].split()


@pytest.mark.parametrize(
    "typed",
    [
        LODEVOIS,
        f"epci:{LODEVOIS}",
        "200 017 341",
        "CC Lodévois et Larzac",
        "communauté de communes du Lodévois et Larzac",
        "CC Lodévois et Larzac (34)",
        "CC du Lodévois et Larzac (Hérault)",
        "communauté de communes Lodévois et Larzac, Hérault",
    ],
)
def test_an_epci_is_named_by_its_name_or_its_siren(matcher: Matcher, typed: str):
    found = matcher.place(typed)
    assert found.area == Area(Scale.EPCI, LODEVOIS)
    assert {c.insee for c in found.communes} == set(matcher.territory.members(found.area))
    assert found.commune.insee == LODEVE, "the most populous speaks for all"


def test_an_epci_of_another_departement_is_not_the_one_that_is_meant(matcher: Matcher):
    with pytest.raises(UnknownCommune):
        matcher.place("CC Lodévois et Larzac (60)")


def test_every_epci_is_found_by_its_siren_and_by_its_name_where_no_other_has_it(matcher: Matcher):
    names = matcher.territory.names[Scale.EPCI]
    for siren, name in names.items():
        area = Area(Scale.EPCI, siren)
        assert matcher.place(f"epci:{siren}").area == area
        if list(names.values()).count(name) == 1:
            assert matcher.place(name).area == area, name
    assert len(names) == 1_255


def test_epci_all_over_the_country_are_answered(matcher: Matcher):
    for siren in list(matcher.territory.names[Scale.EPCI])[::40]:
        found = matcher.match(Need(f"epci:{siren}", BESOIN), top=3)
        assert len(found) == 3
        members = matcher.territory.members(Area(Scale.EPCI, siren))
        assert all(set(one.covered) <= set(members) for one in found)


@pytest.mark.parametrize("typed", ["Xyz, Lodève", "Lodève, Xyz", "Lodève Die", "epci:999999999"])
def test_a_list_with_an_unknown_name_or_far_apart_is_asked_about(matcher: Matcher, typed: str):
    with pytest.raises(UnknownCommune):
        matcher.place(typed)


def test_the_name_of_one_petite_ville_is_never_read_as_several(matcher: Matcher):
    """Its name without hyphens, or with its département, as people type them: one town in four."""
    towns = (commune for commune in matcher.territory.communes.values() if commune.labels)
    for commune in islice(towns, None, None, 4):
        departement = matcher.territory.name(Area(Scale.DEPARTEMENT, commune.departement))
        plain = commune.name.replace("-", " ")
        for typed in (plain, f"{plain} {departement}", f"{plain}, {departement}"):
            try:
                found = matcher.place(typed)
            except UnknownCommune:
                continue
            assert len(found.communes) == 1, typed


def test_a_place_is_found_again_by_its_code(matcher: Matcher):
    for typed in ("Lodève", "CC Lodévois et Larzac", "Decazeville, Aubin", "departement:48"):
        found = matcher.place(typed)
        assert matcher.place(found.code) == found
        assert place_of(found.communes, matcher.territory) == found


def test_a_need_takes_the_code_of_an_epci_or_several_codes(matcher: Matcher):
    place = matcher.place(LODEVOIS)
    whole = Need(place.commune.insee, BESOIN, places=place.places)
    assert matcher.match(Need(f"epci:{LODEVOIS}", BESOIN)) == matcher.match(whole)
    two = Need("12089", BESOIN, places=("12089", "12013"))
    assert matcher.match(Need("12089,12013", BESOIN)) == matcher.match(two)
    with pytest.raises(NeedError, match="Code Insee inconnu"):
        matcher.match(Need("12089,99999", BESOIN))


def test_a_record_says_what_is_covered_of_several_communes_only(matcher: Matcher):
    one = matcher.match(Need(LODEVE, BESOIN))[0]
    assert "territoire_couvert" not in suggestion_record(one, matcher.territory)
    assert place_record(Need(LODEVE, BESOIN), matcher.territory) == {}
    need = Need("12089", BESOIN, places=("12089", "12013"))
    assert place_record(need, matcher.territory)["lieu"]["nom"] == "Decazeville et Aubin"
    for found in matcher.match(need):
        covered = suggestion_record(found, matcher.territory)["territoire_couvert"]
        assert covered["tout"] == (len(covered["communes"]) == 2)


def test_a_row_of_a_batch_may_be_of_several_communes(matcher: Matcher):
    rows = f'commune,besoin\n"Decazeville, Aubin",{BESOIN}\nCC Lodévois et Larzac,{BESOIN}\n'
    needs = parse_needs(rows.encode(), matcher.territory)
    assert not needs.faults
    first, second = needs.demands
    assert first.need.places == ("12089", "12013")
    assert len(second.need.places) == 28
    question = matcher.question(first.need)
    line = _line(first, question, matcher.match(first.need), matcher.territory)
    assert line["commune"] == "Decazeville et Aubin"
    assert line["communes"] == ["12089", "12013"]


def test_why_not_speaks_of_all_the_communes(matcher: Matcher):
    need = Need("12089", BESOIN, places=("12089", "12013"))
    covering = {s.structure.id for s in matcher.ranked(need)}
    away = next(
        s.id
        for s in matcher.structures.values()
        if s.id not in covering and s.accompanies and not s.conditions
    )
    assert "dans vos 2 communes" in matcher.why_not(need, away).sentence
