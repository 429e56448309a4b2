"""The policy does not drift: what weighs how much is decided by people, and written in tables."""

import csv
import math
from pathlib import Path

import pytest
from builders import DIE, FRANCE, LODEVE, a_matcher, a_project, a_structure, scored
from oracle import order
from policy_values import value, weights

from matcher import Matcher, Need, Theme
from matcher.catalogue import Scale
from matcher.catalogue.model import Area

CASES = Path(__file__).parent.parent / "cases"
RECYCLERIE = Need(DIE, "Recyclerie", excluded=(Theme.INSERTION_EMPLOI,))
LOCAL = (Area(Scale.DEPARTEMENT, "26"),)


def table(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Weights and constants, as the table says

CONSTANTS = table("constantes.csv")


def constant(name: str) -> float:
    """A value by its name in the table: `poids.themes`, `ANCHORING.epci`, `SHARES.1`."""
    whole, _, part = name.partition(".")
    if whole == "poids":
        return weights()[part]
    found = value(whole)
    if not part:
        return float(found)
    return float(found[int(part)] if isinstance(found, tuple) else found[part])


@pytest.mark.parametrize("row", CONSTANTS, ids=lambda row: row["nom"])
def test_a_constant_is_what_was_decided(row: dict[str, str]):
    assert row["pourquoi"]
    assert row["unite"]
    assert constant(row["nom"]) == float(row["valeur"]), (
        f"{row['nom']} : décidé pour cette raison : {row['pourquoi']}. "
        "Une autre valeur se décide : dire dans tests/cases/constantes.csv ce que l’on y gagne."
    )


def test_every_criterion_has_its_weight_in_the_table():
    named = [row["nom"] for row in CONSTANTS if row["nom"].startswith("poids.")]
    assert named == [f"poids.{code}" for code in weights()], (
        "tests/cases/constantes.csv : une ligne « poids.CODE » par critère, dans leur ordre"
    )


# What the weights say when two structures differ

TRADES = table("arbitrages.csv")


def worth(profile: str, weighing: dict[str, float]) -> float:
    """What a lead is worth: « themes=0.65 subjects=1 » leads by so much on each criterion."""
    leads = (part.split("=") for part in profile.split())
    return sum(weighing[code] * float(lead) for code, lead in leads)


def broken(weighing: dict[str, float]) -> list[str]:
    """The reasons that these weights contradict."""
    return [
        row["pourquoi"]
        for row in TRADES
        if worth(row["gagne"], weighing) <= worth(row["perd"], weighing)
    ]


def test_of_two_leads_the_one_that_matters_more_wins():
    assert broken(weights()) == []


@pytest.mark.parametrize("factor", [2, 0.5])
@pytest.mark.parametrize("code", [code for code, weight in weights().items() if weight])
def test_no_weight_can_double_or_halve_against_no_reason(code: str, factor: float):
    """The table of trade-offs holds every weight from both sides."""
    side, other = ("perd", "gagne") if factor > 1 else ("gagne", "perd")
    assert broken(weights() | {code: factor * weights()[code]}), (
        f"rien ne retient le poids de « {code} » s’il est multiplié par {factor} : dire dans "
        f"tests/cases/arbitrages.csv, avec « {code} » du côté « {side} », ce qui est du côté "
        f"« {other} » et pourquoi"
    )


# What the constants do to an answer


def parts(matcher: Matcher, need: Need, code: str) -> dict[str, float | None]:
    """Score of each structure on a criterion."""
    return {
        s.structure.id: next(c.score for c in s.contributions if c.criterion == code)
        for s in matcher.ranked(need)
    }


def test_one_alike_project_in_the_town_itself_proves_seven_tenths(matcher: Matcher):
    projects = [
        a_project("a", structures=("un", "deux"), title="Recyclerie", description=""),
        a_project("b", structures=("deux",), title="Recyclerie", description=""),
    ]
    structures = [a_structure("un"), a_structure("deux"), a_structure("aucun")]
    found = parts(a_matcher(matcher, structures, projects), RECYCLERIE, "track_record")
    assert found == {
        "un": pytest.approx(0.7),
        "deux": pytest.approx(0.91),  # 1 - 0.3 x 0.3
        "aucun": 0.0,
    }


def test_the_projects_of_a_network_prove_half_for_its_other_members(matcher: Matcher):
    structures = [a_structure("sien", network="r"), a_structure("voisin", network="r")]
    projects = [a_project(structures=("sien",), title="Recyclerie", description="")]
    found = parts(a_matcher(matcher, structures, projects), RECYCLERIE, "track_record")
    assert found == {"sien": pytest.approx(0.7), "voisin": pytest.approx(0.35)}


def test_a_project_at_the_other_end_of_the_country_is_worth_six_tenths(matcher: Matcher):
    structures = [a_structure("loin")]
    projects = [a_project(structures=("loin",), title="Recyclerie", description="", commune=None)]
    found = parts(a_matcher(matcher, structures, projects), RECYCLERIE, "track_record")
    likeness = 0.6  # of 1 next door; up to 0.15 proves nothing, one whole proof is 0.7
    assert found["loin"] == pytest.approx(0.7 * (likeness - 0.15) / 0.85)


def test_a_declared_theme_outranks_one_read_in_the_text(matcher: Matcher):
    read = matcher.question(RECYCLERIE).themes
    both = matcher.question(Need(DIE, RECYCLERIE.text, themes=(Theme.SANTE,))).themes
    assert both[Theme.SANTE] == 1
    assert both[Theme.ECONOMIE_CIRCULAIRE] == pytest.approx(0.5 * read[Theme.ECONOMIE_CIRCULAIRE])


@pytest.mark.parametrize(("weight", "demanded"), [(0.41, True), (0.39, False)])
def test_a_theme_in_passing_calls_for_nobody_in_the_team(
    matcher: Matcher, weight: float, demanded: bool
):
    structures = [
        a_structure("tri", themes=(Theme.ECONOMIE_CIRCULAIRE,)),
        a_structure("soin", themes=(Theme.SANTE,)),
    ]
    need = Need(DIE, "", themes={Theme.ECONOMIE_CIRCULAIRE: 1.0, Theme.SANTE: weight})
    members = a_matcher(matcher, structures).team(need).members
    assert ("soin" in {m.scored.structure.id for m in members}) is demanded


@pytest.mark.parametrize(("lead", "first"), [(0.049, "antenne"), (0.051, "tete")])
def test_the_branch_is_named_before_its_head_unless_it_is_well_behind(lead: float, first: str):
    head = a_structure("tete", network="r", coverage=(FRANCE,), body="tete")
    branch = a_structure("antenne", network="r", coverage=LOCAL, body="antenne")
    assert head.national_head
    assert not branch.national_head
    ordered = order([scored(head, 0.5 + lead), scored(branch, 0.5)])
    assert ordered[0].structure.id == first


def test_the_narrower_the_area_the_better_the_territory_is_known(matcher: Matcher):
    scales = ("commune", "epci", "departement", "region", "national")
    table = [constant(f"ANCHORING.{scale}") for scale in scales]
    assert table == sorted(table, reverse=True)
    town = matcher.territory.communes[LODEVE]
    areas = matcher.territory.areas_of(town)
    structures = [a_structure(area.scale.value, coverage=(area,)) for area in areas]
    found = parts(a_matcher(matcher, structures), Need(LODEVE, RECYCLERIE.text), "anchoring")
    assert table == [1.0, 0.95, 0.8, 0.5, 0.2]
    assert [found[scale] for scale in scales] == pytest.approx(
        [x * found["commune"] for x in table]
    )


def test_being_local_is_worth_half_to_who_has_another_trade(matcher: Matcher):
    culture = a_structure(
        "culture", themes=(Theme.CULTURE_PATRIMOINE,), description="Théâtre.", coverage=LOCAL
    )
    found = parts(a_matcher(matcher, [culture]), RECYCLERIE, "anchoring")
    assert found["culture"] == constant("OFF_TRADE") * constant("ANCHORING.departement")


def test_proximity_falls_to_a_third_over_sixty_kilometres(matcher: Matcher):
    structures = [a_structure("ici", seat=DIE), a_structure("inconnu", seat=None)]
    structures.append(a_structure("loin", seat=LODEVE))
    found = parts(a_matcher(matcher, structures), RECYCLERIE, "proximity")
    assert found["ici"] == 1
    assert found["inconnu"] == 0
    assert found["loin"] == pytest.approx(math.exp(-199 / 60), rel=0.01)  # 199 km away


# What the reading does with words that look alike, and with what was


@pytest.mark.parametrize(
    "text",
    [
        "Restauration du lavoir",
        "Restauration de l’église Saint-Martin",
        "Restauration des vitraux",
        "Travaux de restauration du pont de pierre",
    ],
)
def test_restoring_a_monument_opens_no_restaurant(matcher: Matcher, text: str):
    themes = [match.theme for match in matcher.read(text).themes]
    assert Theme.COMMERCE_SERVICES_PROXIMITE not in themes
    assert Theme.ALIMENTATION not in themes
    assert not {"restaurant", "cantine"} & matcher.question(Need(DIE, text)).subjects.keys()


def test_what_a_place_was_counts_little_more_than_half(matcher: Matcher):
    weights = {
        match.theme: match.weight
        for match in matcher.reader.read("Réhabilitation d’un gymnase en maison de santé").themes
    }
    assert weights[Theme.SANTE] == 1
    assert weights[Theme.LIEN_SOCIAL] == pytest.approx(0.55 * 0.85, abs=0.01)


def test_a_hint_alone_is_no_reading(matcher: Matcher):
    """Under a third, the best theme is a guess, for the tables and for the whole reading."""
    assert matcher.reader.read("Une visite").themes == ()
    assert matcher.read("Une visite").themes == ()
