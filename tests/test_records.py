"""Suggestions as records: JSON that adds up, CSV that a French spreadsheet opens safely."""

import csv
import io
import json
from dataclasses import replace

import pytest
from builders import (
    CILAOS,
    LODEVE,
    NEEDS,
    ONE_A_REGION,
    WITHOUT_EPCI,
    a_matcher,
    a_structure,
)
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher, Need, Suggestion
from matcher.catalogue.model import Radius
from matcher.reports.answer.records import (
    COLUMNS,
    commune_record,
    reach_name,
    suggestion_record,
    suggestions_csv,
    travel_minutes,
)
from matcher.reports.answer.text import WIDTH, commune_line, reading_lines, suggestions_text

RECYCLERIE = Need(LODEVE, "Ouvrir une recyclerie")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


# JSON


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_a_record_goes_through_json_unchanged_and_adds_up(matcher: Matcher, insee: str):
    for suggestion in matcher.match(Need(insee, NEEDS[0]), top=20):
        record = suggestion_record(suggestion, matcher.territory)
        assert json.loads(json.dumps(record, ensure_ascii=False)) == record
        points = [c["points"] for c in record["contributions"]]
        rounding = 0.00005 * (len(points) + 1)  # each number is rounded to four decimals
        assert sum(points) == pytest.approx(record["score"], abs=rounding)
        low, high = record["intervalle_de_rang"]
        assert low <= record["rang"] <= high
        assert record["perimetre"]


def test_an_unknown_seat_is_null_and_never_zero(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(seat=None)])
    record = suggestion_record(small.match(RECYCLERIE)[0], matcher.territory)
    assert record["distance_km"] is None
    assert record["trajet_estime_min"] is None
    assert record["structure"]["siege_insee"] is None


def test_a_distance_has_its_estimated_travel_time(matcher: Matcher):
    small = a_matcher(matcher, [a_structure(seat="34172")])  # Montpellier
    (suggestion,) = small.match(RECYCLERIE)
    record = suggestion_record(suggestion, matcher.territory)
    assert 40 < record["distance_km"] < 60
    assert record["trajet_estime_min"] == travel_minutes(suggestion.distance_km)


def test_a_radius_is_named_by_its_kilometres(matcher: Matcher):
    assert reach_name(Radius(35.0), matcher.territory) == "35 km autour du siège"


@pytest.mark.parametrize("insee", [*ONE_A_REGION.values(), *WITHOUT_EPCI.values()])
def test_a_commune_is_told_with_its_areas_and_the_vintage_of_its_label(
    matcher: Matcher, insee: str
):
    commune = matcher.commune(insee, "insee")
    record = commune_record(commune, matcher.territory)
    levels = [area["niveau"] for area in record["territoires"]]
    assert levels[0] == "commune"
    assert levels[-1] == "national"
    assert ("epci" in levels) == (commune.epci is not None)
    assert all(area["nom"] for area in record["territoires"])
    assert set(record["labels"]) == set(commune.labels)
    assert all(vintage == matcher.territory.pvd_vintage for vintage in record["labels"].values())


@pytest.mark.parametrize(
    ("seat", "said"),
    [
        (None, "Siège non renseigné"),
        (LODEVE, "Siège dans la commune, ou tout près"),
        ("34172", "trajet estimé à environ 1 h"),  # Montpellier
        ("75056", "à vol d’oiseau."),  # Paris
    ],
)
def test_a_travel_time_is_said_only_where_it_says_something(
    matcher: Matcher, seat: str | None, said: str
):
    small = a_matcher(matcher, [a_structure(seat=seat)])
    (suggestion,) = small.match(RECYCLERIE)
    text = suggestions_text([suggestion], matcher.territory)
    record = suggestion_record(suggestion, matcher.territory)
    assert said in " ".join(text.split())
    assert (
        ("trajet estimé" in text) == (record["trajet_estime_min"] is not None) == (seat == "34172")
    )


# CSV


@pytest.mark.parametrize("insee", [LODEVE, CILAOS])
def test_the_csv_says_what_the_suggestions_say(matcher: Matcher, insee: str):
    suggestions = matcher.match(Need(insee, NEEDS[0]), top=30)
    rows = table(suggestions_csv(suggestions, matcher.territory))
    assert len(rows) == 30
    for row, suggestion in zip(rows, suggestions, strict=True):
        assert tuple(row) == COLUMNS
        assert row["rang"] == str(suggestion.rank)
        assert row["id"] == suggestion.structure.id
        assert float(row["score"].replace(",", ".")) == pytest.approx(suggestion.score, abs=1e-4)
        assert "." not in row["score"]
        assert row["a_verifier"] == ("oui" if suggestion.structure.to_verify else "non")
        assert (row["distance_km"] == "") == (suggestion.distance_km is None)


@pytest.fixture(scope="module")
def suggestion(matcher: Matcher) -> Suggestion:
    """One structure, suggested."""
    (found,) = a_matcher(matcher, [a_structure()]).match(RECYCLERIE)
    return found


@given(
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40
    )
)
def test_no_cell_is_a_live_formula_and_none_breaks_the_table(
    matcher: Matcher, suggestion: Suggestion, text: str
):
    risky = replace(
        suggestion,
        structure=replace(suggestion.structure, name=text, note=f"={text}", website=f"@{text}"),
    )
    (row,) = table(suggestions_csv([risky], matcher.territory))
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["structure"].removeprefix("'").replace("\r\n", "\n") in {
        text.replace("\r\n", "\n"),
        text.removeprefix("'").replace("\r\n", "\n"),
    }


def test_nothing_found_is_a_table_with_its_header(matcher: Matcher):
    assert suggestions_csv([], matcher.territory) == ";".join(COLUMNS) + "\r\n"


# Text


@pytest.mark.parametrize("text", NEEDS)
def test_the_text_fits_a_terminal_and_names_every_suggestion(matcher: Matcher, text: str):
    suggestions = matcher.match(Need(LODEVE, text))
    shown = suggestions_text(suggestions, matcher.territory)
    assert all(s.structure.name in shown for s in suggestions)
    assert "None" not in shown
    long = [line for line in shown.splitlines() if len(line) > WIDTH and "://" not in line]
    assert all(any(s.structure.name in line for s in suggestions) for line in long)


def test_a_doubtful_row_is_marked(matcher: Matcher):
    small = a_matcher(matcher, [a_structure("sure"), a_structure("douteuse", to_verify=True)])
    blocks = suggestions_text(small.match(RECYCLERIE), matcher.territory).split("\n\n")
    marked = {block.split(" — ")[0].split(". ")[1]: "À VÉRIFIER" in block for block in blocks}
    assert marked == {"Sure": False, "Douteuse": True}


def test_the_line_of_a_commune_names_its_label_with_its_vintage(matcher: Matcher):
    line = commune_line(matcher.commune(LODEVE), matcher.territory)
    for part in (
        "Lodève (34142)",
        "Hérault",
        "Occitanie",
        "Petites villes de demain (liste de janvier 2021)",
    ):
        assert part in line
    montpellier = matcher.territory.communes["34172"]
    assert "Petites villes" not in commune_line(montpellier, matcher.territory)


def test_an_island_without_an_epci_has_a_line(matcher: Matcher):
    line = commune_line(matcher.commune("29155", "insee"), matcher.territory)
    assert line.startswith("Ouessant (29155) — Finistère, Bretagne")


def test_a_text_without_a_theme_says_so(matcher: Matcher):
    assert reading_lines(matcher.read("Bonjour")) == ["Aucun thème de l’ESS reconnu dans ce texte."]
