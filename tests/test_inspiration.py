"""What communes like this one did, and what to read."""

import math
from dataclasses import replace

import pytest
from builders import (
    CILAOS,
    DIE,
    FELLETIN,
    LODEVE,
    NEEDS,
    ONE_A_REGION,
    a_matcher,
    a_project,
    a_structure,
)

from matcher import Kind, Matcher, Need, Structure, Theme
from matcher.catalogue import Resource

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie")


def a_resource(id: str, *themes: Theme, year: int | None = None) -> Resource:
    return Resource(id, f"Guide {id}", "guide", themes, year, "Avise", "https://example.org", ())


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_inspiration_comes_from_elsewhere_alike_first(matcher: Matcher, insee: str):
    for text in NEEDS[:4]:
        found = matcher.inspiration(Need(insee, text), top=20)
        assert 0 < len(found) <= 20
        assert all(i.project.commune != insee for i in found)
        likenesses = [i.likeness for i in found]
        assert likenesses == sorted(likenesses, reverse=True)
        assert all(0 < likeness <= 1 for likeness in likenesses)
        assert all(i.reason for i in found)


def test_a_reason_is_true(matcher: Matcher):
    """Each part of a reason, checked against the two communes and the themes."""
    for insee in (LODEVE, FELLETIN, CILAOS):
        here = matcher.territory.communes[insee]
        for text in NEEDS[:4]:
            need = Need(insee, text)
            themes = {theme.label for theme in matcher.question(need).themes}
            for found in matcher.inspiration(need, top=20):
                there = found.commune
                for label in themes:
                    said = f"« {label} »" in found.reason
                    assert said == any(t.label == label for t in found.project.themes)
                if "Petite ville de demain" in found.reason:
                    assert here.labels and there.labels
                if "taille comparable" in found.reason:
                    assert abs(math.log(here.population / there.population)) < math.log(2.1)
                if "même département" in found.reason:
                    assert here.departement == there.departement


def test_of_two_equal_projects_that_of_the_more_alike_commune_comes_first(matcher: Matcher):
    """Die and Lodève are small towns of the programme; Marseille is neither."""
    small = a_matcher(matcher, [], [a_project("a", commune="13055"), a_project("b", commune=DIE)])
    assert [i.project.id for i in small.inspiration(RECYCLERIE)] == ["b", "a"]


def test_a_project_on_another_subject_does_not_inspire(matcher: Matcher):
    other = a_project(
        title="Cinéma", description="Un cinéma associatif.", themes=(Theme.CULTURE_PATRIMOINE,)
    )
    assert a_matcher(matcher, [], [other]).inspiration(RECYCLERIE) == []


def test_a_project_without_a_commune_still_inspires(matcher: Matcher):
    (found,) = a_matcher(matcher, [], [a_project(commune=None)]).inspiration(RECYCLERIE)
    assert found.commune is None
    assert found.reason


def test_out_of_scope_nothing_inspires(matcher: Matcher):
    need = Need(LODEVE, "Bonjour")
    assert matcher.inspiration(need) == []
    assert matcher.resources(need) == []


def test_the_order_of_the_catalogue_does_not_matter(matcher: Matcher):
    backwards = replace(
        matcher.catalogue,
        projects=tuple(reversed(matcher.catalogue.projects)),
        resources=tuple(reversed(matcher.catalogue.resources)),
    )
    other = Matcher(matcher.territory, backwards, matcher.reader, matcher.knowledge)
    for text in NEEDS:
        need = Need(LODEVE, text)
        assert other.inspiration(need) == matcher.inspiration(need)
        assert other.resources(need) == matcher.resources(need)


@pytest.mark.parametrize("theme", Theme)
def test_what_to_read_is_on_the_theme_that_was_declared(matcher: Matcher, theme: Theme):
    for found in matcher.resources(Need(LODEVE, themes=(theme,)), top=50):
        assert theme in found.resource.themes
        assert f"« {theme.label} »" in found.reason


def test_the_most_focused_comes_first_then_the_newest(matcher: Matcher):
    small = a_matcher(
        matcher,
        [],
        resources=[
            a_resource("large", Theme.HABITAT, Theme.SANTE, Theme.ENERGIE, year=2026),
            a_resource("ancien", Theme.HABITAT, year=2015),
            a_resource("sans-date", Theme.HABITAT),
            a_resource("recent", Theme.HABITAT, year=2025),
            a_resource("autre", Theme.TOURISME, year=2026),
        ],
    )
    found = [r.resource.id for r in small.resources(Need(LODEVE, themes=(Theme.HABITAT,)))]
    assert found == ["recent", "ancien", "sans-date", "large"]


@pytest.mark.parametrize("top", [1, 2, 5])
def test_no_more_than_asked(matcher: Matcher, top: int):
    assert len(matcher.inspiration(RECYCLERIE, top=top)) == top
    assert len(matcher.resources(RECYCLERIE, top=top)) <= top


# Who does it near by


def an_operator(id: str, **known: object) -> Structure:
    return a_structure(id, kind=Kind.OPERATEUR_LOCAL, stages=(), audiences=(), **known)


def test_a_local_operator_is_a_neighbour_and_never_a_suggestion(matcher: Matcher):
    small = a_matcher(matcher, [an_operator("ressourcerie"), a_structure("reseau")])
    assert [s.structure.id for s in small.match(RECYCLERIE)] == ["reseau"]
    assert [n.structure.id for n in small.neighbours(RECYCLERIE)] == ["ressourcerie"]


def test_of_all_operators_none_is_suggested_anywhere(matcher: Matcher):
    for insee in ONE_A_REGION.values():
        for text in NEEDS[:4]:
            assert all(s.structure.accompanies for s in matcher.ranked(Need(insee, text)))


def test_the_nearest_neighbour_comes_first_and_says_how_far_it_is(matcher: Matcher):
    seats = {"die": DIE, "ici": LODEVE, "sans-siege": None}
    small = a_matcher(matcher, [an_operator(id, seat=seat) for id, seat in seats.items()])
    found = small.neighbours(RECYCLERIE)
    assert [n.structure.id for n in found] == ["ici", "die", "sans-siege"]
    assert found[0].reason.endswith("dans votre commune")
    assert "km à vol d’oiseau" in found[1].reason
    assert found[2].reason.endswith("siège : non renseigné")


def test_a_neighbour_does_what_the_need_names_not_only_its_theme(matcher: Matcher):
    compost = an_operator("compost", description="Composteurs partagés au pied des immeubles.")
    assert a_matcher(matcher, [compost]).neighbours(RECYCLERIE) == []
    both = a_matcher(matcher, [compost, an_operator("ressourcerie")])
    assert [n.structure.id for n in both.neighbours(RECYCLERIE)] == ["ressourcerie"]
    theme = Need(LODEVE, "", themes=(Theme.ECONOMIE_CIRCULAIRE,))
    (found,) = a_matcher(matcher, [compost]).neighbours(theme)
    assert "« Économie circulaire et réemploi »" in found.reason


def test_a_neighbour_of_the_same_subject_need_not_share_a_theme(matcher: Matcher):
    compost = an_operator(
        "compost",
        themes=(Theme.LIEN_SOCIAL,),
        description="Composteurs partagés au pied des immeubles.",
    )
    need = Need(LODEVE, "installer des composteurs partagés dans le bourg")
    (found,) = a_matcher(matcher, [compost]).neighbours(need)
    assert found.reason.startswith("même sujet ; ")


def test_why_not_an_operator_says_that_it_accompanies_nobody(matcher: Matcher):
    found = a_matcher(matcher, [an_operator("ressourcerie")]).why_not(RECYCLERIE, "ressourcerie")
    assert (found.rule, found.rank) == ("metier", None)
    assert "sans accompagner d’autres projets" in found.sentence


# Places to visit


def test_the_nearest_places_are_visits_with_their_distance(matcher: Matcher):
    found = matcher.visits(Need(LODEVE, "Ouvrir un tiers-lieu"), top=5)
    km = [v.distance_km for v in found]
    assert found and km == sorted(km) and km[-1] <= 50
    for visit in found:
        true = matcher.territory.distance_km(LODEVE, visit.commune.insee)
        assert math.isclose(visit.distance_km, true, abs_tol=1e-6)


def test_a_need_of_care_has_no_place_to_visit(matcher: Matcher):
    assert matcher.visits(Need(LODEVE, "Pas de médecin depuis deux ans")) == []


@pytest.mark.parametrize("commune", ["34142", "35238", "59350", "97411"])
def test_what_to_read_is_not_of_another_region(matcher: Matcher, commune: str):
    place = matcher.territory.communes[commune]
    covering = {one.id for one in matcher.coverage.covering(place)}
    known, left_out = set(matcher.structures), 0
    for theme in Theme:
        found = [one.resource for one in matcher.resources(Need(commune, themes=(theme,)), top=50)]
        for one in found:
            named = known & set(one.structures)
            assert not named or named & covering, one
        left_out += sum(theme in one.themes for one in matcher.catalogue.resources) - len(found)
    assert left_out, "some are of other régions"


def test_a_title_that_names_another_region_is_not_offered_there(matcher: Matcher):
    of_brittany = replace(a_resource("bzh", Theme.HABITAT), title="Habiter en Bretagne")
    small = a_matcher(matcher, [], resources=[of_brittany])
    need = {insee: Need(insee, themes=(Theme.HABITAT,)) for insee in ("35238", LODEVE)}
    assert small.resources(need["35238"]) and small.resources(need[LODEVE]) == []


def test_two_records_of_a_commune_and_a_year_take_one_place(matcher: Matcher) -> None:
    need = Need("39478", "autopartage ou covoiturage solidaire, transport des jeunes")
    for top in (3, 10, 40):
        shown = [one.project for one in matcher.inspiration(need, top)]
        known = [(p.commune, p.year) for p in shown if p.commune and p.year]
        assert len(shown) == top and len(known) == len(set(known))


def test_to_an_intercommunality_no_commune_is_of_its_size(matcher: Matcher) -> None:
    place = matcher.place("CC Haut-Jura Saint-Claude")
    need = Need(place.commune.insee, "covoiturage", places=place.places)
    for one in matcher.inspiration(need, 10):
        assert "taille" not in one.reason and "autre Petite ville" not in one.reason
