"""A commune is found by what people type; a doubt is said, never settled in silence."""

import csv
import doctest
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.catalogue import french as spelling
from matcher.catalogue.french import loose, place_key
from matcher.cohorts.evaluation.reading import judge_places
from matcher.territory.doubts import QUERY_MAX
from matcher.territory.nest import Territory, UnknownCommune

TABLE = Path(__file__).parent / "cases" / "communes.csv"
CASES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))

territory = Territory.open(Matcher.embedded())
communes = st.sampled_from(list(territory.communes.values()))


def test_the_examples_of_the_spelling_hold() -> None:
    assert doctest.testmod(spelling).attempted and not doctest.testmod(spelling).failed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["query"])
def test_each_query_of_the_table_means_what_it_says(case: dict[str, str]) -> None:
    if not case["insee"].startswith("?"):
        assert territory.find(case["query"]).insee == case["insee"]
        return
    with pytest.raises(UnknownCommune) as refusal:
        territory.find(case["query"])
    suggested = [commune.insee for commune in refusal.value.suggestions]
    expected = [code for code in case["insee"][1:].split("|") if code]
    assert suggested[: len(expected)] == expected
    assert bool(suggested) == bool(expected)
    assert ("Vouliez-vous dire" in str(refusal.value)) == bool(expected)


PLACES = list(csv.DictReader((TABLE.parent / "lieux.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("case", PLACES, ids=lambda case: f"{case['query']} {case['code']}")
def test_a_place_is_answered_or_asked_about_never_guessed(case: dict[str, str]) -> None:
    query, code, beside, right = (case[name] for name in ("query", "code", "beside", "right"))
    if not right.startswith("?"):
        assert territory.find(query, code=code, beside=beside).insee == right
        return
    with pytest.raises(UnknownCommune) as doubt:
        territory.find(query, code=code, beside=beside)
    expected = [insee for insee in right[1:].split("|") if insee]
    assert [c.insee for c in doubt.value.suggestions][: len(expected)] == expected
    if case["doubt"]:
        assert doubt.value.kind == case["doubt"]


def test_nothing_that_we_know_is_silently_another_place() -> None:
    """One query in twenty of each kind; `python -m matcher evaluate-places` takes them all."""
    for outcome in judge_places(territory, step=20):
        assert outcome.queries
        assert outcome.wrong == (), outcome.kind


def test_an_insee_code_means_its_commune_where_a_column_says_so() -> None:
    """One commune in seven, over all of France."""
    for insee, commune in islice(territory.communes.items(), None, None, 7):
        assert territory.find(insee, code="insee") is commune


@given(communes)
def test_every_commune_is_found_by_its_name_and_departement_or_asked_about(commune) -> None:
    try:
        found = territory.find(f"{commune.name} ({commune.departement})")
    except UnknownCommune as doubt:
        assert commune in doubt.suggestions
        return
    assert loose(place_key(found.name)) == loose(place_key(commune.name))
    assert found.departement == commune.departement


@given(communes, st.sampled_from(["upper", "spaces", "saint", "accents", "postcode first"]))
def test_no_spelling_hides_a_commune(commune, change: str) -> None:
    name = commune.name
    query = {
        "upper": name.upper(),
        "spaces": name.replace("-", " ").replace("'", " "),
        "saint": name.replace("Saint-", "St-").replace("Sainte-", "Ste "),
        "accents": place_key(name),
        "postcode first": f"{commune.postcodes[0]} {name}",
    }[change]
    suffix = "" if change == "postcode first" else f" {commune.departement}"
    try:
        found = territory.find(query + suffix)
    except UnknownCommune as doubt:  # a namesake in the same département
        assert commune in doubt.suggestions
        return
    assert loose(place_key(found.name)) == loose(place_key(name))


@given(st.text(max_size=QUERY_MAX + 20))
@example("")
@example("l ")
@example("🙂")
@example("le la les")
@example("15 15 15")
@example("cedex")
@example("2")
def test_any_text_finds_or_is_refused_in_french(query: str) -> None:
    territory.search(query)
    try:
        assert territory.find(query).insee in territory.communes
    except UnknownCommune as refusal:
        assert str(refusal).endswith((".", "?"))
        assert len(str(refusal)) < 700
        assert len(refusal.query) <= QUERY_MAX


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("", "Indiquez"),
        ("  \t ", "Indiquez"),
        ("x" * 100_000, "trop long"),
        ("Lo\0dève", "contrôle"),
    ],
)
def test_what_is_no_query_is_refused_with_its_reason(query: str, word: str) -> None:
    with pytest.raises(UnknownCommune, match=word):
        territory.find(query)
    assert territory.search(query) == []


def test_a_shared_postal_code_names_all_its_communes_most_populous_first() -> None:
    with pytest.raises(UnknownCommune) as refusal:
        territory.find("34700")
    populations = [commune.population or 0 for commune in refusal.value.suggestions]
    assert populations == sorted(populations, reverse=True)
    assert refusal.value.suggestions == territory.same_postcode("34700")


def test_an_insee_code_that_is_also_a_postal_code_can_tell_the_others() -> None:
    assert territory.find("15100", code="insee").name == "Laveissenet"
    assert territory.same_postcode("15100")[0].name == "Saint-Flour"
    assert territory.same_postcode("15") == ()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("figea", "Figeac"),
        ("lod", "Lodève"),
        ("roch", "La Rochelle"),
        ("l'is", "L'Isle-sur-la-Sorgue"),
        ("st flour", "Saint-Flour"),
        ("saint-flour", "Saint-Flour"),
        ("marseil", "Marseille"),
        ("figeak", "Figeac"),
        ("341", "Montpellier"),
        ("34142", "Lodève"),
        ("lodeve herault", "Lodève"),
        ("chatillon en mich", "Valserhône"),
        ("lyon 3", "Lyon"),
    ],
)
def test_typing_proposes_the_likeliest_commune_first(typed: str, first: str) -> None:
    assert territory.search(typed)[0].name == first


def test_a_name_comes_before_those_it_starts_and_those_that_have_it_as_a_word() -> None:
    names = [place_key(commune.name) for commune in territory.search("bourg", limit=400)]
    rank = [
        0 if name == "bourg" else 1 if loose(name).startswith("bourg") else 2
        for name in names[:300]
    ]
    assert rank == sorted(rank)


@given(communes, st.integers(1, 30))
def test_a_commune_is_among_those_proposed_for_its_whole_name(commune, limit: int) -> None:
    found = territory.search(f"{commune.name} {commune.departement}", limit)
    assert commune in found
    assert len(found) == len(set(found)) <= limit


WRAPPED = [
    ("PVD de Figeac", "Figeac"),
    ("Petite ville de demain de Figeac", "Figeac"),
    ("maire de Lodève", "Lodève"),
    ("M. le maire de Lodève", "Lodève"),
    ("Mme la maire de Lodève", "Lodève"),
    ("Lodève - mairie", "Lodève"),
]


@pytest.mark.parametrize(("query", "name"), WRAPPED)
def test_what_surrounds_a_name_is_not_of_it(query: str, name: str) -> None:
    assert territory.find(query).name == name


@pytest.mark.parametrize(
    ("query", "beside"),
    [("34700 Pézenas", ""), ("Pézenas (34700)", ""), ("Pézenas", "34700"), ("Pézenas 34700", "")],
)
def test_the_postal_code_of_another_commune_is_never_taken_for_its_own(
    query: str, beside: str
) -> None:
    with pytest.raises(UnknownCommune, match="34700 n’est pas celui de Pézenas") as refusal:
        territory.find(query, beside=beside)
    first, second = refusal.value.suggestions[:2]
    assert first.name == "Pézenas" and "34700" in second.postcodes


@pytest.mark.parametrize("query", ["34120 Pézenas", "34199 Pézenas", "34501 Béziers cedex"])
def test_its_own_code_and_that_of_its_cedex_are(query: str) -> None:
    assert territory.find(query).name in query


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Grand Lyon", "Métropole de Lyon"),
        ("Lyon Métropole", "Métropole de Lyon"),
        ("Redon Agglo", "CA Redon Agglomération"),
        ("Dinan Agglo", "CA Dinan Agglomération"),
    ],
)
def test_what_people_call_the_epci_of_a_town_is_one(query: str, name: str) -> None:
    with pytest.raises(UnknownCommune, match="intercommunalité") as refusal:
        territory.find(query)
    assert name in [territory.name(area) for area in refusal.value.areas]


@pytest.mark.parametrize("query", ["oui", "non", "VRAI", "True"])
def test_a_ticked_cell_is_no_commune(query: str) -> None:
    with pytest.raises(UnknownCommune, match="n’est pas une commune"):
        territory.find(query)
