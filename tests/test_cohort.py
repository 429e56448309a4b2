"""Cohorts: what a word or a code stands for, and what is said of one that is unknown."""

import pytest

from matcher import Matcher
from matcher.cohorts.batch.wording import UnknownCohort, parse_cohort


@pytest.mark.parametrize(
    ("text", "size", "name"),
    [
        ("pvd", 1606, "Petites villes de demain"),
        ("PVD", 1606, "Petites villes de demain"),
        ("france", 34875, "France entière"),
        ("departement:48", 152, "Département : Lozère"),
        ("Département : 48", 152, "Département : Lozère"),
        ("departement:2a", 124, "Département : Corse-du-Sud"),
        ("departement:976", 17, "Département : Mayotte"),
        ("region:76", None, "Région : Occitanie"),
        ("region:01", 32, "Région : Guadeloupe"),
        ("commune:34142", 1, "Commune : Lodève"),
        ("commune:01091", 1, "Commune : Valserhône"),
    ],
)
def test_a_cohort_has_the_communes_of_its_name(
    matcher: Matcher, text: str, size: int | None, name: str
):
    cohort = parse_cohort(text, matcher.territory)
    assert cohort.name == name
    if size is not None:
        assert len(cohort.members) == size
    assert list(cohort.members) == sorted(set(cohort.members))
    assert set(cohort.members) <= matcher.territory.communes.keys()


def test_a_departement_and_a_region_may_have_one_code(matcher: Matcher):
    ain = parse_cohort("departement:01", matcher.territory)
    guadeloupe = parse_cohort("region:01", matcher.territory)
    assert not set(ain.members) & set(guadeloupe.members)


def test_an_epci_is_named_by_its_siren(matcher: Matcher):
    lodeve = matcher.commune("34142")
    cohort = parse_cohort(f"epci:{lodeve.epci}", matcher.territory)
    assert lodeve.insee in cohort.members
    assert {matcher.territory.communes[i].epci for i in cohort.members} == {lodeve.epci}


@pytest.mark.parametrize(
    "text",
    ["", "pdv", "48", "departement", "departement:", "departement:99", "region:1", "epci:34142",
     "pvd:48", "canton:3401", "commune:99999", "national:FR", "a" * 10_000],
)  # fmt: skip
def test_an_unknown_cohort_is_told_what_is_expected(matcher: Matcher, text: str):
    with pytest.raises(UnknownCohort, match="attendu : pvd, france, departement:48") as error:
        parse_cohort(text, matcher.territory)
    assert str(error.value).startswith("Cohorte inconnue : « ")
    assert len(str(error.value)) < 400
