"""How structures are reached: what is known is told with its page, and nobody is named."""

import csv
from copy import copy
from pathlib import Path

import pytest
from builders import a_structure

from matcher import Matcher
from matcher.catalogue.terms import PublicContact, Way
from matcher.reports import ways_to_reach
from matcher.upkeep.contacts import tidy_value, value_rule

with (Path(__file__).parent / "cases" / "coordonnees.csv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file))


@pytest.mark.parametrize("case", CASES, ids=[f"{c['contact']}: {c['value']}" for c in CASES])
def test_a_contact_that_may_be_of_a_person_is_refused_and_a_generic_one_passes(
    case: dict[str, str],
):
    rule = value_rule(case["contact"], case["value"], {"name": case["nom"]})
    assert case["regle"] in rule
    assert bool(rule) == bool(case["regle"])


@pytest.mark.parametrize(
    ("way", "value", "tidied"),
    [
        (Way.TELEPHONE, "+33 (0)1.23.45.67.89", "01 23 45 67 89"),
        (Way.TELEPHONE, "0123456789", "01 23 45 67 89"),
        (Way.TELEPHONE, "+262 262 12 34 56", "02 62 12 34 56"),
        (Way.TELEPHONE, "3949", "39 49"),
        (Way.SIRET, "356 000 000 00048", "35600000000048"),
        (Way.COUT, "Gratuit pour les communes", "gratuit"),
        (Way.COUT, "Adhésion", "adhesion"),
        (Way.COURRIEL, " Contact@Exemple.fr ", "contact@exemple.fr"),
    ],
)
def test_a_value_is_written_in_one_form(way: Way, value: str, tidied: str):
    assert tidy_value(way, value) == tidied


def test_what_a_page_says_of_a_kind_is_told_of_each_of_its_structures(matcher: Matcher):
    dla = next(s for s in matcher.structures.values() if s.id == "dla-05")
    cost = next(c for c in dla.contacts if c.way is Way.COUT)
    assert (cost.told, cost.of) == ("gratuit", "dla")
    line = next(line for line in ways_to_reach(dla, matcher) if line.label == "Coût")
    assert "structures de ce type" in line.told
    assert line.source.startswith("http")


def test_what_a_page_says_of_a_structure_comes_before_what_is_said_of_its_like(matcher: Matcher):
    costs = [c for c in matcher.structures["dla-971-bge"].contacts if c.way is Way.COUT]
    assert [(c.of, c.day) for c in costs] == [("", "2025")]


def test_an_unknown_contact_is_said_with_the_way_to_go(matcher: Matcher):
    site = a_structure("avec-site", website="https://exemple.fr")
    assert ways_to_reach(site, matcher)[0].href == "https://exemple.fr"
    assert "pas encore connu de nous" in ways_to_reach(site, matcher)[0].text
    carried = a_structure("portee", website="", body="avise")
    assert "Avise" in ways_to_reach(carried, matcher)[0].text
    assert "mise en relation" in ways_to_reach(a_structure("seule", website=""), matcher)[0].text


def test_a_known_box_leaves_nothing_to_say_of_the_unknown(matcher: Matcher):
    box = PublicContact(Way.COURRIEL, "contact@exemple.fr", "https://exemple.fr", "2026-04-20")
    lines = ways_to_reach(a_structure("jointe", contacts=(box,)), matcher)
    assert [(line.href, line.told) for line in lines] == [
        ("mailto:contact@exemple.fr", "page du 20 avril 2026")
    ]


def test_a_park_without_its_communes_is_told_as_approximate(matcher: Matcher):
    assert matcher.structures["pnr-morvan"].approximate
    assert matcher.structures["pnr-corse"].approximate
    assert not matcher.structures["parc-amazonien-guyane"].approximate
    assert not matcher.structures["dla-05"].approximate


def test_a_structure_joined_to_another_is_found_under_its_former_id(matcher: Matcher):
    known = copy(matcher)
    known.also_under({"ancienne-avise": "avise"})
    assert known.structures["ancienne-avise"].id == "avise"
    assert known.structure("ancienne-avise").id == "avise"
    assert "ancienne-avise" not in matcher.structures
    assert len(known.structures) == len(matcher.structures)


def test_the_site_of_a_network_is_not_told_as_that_of_its_branch(matcher: Matcher):
    branch = ways_to_reach(matcher.structures["msa-charentes"], matcher)[0]
    assert "le site de son réseau" in branch.text
    alone = ways_to_reach(matcher.structures["figeacteurs"], matcher)[0]
    assert "passez par son site" in alone.text
