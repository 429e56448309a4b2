"""Calls to make: whom to ring first so that the first places are right, and why."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders import a_matcher, a_structure
from click.testing import CliRunner
from openpyxl import load_workbook

from matcher import Matcher
from matcher.__main__ import main
from matcher.catalogue import Area, Scale
from matcher.cohorts.batch.run import panorama
from matcher.cohorts.batch.wording import parse_cohort
from matcher.cohorts.calls import report, worth
from matcher.cohorts.calls.asked import Calls, possible
from matcher.cohorts.calls.worth import Effects
from matcher.upkeep.directory.doors import Doors

COHORT = "epci:200017341"
"""Some thirty communes: the Lodévois and Larzac."""


@pytest.fixture(scope="module")
def calls(matcher: Matcher) -> Calls:
    cohort = parse_cohort(COHORT, matcher.territory)
    return possible(matcher, Doors.open(Matcher.embedded()), cohort)


@pytest.fixture(scope="module")
def found(calls: Calls) -> Effects:
    return worth.effects(calls)


def shown(matcher: Matcher, calls: Calls) -> list[list[str]]:
    """The first five of each need of a panorama."""
    needs = [demand.need for demand in panorama(calls.cohort)]
    answers = matcher.match_many(needs, worth.FIRST, on_theme=True)
    return [[suggestion.structure.id for suggestion in found] for found in answers]


@pytest.fixture(scope="module")
def today(matcher: Matcher, calls: Calls) -> list[list[str]]:
    """What is shown before any call."""
    return shown(matcher, calls)


def test_the_guessed_doors_change_no_list_of_today(calls: Calls, today: list[list[str]]):
    """They are in the arrays, and away: the first five are those that everybody is shown."""
    first, away = worth.First(calls.index), worth.guessed(calls, calls.index)
    assert away.any()
    everyone = calls.matcher.profiles.presentations.structures
    for listed, ranking in zip(today, worth.rankings(calls), strict=True):
        rows = first.of(ranking, away, first.sure(()), worth.gains(ranking))
        assert [everyone[row].id for row in rows] == listed


def test_what_a_call_is_worth_is_what_the_matcher_shows_once_it_is_answered(
    matcher: Matcher, calls: Calls, found: Effects, today: list[list[str]]
):
    """Who is not there is taken out of the catalogue, and every list is made again without it."""
    i = next(i for i in found.best(50) if calls.calls[i].door is None and len(found.firsts[i]))
    call = calls.calls[i]
    others = [s for s in matcher.structures.values() if s.id != call.structure.id]
    without = a_matcher(matcher, others, matcher.catalogue.projects)
    lists = zip(today, shown(without, calls), strict=True)
    brought = sum(len(set(after) - set(before)) for before, after in lists)
    assert brought > 0
    assert found.expected(i) >= (1 - call.chance) * brought
    assert found.expected(i) <= (1 - call.chance) * brought + call.chance * found.lists


def test_calls_are_told_by_their_worth_and_none_that_changes_nothing(calls: Calls, found: Effects):
    chosen = found.chosen(len(calls.calls))
    everyone, moved = [i for i, _ in chosen], [lists for _, lists in chosen]
    for before, after in pairwise(moved):
        assert after <= before + worth.PART * found.lists * worth.FIRST, (
            "what is left is worth less"
        )
    assert sum(moved) <= found.lists
    assert min(found.expected(i) for i in everyone) > 0
    left = set(range(len(calls.calls))) - set(everyone)
    assert left, "some doubtful rows are in no first five, nor near"
    assert {found.expected(i) for i in left} == {0.0}
    assert found.best(3) == everyone[:3]


def test_a_list_that_one_call_moves_is_not_moved_again_by_the_next():
    """The second call moves fewer lists than the third, but others."""
    both, other = np.arange(10), np.arange(8, 14)
    touched = [both, both[:9], other]
    sure = [np.full(len(lists), 0.9) for lists in touched]
    few = Effects(14, [np.array([], dtype=int)] * 3, touched, sure, sure)
    assert few.best(2) == [0, 2]
    assert dict(few.chosen(3))[2] == pytest.approx(0.9 * (4 + 2 * 0.1))


def test_a_row_that_nobody_doubts_is_not_called(matcher: Matcher):
    lodeve = Area(Scale.COMMUNE, "34142")
    sure = a_structure("sure", coverage=(lodeve,), to_verify=False)
    doubtful = a_structure("douteuse", coverage=(lodeve,), to_verify=True)
    elsewhere = a_structure("ailleurs", coverage=(Area(Scale.COMMUNE, "26113"),), to_verify=True)
    cohort = parse_cohort("commune:34142", matcher.territory)
    small = possible(a_matcher(matcher, [sure, doubtful, elsewhere]), Doors(), cohort)
    assert [call.id for call in small.calls] == ["douteuse"]


def test_the_chosen_calls_move_at_least_five_times_what_random_ones_do(
    calls: Calls, found: Effects
):
    """Five calls of this small cohort, which has fewer than a hundred; seeded."""
    done = report.trial(calls, found, count=5, worlds=6)
    assert len({report.trial(calls, found, count=2, worlds=1) for _ in range(2)}) == 1
    assert done.times >= 5
    assert done.newcomers_times >= 5
    assert all(0 <= lists <= found.lists for lists, _ in (*done.by_worth, *done.at_random))


def test_each_call_says_whom_to_ring_what_to_ask_and_invents_no_contact(
    matcher: Matcher, calls: Calls, found: Effects
):
    known = {c.value for s in matcher.structures.values() for c in s.contacts}
    known |= {s.website for s in matcher.structures.values()}
    order = found.chosen(len(calls.calls))
    rows = [
        dict(zip(report.COLUMNS, row, strict=True))
        for row in report.call_rows(calls, found, order, matcher)
    ]
    assert [row["ordre"] for row in rows] == list(range(1, len(order) + 1))
    assert {row["objet"] for row in rows} == {"fiche à vérifier", "porte à trouver"}
    for row in rows:
        assert row["qui_appeler"] and row["que_demander"].count("?") and row["pourquoi"]
        how = row["comment_la_joindre"]
        assert how == report.UNKNOWN or not how or any(value in how for value in known if value)
        assert row["reponse"] == ""
        if row["objet"] == "porte à trouver":
            assert row["qui_appeler"] != calls.calls[order[row["ordre"] - 1][0]].structure.name


def test_the_command_writes_a_sheet_and_says_it(tmp_path: Path):
    out, book = tmp_path / "appels.csv", tmp_path / "appels.xlsx"
    asked = ["appels", "--cohort", "commune:34142", "--nombre", "4", "--out"]
    said = CliRunner().invoke(main, [*asked, str(out), "--essai", "2"])
    assert said.exit_code == 0, said.output
    assert "Hypothèse" in said.output and "au hasard" in said.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["ordre"] for row in rows] == ["1", "2", "3", "4"]
    assert CliRunner().invoke(main, [*asked, str(book)]).exit_code == 0
    sheet = load_workbook(book)["Appels"]
    assert [cell.value for cell in sheet[1]] == list(report.COLUMNS)
    assert [sheet.cell(i, 2).value for i in range(2, 6)] == [r["qui_appeler"] for r in rows]


def test_an_unknown_cohort_is_said(tmp_path: Path):
    result = CliRunner().invoke(main, ["appels", "--cohort", "departement:99"])
    assert result.exit_code == 3
    assert "Cohorte inconnue" in result.stderr


def test_the_chance_of_a_door_is_what_is_known_elsewhere(calls: Calls):
    doors = [call for call in calls.calls if call.door]
    assert doors
    assert all(0.5 < call.chance < 1 for call in doors)
    assert np.isclose(next(c.chance for c in calls.calls if not c.door), 0.5)
